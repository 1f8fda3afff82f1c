"""`torch.cuda.jiterator`: kernels written in CUDA C++ are kept as text; calling one raises."""

from __future__ import annotations

from typing import Any


class _Kernel:
    def __init__(self, code: str, **scalars: Any) -> None:
        self.code_string, self.kwargs = code, scalars

    def __call__(self, *tensors: Any, **scalars: Any) -> Any:
        raise NotImplementedError(
            "torch.cuda.jiterator is not supported by jaxtorch; write the function with torch's own: XLA fuses it"
        )


def _create_jit_fn(code_string: str, **kwargs: Any) -> _Kernel:
    """A kernel of one output."""
    return _Kernel(code_string, **kwargs)


def _create_multi_output_jit_fn(code_string: str, num_outputs: int, **kwargs: Any) -> _Kernel:
    """A kernel of several outputs."""
    return _Kernel(code_string, **kwargs)
