"""`torch.layout` and `torch.memory_format` constants."""

from __future__ import annotations


class _Constant:
    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self):
        return _by_name, (self.name,)


class layout(_Constant):
    """How a tensor's elements are stored."""


class memory_format(_Constant):
    """In which order dimensions lie in memory."""


class qscheme(_Constant):
    """How a quantised tensor's numbers are scaled; no tensor here is quantised."""


strided = layout("strided")
sparse_coo = layout("sparse_coo")
sparse_csr = layout("sparse_csr")
sparse_csc = layout("sparse_csc")
sparse_bsr = layout("sparse_bsr")
sparse_bsc = layout("sparse_bsc")
jagged = layout("jagged")
_mkldnn = layout("_mkldnn")
contiguous_format = memory_format("contiguous_format")
preserve_format = memory_format("preserve_format")
channels_last = memory_format("channels_last")
channels_last_3d = memory_format("channels_last_3d")

CONSTANTS: dict[str, _Constant] = {
    c.name: c
    for c in (
        strided,
        sparse_coo,
        sparse_csr,
        sparse_csc,
        sparse_bsr,
        sparse_bsc,
        jagged,
        _mkldnn,
        contiguous_format,
        preserve_format,
        channels_last,
        channels_last_3d,
        *map(
            qscheme,
            (
                "per_tensor_affine",
                "per_tensor_symmetric",
                "per_channel_affine",
                "per_channel_symmetric",
                "per_channel_affine_float_qparams",
            ),
        ),
    )
}


def _by_name(name: str) -> _Constant:
    return CONSTANTS[name]
