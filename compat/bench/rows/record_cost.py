"""recording one operation on small tensors with grad on, without the run of the program"""

import torch

STEPS = 200


def calls():
    torch.manual_seed(0)
    a = torch.randn(8, 8, requires_grad=True)
    b = torch.randn(8, 8, requires_grad=True)
    return {
        "a + b": lambda: a + b,
        "a * b": lambda: a * b,
        "a.view": lambda: a.view(64),
        "a.sum": lambda: a.sum(),
        "a @ b": lambda: a @ b,
        "a.relu": lambda: a.relu(),
        "a[2]": lambda: a[2],
        "a + 1.5": lambda: a + 1.5,
    }
