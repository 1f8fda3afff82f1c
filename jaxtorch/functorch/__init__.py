"""`functorch`: what `torch.func` was before PyTorch took it in; each function says so when it is called."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from jaxtorch import func as _func
from jaxtorch.functorch import _modules
from jaxtorch.functorch._modules import FunctionalModule as FunctionalModule
from jaxtorch.functorch._modules import FunctionalModuleWithBuffers as FunctionalModuleWithBuffers
from jaxtorch.version import __version__ as __version__


def _deprecated(function: Callable, instead: str = "") -> Any:
    name = function.__name__
    message = (
        f"We've integrated functorch into PyTorch. As the final step of the integration, `functorch.{name}` is "
        f"deprecated as of PyTorch 2.0 and will be deleted in a future version of PyTorch >= 2.3. Please use "
        f"`{instead or f'torch.func.{name}'}` instead; see the PyTorch 2.0 release notes and/or the `torch.func` "
        f"migration guide for more details https://pytorch.org/docs/main/func.migrating.html"
    )

    @functools.wraps(function)
    def warning(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(message, FutureWarning, stacklevel=2)
        return function(*args, **kwargs)

    return warning


functionalize = _deprecated(_func.functionalize)
grad = _deprecated(_func.grad)
grad_and_value = _deprecated(_func.grad_and_value)
hessian = _deprecated(_func.hessian)
jacfwd = _deprecated(_func.jacfwd)
jacrev = _deprecated(_func.jacrev)
jvp = _deprecated(_func.jvp)
vjp = _deprecated(_func.vjp)
vmap = _deprecated(_func.vmap, "torch.vmap")
make_functional = _deprecated(_modules.make_functional, "torch.func.functional_call")
make_functional_with_buffers = _deprecated(_modules.make_functional_with_buffers, "torch.func.functional_call")
combine_state_for_ensemble = _deprecated(_modules.combine_state_for_ensemble, "torch.func.stack_module_state")


def make_fx(f: Callable, *args: Any, **kwargs: Any) -> Any:
    """Not supported.

    Raises:
        NotImplementedError: always; `torch.fx.symbolic_trace` records a graph.
    """
    raise NotImplementedError("functorch.make_fx is not supported by jaxtorch; use torch.fx.symbolic_trace")
