"""`torch.testing`."""

from jaxtorch.testing._comparison import assert_allclose as assert_allclose
from jaxtorch.testing._comparison import assert_close as assert_close
from jaxtorch.testing._creation import make_tensor as make_tensor
from jaxtorch.testing._filecheck import FileCheck as FileCheck
