"""Activation checkpointing: intermediate values are computed again in backward instead of kept."""

from __future__ import annotations

import contextlib
import enum
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from jaxtorch._autograd.checkpoint import Region, fresh_inputs
from jaxtorch._autograd.function import Function
from jaxtorch._autograd.node import Node
from jaxtorch._autograd.variable import value_of
from jaxtorch._base.modes import modes
from jaxtorch._base.rng import default_generator
from jaxtorch._tensor.autocasting import as_now
from jaxtorch._tensor.gradients import backward
from jaxtorch._tensor.tensor import Tensor
from jaxtorch.nn import Sequential
from jaxtorch.utils._pytree import tree_leaves

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "CheckpointPolicy",
    "DefaultDeviceType",
    "SelectiveCheckpointContext",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "create_selective_checkpoint_contexts",
    "detach_variable",
    "get_device_states",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
    "set_device_states",
]

_WHICH = (
    "{} use_reentrant=False is recommended, but if you need to preserve the current default behavior, you can pass "
    "use_reentrant=True. Refer to docs for more details on the differences between the two variants."
)
_NOT_GIVEN = _WHICH.format(
    "torch.utils.checkpoint: the use_reentrant parameter should be passed explicitly. Starting in PyTorch "
    "2.9, calling checkpoint without use_reentrant will raise an exception."
)
_NOT_GIVEN_SEQUENTIAL = _WHICH.format(
    "torch.utils.checkpoint.checkpoint_sequential: the use_reentrant parameter should be passed "
    "explicitly. In version 2.9 we will raise an exception if use_reentrant is not passed."
)


class CheckpointError(RuntimeError):
    """The second run of a function did not do what the first did."""


class CheckpointPolicy(enum.Enum):
    """What selective checkpointing does with an operator's result."""

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4


class SelectiveCheckpointContext:
    """What a policy function is told of a call."""

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute, self.op_output = is_recompute, op_output


def create_selective_checkpoint_contexts(policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False) -> NoReturn:
    """Not supported: which results are kept is XLA's choice.

    Raises:
        NotImplementedError: always.
    """
    raise NotImplementedError(
        "torch.utils.checkpoint.create_selective_checkpoint_contexts is not supported by jaxtorch; checkpoint the "
        "parts that should be computed again"
    )


def noop_context_fn() -> tuple:
    """Two contexts that do nothing."""
    return contextlib.nullcontext(), contextlib.nullcontext()


def detach_variable(inputs: tuple) -> tuple:
    """The tensors of a tuple as leaves, everything else as it is."""
    if not isinstance(inputs, tuple):
        raise RuntimeError("Only tuple of tensors is supported. Got Unsupported input type: " + type(inputs).__name__)
    return tuple([x.detach().requires_grad_(x.requires_grad) if isinstance(x, Tensor) else x for x in inputs])


def check_backward_validity(inputs: Any) -> None:
    """Warn when no input requires grad."""
    if not any(x.requires_grad for x in inputs if isinstance(x, Tensor)):
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


class DefaultDeviceType:
    """The type of device that is taken where no tensor says one."""

    _type = "cuda"

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Take another."""
        DefaultDeviceType._type = device

    @staticmethod
    def get_device_type() -> str:
        """Which is taken."""
        return DefaultDeviceType._type


def _infer_device_type(*args: Any) -> str:
    """The type of device of the tensors in nested arguments that are not on the CPU; of several types CUDA, or the
    first, with a warning."""
    found = list({x.device.type: 0 for x in tree_leaves(args) if isinstance(x, Tensor) and x.device.type != "cpu"})
    if len(found) > 1:
        warnings.warn(
            "Tensor arguments, excluding CPU tensors, are detected on at least two types of devices. Device state will "
            f"only be saved for devices of a single device type. Device types: {sorted(found)} first device type: "
            f"{found[0]}",
            stacklevel=2,
        )
    return "cuda" if "cuda" in found else [*found, DefaultDeviceType.get_device_type()][0]


def get_device_states(*args: Any) -> tuple[list, list]:
    """The devices of the arguments and the states of their generators: none, there is one stream for all devices."""
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: str | None = None) -> None:
    """Put back what `get_device_states` gave."""


@contextlib.contextmanager
def _as_in_forward(state: Any) -> Iterator[None]:
    """Gradients on, and the random stream where it was when the forward pass began."""
    before, now = modes.grad, default_generator.get_state() if state is not None else None
    modes.grad = True
    if state is not None:
        default_generator.set_state(state)
    try:
        yield
    finally:
        modes.grad = before
        if now is not None:
            default_generator.set_state(now)


class CheckpointFunction(Function):
    """The reentrant variant: a Function whose backward runs the function again and walks the graph of that run."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable, preserve_rng_state: bool, *args: Any) -> Any:
        """Run without a graph, keeping the inputs."""
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.state = default_generator.get_state() if preserve_rng_state else None
        ctx.inputs = [None if isinstance(a, Tensor) else a for a in args]
        ctx.save_for_backward(*[a for a in args if isinstance(a, Tensor)])
        modes.grad = False
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        """Run again with a graph, and walk it."""
        saved = list(ctx.saved_tensors)
        leaves = iter(fresh_inputs([(value_of(t), t.requires_grad) for t in saved], [a for a in args if a is not None]))
        remaining = iter(saved)
        inputs = []
        for kept in ctx.inputs:
            inputs.append(next(leaves) if kept is None and next(remaining, None) is not None else kept)
        with _as_in_forward(ctx.state):
            outputs = ctx.run_function(*inputs)
            outputs = (outputs,) if isinstance(outputs, Tensor) else outputs
            pairs = [(o, g) for o, g in zip(outputs, args, strict=True) if isinstance(o, Tensor) and o.requires_grad]
            if not pairs:
                raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
            backward([o for o, _ in pairs], [g for _, g in pairs])
        return (None, None, *[x.grad if isinstance(x, Tensor) else None for x in inputs])


def checkpoint(
    function: Callable,
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """`function(*args, **kwargs)` whose intermediate values are not kept: backward runs the function again.

    The random stream is put back for the second run, so that dropout draws the same (`preserve_rng_state=False` omits
    that). `debug` and `determinism_check` change nothing here: the second run must make the same operations, else
    `CheckpointError`. `early_stop` is not done either: the second run goes to the end of the function.

        y = torch.utils.checkpoint.checkpoint(block, x, use_reentrant=False)
    """
    if use_reentrant is None:
        warnings.warn(_NOT_GIVEN, stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    function = as_now(function)
    if use_reentrant:
        if kwargs:
            raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
        if context_fn is not noop_context_fn or debug is not False:
            raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
        return CheckpointFunction.apply(function, preserve, *args)
    if context_fn is not noop_context_fn:
        raise NotImplementedError(
            "torch.utils.checkpoint.checkpoint(context_fn=...) is not supported by jaxtorch; enter the "
            "contexts inside the function"
        )
    return _without_reentrance(function, preserve, args, kwargs)


def _without_reentrance(function: Callable, preserve: bool, args: tuple, kwargs: dict) -> Any:
    if not modes.grad:
        return function(*args, **kwargs)
    state = default_generator.get_state() if preserve else None
    given = [a for a in (*args, *kwargs.values()) if isinstance(a, Tensor)]
    inputs = [(value_of(t), t.requires_grad) for t in given]

    def rerun(cotangents: list) -> list:
        leaves = iter(fresh_inputs(inputs, cotangents))
        again = [next(leaves) if isinstance(a, Tensor) else a for a in args]
        named = {k: next(leaves) if isinstance(v, Tensor) else v for k, v in kwargs.items()}
        with _as_in_forward(state):
            return _tensors(function(*again, **named))

    start = Node(None, (), (), ()).seq  # type: ignore[arg-type]
    result = function(*args, **kwargs)
    Region(rerun, CheckpointError).forget(_tensors(result), start)
    return result


def _tensors(result: Any) -> list:
    """The tensors in the outputs of a function."""
    if isinstance(result, Tensor):
        return [result]
    if isinstance(result, dict):
        result = list(result.values())
    return [t for part in result for t in _tensors(part)] if isinstance(result, (tuple, list)) else []


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """A chain of functions (or a Sequential) in `segments` parts, all but the last checkpointed."""
    if use_reentrant is None:
        warnings.warn(_NOT_GIVEN_SEQUENTIAL, stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    functions = list(functions.children()) if isinstance(functions, Sequential) else functions

    def chain(start: int, end: int) -> Callable:
        def forward(x: Any) -> Any:
            for function in functions[start:end]:
                x = function(x)
            return x

        return forward

    size = len(functions) // segments
    last = size * (segments - 1)
    for start in range(0, last, size):
        input = checkpoint(chain(start, start + size), input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return chain(last, len(functions))(input)


@contextlib.contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Accepted for PyTorch's sake: the second run goes to the end of the function in any case."""
    yield


@contextlib.contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Accepted for PyTorch's sake: `debug` changes nothing here."""
    yield
