"""`torch.autograd.grad_mode`."""

from jaxtorch._autograd.grad_mode import enable_grad as enable_grad
from jaxtorch._autograd.grad_mode import inference_mode as inference_mode
from jaxtorch._autograd.grad_mode import no_grad as no_grad
from jaxtorch._autograd.grad_mode import set_grad_enabled as set_grad_enabled
from jaxtorch._autograd.grad_mode import set_multithreading_enabled as set_multithreading_enabled
