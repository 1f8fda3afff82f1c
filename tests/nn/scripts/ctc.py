"""The CTC loss."""

import numpy as np


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    F = torch.nn.functional
    rng = np.random.default_rng(0)
    lp = torch.tensor(rng.standard_normal((7, 3, 5)).astype(np.float32)).log_softmax(-1)
    tg = torch.tensor([[1, 2, 2], [3, 4, 0], [1, 0, 0]])
    for r in ("none", "mean", "sum"):
        x = lp.clone().requires_grad_()
        o = F.ctc_loss(x, tg, torch.tensor([7, 6, 5]), torch.tensor([3, 2, 1]), reduction=r)
        o.sum().backward()
        show(numbers(o), numbers(x.grad)[0])
    show(numbers(F.ctc_loss(lp, torch.tensor([1, 2, 2, 3, 4, 1]), (7, 6, 5), (3, 2, 1))))
    show(numbers(F.ctc_loss(lp, tg, [7, 6, 2], [3, 2, 3], zero_infinity=True, blank=0)))
    error(lambda: nn.CTCLoss(blank=1)(lp[:, 0], torch.tensor([2, 3]), torch.tensor(7), torch.tensor(2)))
    error(lambda: F.ctc_loss(lp, tg, [9, 6, 2], [3, 2, 3]))
    error(lambda: F.ctc_loss(lp, tg, [7, 6], [3, 2, 3]))
    error(lambda: F.ctc_loss(lp, tg, [7, 6, 5], [3, 2, 3], reduction="x"))
