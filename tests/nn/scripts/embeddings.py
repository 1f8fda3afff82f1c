"""Embeddings and bags of them."""

import numpy as np


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    F = torch.nn.functional
    w0 = np.random.default_rng(0).standard_normal((6, 3)).astype(np.float32) * 2
    for kw in (
        {},
        {"padding_idx": 2},
        {"padding_idx": -1},
        {"max_norm": 1.0},
        {"max_norm": 1.0, "norm_type": 1.0},
        {"scale_grad_by_freq": True},
        {"scale_grad_by_freq": True, "padding_idx": 1},
    ):
        w = torch.tensor(w0, requires_grad=True)
        i = torch.tensor([[1, 2, 2], [5, 1, 0]])
        o = F.embedding(i, w, **kw)
        (o * torch.arange(18.0).view(2, 3, 3)).sum().backward()
        show(numbers(o), numbers(w), numbers(w.grad), w._version)
    error(lambda: F.embedding(torch.tensor([7]), torch.ones(3, 2)))
    error(lambda: F.embedding(torch.tensor([1.0]), torch.ones(3, 2)))
    error(lambda: F.embedding(torch.tensor([1]), torch.ones(3, 2), padding_idx=5))
    error(lambda: F.embedding(torch.tensor([1]), torch.ones(3)))
    for mode in ("sum", "mean", "max"):
        for kw in ({}, {"padding_idx": 1}, {"include_last_offset": True}):
            w = torch.tensor(w0, requires_grad=True)
            off = torch.tensor([0, 2, 2, 5] if "include_last_offset" not in kw else [0, 2, 2, 5, 6])
            o = F.embedding_bag(torch.tensor([1, 2, 2, 5, 1, 0]), w, off, mode=mode, **kw)
            (o * torch.arange(12.0).view(4, 3)).sum().backward()
            show(mode, kw, numbers(o), numbers(w.grad))
        w = torch.tensor(w0, requires_grad=True)
        o = F.embedding_bag(torch.tensor([[1, 2, 2], [5, 1, 0]]), w, mode=mode, padding_idx=2)
        o.sum().backward()
        show(numbers(o), numbers(w.grad))
    w = torch.tensor(w0, requires_grad=True)
    ps = torch.tensor([[1.0, 2, 3], [4, 5, 6]], requires_grad=True)
    o = F.embedding_bag(torch.tensor([[1, 2, 2], [5, 1, 0]]), w, mode="sum", per_sample_weights=ps)
    o.sum().backward()
    show(numbers(o), numbers(w.grad), numbers(ps.grad))
    w = torch.tensor(w0)
    show(numbers(F.embedding_bag(torch.tensor([[1, 2]]), w, max_norm=1.0)), numbers(w))
    for f in (
        lambda: F.embedding_bag(torch.tensor([1]), w),
        lambda: F.embedding_bag(torch.tensor([[1]]), w, torch.tensor([0])),
        lambda: F.embedding_bag(torch.tensor([[1]]), w, mode="x"),
        lambda: F.embedding_bag(torch.tensor([[1]]), w, per_sample_weights=torch.ones(1, 1)),
        lambda: F.embedding_bag(torch.tensor([[1]]), w, per_sample_weights=torch.ones(1, 2), mode="sum"),
        lambda: F.embedding_bag(torch.tensor(1), w),
    ):
        error(f)
    two = torch.tensor([0, 2])
    for f in (
        lambda: F.embedding_bag(torch.tensor([[1, -1]]), w, mode="max"),
        lambda: F.embedding_bag(torch.tensor([[1, 6]]), w, mode="max", padding_idx=0),
        lambda: F.embedding_bag(torch.tensor([1, 1]), w, torch.tensor([0, 3])),
        lambda: F.embedding_bag(torch.tensor([1, 1]), w, two, padding_idx=6),
        lambda: F.embedding_bag(torch.tensor([1, 1]), w, two, mode="sum", per_sample_weights=torch.ones(2).double()),
    ):
        error(f)
    for columns in (0, 2):
        layer, index = torch.nn.Embedding(4, columns, sparse=True), torch.tensor([1, 3])
        layer(index).sum().backward()
        index[0] = 2
        show(layer.weight.grad.shape, layer.weight.grad.is_sparse)
    show(layer.weight.grad._indices())
    try:
        F.embedding_bag(torch.tensor([1, 1]), w, torch.tensor([1, 2]))
    except RuntimeError as e:
        show(str(e).split(". ")[0])  # PyTorch goes on with the number, over two lines
