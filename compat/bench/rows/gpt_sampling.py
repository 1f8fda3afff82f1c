"""GPT 4x128 writing 48 letters, the context growing by one each time"""

import torch
import torch.nn.functional as F

from compat.bench.rows.gpt import GPT

STEPS, WARMUP = 1, 3


def make(compile):
    torch.manual_seed(0)
    model = compile(GPT())
    model.eval()

    @torch.no_grad()
    def sample():
        torch.manual_seed(1)
        tokens = torch.zeros(1, 1, dtype=torch.long)
        for _ in range(48):
            probabilities = F.softmax(model(tokens)[:, -1], dim=-1)
            tokens = torch.cat((tokens, torch.multinomial(probabilities, 1)), dim=1)
        return float(tokens.sum())

    return sample
