"""`torch.__future__`: switches of how modules are converted."""

from jaxtorch.nn._conversion import (
    get_overwrite_module_params_on_conversion as get_overwrite_module_params_on_conversion,
)
from jaxtorch.nn._conversion import get_swap_module_params_on_conversion as get_swap_module_params_on_conversion
from jaxtorch.nn._conversion import (
    set_overwrite_module_params_on_conversion as set_overwrite_module_params_on_conversion,
)
from jaxtorch.nn._conversion import set_swap_module_params_on_conversion as set_swap_module_params_on_conversion
