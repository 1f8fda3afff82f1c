"""Losses with every reduction, their legacy arguments and errors."""

import numpy as np


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    F = torch.nn.functional
    x0 = np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32)

    def X():
        return torch.tensor(x0)

    Y = torch.tensor([1, 4, 0, -100])
    Z = torch.tensor(np.abs(x0[::-1].copy()) / 5)
    for r in ("none", "mean", "sum"):
        show(
            numbers(F.cross_entropy(X(), Y, reduction=r)),
            numbers(F.cross_entropy(X(), Y, torch.arange(1.0, 6), reduction=r, label_smoothing=0.1)),
            numbers(F.cross_entropy(X(), Z, reduction=r, label_smoothing=0.2)),
            numbers(F.nll_loss(X(), Y, reduction=r)),
        )
        for f in (F.mse_loss, F.l1_loss, F.smooth_l1_loss, F.huber_loss):
            show(
                numbers(f(X(), Z, reduction=r)),
                numbers(f(X(), Z, reduction=r, weight=Z)) if f is not F.smooth_l1_loss else "",
            )
        show(
            numbers(F.smooth_l1_loss(X(), Z, reduction=r, beta=0.0)),
            numbers(F.binary_cross_entropy(Z, Z, torch.arange(1.0, 6), reduction=r)),
            numbers(
                F.binary_cross_entropy_with_logits(
                    X(), Z, torch.arange(1.0, 6), pos_weight=torch.ones(5) * 2, reduction=r
                )
            ),
            numbers(F.poisson_nll_loss(X(), Z, full=True, reduction=r)),
            numbers(F.gaussian_nll_loss(X(), Z, Z[:, :1], full=True, reduction=r)),
            numbers(F.gaussian_nll_loss(X(), Z, 0.5, reduction=r)),
            numbers(F.kl_div(X(), Z, reduction=r)),
            numbers(F.kl_div(X(), Z, reduction=r, log_target=True)),
        )
        s = torch.sign(torch.tensor(x0))
        show(
            numbers(F.hinge_embedding_loss(Z, s, reduction=r)),
            numbers(F.soft_margin_loss(X(), s, reduction=r)),
            numbers(F.margin_ranking_loss(X(), Z, s, 0.1, reduction=r)),
            numbers(F.cosine_embedding_loss(X(), Z, s[:, 0], 0.1, reduction=r)),
            numbers(F.multilabel_soft_margin_loss(X(), (Z > 0.1).float(), Z, reduction=r)),
            numbers(
                F.multi_margin_loss(X(), torch.tensor([1, 4, 0, 2]), p=2, weight=torch.arange(1.0, 6), reduction=r)
            ),
            numbers(F.multilabel_margin_loss(X(), torch.tensor([[1, 2, -1, 0, 0]] * 4), reduction=r)),
            numbers(F.triplet_margin_loss(X(), Z, s, swap=True, reduction=r)),
        )
    show(numbers(F.kl_div(X(), Z, reduction="batchmean")))
    show(
        numbers(F.mse_loss(X(), Z, size_average=False)),
        numbers(F.mse_loss(X(), Z, reduce=False)),
        numbers(F.cross_entropy(X(), Y, None, True)),
    )
    for f in (
        lambda: F.cross_entropy(X(), torch.tensor([9, 0, 0, 0])),
        lambda: F.cross_entropy(X(), torch.tensor([1, 0])),
        lambda: F.cross_entropy(X(), Y, reduction="x"),
        lambda: F.binary_cross_entropy(X(), Z),
        lambda: F.binary_cross_entropy(Z, Z[0]),
        lambda: F.binary_cross_entropy_with_logits(Z, Z[0]),
        lambda: F.mse_loss(X(), Z[:, :2]),
        lambda: F.mse_loss(X(), Z, reduction="x"),
        lambda: F.kl_div(X(), Z, reduction="x"),
        lambda: F.multi_margin_loss(X(), Y, p=3),
        lambda: F.triplet_margin_loss(X(), X(), X(), margin=-1),
        lambda: F.gaussian_nll_loss(X(), Z, -Z),
        lambda: F.gaussian_nll_loss(X(), Z, Z[:2]),
        lambda: F.margin_ranking_loss(X(), Z[0], Z),
        lambda: nn.HuberLoss(delta="a"),
        lambda: nn.MultiMarginLoss(p=3),
        lambda: nn.TripletMarginLoss(margin=0),
        lambda: F.smooth_l1_loss(X(), Z, beta=-1.0),
        lambda: F.poisson_nll_loss(X(), Z, reduction="x"),
    ):
        error(f)
    show(F.mse_loss(torch.ones(3, 1), torch.ones(3)).shape)
    show(nn.MSELoss(size_average=False), nn.CrossEntropyLoss(reduce=False).reduction)
    show(nn.CrossEntropyLoss(weight=torch.ones(3)).state_dict())
