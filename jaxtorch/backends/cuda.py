"""`torch.backends.cuda`: switches of CUDA matrix products, kept without effect."""


class _Matmul:
    allow_tf32 = False
    allow_fp16_reduced_precision_reduction = True
    allow_bf16_reduced_precision_reduction = True


matmul = _Matmul()


def is_built() -> bool:
    """False, as in a CPU build."""
    return False
