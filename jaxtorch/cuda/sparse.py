"""`torch.cuda.sparse`: the legacy constructors of sparse tensors on a GPU."""

from jaxtorch.sparse._factory import legacy_types_of as _legacy_types_of

globals().update(_legacy_types_of("torch.cuda.sparse"))
