"""Variable: a window onto a storage with its autograd state; `Tensor` adds the methods.

`_node` is where the gradient goes: None for leaves and for what needs no gradient, else a Node or a (Node, output)
pair; an alias of a leaf (made for double backward, or by `as_subclass`) has (leaf, -1). What a consumer's node points
to is `x._node or x`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jaxtorch._base.avals import WEAK, Aval
from jaxtorch._base.native import hot
from jaxtorch._base.sizes import contiguous_strides
from jaxtorch._engine.value import Value
from jaxtorch._storage import chain as chains
from jaxtorch._storage.chain import Link
from jaxtorch._storage.host import HostStorage
from jaxtorch._storage.storage import Storage


class View:
    """What makes a variable a view: the chain from its storage, and the variable it is a differentiable view of.

    `links` is how many links at the end of the chain lead from `base`; `tracked` is False for views taken without
    grad mode.
    """

    __slots__ = ("chain", "value", "stamp", "base", "links", "offset", "tracked", "name")

    def __init__(
        self,
        chain: tuple[Link, ...],
        value: Value,
        stamp: int,
        base: Any,
        links: int,
        offset: int,
        tracked: bool,
        name: str,
    ) -> None:
        self.chain = chain
        self.value = value
        self.stamp = stamp
        self.base = base
        self.links = links
        self.offset = offset
        self.tracked = tracked
        self.name = name


class Meta:
    """The rare part of a variable's state: gradient, hooks, name."""

    __slots__ = ("grad", "hooks", "post_hooks", "retains", "name", "output_nr", "inference")

    def __init__(self) -> None:
        self.grad: Any = None
        self.hooks: dict | None = None
        self.post_hooks: dict | None = None
        self.retains = False
        self.name: str | None = None
        self.inference = False


class Variable:
    """Storage, aval, optional view, memory order, autograd state."""

    __slots__ = ("_storage", "_aval", "_view", "_strides", "_rg", "_node", "_vc", "_meta", "__weakref__")
    _storage: Storage
    _aval: Aval
    _view: View | None
    _strides: tuple[int, ...] | None  # None: row-major
    _rg: bool
    _node: Any
    _vc: Any  # the version counter: the storage, or one of its own (`.data`)
    _meta: Meta | None

    if TYPE_CHECKING:

        def __getattr__(self, name: str) -> Any: ...  # what Tensor adds


_new: Any = object.__new__
_tensor_class: type = Variable


def set_tensor_class(cls: type) -> None:
    """Name the class of the results of operations; once, by the tensor layer."""
    global _tensor_class
    _tensor_class = cls
    if hot is not None:
        hot.configure(Tensor=cls)


def wrap(value: Value, cls: type | None = None) -> Any:
    """A fresh tensor that owns `value`."""
    out = _new(cls or _tensor_class)
    out._storage = out._vc = Storage(value)
    out._aval = value.aval
    out._view = out._strides = out._node = out._meta = None
    out._rg = False
    return out


def alias(source: Variable, cls: type | None = None) -> Any:
    """Another variable on the same memory, without autograd state (`detach`)."""
    out = _new(cls or _tensor_class)
    out._storage = source._storage
    out._vc = source._vc
    out._aval = source._aval
    out._strides = source._strides
    out._node = out._meta = None
    out._rg = False
    view = source._view
    if view is not None:
        value_of(source)
        view = View(view.chain, view.value, view.stamp, None, 0, view.offset, False, view.name)
    out._view = view
    return out


def value_of(variable: Variable) -> Value:
    """The current value, read through the view if there is one."""
    view = variable._view
    if view is None:
        return variable._storage.value
    storage = variable._storage
    if type(storage) is HostStorage and not variable._rg and _looked_at(variable, view, storage):
        return view.value
    if view.stamp != storage.stamp:
        _refresh(variable, view)
    return view.value


def _looked_at(variable: Variable, view: View, storage: HostStorage) -> bool:
    aval = variable._aval
    strides = variable._strides if variable._strides is not None else contiguous_strides(aval.shape)
    value = storage.window(aval.dtype, aval.shape, strides, view.offset, view.value)
    if value is None:
        return False
    view.value, view.stamp = value, -1
    return True


def _refresh(variable: Variable, view: View) -> None:
    storage = variable._storage
    view.value = chains.read(storage.value, view.chain)
    view.stamp = storage.stamp
    if view.base is not None and view.tracked:
        _regenerate(variable, view)


_regenerate: Any = None


def set_regenerate(function: Any) -> None:
    """Name the function that renews a stale view's `grad_fn`; once, by the tape."""
    global _regenerate
    _regenerate = function


def meta_of(variable: Variable) -> Meta:
    """The rare state, made on demand."""
    meta = variable._meta
    if meta is None:
        meta = variable._meta = Meta()
    return meta


if hot is not None:
    hot.configure(
        Storage=Storage,
        Variable=Variable,
        View=View,
        Meta=Meta,
        Aval=Aval,
        Tensor=Variable,
        value_of=value_of,
        WEAK=WEAK,
    )
