"""Files that PyTorch wrote load, and files written here are those that PyTorch writes."""

import io
import re

import pytest

import jaxtorch as torch
from tests.serialization import contents


@pytest.mark.parametrize("name", contents.CONTENTS)
def test_pytorchs_files_load(name):
    loaded = torch.load(contents.FILES / f"{name}.pt")
    assert contents.described(loaded) == contents.described(contents.CONTENTS[name](torch))


@pytest.mark.parametrize("name", [n for n in contents.CONTENTS if n != "new_dtypes"])
def test_files_of_the_old_format_load(name):
    loaded = torch.load(contents.FILES / f"{name}.legacy.pt")
    assert contents.described(loaded) == contents.described(contents.CONTENTS[name](torch))


# Which equal objects are one, and so stored once, is Python's affair: `nested` is left out.
@pytest.mark.parametrize("name", [n for n in contents.CONTENTS if n != "nested"])
def test_saved_files_are_pytorchs_byte_for_byte(name, tmp_path):
    torch.save(contents.CONTENTS[name](torch), tmp_path / f"{name}.pt")

    def without_id(path):
        # The serialization id is a hash of the records, and with it goes its checksum.
        data = re.sub(rb"\d{40}PK\x07\x08....", b"", path.read_bytes(), flags=re.DOTALL)
        return re.sub(rb"....(?=\x28\x00{3}\x28\x00{3}.{20}[\w.]*/.data/serialization_id)", b"", data, flags=re.DOTALL)

    assert without_id(tmp_path / f"{name}.pt") == without_id(contents.FILES / f"{name}.pt")


@pytest.mark.parametrize("new_format", [True, False], ids=["zip", "legacy"])
@pytest.mark.parametrize("name", contents.CONTENTS)
def test_round_trip(name, new_format):
    file = io.BytesIO()
    torch.save(contents.CONTENTS[name](torch), file, _use_new_zipfile_serialization=new_format)
    file.seek(0)
    assert contents.described(torch.load(file)) == contents.described(contents.CONTENTS[name](torch))


def test_what_shares_memory_still_does():
    loaded = torch.load(contents.FILES / "shared.pt")
    loaded["all"][1, 0] = 100.0
    assert loaded["rows"][0, 0].item() == loaded["transposed"][0, 1].item() == 100.0
    assert loaded["all"].untyped_storage().data_ptr() == loaded["column"].untyped_storage().data_ptr()


def test_modules_load_both_ways(tmp_path):
    model = torch.load(contents.FILES / "module.pt", weights_only=False)
    x = torch.ones(1, 3)
    assert model(x).tolist() == contents.module(torch)(x).tolist() == [[3.0, 13.0]]
    torch.save(model, tmp_path / "again.pt")
    again = torch.load(tmp_path / "again.pt", weights_only=False)
    assert again(x).tolist() == [[3.0, 13.0]]
    assert b"ctorch.nn.modules.linear\nLinear\n" in (tmp_path / "again.pt").read_bytes()


def test_state_dicts_of_models_and_optimizers():
    model = contents.module(torch)
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.ones(1, 3)).sum().backward()
    optimizer.step()
    file = io.BytesIO()
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}, file)
    file.seek(0)
    loaded = torch.load(file)
    other = contents.module(torch)
    other.load_state_dict(loaded["model"])
    resumed = torch.optim.Adam(other.parameters())
    resumed.load_state_dict(loaded["optimizer"])
    assert loaded["epoch"] == 3
    for each in (model, other):
        each.zero_grad()
        each(torch.ones(1, 3)).sum().backward()
    optimizer.step(), resumed.step()
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), other.parameters(), strict=True))


# ----- Where storages go -----


@pytest.mark.parametrize(
    "location",
    ["cpu", torch.device("cpu"), {"cpu": "cpu"}, lambda storage, where: storage, lambda storage, where: None],
    ids=["str", "device", "dict", "function", "none"],
)
def test_map_location(location):
    loaded = torch.load(contents.FILES / "shared.pt", map_location=location)
    assert loaded["all"].sum().item() == 66.0


def test_map_location_meta_reads_no_data():
    loaded = torch.load(contents.FILES / "shared.pt", map_location="meta")
    assert loaded["all"].device.type == "meta" and loaded["rows"].shape == (2, 4)


def test_a_location_that_is_not_there():
    with pytest.raises(RuntimeError, match="don't know how to restore data location of torch.storage.UntypedStorage"):
        torch.load(contents.FILES / "shared.pt", map_location="moon")
    if not torch.cuda.is_available():
        with pytest.raises(RuntimeError, match="Attempting to deserialize object on a CUDA device"):
            torch.load(contents.FILES / "shared.pt", map_location="cuda:0")


def test_mmap(tmp_path):
    path = tmp_path / "x.pt"
    torch.save({"a": torch.arange(5.0), "b": torch.ones(3)}, path)
    loaded = torch.load(path, mmap=True)
    loaded["a"][0] = 7.0
    assert loaded["a"].tolist() == [7, 1, 2, 3, 4] and loaded["b"].tolist() == [1, 1, 1]
    assert torch.load(path)["a"].tolist() == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="f must be a file path in order to use the mmap argument"):
        torch.load(io.BytesIO(path.read_bytes()), mmap=True)


# ----- Errors -----


def test_file_errors(tmp_path):
    with pytest.raises(FileNotFoundError):
        torch.load(tmp_path / "none.pt")
    with pytest.raises(RuntimeError, match="Parent directory .* does not exist"):
        torch.save(1, tmp_path / "none" / "x.pt")
    with pytest.raises(AttributeError, match="expected 'f' to be string, path, or a file-like object"):
        torch.save(1, 3)
    with pytest.raises(AttributeError, match="You can only torch.load from a file that is seekable"):
        torch.load(3)
    with pytest.raises(EOFError):
        torch.load(io.BytesIO(b""))
    content = (contents.FILES / "shared.pt").read_bytes()
    with pytest.raises(RuntimeError, match="PytorchStreamReader failed reading zip archive"):
        torch.load(io.BytesIO(content[:400]))


def test_damaged_data_is_noticed():
    content = bytearray((contents.FILES / "shared.pt").read_bytes())
    at = content.index(b"\x00\x00\x80\x3f")  # the 1.0 of arange
    content[at] ^= 0xFF
    with pytest.raises(RuntimeError, match="PytorchStreamReader failed reading file data/0"):
        torch.load(io.BytesIO(bytes(content)))


def test_one_storage_cannot_be_saved_as_two_types():
    a = torch.arange(4.0)
    with pytest.raises(RuntimeError, match="view the same data as different types"):
        torch.save([a, a.view(torch.int32)], io.BytesIO())


def test_skip_data():
    file = io.BytesIO()
    with torch.serialization.skip_data():
        torch.save(torch.ones(3), file)
    file.seek(0)
    assert torch.load(file).tolist() == [0, 0, 0]
