"""Pruning."""

import importlib


def run(s):
    torch, show, error, numbers = s.torch, s.show, s.error, s.numbers
    nn = torch.nn
    prune = importlib.import_module(torch.__name__ + ".nn.utils.prune")
    torch.manual_seed(0)
    m = nn.Linear(4, 3)
    prune.l1_unstructured(m, "weight", amount=5)
    show(numbers(m.weight), numbers(m.weight_mask), list(m.state_dict()), prune.is_pruned(m))
    prune.ln_structured(m, "weight", amount=1, n=2, dim=0)
    show(numbers(m.weight_mask), type(list(m._forward_pre_hooks.values())[0]).__name__)
    show(numbers(m(torch.ones(1, 4))))
    prune.remove(m, "weight")
    show(numbers(m.weight), list(m.state_dict()), prune.is_pruned(m))
    error(lambda: prune.remove(m, "weight"))
    torch.manual_seed(0)
    m = nn.Conv2d(2, 3, 2)
    prune.random_unstructured(m, "weight", amount=0.3)
    show(numbers(m.weight_mask))
    prune.random_structured(m, "weight", amount=1, dim=0)
    show(numbers(m.weight_mask))
    prune.identity(m, "bias")
    show(list(m.state_dict()))
    prune.custom_from_mask(m, "bias", torch.tensor([1.0, 0, 1]))
    show(numbers(m.bias))
    error(lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", amount=1.5))
    error(lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", amount="a"))
    error(lambda: prune.l1_unstructured(nn.Linear(2, 2), "weight", amount=50))
    error(lambda: prune.ln_structured(nn.Linear(2, 2), "bias", amount=1, n=1, dim=0))
    error(lambda: prune.ln_structured(nn.Linear(2, 2), "weight", amount=1, n=1, dim=5))
    torch.manual_seed(0)
    a, b = (nn.Linear(3, 2), nn.Linear(2, 2))
    prune.global_unstructured([(a, "weight"), (b, "weight")], pruning_method=prune.L1Unstructured, amount=0.5)
    show(numbers(a.weight_mask), numbers(b.weight_mask))
    show(numbers(prune.L1Unstructured(2).prune(torch.tensor([3.0, 1.0, 2.0, 5.0]))))
