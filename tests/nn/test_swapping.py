"""`load_state_dict` that swaps tensors instead of copying into them."""

import jaxtorch as torch
from jaxtorch import nn


def test_swapping_load_keeps_dtype_and_class():
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        module = nn.Linear(2, 2)
        weight, state = module.weight, {k: torch.full_like(v, 3.0).double() for k, v in module.state_dict().items()}
        module.load_state_dict(state)
        assert module.weight is weight
        assert type(weight) is nn.Parameter
        assert weight.dtype is torch.float32
        assert weight.tolist() == [[3.0, 3.0], [3.0, 3.0]]
        module.load_state_dict(state, assign=True)
        assert (module.weight is weight, weight.dtype) == (True, torch.float64)
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)
