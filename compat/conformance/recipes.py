"""Samples as recipes: plain NumPy memory and metadata, from which torch and the lookalike build the same tensors.

Both sides build their inputs by the same calls from the same bytes, so a difference in the results is a difference of
the operation. A recipe is built afresh for every call, because calls may write into their inputs. Tensors that share
memory in the sample share it after building too.
"""

from __future__ import annotations

import types
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch

from compat.conformance.rebind import rebind

DTYPES = (
    "float32 float64 float16 bfloat16 int8 int16 int32 int64 uint8 uint16 uint32 uint64 bool "
    "complex64 complex128 complex32 float8_e4m3fn float8_e5m2 float8_e4m3fnuz float8_e5m2fnuz float8_e8m0fnu"
).split()
# dtypes NumPy does not have travel as integers of the same width
CARRIERS = {"bfloat16": "int16", "complex32": "int32"} | {name: "uint8" for name in DTYPES if name.startswith("float8")}


class Unsupported(Exception):
    """Nothing to compare with: a tensor without counterpart (compressed sparse), or torch itself fails."""


def dtype_name(dtype: Any) -> str:
    return str(dtype).rpartition(".")[2]


@dataclass
class TensorRecipe:
    """A strided tensor: which memory, and how to look at it."""

    memory: int
    dtype: str
    size: tuple[int, ...]
    stride: tuple[int, ...]
    offset: int
    requires_grad: bool
    conj: bool
    parameter: bool


@dataclass
class SparseRecipe:
    """A COO tensor."""

    indices: TensorRecipe
    values: TensorRecipe
    size: tuple[int, ...]
    coalesced: bool
    requires_grad: bool


@dataclass
class Recipe:
    """The arguments of one call."""

    tree: Any
    memories: list[np.ndarray] = field(default_factory=list)

    def build(self, module: Any, *, grad: bool = True) -> Any:
        """The arguments as `module`'s own objects, in fresh memory; grad=False leaves requires_grad off everywhere."""
        return _Builder(module, self.memories, grad).build(self.tree)


def record(tree: Any) -> Recipe:
    """Write down a tree of torch arguments."""
    recorder = _Recorder()
    tree = recorder.record(tree)
    return Recipe(tree, recorder.memories)


class _Recorder:
    def __init__(self) -> None:
        self.memories: list[np.ndarray] = []
        self.known: dict[tuple[int, str], int] = {}

    def record(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor):
            return self.sparse(value) if value.layout == torch.sparse_coo else self.tensor(value)
        if isinstance(value, tuple) and type(value) not in (tuple, torch.Size) and hasattr(value, "_fields"):
            return type(value)(*map(self.record, value))
        if type(value) in (tuple, list):
            return type(value)(map(self.record, value))
        if isinstance(value, dict):
            return {key: self.record(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(self.record(value.start), self.record(value.stop), self.record(value.step))
        return value

    def sparse(self, t: torch.Tensor) -> SparseRecipe:
        grad, t = t.requires_grad, t.detach()
        # indices() and values() insist on a coalesced tensor
        indices, values = self.tensor(t._indices()), self.tensor(t._values())
        return SparseRecipe(indices, values, tuple(t.shape), t.is_coalesced(), grad)

    def tensor(self, t: torch.Tensor) -> TensorRecipe:
        if t.is_meta:
            raise Unsupported("tensor without data")
        if t.is_quantized or t.is_nested or t.layout != torch.strided:
            raise Unsupported(f"{t.layout} tensor")
        grad, parameter = t.requires_grad, isinstance(t, torch.nn.Parameter)
        t = t.detach().resolve_neg()
        conj = t.is_conj()
        if conj:
            t = t.conj()
        memory = self.memory(t)
        return TensorRecipe(
            memory, dtype_name(t.dtype), tuple(t.shape), t.stride(), int(t.storage_offset()), grad, conj, parameter
        )

    def memory(self, t: torch.Tensor) -> int:
        storage = t.untyped_storage()
        key = (storage.data_ptr(), dtype_name(t.dtype))
        if storage.nbytes() == 0 or key not in self.known:
            flat = torch.empty(0, dtype=t.dtype).set_(storage, 0, (storage.nbytes() // t.element_size(),), (1,))
            carrier = CARRIERS.get(dtype_name(t.dtype))
            if carrier:
                flat = flat.view(getattr(torch, carrier))
            self.known[key] = len(self.memories)
            self.memories.append(flat.numpy().copy())
        return self.known[key]


class _Builder:
    def __init__(self, module: Any, memories: list[np.ndarray], grad: bool) -> None:
        self.module = module
        self.memories = memories
        self.grad = grad
        self.bases: dict[int, Any] = {}

    def build(self, value: Any) -> Any:
        if isinstance(value, TensorRecipe):
            return self.tensor(value)
        if isinstance(value, SparseRecipe):
            return self.sparse(value)
        if isinstance(value, tuple) and type(value) not in (tuple, torch.Size) and hasattr(value, "_fields"):
            return type(value)(*map(self.build, value))
        if type(value) in (tuple, list):
            return type(value)(map(self.build, value))
        if isinstance(value, dict):
            return {key: self.build(item) for key, item in value.items()}
        if isinstance(value, slice):
            return slice(self.build(value.start), self.build(value.stop), self.build(value.step))
        return translate(value, self.module)

    def base(self, index: int, dtype: str) -> Any:
        if index not in self.bases:
            flat = self.module.tensor(self.memories[index])
            if dtype in CARRIERS:
                # a clone, so that the carrier is not the base of a view
                flat = flat.view(getattr(self.module, dtype)).clone()
            self.bases[index] = flat
        return self.bases[index]

    def tensor(self, recipe: TensorRecipe) -> Any:
        shared = recipe.memory in self.bases
        memory = self.memories[recipe.memory]
        whole = recipe.offset == 0 and len(memory) == int(np.prod(recipe.size, dtype=np.int64))
        if whole and not shared and recipe.dtype not in CARRIERS and _contiguous(recipe):
            t = self.module.tensor(memory.reshape(recipe.size))
            self.bases[recipe.memory] = t
        else:
            t = self.base(recipe.memory, recipe.dtype)
            if not (whole and len(recipe.size) == 1 and _contiguous(recipe)):
                t = t.as_strided(recipe.size, recipe.stride, recipe.offset)
            elif shared:
                t = t.detach()
        if recipe.conj:
            t = t.conj()
        if recipe.parameter:
            return self.module.nn.Parameter(t, requires_grad=recipe.requires_grad and self.grad)
        return t.requires_grad_() if recipe.requires_grad and self.grad else t

    def sparse(self, recipe: SparseRecipe) -> Any:
        indices, values = self.tensor(recipe.indices), self.tensor(recipe.values)
        t = self.module.sparse_coo_tensor(indices, values, recipe.size)
        t = t.coalesce() if recipe.coalesced else t
        return t.requires_grad_() if recipe.requires_grad and self.grad else t


def leaves(tree: Any, module: Any) -> list[Any]:
    """The tensors in a tree of arguments or results, in order."""
    if isinstance(tree, module.Tensor):
        return [tree]
    if isinstance(tree, dict):
        tree = tuple(tree.values())
    if isinstance(tree, slice):
        tree = (tree.start, tree.stop, tree.step)
    if isinstance(tree, (tuple, list)):
        return [leaf for item in tree for leaf in leaves(item, module)]
    return []


def upcast(tree: Any) -> Any:
    """torch arguments in float64 and complex128, still requiring gradients where they did."""
    if isinstance(tree, torch.Tensor):
        wide = torch.complex128 if tree.is_complex() else torch.float64 if tree.is_floating_point() else tree.dtype
        return tree.detach().to(wide).requires_grad_(tree.requires_grad)
    if type(tree) in (tuple, list):
        return type(tree)(map(upcast, tree))
    if isinstance(tree, dict):
        return {key: upcast(item) for key, item in tree.items()}
    return tree


def _contiguous(recipe: TensorRecipe) -> bool:
    expected = 1
    for size, stride in zip(reversed(recipe.size), reversed(recipe.stride), strict=True):
        if size != 1 and stride != expected:
            return False
        expected *= max(size, 1)
    return True


def translate(value: Any, module: Any) -> Any:
    """torch's dtypes, devices, generators and functions as the lookalike's."""
    if module is torch:
        return value
    if isinstance(value, (torch.dtype, torch.layout, torch.memory_format)):
        return getattr(module, dtype_name(value))
    if isinstance(value, torch.device):
        return module.device(str(value))
    if isinstance(value, torch.Size):
        return module.Size(value)
    if isinstance(value, torch.Generator):
        generator = module.Generator()
        generator.manual_seed(value.initial_seed())
        return generator
    if isinstance(value, type) and value.__module__.startswith("torch"):
        return getattr(module, value.__name__)
    if isinstance(value, types.FunctionType | types.BuiltinFunctionType):
        return rebind(value, module)
    return _module_like(value, module) if isinstance(value, torch.nn.Module) else value


def _module_like(value: torch.nn.Module, module: Any) -> Any:
    """A module without parameters, as the lookalike's class of the same name with the same settings."""
    if next(value.parameters(), None) is not None or next(value.buffers(), None) is not None:
        raise Unsupported(f"{type(value).__name__} with parameters")
    cls = getattr(module.nn, type(value).__name__)
    made = cls.__new__(cls)
    module.nn.Module.__init__(made)
    made.__dict__.update({k: v for k, v in value.__dict__.items() if not k.startswith("_")})
    return made
