"""ResNet-18 inference on 32x32 images, batch 32"""

import torch

from compat.bench.rows.resnet18 import resnet18

STEPS, WARMUP = 3, 6


def make(compile):
    torch.manual_seed(0)
    model = compile(resnet18())
    model.eval()
    x = torch.randn(32, 3, 32, 32)

    @torch.inference_mode()
    def infer():
        return model(x).square().mean().item()

    return infer
