"""Module backward hooks: an identity function around the module's inputs and outputs whose nodes carry the hooks."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

from jaxtorch._autograd.function import Function
from jaxtorch._autograd.variable import Variable
from jaxtorch._base.modes import modes


class BackwardHookFunction(Function):
    """The identity; its node is where gradients of a module's inputs or outputs can be seen together."""

    @staticmethod
    def forward(ctx: Any, *args: Any) -> Any:
        ctx.mark_non_differentiable(*[arg for arg in args if not arg.requires_grad])
        return args

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        return args


class BackwardHook:
    """Calls a module's full backward hooks once the gradients of both its outputs and its inputs are there."""

    def __init__(self, module: Any, user_hooks: list[Callable], user_pre_hooks: list[Callable]) -> None:
        self.module = module
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.grad_outputs: Any = None
        self.n_outputs = self.n_inputs = -1
        self.output_tensors_index: list[int] | None = None
        self.input_tensors_index: list[int] | None = None

    def setup_input_hook(self, args: tuple) -> tuple:
        """Pass the inputs through the identity; its node sees their gradients."""
        found, self.input_tensors_index = self._through_identity(self._inputs_done, args)
        self.n_inputs = len(args)
        return found

    def setup_output_hook(self, result: Any) -> Any:
        """Pass the outputs through the identity; its node sees their gradients."""
        several = isinstance(result, tuple)
        given = result if several else (result,)
        found, self.output_tensors_index = self._through_identity(self._outputs_done, given)
        self.n_outputs = len(given)
        return found if several else found[0]

    def _through_identity(self, hook: Callable, args: tuple) -> tuple[tuple, list[int] | None]:
        positions = [i for i, a in enumerate(args) if isinstance(a, Variable)]
        if not (modes.grad and any(args[i].requires_grad for i in positions)):
            return args, None
        passed = BackwardHookFunction.apply(*[args[i] for i in positions])
        next(t.grad_fn for t in passed if t.grad_fn is not None).register_hook(hook)
        new = list(args)
        for i, value in zip(positions, passed, strict=True):
            new[i] = value
        return (tuple(new) if type(args) is tuple else type(args)(*new)), positions

    def _inputs_done(self, grad_input: tuple, _: tuple) -> Any:
        if self.grad_outputs is None:
            return None  # the gradient reached the inputs without passing the outputs, e.g. in double backward
        assert self.input_tensors_index is not None
        grads = _spread(self.input_tensors_index, grad_input, self.n_inputs)
        for hook in self.user_hooks:
            out = hook(self.module, grads, self.grad_outputs)
            if out is None:
                continue
            if len(out) != len(grads):
                raise RuntimeError(
                    f"Backward hook returned an invalid number of grad_input, got {len(out)}, but expected {len(grads)}"
                )
            grads = out
        self.grad_outputs = None
        return tuple([grads[i] for i in self.input_tensors_index])

    def _outputs_done(self, _: tuple, grad_output: tuple) -> Any:
        assert self.output_tensors_index is not None
        grads = _spread(self.output_tensors_index, grad_output, self.n_outputs)
        for hook in self.user_pre_hooks:
            out = hook(self.module, grads)
            if out is None:
                continue
            if len(out) != len(grads):
                raise RuntimeError(
                    f"Backward pre hook returned an invalid number of grad_output, got {len(out)}, but "
                    f"expected {len(grads)}"
                )
            grads = out
        self.grad_outputs = grads
        if self.input_tensors_index is None:
            self._call_without_inputs(grads)
        return tuple([grads[i] for i in self.output_tensors_index])

    def _call_without_inputs(self, grads: tuple) -> None:
        """No input requires grad, so nothing follows: the hooks are called right away."""
        warnings.warn(
            "Full backward hook is firing when gradients are computed with respect to module outputs since "
            "no inputs require gradients. See "
            "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module"
            ".register_full_backward_hook for more details.",
            stacklevel=5,
        )
        for hook in self.user_hooks:
            out = hook(self.module, (None,) * self.n_inputs, grads)
            if out is not None and not (isinstance(out, tuple) and all(g is None for g in out)):
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return "
                    "None or None for all gradients."
                )
        self.grad_outputs = None


def _spread(positions: list[int], values: tuple, size: int) -> tuple:
    out: list = [None] * size
    for i, value in zip(positions, values, strict=True):
        out[i] = value
    return tuple(out)


_DEPRECATED = "{} is deprecated and will be removed in future versions. This hook will be missing {}"
_USE_FULL = " Please use register_full_backward_hook to get the documented behavior."


def warn_about_old_hook(inputs: Any, result: Any, grad_fn: Any) -> None:
    """Warn where a non-full backward hook does not see all gradients."""
    outputs = (result,) if isinstance(result, Variable) else result
    given = (inputs,) if isinstance(inputs, Variable) else inputs
    makers = _makers(outputs)
    text = None
    if makers is None:
        text = (
            _DEPRECATED.format(
                "Using non-full backward hooks on a Module that does not return a single Tensor or a tuple of Tensors",
                "some of the grad_output.",
            )
            + _USE_FULL
        )
    elif _makers(given) is None:
        text = (
            _DEPRECATED.format(
                "Using non-full backward hooks on a Module that does not take as input a single "
                "Tensor or a tuple of Tensors",
                "some of the grad_input.",
            )
            + _USE_FULL
        )
    elif not makers or (len(makers) == 1 and grad_fn not in makers):
        text = _DEPRECATED.format(
            "Using a non-full backward hook when outputs are nested in python data structure", "some grad_output."
        )
    elif len(makers) > 1:
        text = (
            _DEPRECATED.format(
                "Using a non-full backward hook when outputs are generated by different autograd Nodes",
                "some grad_output.",
            )
            + _USE_FULL
        )
    elif _makers(given) != {edge[0] for edge in grad_fn.next_functions}:
        text = (
            _DEPRECATED.format(
                "Using a non-full backward hook when the forward contains multiple autograd Nodes", "some grad_input."
            )
            + _USE_FULL
        )
    if text is not None:
        warnings.warn(text, FutureWarning, stacklevel=4)


def _makers(tensors: Any) -> set | None:
    """The nodes that made a tuple of tensors; None when it is something else."""
    if not (isinstance(tensors, tuple) and all(isinstance(t, Variable) for t in tensors)):
        return None
    return {t.grad_fn for t in tensors if t.grad_fn is not None}
