"""`torch.distributed` with a world of one process."""

import pytest

import jaxtorch as torch
import jaxtorch.distributed as dist


@pytest.fixture
def world(monkeypatch):
    for name, value in {"RANK": "0", "WORLD_SIZE": "1", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": "29500"}.items():
        monkeypatch.setenv(name, value)
    dist.init_process_group("gloo")
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


def test_nothing_works_before_the_group_is_made(monkeypatch):
    monkeypatch.delenv("RANK", raising=False)
    assert not dist.is_available() and not dist.is_initialized()
    with pytest.raises(ValueError, match="^Default process group has not been initialized"):
        dist.get_rank()
    with pytest.raises(ValueError, match="environment variable RANK expected, but not set"):
        dist.init_process_group("gloo")
    with pytest.raises(NotImplementedError, match="world size of 2"):
        dist.init_process_group("gloo", world_size=2, rank=0)


def test_the_world(world):
    assert (dist.get_rank(), dist.get_world_size(), dist.get_backend()) == (0, 1, "gloo")
    assert dist.get_process_group_ranks(dist.group.WORLD) == [0]
    with pytest.raises(ValueError, match="twice"):
        dist.init_process_group("gloo")
    assert dist.new_group([]) == dist.GroupMember.NON_GROUP_MEMBER


COLLECTIVES = {
    "all_reduce": lambda t, out: (dist.all_reduce(t), t)[1],
    "broadcast": lambda t, out: (dist.broadcast(t, 0), t)[1],
    "reduce": lambda t, out: (dist.reduce(t, 0, op=dist.ReduceOp.MAX), t)[1],
    "all_gather": lambda t, out: (dist.all_gather([out], t), out)[1],
    "all_gather_into_tensor": lambda t, out: (dist.all_gather_into_tensor(out, t), out)[1],
    "gather": lambda t, out: (dist.gather(t, [out]), out)[1],
    "scatter": lambda t, out: (dist.scatter(out, [t]), out)[1],
    "reduce_scatter": lambda t, out: (dist.reduce_scatter(out, [t]), out)[1],
    "all_to_all_single": lambda t, out: (dist.all_to_all_single(out, t), out)[1],
}


@pytest.mark.parametrize("name", COLLECTIVES)
def test_collectives_give_back_the_own_contribution(world, name):
    assert COLLECTIVES[name](torch.arange(4.0), torch.zeros(4)).tolist() == [0, 1, 2, 3]


def test_objects_and_asynchronous_work(world):
    found = [None]
    dist.all_gather_object(found, {"a": 1})
    assert found == [{"a": 1}] and dist.all_reduce(torch.ones(2), async_op=True).wait()


def test_errors(world):
    with pytest.raises(TypeError, match="Expected parameter `tensor` of type torch.Tensor"):
        dist.all_reduce(3)
    with pytest.raises(ValueError, match="Invalid destination rank"):
        dist.send(torch.ones(1), 0)
    for exchange in (dist.recv, dist.isend, dist.irecv):
        with pytest.raises(RuntimeError, match="no other"):
            exchange(torch.ones(1), 0)
    with pytest.raises(RuntimeError, match="invalid root rank: 1"):
        dist.broadcast(torch.ones(1), 1)


def test_data_parallel_module(world):
    module = torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 1))
    with module.no_sync():
        module(torch.ones(3, 2)).sum().backward()
    assert module.module.weight.grad.tolist() == [[3.0, 3.0]] and list(module.state_dict())[0] == "module.weight"


def test_optimizer_of_shared_state(world):
    parameter = torch.nn.Parameter(torch.ones(2))
    optimizer = dist.optim.ZeroRedundancyOptimizer([parameter], torch.optim.SGD, lr=0.5)
    parameter.sum().backward()
    optimizer.step()
    optimizer.zero_grad()
    assert parameter.tolist() == [0.5, 0.5] and optimizer.state_dict()["param_groups"][0]["lr"] == 0.5


def test_tensors_over_devices_raise_by_name():
    with pytest.raises(NotImplementedError, match="torch.distributed.tensor.DTensor is not supported"):
        dist.tensor.DTensor()
    assert not isinstance(torch.ones(1), dist.tensor.DTensor)
