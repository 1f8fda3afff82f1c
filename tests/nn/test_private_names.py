"""Names that are private by their spelling, but which PyTorch code uses."""

import pickle
from collections import OrderedDict

import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch.func import functional_call
from jaxtorch.nn.modules import module as modules
from jaxtorch.nn.utils import prune


def test_registries_of_hooks_can_be_bound_anew():
    seen = []
    nn.modules.module.register_module_forward_hook(lambda m, a, o: seen.append("old"))
    modules._global_forward_hooks = OrderedDict()
    layer = nn.Linear(1, 1)
    layer(torch.ones(1))
    assert seen == []
    with modules.register_module_forward_hook(lambda m, a, o: seen.append("new")):
        layer(torch.ones(1))
    assert seen == ["new"] and not modules._global_forward_hooks


def test_amounts_of_pruning():
    assert prune._compute_nparams_toprune(0.5, 10) == 5 and prune._compute_nparams_toprune(3, 10) == 3
    with pytest.raises(TypeError, match="Invalid type for amount"):
        prune._validate_pruning_amount_init("half")
    with pytest.raises(ValueError, match="should be smaller than the number of parameters"):
        prune._validate_pruning_amount(11, 10)
    assert prune._compute_norm(torch.ones(2, 3), 1, -1).tolist() == [2.0, 2.0, 2.0]


def test_functional_call_takes_none_and_new_names():
    class Net(nn.Linear):
        def forward(self, x):
            return super().forward(x), [n for n, _ in self.named_parameters()]

    net, x = Net(1, 1), torch.ones(1, 1)
    out, names = functional_call(net, {"weight": torch.ones(1, 1) * 2, "bias": None, "more": nn.Parameter(x)}, (x,))
    assert out.tolist() == [[2.0]] and "more" in names
    assert net.bias is not None and not hasattr(net, "more")
    with pytest.raises(TypeError, match="3 is not an instance of torch.Tensor"):
        functional_call(net, {"weight": 3}, (x,))


def test_one_cycle_takes_states_of_old():
    optimizer = torch.optim.SGD([nn.Parameter(torch.ones(1))], lr=0.1, momentum=0.9)
    scheduler = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=4)
    state = scheduler.state_dict()
    del state["_anneal_func_type"]
    state["anneal_func"] = scheduler._annealing_cos
    del scheduler._anneal_func_type
    scheduler.load_state_dict(state)
    optimizer.step()
    scheduler.step()
    assert scheduler.get_last_lr()[0] > 0.04


@pytest.mark.parametrize(
    "function",
    [
        nn.functional.gelu,
        nn.functional.softsign,
        nn.functional.max_pool2d,
        torch.relu_,
        torch.absolute,
        torch.linalg.inv,
    ],
    ids=lambda f: f.__qualname__,
)
def test_public_functions_can_be_pickled(function):
    assert pickle.loads(pickle.dumps(function, 2)) is function
