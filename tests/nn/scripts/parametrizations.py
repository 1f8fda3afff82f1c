"""Parametrizations, registered and removed."""

import copy
import pickle


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    parametrize = torch.nn.utils.parametrize
    parametrizations = torch.nn.utils.parametrizations

    class Sym(nn.Module):
        def forward(self, X):
            return X + 1

        def right_inverse(self, X):
            return X - 1

    class Bad(nn.Module):
        def forward(self, X):
            return X[:1]

    class Two(nn.Module):
        def forward(self, a, b):
            return a + b

        def right_inverse(self, X):
            return (X / 2, X / 2)

    torch.manual_seed(0)
    layer = nn.Linear(2, 2)
    w = layer.weight
    parametrize.register_parametrization(layer, "weight", Sym())
    show(
        layer,
        type(layer).__name__,
        parametrize.is_parametrized(layer),
        parametrize.is_parametrized(layer, "bias"),
        list(layer.state_dict()),
        numbers(layer.weight),
        numbers(layer.parametrizations.weight.original),
        layer.parametrizations.weight.original is w,
    )
    layer.weight = torch.zeros(2, 2)
    show(numbers(layer.weight), numbers(layer.parametrizations.weight.original))
    parametrize.register_parametrization(layer, "weight", Sym())
    show(numbers(layer.weight), layer)
    error(lambda: parametrize.register_parametrization(layer, "weight", Bad()))
    error(lambda: parametrize.register_parametrization(nn.Linear(2, 2), "weight", Bad()))
    error(lambda: parametrize.register_parametrization(layer, "foo", Sym()))
    with parametrize.cached():
        show(layer.weight is layer.weight)
    show(layer.weight is layer.weight)
    other = copy.deepcopy(layer)
    show(type(other).__name__, numbers(other.weight))
    error(lambda: pickle.dumps(layer))
    layer(torch.ones(1, 2)).sum().backward()
    show(numbers(layer.parametrizations.weight.original.grad))
    show(parametrize.type_before_parametrizations(layer).__name__)
    parametrize.remove_parametrizations(layer, "weight")
    show(layer, type(layer).__name__, numbers(layer.weight), list(layer.state_dict()))
    error(lambda: parametrize.remove_parametrizations(layer, "weight"))
    error(lambda: parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False))
    layer = nn.Linear(2, 2)
    parametrize.register_parametrization(layer, "weight", Two())
    show(list(layer.state_dict()), [type(q).__name__ for q in layer.parameters()])
    error(lambda: parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False))
    parametrize.remove_parametrizations(layer, "weight")
    show(list(layer.state_dict()))
    layer = nn.Linear(2, 2)
    parametrize.register_parametrization(layer, "bias", Sym())
    t = nn.Linear(2, 2)
    parametrize.transfer_parametrizations_and_params(layer, t)
    show(t, t.parametrizations.bias.original is layer.parametrizations.bias.original)
    torch.manual_seed(0)
    m = parametrizations.weight_norm(nn.Linear(3, 2))
    show(m, list(m.state_dict()), numbers(m.weight))
    x = torch.randn(2, 3)
    m(x).sum().backward()
    show([numbers(q.grad) for q in m.parameters()])
    show(m.load_state_dict({"bias": torch.zeros(2), "weight_g": torch.ones(2, 1), "weight_v": torch.ones(2, 3)}))
    show(numbers(m.weight))
    torch.manual_seed(0)
    m = parametrizations.spectral_norm(nn.Linear(3, 2))
    show(m, list(m.state_dict()), numbers(m.weight))
    y = m(x)
    y.sum().backward()
    show(numbers(y), [numbers(q.grad) for q in m.parameters()], numbers(m.parametrizations.weight[0]._u))
    m.eval()
    show(numbers(m(x)))
