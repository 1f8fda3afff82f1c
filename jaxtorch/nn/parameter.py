"""Parameters and buffers: tensors that a Module registers when they are assigned to it."""

from __future__ import annotations

import collections
from typing import Any

from jaxtorch._autograd.variable import Variable, alias
from jaxtorch._storage.storage import VersionCounter
from jaxtorch._tensor.creation import empty
from jaxtorch._tensor.overriding import disabled
from jaxtorch._tensor.tensor import Tensor

__all__ = [
    "Parameter",
    "UninitializedParameter",
    "is_lazy",
    "Buffer",
    "UninitializedBuffer",
    "UninitializedTensorMixin",
]


def _on_same_memory(cls: type, data: Any, requires_grad: bool) -> Any:
    made = alias(data, cls)
    if requires_grad:
        if not data._aval.dtype.differentiable:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        made._rg = True
    return made


class _ParameterMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        # A parameter made of a tensor subclass keeps its class and carries a mark instead.
        if cls is Parameter and isinstance(instance, Variable) and getattr(instance, "_is_param", False):
            return True
        return super().__instancecheck__(instance)


class Parameter(Tensor, metaclass=_ParameterMeta):
    """A tensor that is a module's parameter: assigning it to a Module registers it.

    It shares memory with `data` and is a leaf that requires grad unless told otherwise.
    """

    __torch_function__ = disabled  # results are plain tensors

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        if data is None:
            data = empty(0)
        if type(data) is Tensor or type(data) is Parameter:
            return _on_same_memory(cls, data, requires_grad)
        detached = data.detach()
        made = _on_same_memory(type(data), detached, requires_grad)
        made._is_param = True
        return made

    @property
    def data(self) -> Any:
        """The same memory as a plain tensor without history; writes through it are not noticed by autograd."""
        made = alias(self)
        made._vc = VersionCounter()
        return made

    @data.setter
    def data(self, other: Any) -> None:
        Tensor.data.fset(self, other)  # type: ignore[attr-defined]

    def __deepcopy__(self, memo: dict) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.data.clone(), self.requires_grad)
        return memo[id(self)]

    def __repr__(self, *, tensor_contents: str | None = None) -> str:  # type: ignore[override]
        return "Parameter containing:\n" + super().__repr__()

    def __reduce_ex__(self, protocol: Any) -> tuple:
        state = dict(self.__dict__)
        if state:
            return rebuild_parameter_with_state, (self.data, self.requires_grad, collections.OrderedDict(), state)
        return rebuild_parameter, (self.data, self.requires_grad, collections.OrderedDict())


def rebuild_parameter(data: Any, requires_grad: bool, backward_hooks: Any) -> Parameter:
    """Unpickle a parameter (`torch._utils._rebuild_parameter`)."""
    return Parameter(data, requires_grad)


def rebuild_parameter_with_state(data: Any, requires_grad: bool, backward_hooks: Any, state: Any) -> Parameter:
    """Unpickle a parameter that had attributes of its own."""
    made = Parameter(data, requires_grad)
    made.__dict__.update(state)
    return made


# ----- Not yet initialised: what lazy modules hold before their first forward -----

_ALLOWED = frozenset(
    (
        "is_complex",
        "is_floating_point",
        "half",
        "float",
        "double",
        "char",
        "short",
        "int",
        "long",
        "cuda",
        "cpu",
        "to",
        "get_device",
        "size",
        "copy_",
        "detach",
        "requires_grad_",
        "type",
        "as_subclass",
        "is_inference",
    )
)


class UninitializedTensorMixin:
    """A tensor whose shape is not known yet; operations on it raise until `materialize` gives it one."""

    cls_to_become: type

    def materialize(self: Any, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Allocate memory of the given shape and become an ordinary parameter or buffer."""
        held = Tensor.data.fget(self)  # type: ignore[attr-defined]
        self.__class__ = self.cls_to_become
        self.data = empty(shape, device=device or held.device, dtype=dtype or held.dtype)

    @property
    def shape(self) -> Any:
        """Raises: there is no shape yet."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually "
            "happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. "
            "Call `forward` to initialize the parameters before accessing their attributes."
        )

    def share_memory_(self) -> Any:
        """Raises: there is no memory yet."""
        raise RuntimeError(
            "Can't share memory on an uninitialized parameter or buffer. Call `forward` to initialize "
            "the parameters before calling `module.share_memory()`."
        )

    def __repr__(self, *, tensor_contents: str | None = None) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self: Any, protocol: Any) -> tuple:
        return type(self), (self.requires_grad,)


def _forbidden(name: str) -> Any:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise ValueError(
            f"Attempted to use an uninitialized parameter in {name}. This error happens when you are "
            f"using a `LazyModule` or explicitly manipulating `torch.nn.parameter.{type(self).__name__}` "
            f"objects. When "
            f"using LazyModules Call `forward` with a dummy batch to initialize the parameters before "
            f"calling torch functions"
        )

    method.__name__ = method.__qualname__ = name
    return method


_OPERATORS = (
    "__add__",
    "__sub__",
    "__mul__",
    "__truediv__",
    "__matmul__",
    "__pow__",
    "__neg__",
    "__getitem__",
    "__len__",
    "__radd__",
    "__rsub__",
    "__rmul__",
    "__rtruediv__",
    "__iadd__",
    "__isub__",
    "__imul__",
    "__float__",
    "__bool__",
)
for _name in {
    n for cls in Tensor.__mro__ for n, f in vars(cls).items() if callable(f) and not n.startswith("_")
} - _ALLOWED | set(_OPERATORS):
    if _name not in vars(UninitializedTensorMixin):
        setattr(UninitializedTensorMixin, _name, _forbidden(_name))


def is_lazy(param: Any) -> bool:
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(param, UninitializedTensorMixin)


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]
    """A parameter whose shape is not known yet."""

    cls_to_become = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        return _on_same_memory(cls, empty(0, device=device, dtype=dtype), requires_grad)

    def __deepcopy__(self, memo: dict) -> Any:
        if id(self) not in memo:
            memo[id(self)] = type(self)(self.requires_grad, self.data.device, self.data.dtype)
        return memo[id(self)]


class _BufferMeta(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        if cls is Buffer and isinstance(instance, Variable) and getattr(instance, "_is_buffer", False):
            return True
        return super().__instancecheck__(instance)


class Buffer(Tensor, metaclass=_BufferMeta):
    """A tensor that is a module's buffer: assigning it to a Module registers it, in the state_dict if `persistent`.

    The result is a plain tensor on the memory of `data` that carries a mark.
    """

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Any:
        if data is None:
            data = empty(0)
        made = data.detach().requires_grad_(data.requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


class UninitializedBuffer(UninitializedTensorMixin, Tensor):  # type: ignore[misc]
    """A buffer whose shape is not known yet."""

    cls_to_become = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        made = _on_same_memory(cls, empty(0, device=device, dtype=dtype), requires_grad)
        made.persistent = persistent
        made._is_buffer = True
        return made


def _staying(name: str) -> Any:
    function = getattr(Tensor, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        made = function(self, *args, **kwargs)
        if made is not self:
            made.__class__ = type(self)
            made.persistent, made._is_buffer = self.persistent, True
        return made

    method.__name__ = method.__qualname__ = name
    return method


# Moving and casting a module puts what these give in the buffer's place.
for _name in ("to", "half", "float", "double", "char", "short", "int", "long", "cuda", "cpu"):
    setattr(UninitializedBuffer, _name, _staying(_name))
