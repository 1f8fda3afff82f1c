"""`torch.backends.cuda`: switches of CUDA's libraries, kept without effect: XLA chooses its own kernels."""

from collections.abc import Callable as _Callable
from collections.abc import Iterator as _Iterator
from contextlib import contextmanager as _contextmanager
from typing import Any


class _Matmul:
    allow_tf32 = False
    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True
    allow_fp16_accumulation = False
    fp32_precision = "none"


matmul = _Matmul()


def is_built() -> bool:
    """False, as in a CPU build."""
    return False


def is_flash_attention_available() -> bool:
    """False: attention is compiled by XLA."""
    return False


def is_ck_sdpa_available() -> bool:
    """False."""
    return False


def _switch(name: str) -> tuple[_Callable, _Callable]:
    state = [True]

    def enabled() -> bool:
        return state[0]

    def enable(enabled: bool) -> None:
        state[0] = enabled

    enabled.__name__, enable.__name__ = f"{name}_enabled", f"enable_{name}"
    enabled.__doc__, enable.__doc__ = "What was last set.", "Kept without effect."
    return enabled, enable


flash_sdp_enabled, enable_flash_sdp = _switch("flash_sdp")
mem_efficient_sdp_enabled, enable_mem_efficient_sdp = _switch("mem_efficient_sdp")
math_sdp_enabled, enable_math_sdp = _switch("math_sdp")
cudnn_sdp_enabled, enable_cudnn_sdp = _switch("cudnn_sdp")
fp16_bf16_reduction_math_sdp_allowed, allow_fp16_bf16_reduction_math_sdp = _switch("fp16_bf16_reduction_math_sdp")


@_contextmanager
def sdp_kernel(
    enable_flash: bool = True, enable_math: bool = True, enable_mem_efficient: bool = True, enable_cudnn: bool = True
) -> _Iterator[dict]:
    """Choose among attention's kernels; there is one here."""
    yield {}


def _preference(name: str, choices: tuple[str, ...]) -> _Callable:
    state = ["default"]

    def preferred(backend: str | None = None) -> Any:
        if backend is not None:
            if backend not in choices:
                raise RuntimeError(f"Unknown input value. Choose from: {', '.join(choices)}.")
            state[0] = backend
        return state[0]

    preferred.__name__ = f"preferred_{name}_library"
    preferred.__doc__ = "The library that was last preferred, as text; kept without effect."
    return preferred


preferred_linalg_library = _preference("linalg", ("default", "cusolver", "magma"))
preferred_blas_library = _preference("blas", ("default", "cublas", "hipblas", "cublaslt", "hipblaslt", "ck"))
preferred_rocm_fa_library = _preference("rocm_fa", ("default", "aotriton", "ck"))
