"""`torch` for the child processes of a launched script.

A process that multiprocessing spawns starts as a bare interpreter and takes over only its parent's `sys.path`.
The launcher puts this folder's parent there, so that the child's `import torch` comes here and turns into jaxtorch.
"""

import sys

import jaxtorch
from jaxtorch._dropin import install

# The import statement hands out what stands in sys.modules once this file has run, which is how this module vanishes.
sys.modules[__name__] = jaxtorch
install()
