"""`torch.autograd`."""

from typing import Any

from jaxtorch._autograd.anomaly import detect_anomaly as detect_anomaly
from jaxtorch._autograd.anomaly import set_detect_anomaly as set_detect_anomaly
from jaxtorch._autograd.function import Function as Function
from jaxtorch._autograd.grad_mode import enable_grad as enable_grad
from jaxtorch._autograd.grad_mode import force_original_view_tracking as _force_original_view_tracking  # noqa: F401
from jaxtorch._autograd.grad_mode import inference_mode as inference_mode
from jaxtorch._autograd.grad_mode import is_multithreading_enabled as is_multithreading_enabled
from jaxtorch._autograd.grad_mode import no_grad as no_grad
from jaxtorch._autograd.grad_mode import set_grad_enabled as set_grad_enabled
from jaxtorch._autograd.grad_mode import set_multithreading_enabled as set_multithreading_enabled
from jaxtorch._tensor.autograd_methods import SavedTensor as SavedTensor
from jaxtorch._tensor.gradients import backward as backward
from jaxtorch._tensor.gradients import grad as grad
from jaxtorch.autograd import forward_ad as forward_ad
from jaxtorch.autograd import function as function
from jaxtorch.autograd import functional as functional
from jaxtorch.autograd import grad_mode as grad_mode
from jaxtorch.autograd import graph as graph
from jaxtorch.autograd import profiler as profiler
from jaxtorch.autograd import profiler_util as profiler_util
from jaxtorch.autograd import variable as variable
from jaxtorch.autograd.gradcheck import gradcheck as gradcheck
from jaxtorch.autograd.gradcheck import gradgradcheck as gradgradcheck
from jaxtorch.autograd.variable import Variable as Variable
from jaxtorch.profiler import kineto_available as kineto_available


def _calculate_shape(output: Any, grad: Any, is_grads_batched: bool) -> tuple:
    """The shapes that an output and its gradient are compared by."""
    return tuple(output.shape), tuple(grad.shape[1:] if is_grads_batched else grad.shape)
