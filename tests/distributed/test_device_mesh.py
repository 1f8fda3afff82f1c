"""`torch.distributed.device_mesh` over a world of one process."""

import pytest

import jaxtorch as torch
import jaxtorch.distributed as dist
from jaxtorch.distributed.device_mesh import DeviceMesh, init_device_mesh


@pytest.fixture(autouse=True)
def no_world(monkeypatch):
    for name in ("RANK", "WORLD_SIZE"):
        monkeypatch.delenv(name, raising=False)
    yield
    if dist.is_initialized():
        dist.destroy_process_group()


def test_a_mesh_starts_the_world_and_names_its_dimensions():
    mesh = init_device_mesh("cpu", (1, 1), mesh_dim_names=("dp", "tp"))
    assert dist.is_initialized()
    assert repr(mesh) == "DeviceMesh((dp=1, tp=1), 'cpu', stride=((), ()))"
    assert (mesh.shape, mesh.ndim, mesh.size(), mesh.size(0), mesh.get_coordinate()) == ((1, 1), 2, 1, 1, (0, 0))
    assert mesh.mesh.dtype is torch.int32 and mesh.mesh.tolist() == [[0]]
    assert mesh["dp", "tp"] is mesh and mesh["tp"] == mesh["tp"] and mesh["tp"].mesh_dim_names == ("tp",)
    assert mesh["tp"].get_group() is mesh.get_group("tp") and mesh.get_local_rank("tp") == 0
    assert mesh["dp", "tp"]._flatten("all") is mesh["all"] and len(mesh.get_all_groups()) == 2
    assert repr(init_device_mesh("cpu", (1,))) == "DeviceMesh((1,), 'cpu', stride=((),))"


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: init_device_mesh("cpu", (2,)), RuntimeError, "^Mesh should not be bigger than default world size 1"),
        (lambda: DeviceMesh("cpu", [0, 1]), RuntimeError, "but found 2 ranks!$"),
        (lambda: init_device_mesh("cpu:0", (1,)), RuntimeError, "Device type with index is not supported"),
        (lambda: init_device_mesh("cpu", (1,), mesh_dim_names=("a", "b")), RuntimeError, "should have same length"),
        (lambda: init_device_mesh("cpu", (1, 1), mesh_dim_names=("a", "a")), RuntimeError, "must be unique"),
        (lambda: init_device_mesh("cpu", (1, 1)).get_group(), RuntimeError, "Found the DeviceMesh have 2 dimensions"),
        (lambda: init_device_mesh("cpu", (1,))["x"], RuntimeError, "^Cannot slice a DeviceMesh without"),
        (lambda: init_device_mesh("cpu", (1,), mesh_dim_names=("a",))["x"], KeyError, "Invalid mesh_dim_names"),
        (lambda: init_device_mesh("cpu", (1,), mesh_dim_names=("a",)).get_group("x"), KeyError, "'x' does not exist"),
    ],
)
def test_what_a_mesh_refuses(make, error, message):
    with pytest.raises(error, match=message):
        make()
