"""The examples, shortened, under jaxtorch's launcher, against the numbers recorded under PyTorch."""

import json
from pathlib import Path

import pytest

from compat.examples import sides
from compat.examples.cases import CASES, EXAMPLES
from compat.examples.compare import agrees, checks

RECORDED = json.loads(Path(sides.__file__).with_name("recorded.json").read_text())["examples"]

# What a change of the engine must not exceed. Compiling is what a first run waits for, so a jump here is felt.
MOST_PROGRAMS = {
    "notes": 2,
    "polynomial_manual": 3,
    "polynomial_autograd": 3,
    "polynomial_nn": 3,
    "custom_function": 3,
    "lr_schedule": 5,
    "digits_cnn": 8,
    "char_gpt": 30,  # sampling meets a new length with each letter
    "sequence_rnn": 10,
    "rnn_lengths": 12,
    "vae": 4,
    "gan": 6,
    "policy_gradient": 8,
}


def test_every_example_is_a_case():
    assert {path.stem for path in EXAMPLES.glob("*.py")} == {case.name for case in CASES} == set(RECORDED)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_example_computes_the_recorded_numbers(case, tmp_path):
    expected = RECORDED[case.name]
    assert expected["args"] == list(case.args("short")), "recorded with other arguments: record again"
    actual = sides.run(case, "short", "jaxtorch", cache=str(tmp_path))
    assert [check for check in checks(expected, actual) if not check.ok] == []
    assert actual["programs"] <= MOST_PROGRAMS[case.name]


@pytest.mark.parametrize(
    ("expected", "actual", "same"),
    [
        (1.2345, 1.23454, True),
        (1.2345, 1.2356, False),
        (999.9, 1000.4, False),
        (-0.012345, -0.012349, True),
        (0.0, 1e-9, True),
        (1.0, float("nan"), False),
    ],
)
def test_agreement_is_in_significant_digits(expected, actual, same):
    assert agrees(expected, actual, digits=4) is same
