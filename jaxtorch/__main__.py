"""`python -m jaxtorch`: run a script in which `import torch` means jaxtorch."""

import sys

from jaxtorch._cli.main import run_like_python

if __name__ == "__main__":
    run_like_python(sys.argv[1:])
