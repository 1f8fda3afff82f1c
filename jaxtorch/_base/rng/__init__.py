"""The random streams of PyTorch's CPU generator, over NumPy arrays."""

from jaxtorch._base.rng.generator import DEFAULT_SEED as DEFAULT_SEED
from jaxtorch._base.rng.generator import HostGenerator as HostGenerator
from jaxtorch._base.rng.generator import default_generator as default_generator
