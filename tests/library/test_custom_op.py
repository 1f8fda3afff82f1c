"""Custom ops: schemas, derivatives, vmap rules, registration by name."""

from collections.abc import Sequence

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch import library

Tensor = torch.Tensor


@library.custom_op("test_library::sin", mutates_args=())
def sin(x: Tensor) -> Tensor:
    return torch.from_numpy(np.sin(x.numpy()))


def _setup(ctx, inputs, output):
    ctx.save_for_backward(*inputs)


def _backward(ctx, g):
    return g * ctx.saved_tensors[0].cos()


def test_an_op_is_opaque_to_autograd_until_it_has_a_formula():
    @library.custom_op("test_library::twice", mutates_args=())
    def twice(x: Tensor) -> Tensor:
        return x * 2

    x = torch.ones(2, requires_grad=True)
    y = twice(x)
    assert y.requires_grad and y.grad_fn.name() == "GeneratedBackwardFor_test_library_twice_defaultBackward"
    with pytest.raises(RuntimeError, match="Trying to backward through test_library.twice.default but no autograd"):
        y.sum().backward()
    twice.register_autograd(lambda ctx, g: g * 2)
    torch.ops.test_library.twice(x).sum().backward()
    assert x.grad.tolist() == [2, 2]


def test_formula_with_context():
    sin.register_autograd(_backward, setup_context=_setup)
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    sin(x).sum().backward()
    torch.testing.assert_close(x.grad, x.detach().cos())


def test_lists_numbers_and_several_outputs():
    @library.custom_op("test_library::mixed", mutates_args=())
    def mixed(xs: Sequence[Tensor], w: Tensor, k: int = 2) -> tuple[Tensor, Tensor]:
        return xs[0] * w * k, xs[1] + w

    def setup(ctx, inputs, output):
        (ctx.x, _), ctx.w, ctx.k = inputs

    mixed.register_autograd(
        lambda ctx, a, b: ([a * ctx.w * ctx.k, b], (a * ctx.x * ctx.k).sum() + b.sum(), None), setup_context=setup
    )
    x, w = torch.ones(2, requires_grad=True), torch.tensor(3.0, requires_grad=True)
    a, b = mixed([x, x], w)
    (a.sum() + b.sum()).backward()
    assert (a.tolist(), b.tolist(), x.grad.tolist(), w.grad.item()) == ([6, 6], [4, 4], [7, 7], 6)


def test_an_op_may_write():
    @library.custom_op("test_library::increase", mutates_args={"x"})
    def increase(x: Tensor) -> None:
        x.add_(1)

    x = torch.zeros(2)
    increase(x)
    assert x.tolist() == [1, 1]
    with pytest.raises(RuntimeError, match="Cannot register autograd formula for non-functional operator"):
        increase.register_autograd(_backward)


def test_schemas():
    def f(x: Tensor | None, a: Sequence[int], b: float | None = None, c: str = "a", *, d: bool = True) -> list[Tensor]:
        return []

    expected = '(Tensor? x, SymInt[] a, float? b=None, str c="a", *, bool d=True) -> Tensor[]'
    assert library.infer_schema(f, mutates_args=()) == expected

    def no_annotation(x):
        return x

    with pytest.raises(ValueError, match="Parameter x must have a type annotation"):
        library.infer_schema(no_annotation, mutates_args=())


def test_vmap_rule():
    @library.custom_op("test_library::rows", mutates_args=())
    def rows(x: Tensor) -> Tensor:
        return torch.from_numpy(x.numpy() * 2)

    rows.register_vmap(lambda info, in_dims, x: (rows(x), in_dims[0]))
    assert torch.vmap(rows)(torch.ones(2, 3)).tolist() == [[2] * 3] * 2


def test_fake_and_kernels():
    @library.custom_op("test_library::shaped", mutates_args=(), device_types="cpu")
    def shaped(x: Tensor) -> Tensor:
        return x.sum(0)

    shaped.register_fake(lambda x: x.new_empty(x.shape[1:]))
    assert shaped(torch.ones(4, 3)).tolist() == [4] * 3
    assert shaped(torch.ones(4, 3, device="meta")).shape == (3,)


def test_registration_by_name():
    lib = library.Library("test_library_2", "DEF")
    lib.define("f(Tensor x) -> Tensor")
    lib.impl("f", lambda x: x * 2, "CompositeExplicitAutograd")
    assert torch.ops.test_library_2.f(torch.ones(1)).item() == 2
    library.define("test_library_2::g", "(Tensor x) -> Tensor")
    library.impl("test_library_2::g", "cpu", lambda x: x + 1)
    assert torch.ops.test_library_2.g.default(torch.ones(1)).item() == 2
    assert repr(torch.ops.test_library_2.g) == "<OpOverloadPacket(op='test_library_2.g')>"
    with pytest.raises(AttributeError, match="'_OpNamespace' 'test_library_2' object has no attribute 'h'"):
        _ = torch.ops.test_library_2.h


def test_tags_are_taken():
    @torch.library.custom_op("tests::tagged", mutates_args=(), tags=[torch.Tag.pt2_compliant_tag, torch.Tag.pointwise])
    def tagged(x: torch.Tensor) -> torch.Tensor:
        return x + 1

    assert tagged(torch.zeros(1)).item() == 1 and torch.Tag.core.name == "core" == list(torch.Tag)[0].name
