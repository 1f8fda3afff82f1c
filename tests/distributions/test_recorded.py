"""Every distribution, transform, constraint and divergence gives what PyTorch gives."""

import json

import pytest

import jaxtorch
from jaxtorch.distributions.dirichlet import _Dirichlet_backward
from tests.distributions import cases

RECORDED = json.loads(cases.RECORDED.read_text())


def _differences(found, expected, where=""):
    if isinstance(expected, dict) and isinstance(found, dict):
        if found.keys() != expected.keys():
            return [f"{where}: {sorted(found)} for {sorted(expected)}"]
        return [line for k in expected for line in _differences(found[k], expected[k], f"{where}/{k}")]
    if isinstance(expected, list) and expected and isinstance(expected[0], str) and isinstance(found, list):
        same = found[:2] == expected[:2] and found[2] == pytest.approx(expected[2], rel=2e-4, abs=2e-5, nan_ok=True)
        return [] if same else [f"{where}: {found} for {expected}"]
    if str(expected).startswith("NotImplementedError: the derivative for"):
        return []  # jaxtorch has derivatives that PyTorch lacks
    return [] if found == expected else [f"{where}: {found} for {expected}"]


def _compare(kind, name, found):
    expected = RECORDED[kind][name]
    lines = _differences(json.loads(json.dumps(found)), expected)
    assert not lines, "\n".join(lines)


@pytest.mark.parametrize(("name", "arguments"), cases.SIMPLE, ids=[cases.key(n, a) for n, a in cases.SIMPLE])
def test_distribution(name, arguments):
    _compare("simple", cases.key(name, arguments), cases.run_simple(jaxtorch, name, arguments))


@pytest.mark.parametrize("name", cases.NESTED)
def test_nested_distribution(name):
    _compare("nested", name, cases.run_nested(jaxtorch, name))


@pytest.mark.parametrize("name", cases.FAILING)
def test_error(name):
    _compare("failing", name, cases.run_failing(jaxtorch, name))


@pytest.mark.parametrize("name", cases.DIVERGENCES)
def test_divergence(name):
    _compare("divergences", name, cases.run_divergences(jaxtorch, name))


@pytest.mark.parametrize("name", cases.TRANSFORMS)
def test_transform(name):
    _compare("transforms", name, cases.run_transform(jaxtorch, name))


@pytest.mark.parametrize("name", cases.CONSTRAINTS)
def test_constraint(name):
    _compare("constraints", name, cases.run_constraint(jaxtorch, name))


def test_dirichlet_backward_is_the_gradient_of_a_sample():
    concentration = jaxtorch.tensor([0.5, 2.0, 3.0], dtype=jaxtorch.float64, requires_grad=True)
    jaxtorch.manual_seed(0)
    sample = jaxtorch.distributions.Dirichlet(concentration).rsample()
    cotangent = jaxtorch.tensor([1.0, -2.0, 0.5], dtype=jaxtorch.float64)
    sample.backward(cotangent)
    found = _Dirichlet_backward(sample.detach(), concentration.detach(), cotangent)
    jaxtorch.testing.assert_close(found, concentration.grad)
