"""Storages as objects, and copies of tensors."""

import copy
import pickle

import pytest

import jaxtorch as torch
from jaxtorch._tensor import typed_storage
from jaxtorch.storage import TypedStorage, UntypedStorage
from tests.serialization import contents


def test_untyped_storage():
    t = torch.tensor([1.0, 2.0])
    storage = t.untyped_storage()
    assert storage.nbytes() == len(storage) == 8 and storage.tolist() == [0, 0, 128, 63, 0, 0, 0, 64]
    assert storage[3] == 63 and storage.device == torch.device("cpu")
    assert storage.data_ptr() == t.data_ptr() == t[1:].untyped_storage().data_ptr()
    with pytest.raises(IndexError):
        storage[8]
    assert UntypedStorage([1, 2]).tolist() == [1, 2] and UntypedStorage(3).nbytes() == 3


def test_writes_reach_the_tensor(monkeypatch):
    monkeypatch.setattr(typed_storage._Warning, "done", False)
    t = torch.arange(4.0)
    t.untyped_storage().fill_(0)
    assert t.tolist() == [0, 0, 0, 0]
    with pytest.warns(UserWarning, match="TypedStorage is deprecated"):
        storage = t.storage()
    storage[1] = 9.0
    assert t.tolist() == [0, 9, 0, 0] and storage.tolist() == [0, 9, 0, 0] and storage.dtype is torch.float32
    t.untyped_storage().copy_(torch.ones(4).untyped_storage())
    assert t.tolist() == [1, 1, 1, 1]


def test_tensors_over_storages():
    storage = torch.arange(6.0).untyped_storage()
    t = torch.tensor([]).set_(storage, 1, (2, 2), (2, 1))
    assert t.tolist() == [[1, 2], [3, 4]]
    t[0, 0] = 7.0
    assert torch.tensor([]).set_(storage, 0, (6,), (1,)).tolist() == [0, 7, 2, 3, 4, 5]
    with pytest.raises(RuntimeError, match="out of bounds for storage of size 24"):
        torch.tensor([]).set_(storage, 4, (3,), (1,))


@pytest.fixture
def told(monkeypatch):
    """The deprecation has been told of."""
    monkeypatch.setattr(typed_storage._Warning, "done", True)


def test_typed_storage(told):
    storage = TypedStorage([1, 2, 3], dtype=torch.int64)
    assert len(storage) == 3 and storage.nbytes() == 24 and list(storage) == [1, 2, 3]
    assert str(storage).endswith("[torch.storage.TypedStorage(dtype=torch.int64, device=cpu) of size 3]")
    assert storage.type() == "torch.LongStorage" and storage.double().tolist() == [1.0, 2.0, 3.0]
    storage[:2] = 7
    assert storage.fill_(4) is storage and storage.int().dtype is torch.int32


def test_legacy_storage_classes(told):
    made = torch.FloatStorage([1, 2])
    assert type(made) is TypedStorage and isinstance(made, torch.FloatStorage)
    assert not isinstance(made, torch.DoubleStorage) and torch.FloatStorage.dtype is torch.float32
    assert torch.ones(2).storage_type() is torch.FloatStorage
    assert torch.ShortStorage.from_buffer(bytearray([1, 2, 3, 4]), "big").tolist() == [258, 772]
    with pytest.raises(RuntimeError, match="Too many positional arguments"):
        torch.FloatStorage(0, 0)
    with pytest.raises(TypeError, match="Argument type not recognized"):
        torch.FloatStorage(torch.ones(2))
    with pytest.raises(RuntimeError, match="'dtype' cannot be specified"):
        torch.FloatStorage(dtype=torch.float32)


def test_slices_of_a_storage_share_its_memory():
    t = torch.tensor([1, 2, 3], dtype=torch.int32)
    part = t.untyped_storage()[4:8]
    assert part.tolist() == [2, 0, 0, 0] and part[1:3].nbytes() == 2 and not part.resizable()
    part[0] = 9
    part[1:].fill_(0)
    assert t.tolist() == [1, 9, 3] and part.data_ptr() == t.data_ptr() + 4
    assert torch.tensor(part, dtype=torch.int32).tolist() == [9]
    with pytest.raises(RuntimeError, match="only a step of 1"):
        part[::2]


def test_a_storage_over_a_file_writes_to_it(tmp_path, told):
    path = tmp_path / "numbers"
    first, second = (torch.FloatTensor(torch.FloatStorage.from_file(str(path), True, 4)) for _ in range(2))
    assert first.untyped_storage().filename == str(path)
    first.copy_(torch.arange(4.0))
    assert second.tolist() == [0, 1, 2, 3] and path.stat().st_size == 16
    mapped = torch.from_file(str(path), True, 4)
    mapped.fill_(2.0)
    assert torch.from_file(str(path), size=2).tolist() == [2.0, 2.0] and first.tolist() == [2.0] * 4


def test_memory_that_others_look_at_cannot_be_resized():
    assert torch.ones(2).untyped_storage().resizable()
    shared = torch.from_numpy(torch.ones(2).numpy()).untyped_storage()
    assert not shared.resizable()
    with pytest.raises(RuntimeError, match="not resizable"):
        shared.resize_(1)


@pytest.mark.parametrize(
    "copied", [copy.deepcopy, copy.copy, lambda x: pickle.loads(pickle.dumps(x))], ids=["deepcopy", "copy", "pickle"]
)
@pytest.mark.parametrize("name", contents.CONTENTS)
def test_copies(name, copied):
    if copied is not copy.deepcopy and name == "shared":
        pytest.skip("only deepcopy keeps what is shared")
    made = contents.CONTENTS[name](torch)
    assert contents.described(copied(made)) == contents.described(made)


def test_deepcopy_keeps_what_is_shared_and_shares_nothing_with_the_original():
    original = contents.shared(torch)
    made = copy.deepcopy(original)
    made["all"][1, 0] = 100.0
    assert made["rows"][0, 0].item() == 100.0 and original["rows"][0, 0].item() == 4.0


def test_copy_shares_memory():
    t = torch.arange(3.0)
    copy.copy(t)[0] = 5.0
    assert t.tolist() == [5, 1, 2]


def test_deepcopy_takes_the_gradient_along():
    x = torch.ones(2, requires_grad=True)
    x.sum().backward()
    made = copy.deepcopy(x)
    assert made.is_leaf and made.requires_grad and made.grad.tolist() == [1, 1]
    made.grad.zero_()
    assert x.grad.tolist() == [1, 1]


def test_only_leaves_are_deep_copied():
    with pytest.raises(RuntimeError, match="Only Tensors created explicitly by the user"):
        copy.deepcopy(torch.ones(2, requires_grad=True) * 2)
