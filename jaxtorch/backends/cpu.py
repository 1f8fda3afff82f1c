"""`torch.backends.cpu`."""

from pathlib import Path as _Path


def get_cpu_capability() -> str:
    """The widest vectors the processor has, in PyTorch's words: XLA compiles for them."""
    try:
        flags = _Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return "DEFAULT"
    return "AVX512" if " avx512f" in flags else "AVX2" if " avx2" in flags else "DEFAULT"
