"""`torch.autograd.forward_ad`: dual numbers.

There is no forward mode underneath: a dual tensor is an ordinary one on the tape, and its tangent is found when it is
asked for, as the derivative by v of the product of v with the Jacobian. That product is linear in v, so any v will do.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from jaxtorch._autograd import function
from jaxtorch._autograd.grad_mode import enable_grad
from jaxtorch._autograd.reach import freed, reaches
from jaxtorch._autograd.variable import Variable
from jaxtorch._root import torch
from jaxtorch._tensor.gradients import grad

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]

_levels: list[list] = []  # for each level the (stand-in, tangent, original) made in it


class UnpackedDualTensor(NamedTuple):
    """The value of a dual tensor, and its tangent or None."""

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Enter a level, in which dual tensors can be made."""
    if _levels:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    _levels.append([])
    function.set_on_duals(_applied_to_duals)
    return 0


def exit_dual_level(*, level: int | None = None) -> None:
    """Leave the level: its dual tensors have no tangent any more."""
    last = len(_levels) - 1
    if level is None:
        level = last
    if level != last:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if not _levels:
        raise RuntimeError("Trying to exit a forward AD level but no level was entered.")
    _levels.pop()
    function.set_on_duals(None)


def _applied_to_duals(cls: Any, args: tuple) -> Any:
    """Apply a Function by its own `jvp`, where it has one.

    Its outputs stand for themselves. Where backward mode is wanted too, that works for inputs that are stand-ins, whose
    originals are taken: by another way, the outputs would depend on the stand-ins a second time.
    """
    if cls.jvp is function.Function.jvp:
        return NotImplemented
    originals = {id(dual): (original, tangent) for dual, tangent, original in _levels[-1]}
    two_ways = (cls.backward, cls.vjp) != (function.Function.backward, function.Function.vjp)
    primals: list = []
    tangents: list = []
    for a in args:
        primal, tangent = originals.get(id(a), (a, None))
        if tangent is None and isinstance(a, Variable):
            primal, tangent = unpack_dual(a)
            if tangent is not None and primal.requires_grad and two_ways:
                return NotImplemented
        primals.append(primal)
        tangents.append(tangent)
    if all(tangent is None for tangent in tangents):
        return NotImplemented
    if not two_ways:
        primals = [p.detach() if isinstance(p, Variable) else p for p in primals]
    results, moved = function.with_jvp(cls, primals, tangents)
    duals = [r if t is None else make_dual(r, t) for r, t in zip(results, moved, strict=True)]
    return tuple(duals) if len(duals) > 1 else duals[0]


def __getattr__(name: str) -> Any:
    if name == "_current_level":
        return len(_levels) - 1
    raise AttributeError(f"module 'torch.autograd.forward_ad' has no attribute '{name}'")


class dual_level:
    """A context in which dual tensors can be made."""

    def __enter__(self) -> int:
        return enter_dual_level()

    def __exit__(self, *exception: Any) -> None:
        exit_dual_level()


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """`tensor` with a direction it moves in; differs from PyTorch in that it requires grad."""
    if not _levels:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    if not (tensor.is_floating_point() or tensor.is_complex()):
        raise ValueError(f"Expected primal to be floating point or complex, but got: {tensor.dtype}")
    if not (tangent.is_floating_point() or tangent.is_complex()):
        raise ValueError(f"Expected tangent to be floating point or complex, but got: {tangent.dtype}")
    if tensor.shape != tangent.shape:
        raise RuntimeError(
            f"Expected tangent to have the same shape as primal, but got {list(tangent.shape)} and {list(tensor.shape)}"
        )
    with enable_grad():
        dual = tensor.view_as(tensor) if tensor.requires_grad else tensor.detach().requires_grad_()
    _levels[-1].append((dual, tangent, tensor))
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The value of a tensor, and how it moves with the level's dual tensors (None: not at all)."""
    if not _levels or not tensor.requires_grad:
        return UnpackedDualTensor(tensor, None)
    own = {id(dual) for dual, _, _ in _levels[-1] if dual._node is None}
    for dual, tangent, _ in _levels[-1]:
        if dual is tensor:
            return UnpackedDualTensor(freed(tensor, own), tangent)
    pairs = [(dual, tangent) for dual, tangent, _ in _levels[-1] if reaches(tensor, dual)]
    if not pairs:
        return UnpackedDualTensor(tensor, None)
    with enable_grad():
        v = torch.zeros_like(tensor).requires_grad_()
        duals, tangents = [d for d, _ in pairs], [t for _, t in pairs]
        products = grad(tensor, duals, v, retain_graph=True, create_graph=True, allow_unused=True)
        moved = [(p, t) for p, t in zip(products, tangents, strict=True) if p is not None and p.requires_grad]
        if not moved:
            return UnpackedDualTensor(freed(tensor, own), torch.zeros_like(tensor))
        by = [p for p, _ in moved]
        (found,) = grad(by, v, [t for _, t in moved], create_graph=True, allow_unused=True)
    found = torch.zeros_like(v) if found is None else found
    return UnpackedDualTensor(freed(tensor, own), freed(found, {*own, id(v)}))
