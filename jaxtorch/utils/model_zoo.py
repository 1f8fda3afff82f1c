"""`torch.utils.model_zoo`: the former name of functions of `torch.hub`."""

from jaxtorch.hub import load_state_dict_from_url as load_url
from jaxtorch.hub import tqdm as tqdm

__all__ = ["load_url"]
