"""`torch.version`."""

__version__ = "2.13.0+jaxtorch"
cuda = None
hip = None
rocm = None
xpu = None
git_version = ""
debug = False
