"""Custom ops: Python functions that autograd sees as one operation, with derivatives of their own."""

from __future__ import annotations

import contextlib
import inspect
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from jaxtorch._autograd.function import Function
from jaxtorch._autograd.grad_mode import no_grad
from jaxtorch._base.batching import active
from jaxtorch._base.modes import modes
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.func._rules import by_rule, level_of
from jaxtorch.library._schema import infer_schema
from jaxtorch.utils._pytree import tree_flatten, tree_leaves, tree_unflatten

OPS: dict[str, CustomOpDef] = {}  # by qualified name
EARLY: dict[str, list[Callable[[CustomOpDef], Any]]] = {}  # what was registered of ops that are not declared yet


class OpOverload:
    """An op as `torch.ops.namespace.name` and `torch.ops.namespace.name.default` show it."""

    def __init__(self, qualname: str, overload: str = "") -> None:
        self.qualname = qualname
        self._overload = overload
        self.__name__ = qualname.partition("::")[2]

    @property
    def default(self) -> OpOverload:
        """The only overload."""
        return OpOverload(self.qualname, "default")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return OPS[self.qualname](*args, **kwargs)

    def __repr__(self) -> str:
        name = self.qualname.replace("::", ".")
        if self._overload:
            return f"<OpOverload(op='{name}', overload='{self._overload}')>"
        return f"<OpOverloadPacket(op='{name}')>"


class CustomOpDef:
    """A custom op; call it like the function it was made of."""

    def __init__(self, namespace: str, name: str, schema: str, fn: Callable | None) -> None:
        self._namespace, self._name, self._schema = namespace, name, schema
        self._init_fn = fn
        self._signature = None if fn is None else inspect.signature(fn)
        self._kernels: dict[str | None, Callable] = {}
        self._composite: Callable | None = None  # differentiated through, as it is
        self._disabled: set[str] = set()
        self._fake: Callable | None = None
        self._backward: Callable | None = None
        self._setup_context: Callable | None = None
        self._vmap: Callable | None = None
        OPS[self._qualname] = self
        for register in EARLY.pop(self._qualname, ()):
            register(self)

    @property
    def _qualname(self) -> str:
        return f"{self._namespace}::{self._name}"

    @property
    def _opoverload(self) -> OpOverload:
        return OpOverload(self._qualname, "default")

    def __repr__(self) -> str:
        return f"<CustomOpDef({self._qualname})>"

    # ----- Registration -----

    def register_kernel(self, device_types: Any, fn: Callable | None = None, /) -> Any:
        """Another implementation for some device types; a decorator without `fn`."""

        def register(fn: Callable) -> Callable:
            kinds = [device_types] if device_types is None or isinstance(device_types, str) else device_types
            self._kernels.update(dict.fromkeys(kinds, fn))
            return fn

        return register if fn is None else register(fn)

    def register_fake(self, fn: Callable, /) -> Callable:
        """An implementation that gives results of the right shape: it is taken for tensors on the meta device."""
        self._fake = fn
        return fn

    def register_autograd(self, backward: Callable, /, *, setup_context: Callable | None = None) -> None:
        """The derivative: `backward(ctx, *grads)` gives a gradient for each input.

        `setup_context(ctx, inputs, output)` keeps what it needs.
        """
        if "!" in self._schema:
            raise RuntimeError(
                f"Cannot register autograd formula for non-functional operator {self} with schema {self._schema}. "
                "Please create a functional operator and register an autograd formula for that."
            )
        self._backward, self._setup_context = backward, setup_context

    def register_vmap(self, func: Callable | None = None) -> Any:
        """How `vmap` maps it: `func(info, in_dims, *args)` gives (output, out_dims)."""

        def register(func: Callable) -> Callable:
            self._vmap = func
            return func

        return register if func is None else register(func)

    @contextlib.contextmanager
    def set_kernel_enabled(self, device_type: str, enabled: bool = True) -> Iterator[None]:
        """A context in which a device's own implementation is used or not."""
        before = set(self._disabled)
        (self._disabled.discard if enabled else self._disabled.add)(device_type)
        try:
            yield
        finally:
            self._disabled = before

    # ----- Calls -----

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if self._composite is not None:
            return self._composite(*args, **kwargs)
        if self._signature is not None:
            bound = self._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args, kwargs = bound.args, bound.kwargs
        leaves = [x for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        if active.levels and self._vmap is not None:
            level = level_of(leaves)
            if level is not None:
                return by_rule(self._vmap, level, args, kwargs)
        if modes.grad and "!" not in self._schema and any(x.requires_grad for x in leaves):
            return _differentiable(self, args, kwargs)
        return self._run(args, kwargs)

    def _run(self, args: tuple, kwargs: dict) -> Any:
        devices = [x.device.type for x in tree_leaves((args, kwargs)) if isinstance(x, Tensor)]
        kind = devices[0] if devices else None
        if kind == "meta" and self._fake is not None:
            return self._fake(*args, **kwargs)
        fn = self._init_fn if kind in self._disabled else self._kernels.get(kind, self._kernels.get(None))
        if fn is None:
            raise NotImplementedError(
                f"{self._qualname}: no implementation is registered for tensors on {kind}; use register_kernel"
            )
        with no_grad():  # below autograd
            return fn(*args, **kwargs)


def _differentiable(op: CustomOpDef, args: tuple, kwargs: dict) -> Any:
    flat, spec = tree_flatten(args)

    def forward(ctx: Any, *flat: Any) -> Any:
        given = tree_unflatten(flat, spec)
        output = op._run(given, kwargs)
        if op._setup_context is not None:
            more = {"keyword_only_inputs": kwargs} if kwargs else {}
            op._setup_context(ctx=ctx, inputs=given, output=output, **more)
        return tuple(output) if isinstance(output, list) else output

    def backward(ctx: Any, *grads: Any) -> Any:
        if op._backward is None:
            raise RuntimeError(
                f"Trying to backward through {op._namespace}.{op._name}.default but no autograd formula was "
                "registered. Please use register_autograd to add one."
            )
        found = op._backward(ctx, *grads)
        found = found if isinstance(found, tuple) else (found,)
        if len(found) != len(args):
            raise RuntimeError(
                f"Expected {len(args)} gradients (one for each input) from the backward of {op._qualname}, got "
                f"{len(found)}"
            )
        each = [[g] * len(tree_leaves(a)) if g is None else tree_leaves(g) for g, a in zip(found, args, strict=True)]
        return tuple(g for group in each for g in group)

    name = f"GeneratedBackwardFor_{op._namespace}_{op._name}_default"
    function: Any = type(name, (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})
    return function.apply(*flat)


def custom_op(
    name: str,
    fn: Callable | None = None,
    /,
    *,
    mutates_args: str | Iterable[str],
    device_types: Any = None,
    schema: str | None = None,
    tags: Any = None,
) -> Any:
    """Make a function a custom op named "namespace::name"; a decorator without `fn`.

    `mutates_args` names the arguments it writes to. Differs from PyTorch: the function is recorded like any other, so
    there is nothing that a fake implementation would be needed for, except tensors on the meta device.

    Example:
        >>> import jaxtorch as torch
        >>> @torch.library.custom_op("mine::twice", mutates_args=())
        ... def twice(x: torch.Tensor) -> torch.Tensor:
        ...     return x * 2
        >>> torch.ops.mine.twice(torch.ones(1))
        tensor([2.])
    """

    def make(fn: Callable) -> CustomOpDef:
        found = infer_schema(fn, mutates_args=mutates_args) if schema is None else schema
        namespace, op_name = name.split("::")
        made = CustomOpDef(namespace, op_name, found, fn)
        made.register_kernel(device_types)(fn)
        return made

    return make if fn is None else make(fn)


def triton_op(
    name: str,
    fn: Callable | None = None,
    /,
    *,
    mutates_args: str | Iterable[str],
    schema: str | None = None,
) -> Any:
    """`custom_op` for a function of Triton kernels: PyTorch's difference is for its compiler, which looks into them."""
    return custom_op(name, fn, mutates_args=mutates_args, schema=schema)


def wrap_triton(triton_kernel: Any) -> Any:
    """The kernel itself, as PyTorch gives it outside of its compiler. Triton's kernels take no tensors of jaxtorch."""
    return triton_kernel
