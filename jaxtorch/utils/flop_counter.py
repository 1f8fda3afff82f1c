"""`torch.utils.flop_counter`: floating-point operations of matrix products, convolutions and attention."""

from __future__ import annotations

import string
import warnings
from collections import defaultdict
from collections.abc import Callable
from math import prod
from typing import Any

from jaxtorch._autograd.variable import Variable
from jaxtorch.library._custom_op import OpOverload
from jaxtorch.ops import _AtenOp
from jaxtorch.overrides import TorchFunctionMode
from jaxtorch.utils._pytree import tree_map
from jaxtorch.utils.module_tracker import ModuleTracker

__all__ = ["FlopCounterMode", "register_flop_formula"]


# ----- What calls cost: (the kernel, its operations, the kernel of its gradients, operations for each operand) -----


def _shape(x: Any) -> Any:
    return tuple(x.shape) if isinstance(x, Variable) else x


def _product(a: Any, b: Any, out: Any) -> tuple[str, int]:
    inner = a.shape[-1]
    if a.dim() < 2 or b.dim() < 2:  # PyTorch counts products of matrices alone
        return "mm", 0
    return "mm" if min(a.dim(), b.dim()) == 2 else "bmm", 2 * prod(out.shape) * inner


def _matmul(out: Any, a: Any, b: Any, *rest: Any) -> tuple:
    kernel, count = _product(a, b, out)
    return kernel, count, kernel, count, (a, b)


def _added(kernel: str, gradient: str) -> Callable:
    def cost(out: Any, added: Any, a: Any, b: Any) -> tuple:
        count = 2 * prod(out.shape) * a.shape[-1]
        return kernel, count, gradient, count, (a, b)

    return cost


def _linear(out: Any, x: Any, weight: Any, bias: Any = None) -> tuple:
    count = 2 * prod(out.shape) * x.shape[-1]
    return "mm" if bias is None else "addmm", count, "mm", count, (x, weight)


def _convolution(transposed: bool) -> Callable:
    def cost(out: Any, x: Any, weight: Any, *rest: Any) -> tuple:
        spatial = weight.dim() - 2
        batch = x.shape[0] if x.dim() == weight.dim() else 1
        plane = (x if transposed else out).shape[-spatial:]
        count = 2 * batch * prod(plane) * prod(weight.shape)
        groups = (out if transposed else x).shape[-spatial - 1] // weight.shape[1]
        # PyTorch's formula for the weight's gradient leaves the groups out of account.
        return "convolution", count, "convolution_backward", (count, count * groups), (x, weight)

    return cost


def _attention(out: Any, query: Any, key: Any, value: Any, *rest: Any) -> tuple:
    scores = prod(query.shape[:-1]) * key.shape[-2]
    d, dv = query.shape[-1], value.shape[-1]
    name = "scaled_dot_product_attention"
    # The gradient is that of all three at once, from scores that are computed again.
    return name, 2 * scores * (d + dv), f"_{name}_backward", 2 * scores * (3 * d + 2 * dv), ((query, key, value),)


def _einsum(out: Any, equation: Any, *operands: Any) -> tuple:
    tensors = operands[0] if len(operands) == 1 and isinstance(operands[0], (list, tuple)) else operands
    if not isinstance(equation, str) or len(tensors) < 2:
        return "bmm", 0, "bmm", 0, ()
    left, _, right = equation.replace(" ", "").partition("->")
    names = left.split(",")
    longest = max(t.dim() - len(n.replace("...", "")) for t, n in zip(tensors, names, strict=True))
    dots = string.digits[:longest]
    names = [n.replace("...", dots[longest - (t.dim() - len(n) + 3) :]) for t, n in zip(tensors, names, strict=True)]
    kept = right.replace("...", dots) if "->" in equation else "".join(names)
    sizes = {i: s for t, n in zip(tensors, names, strict=True) for i, s in zip(n, t.shape, strict=True) if s > 1}
    total, reached = 0, set(names[0])
    for at, name in enumerate(names[1:], 1):
        here = reached | set(name)
        later = set(kept).union(*names[at + 1 :])
        if here - later:  # without a sum it is no product of matrices
            total += 2 * prod(sizes.get(i, 1) for i in here)
        reached = here & later
    return "bmm", total, "bmm", total, tuple(tensors)


_COSTS: dict[str, Callable] = {
    **dict.fromkeys(("mm", "bmm", "matmul", "__matmul__"), _matmul),
    "__rmatmul__": lambda out, b, a: _matmul(out, a, b),
    **dict.fromkeys(("addmm", "addmm_"), _added("addmm", "mm")),
    **dict.fromkeys(("baddbmm", "baddbmm_"), _added("baddbmm", "bmm")),
    "linear": _linear,
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution(False)),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _convolution(True)),
    "scaled_dot_product_attention": _attention,
    "einsum": _einsum,
}
# Their operands by name, for calls with keywords.
_OPERANDS = {
    "mm": ("input", "mat2"), "bmm": ("input", "mat2"), "matmul": ("input", "other"),
    "addmm": ("input", "mat1", "mat2"), "baddbmm": ("input", "batch1", "batch2"),
    "linear": ("input", "weight", "bias"), "scaled_dot_product_attention": ("query", "key", "value"),
}  # fmt: skip


def _uncallable(*args: Any, **kwargs: Any) -> Any:
    raise NotImplementedError("this kernel of PyTorch's is a name in the counts of FlopCounterMode")


def _kernel(name: str) -> _AtenOp:
    return _AtenOp(name, _uncallable)


flop_registry: dict[Any, Callable] = {}


def register_flop_formula(targets: Any, get_raw: bool = False) -> Callable:
    """A decorator: count calls of ops (`torch.ops.aten.add`) by a function of their arguments' shapes.

    It gets the result's as `out_shape`; with `get_raw` the arguments themselves, and the result as `out_val`.
    Differs from PyTorch: custom ops raise NotImplementedError.
    """

    def register(formula: Callable) -> Callable:
        for target in targets if isinstance(targets, (list, tuple)) else [targets]:
            if not isinstance(target, (_AtenOp, OpOverload)) or target._overload:
                raise ValueError(
                    "register_flop_formula(targets): expected each target to be OpOverloadPacket (i.e. "
                    "torch.ops.mylib.foo), JitFunction, or HigherOrderOperator, got "
                    f"{target} which is of type {type(target)}"
                )
            if isinstance(target, OpOverload):
                raise NotImplementedError(
                    f"register_flop_formula of {target} is not supported by jaxtorch, whose custom ops are not "
                    "counted; count the functions of torch that they call"
                )
            if target in flop_registry:
                raise RuntimeError(f"duplicate registrations for {target}")
            flop_registry[target] = formula if get_raw else _of_shapes(formula)
        return formula

    return register


def _of_shapes(formula: Callable) -> Callable:
    def counted(*args: Any, out_val: Any = None, **kwargs: Any) -> int:
        args, kwargs, out_shape = tree_map(_shape, (args, kwargs, out_val))
        return formula(*args, out_shape=out_shape, **kwargs)

    return counted


# ----- The mode -----

_SUFFIXES = ("", "K", "M", "B", "T")


class FlopCounterMode:
    """Counts the floating-point operations of what runs within it, by module and by kernel, and prints a table.

    Products, convolutions and attention are counted by PyTorch's formulas, forward and backward. Differs from PyTorch:
    attention is one kernel and counted on every device; recurrent layers are not counted.

        with FlopCounterMode(display=False) as counter:
            model(x).sum().backward()
        counter.get_total_flops()
    """

    def __init__(
        self, mods: Any = None, depth: int = 2, display: bool = True, custom_mapping: dict[Any, Any] | None = None
    ) -> None:
        self.flop_counts: dict[str, dict[Any, int]] = defaultdict(lambda: defaultdict(int))
        self.depth, self.display = depth, display
        self.mode: _Counting | None = None
        if mods is not None:
            warnings.warn("mods argument is not needed anymore, you can stop passing it", stacklevel=2)
        custom = {k: v if getattr(v, "_get_raw", False) else _of_shapes(v) for k, v in (custom_mapping or {}).items()}
        self.flop_registry = {**flop_registry, **custom}
        self.mod_tracker = ModuleTracker()

    def get_total_flops(self) -> int:
        """All operations."""
        return sum(self.flop_counts["Global"].values())

    def get_flop_counts(self) -> dict[str, dict[Any, int]]:
        """Operations by module, then by kernel."""
        return {k: dict(v) for k, v in self.flop_counts.items()}

    def _rows(self, name: str, depth: int, total: int, power: int) -> list[list[str]]:
        def row(label: str, count: int) -> list[str]:
            part = f"{count / total:.2%}" if total else "0%"
            return [" " * depth + label, f"{count / 1000**power:.3f}{_SUFFIXES[power]}", part]

        counts = self.flop_counts[name]
        return [row(name, sum(counts.values())), *[row(f" - {_shown(k)}", v) for k, v in counts.items()]]

    def get_table(self, depth: int | None = None) -> str:
        """The counts of modules down to a depth, as text."""
        depth = self.depth if depth is None else depth
        total = self.get_total_flops()
        power = max(0, min(len(_SUFFIXES) - 1, (len(str(total)) - 2) // 3))
        shown = [m for m in sorted(self.flop_counts) if m != "Global" and (depth is None or m.count(".") < depth)]
        rows = [row for m in shown for row in self._rows(m, m.count("."), total, power)]
        if self.flop_counts["Global"] and not any(sum(self.flop_counts[m].values()) >= total for m in shown):
            rows = self._rows("Global", 0, total, power) + [[" " + row[0], *row[1:]] for row in rows]
        return _table(rows or [["Global", "0", "0%"]])

    def __enter__(self) -> FlopCounterMode:
        self.flop_counts.clear()
        self.mod_tracker.__enter__()
        self.mode = _Counting(self)
        self.mode.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        if self.mode is None:
            raise AssertionError("Internal error: FlopCounter.__exit__ called but mode is None")
        self.mode.__exit__(*error)
        self.mode = None
        self.mod_tracker.__exit__()
        if self.display:
            print(self.get_table(self.depth))

    def _count(self, modules: set[str], kernel: Any, count: int) -> None:
        for name in modules:
            self.flop_counts[name][kernel] += count


def _shown(kernel: Any) -> str:
    return f"aten.{kernel._name}" if isinstance(kernel, _AtenOp) else str(kernel)


def _table(rows: list[list[str]]) -> str:
    head = ["Module", "FLOP", "% Total"]
    widths = [max(len(row[i]) for row in (head, *rows)) for i in range(3)]
    lines = [head, ["-" * w for w in widths], *rows]
    return "\n".join(
        "  ".join((row[0].ljust(widths[0]), row[1].rjust(widths[1]), row[2].rjust(widths[2]))).rstrip() for row in lines
    )


class _Counting(TorchFunctionMode):
    """Counts calls by the functions that users and modules call; gradients by a hook on what a call gives."""

    def __init__(self, counter: FlopCounterMode) -> None:
        super().__init__()
        self._counter = counter
        self._within: list[Any] = []

    def __torch_function__(self, func: Any, types: Any, args: tuple = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        name = getattr(func, "__name__", "")
        custom = self._counter.flop_registry.get(_kernel(name.strip("_") if name[:2] == "__" else name))
        cost = _COSTS.get(name)
        if cost is None and custom is None:
            twin = (getattr(func, "__kwdefaults__", None) or {}).get("_twin")  # what it does where nobody overrides
            if twin is None or func in self._within:
                return func(*args, **kwargs)
            self._within.append(func)  # a wrapper and what it wraps are one function to the mode
            try:
                with self:  # a function that calls others is counted by those
                    return twin(*args, **kwargs)
            finally:
                self._within.pop()
        out = func(*args, **kwargs)
        modules = set(self._counter.mod_tracker.parents)
        if custom is not None:
            self._counter._count(modules, _kernel(name.strip("_")), custom(*args, **kwargs, out_val=out))
        elif cost is not None:
            self._charge(out, modules, cost(out, *_positional(name, args, kwargs)))
        return out

    def _charge(self, out: Any, modules: set[str], cost: tuple) -> None:
        kernel, count, gradient, each, operands = cost
        if not count:
            return
        counter = self._counter
        counter._count(modules, _kernel(kernel), count)
        asked = [any(x.requires_grad for x in (o if isinstance(o, tuple) else (o,))) for o in operands]
        prices = each if isinstance(each, tuple) else (each,) * len(operands)
        total = sum(price for price, wanted in zip(prices, asked, strict=True) if wanted)
        if out.requires_grad and total:

            def charge(_: Any) -> None:
                if counter.mode is not None:
                    counter._count(modules, _kernel(gradient), total)

            out.register_hook(charge)


def _positional(name: str, args: tuple, kwargs: dict) -> tuple:
    """The operands of a call in order, wherever they were given."""
    names = _OPERANDS.get(name.rstrip("_"), ("input", "weight") if name.startswith("conv") else ())
    return (*args, *[kwargs[n] for n in names[len(args) :] if n in kwargs])
