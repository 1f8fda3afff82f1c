"""The dropout family with PyTorch's masks."""

import numpy as np


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    F = torch.nn.functional
    x0 = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype(np.float32)

    def X(*s, g=False):
        return torch.tensor(np.resize(x0, s), requires_grad=g)

    torch.manual_seed(0)
    for s in ((3, 4), (2, 3, 4), (2, 3, 4, 5), (2, 3, 2, 2, 2)):
        for f in (F.dropout, F.alpha_dropout, F.feature_alpha_dropout):
            show(numbers(f(X(*s), 0.4, True)), numbers(f(X(*s), 1.0, True)), f(X(*s), 0.0, True).shape)
    x = X(4, 5).t()
    show(numbers(F.dropout(x, 0.5)), F.dropout(x, 0.5).stride())
    x = X(2, 3, 4, 5).to(memory_format=torch.channels_last)
    show(numbers(F.dropout(x, 0.5)), F.dropout(x).stride())
    show(numbers(F.dropout2d(x, 0.5)))
    x = X(3, 4)
    y = F.dropout(x, 0.5, inplace=True)
    show(y is x, numbers(x))
    x = X(3, 4)
    show(F.dropout(x, 0.5, False) is x)
    error(lambda: F.dropout(x, 1.5))
    error(lambda: F.dropout1d(X(4)))
    error(lambda: F.dropout2d(X(4)))
    error(lambda: F.feature_alpha_dropout(X(4), 0.5, True))
    show(numbers(F.dropout1d(X(3, 4), 0.5)), numbers(F.dropout1d(X(2, 3, 4), 0.5)))
    show(numbers(F.dropout3d(X(3, 2, 2, 2), 0.5)))
    show(F.dropout2d(X(3, 4, 2), 0.5).shape)
    x = X(3, 2, 2, 2)
    F.dropout3d(x, 0.5, inplace=True)
    show(numbers(x))
    x = X(3, 4, g=True)
    F.dropout(x, 0.5).sum().backward()
    show(numbers(x.grad))
    show(F.dropout(X(3, 4).double(), 0.3).dtype, numbers(F.dropout(X(3, 4).bfloat16(), 0.3).float()), torch.rand(1))
