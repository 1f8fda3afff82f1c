"""`torch`, in an environment where it means jaxtorch."""

import sys

import jaxtorch
from jaxtorch._dropin import install, rename

# The import statement hands out what stands in sys.modules once this file has run, which is how this module vanishes.
sys.modules[__name__] = jaxtorch
rename(jaxtorch, "torch")
install()
