"""The base class: groups, hooks, state dicts; and what all optimizers share."""

import copy
import pickle
import weakref

import pytest

import jaxtorch as torch
from jaxtorch._engine.stats import stats


def _leaf(*shape, value=1.0):
    return torch.full(shape or (2,), value).requires_grad_()


def _stepped(name="Adam", **options):
    p = _leaf()
    p.grad = torch.ones(2)
    optimizer = getattr(torch.optim, name)([p], **options)
    optimizer.step()
    return p, optimizer


# ----- Groups -----


def test_groups_take_what_they_lack_from_the_defaults():
    optimizer = torch.optim.SGD([{"params": _leaf()}, {"params": [_leaf()], "lr": 0.5}], lr=0.1)
    assert [g["lr"] for g in optimizer.param_groups] == [0.1, 0.5]
    optimizer.add_param_group({"params": _leaf(), "momentum": 0.9})
    assert [g["momentum"] for g in optimizer.param_groups] == [0, 0, 0.9]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: torch.optim.SGD([]), ValueError, "optimizer got an empty parameter list"),
        (lambda: torch.optim.SGD(_leaf()), TypeError, "params argument given to the optimizer should be an iterable"),
        (lambda: torch.optim.SGD([{"params": {_leaf()}}]), TypeError, "ordered collections"),
        (lambda: torch.optim.SGD([1]), TypeError, "optimizer can only optimize Tensors, but one of the params is int"),
        (lambda: torch.optim.SGD([_leaf() * 2]), ValueError, "can't optimize a non-leaf Tensor"),
        (lambda: torch.optim.SGD([_leaf()], lr=-1), ValueError, "Invalid learning rate: -1"),
        (lambda: torch.optim.SGD([_leaf()], nesterov=True), ValueError, "Nesterov momentum requires a momentum"),
        (lambda: torch.optim.Adam([_leaf()], betas=(1.0, 0.9)), ValueError, "Invalid beta parameter at index 0: 1.0"),
        (
            lambda: torch.optim.Adam([("a", _leaf()), _leaf()]),
            ValueError,
            "all optimizer params should be with/without names",
        ),
        (
            lambda: torch.optim.Adam([_leaf()], fused=True, foreach=True),
            RuntimeError,
            "`fused` and `foreach` cannot be",
        ),
        (lambda: torch.optim.Muon([_leaf()]), ValueError, "Muon only supports 2D parameters"),
        (lambda: torch.optim.SparseAdam([_leaf()], eps=0.0), ValueError, "Invalid epsilon value: 0.0"),
    ],
)
def test_constructor_errors(make, error, message):
    with pytest.raises(error, match=message):
        make()


def test_a_parameter_belongs_to_one_group():
    p = _leaf()
    with pytest.raises(ValueError, match="some parameters appear in more than one parameter group"):
        torch.optim.SGD([{"params": p}, {"params": [p]}])


def test_repr():
    optimizer = torch.optim.SGD([("weight", _leaf())], lr=0.1)
    assert repr(optimizer).splitlines()[:4] == [
        "SGD (",
        "Parameter Group 0",
        "    dampening: 0",
        "    differentiable: False",
    ]
    assert "    param_names: ['weight']" in repr(optimizer)
    optimizer.add_param_group({"params": [("bias", _leaf())]})
    assert "\n\nParameter Group 1\n" in repr(optimizer)


# ----- Steps -----


def test_closure_runs_with_gradients_on():
    p = _leaf()
    optimizer = torch.optim.Adam([p], lr=0.1)
    modes = []

    def closure():
        optimizer.zero_grad()
        modes.append(torch.is_grad_enabled())
        loss = (p * p).sum()
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure).item() == 2.0
    assert modes == [True]
    assert p.tolist() == pytest.approx([0.9, 0.9])


def test_zero_grad():
    p, q = _leaf(), _leaf()
    p.grad = grad = torch.ones(2)
    optimizer = torch.optim.SGD([p, q])
    optimizer.zero_grad(set_to_none=False)
    assert p.grad is grad and grad.tolist() == [0, 0] and q.grad is None
    optimizer.zero_grad()
    assert p.grad is None


def test_hooks_run_around_a_step():
    log = []
    p, optimizer = _stepped("SGD")
    handle = optimizer.register_step_pre_hook(lambda o, args, kwargs: log.append("before"))
    optimizer.register_step_post_hook(lambda o, args, kwargs: log.append("after"))
    optimizer.step()
    handle.remove()
    optimizer.step()
    assert log == ["before", "after", "after"]


def test_a_hook_must_return_arguments():
    _, optimizer = _stepped("SGD")
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="must return None or a tuple of \\(new_args, new_kwargs\\), but got 3"):
        optimizer.step()


def test_the_user_can_write_an_optimizer():
    class Descent(torch.optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for p in group["params"]:
                    p.add_(p.grad, alpha=-group["lr"])

    p = _leaf()
    p.grad = torch.ones(2)
    Descent([p], 0.25).step()
    assert p.tolist() == [0.75, 0.75]


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop"])
def test_half_parameters_keep_their_dtype(name):
    p = torch.ones(8, dtype=torch.bfloat16, requires_grad=True)
    p.grad = torch.full((8,), 0.5, dtype=torch.bfloat16)
    optimizer = getattr(torch.optim, name)([p], lr=0.1)
    for _ in range(2):
        optimizer.step()
    assert p.dtype is torch.bfloat16
    assert all(t.dtype is torch.bfloat16 for n, t in optimizer.state[p].items() if n != "step")
    if name == "SGD":
        assert p.tolist() == [0.8984375] * 8  # 1 - 2 * 0.05, rounded after each step


def test_complex_parameters_step_as_pairs_of_reals():
    z = torch.tensor([1 + 2j, 3 - 1j], requires_grad=True)
    z.grad = torch.tensor([0.5 - 1j, 1j])
    pairs = torch.view_as_real(z.detach()).clone().requires_grad_()
    pairs.grad = torch.view_as_real(z.grad).clone()
    for p in (z, pairs):
        optimizer = torch.optim.Adam([p], lr=0.1)
        optimizer.step(), optimizer.step()
    assert (torch.view_as_real(z.detach()) - pairs.detach()).abs().max().item() < 1e-6


def test_tensor_learning_rate():
    p, q = _leaf(), _leaf()
    p.grad = q.grad = torch.ones(2)
    torch.optim.Adam([p], lr=torch.tensor(0.1)).step()
    torch.optim.Adam([q], lr=0.1).step()
    assert p.tolist() == pytest.approx(q.tolist(), rel=1e-6)


def test_capturable_needs_an_accelerator():
    with pytest.raises(AssertionError, match="If capturable=True, params and state_steps must be on supported devices"):
        _stepped(capturable=True)


def test_differentiable_steps_are_part_of_the_graph():
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    lr = torch.tensor(0.1, requires_grad=True)
    p = x.clone()
    p.grad = x * 3
    torch.optim.SGD([p], lr=lr, differentiable=True).step()
    dx, dlr = torch.autograd.grad(p.sum(), [x, lr])
    assert dx.tolist() == pytest.approx([0.7, 0.7]) and dlr.item() == pytest.approx(-9.0)
    leaf = _leaf()
    leaf.grad = torch.ones(2)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"):
        torch.optim.SGD([leaf], differentiable=True).step()


def test_fused_steps_unscale_and_skip_as_a_gradient_scaler_asks():
    p = _leaf()
    p.grad = torch.full((2,), 8.0)
    optimizer = torch.optim.SGD([p], lr=0.1, fused=True)
    optimizer.grad_scale, optimizer.found_inf = torch.tensor(4.0), torch.tensor(0.0)
    optimizer.step()
    assert p.tolist() == pytest.approx([0.8, 0.8])
    optimizer.found_inf = torch.tensor(1.0)
    optimizer.step()
    assert p.tolist() == pytest.approx([0.8, 0.8])


# ----- State dicts -----


def test_state_dict_has_pytorchs_shape():
    _, optimizer = _stepped(amsgrad=True)
    state = optimizer.state_dict()
    assert list(state["state"][0]) == ["step", "exp_avg", "exp_avg_sq", "max_exp_avg_sq"]
    assert state["state"][0]["step"].shape == () and state["state"][0]["step"].dtype is torch.float32
    assert state["param_groups"][0]["params"] == [0]


def test_load_state_dict_casts_to_the_parameter():
    _, optimizer = _stepped()
    p = torch.ones(2, dtype=torch.float64, requires_grad=True)
    other = torch.optim.Adam([p])
    other.load_state_dict(optimizer.state_dict())
    assert other.state[p]["exp_avg"].dtype is torch.float64
    assert other.state[p]["step"].dtype is torch.float32
    with pytest.raises(ValueError, match="doesn't match the size of optimizer's group"):
        torch.optim.Adam([_leaf(), _leaf()]).load_state_dict(optimizer.state_dict())


def test_old_states_with_plain_step_counts_load():
    p, optimizer = _stepped()
    state = copy.deepcopy(optimizer.state_dict())
    state["state"][0]["step"] = 5
    del state["param_groups"][0]["amsgrad"]
    optimizer.load_state_dict(state)
    optimizer.step()
    assert optimizer.state[p]["step"].item() == 6.0


def test_step_counts_are_separate_tensors():
    p, q = _leaf(), _leaf()
    p.grad, q.grad = torch.ones(2), torch.ones(2)
    optimizer = torch.optim.Adam([p, q])
    optimizer.step()
    q.grad = None
    optimizer.step()
    assert [optimizer.state[x]["step"].item() for x in (p, q)] == [2.0, 1.0]
    optimizer.state[p]["step"].fill_(10.0)
    assert optimizer.state[q]["step"].item() == 1.0


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda o: pickle.loads(pickle.dumps(o))], ids=["deepcopy", "pickle"])
def test_copies_go_their_own_way(copied):
    p, optimizer = _stepped()
    other = copied(optimizer)
    (q,) = other.param_groups[0]["params"]
    q.grad = torch.ones(2)
    other.step()
    assert other.state[q]["step"].item() == 2.0 and optimizer.state[p]["step"].item() == 1.0


# ----- The engine -----


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_a_schedule_compiles_nothing_after_the_second_step(name):
    p, q = _leaf(40, 30), _leaf(30)
    optimizer = getattr(torch.optim, name)([p, q], lr=0.1)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.9)
    programs = []
    for _ in range(10):
        optimizer.zero_grad()
        ((p @ q) ** 2).sum().backward()
        optimizer.step()
        scheduler.step()
        torch.engine.flush()
        programs.append(stats.programs)
    # A small batch runs on the host the first few times; from then on it is one program.
    assert programs[-1] == programs[5]


def test_a_step_is_one_record_a_group():
    params = [_leaf(3) for _ in range(20)]
    for p in params:
        p.grad = torch.ones(3)
    optimizer = torch.optim.Adam([{"params": params[:10]}, {"params": params[10:], "lr": 0.1}])
    optimizer.step()
    torch.engine.flush()
    before = stats.records
    optimizer.step()
    torch.engine.flush()
    assert stats.records - before == 2


def test_an_optimizer_does_not_keep_gradients_alive():
    p, optimizer = _stepped()
    grad = weakref.ref(p.grad)
    optimizer.zero_grad()
    assert grad() is None


# ----- L-BFGS -----


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_lbfgs_finds_the_minimum(search):
    x = torch.tensor([2.0, -1.0], requires_grad=True)
    optimizer = torch.optim.LBFGS([x], lr=1 if search else 0.5, line_search_fn=search)

    def closure():
        optimizer.zero_grad()
        loss = (x[0] - 1) ** 2 + 3 * (x[1] - 2) ** 2
        loss.backward()
        return loss

    first = optimizer.step(closure).item()
    assert first == pytest.approx(28.0)
    assert x.tolist() == pytest.approx([1.0, 2.0], abs=1e-3)
    state = optimizer.state_dict()["state"][0]
    assert state["n_iter"] >= 1 and state["func_evals"] >= 2
    assert {"d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss"} <= set(state)


def test_lbfgs_takes_one_group():
    with pytest.raises(ValueError, match="LBFGS doesn't support per-parameter options"):
        torch.optim.LBFGS([{"params": [_leaf()]}, {"params": [_leaf()]}])


def test_lbfgs_stands_still_without_a_gradient():
    x = torch.zeros(2, requires_grad=True)
    optimizer = torch.optim.LBFGS([x], tolerance_grad=-1.0)

    def closure():
        optimizer.zero_grad()
        loss = (x * 0).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert x.tolist() == [0.0, 0.0]
