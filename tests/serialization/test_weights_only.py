"""`weights_only=True`, the default: no file can make it run code."""

import io
import os
import pickle
import zipfile

import pytest

import jaxtorch as torch


class Plain:
    def __init__(self):
        self.x = 1


class Evil:
    def __reduce__(self):
        return os.system, ("exit 1",)


class Tagged(torch.Tensor):
    pass


def _saved(obj, **options):
    file = io.BytesIO()
    torch.save(obj, file, **options)
    file.seek(0)
    return file


def _crafted(content):
    """An archive around a pickle written by hand."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", content)
    file.seek(0)
    return file


@pytest.mark.parametrize(
    ("obj", "message"),
    [
        (Evil(), "whose module posix is blocked"),
        (
            Plain(),
            r"Unsupported global: GLOBAL tests.serialization.test_weights_only.Plain was not an allowed global by "
            r"default",
        ),
        (print, r"Please use `torch.serialization.add_safe_globals\(\[print\]\)`"),
        (torch.nn.ReLU(), "GLOBAL torch.nn.modules.activation.ReLU was not an allowed global"),
    ],
)
def test_refused(obj, message):
    with pytest.raises(pickle.UnpicklingError, match=message):
        torch.load(_saved(obj))


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x02cbuiltins\neval\nX\x01\x00\x00\x001\x85R.",  # a call
        b"\x80\x02c__builtin__\nexec\nX\x01\x00\x00\x001\x85R.",  # the same under Python 2's name
        b"\x80\x02ctorch\nTensor\nX\x01\x00\x00\x00x\x93.",  # STACK_GLOBAL
        b"\x80\x02(X\x04\x00\x00\x00exitios\nsystem\n.",  # INST
        b"\x80\x02ccollections\nOrderedDict\n)R}X\x01\x00\x00\x00aK\x01sbc__main__\nx\n.",  # a name after state
        b"\x80\x02X\x01\x00\x00\x00xX\x03\x00\x00\x00abc\x85R.",  # calling a string
        b"\x80\x02X\x01\x00\x00\x00xX\x01\x00\x00\x00aa.",  # APPEND to a string
        b"\x80\x02X\x01\x00\x00\x00x}b.",  # BUILD on a string
        b"\x80\x02X\x06\x00\x00\x00module\x85Q.",  # a persistent id that is no storage
    ],
    ids=["eval", "exec", "stack_global", "inst", "late", "call", "append", "build", "persistent"],
)
def test_crafted_pickles_are_refused(content):
    with pytest.raises(pickle.UnpicklingError):
        torch.load(_crafted(content))


def test_the_message_tells_what_to_do():
    with pytest.raises(pickle.UnpicklingError) as caught:
        torch.load(_saved(Plain()))
    text = str(caught.value)
    assert text.startswith("Weights only load failed. This file can still be loaded, to do so you have two options")
    assert text.endswith("https://pytorch.org/docs/stable/generated/torch.load.html.")


def test_safe_globals():
    serialization = torch.serialization
    with serialization.safe_globals([Plain]):
        assert torch.load(_saved(Plain())).x == 1
        assert serialization.get_safe_globals() == [Plain]
    assert serialization.get_safe_globals() == []
    serialization.add_safe_globals([torch.nn.ReLU])
    with pytest.raises(pickle.UnpicklingError):
        torch.load(_saved(Plain()))
    serialization.clear_safe_globals()


def test_unsafe_globals_are_listed():
    found = torch.serialization.get_unsafe_globals_in_checkpoint(_saved([Plain(), torch.ones(1)]))
    assert found == ["tests.serialization.test_weights_only.Plain"]
    with pytest.raises(ValueError, match="Expected input to be a checkpoint returned by torch.save"):
        torch.serialization.get_unsafe_globals_in_checkpoint(io.BytesIO(b"no zip"))


def test_subclasses_of_tensor():
    tagged = torch.ones(2).as_subclass(Tagged)
    tagged.tag = "z"
    with torch.serialization.safe_globals([Tagged]):
        loaded = torch.load(_saved(tagged))
    assert type(loaded) is Tagged and loaded.tag == "z" and loaded.tolist() == [1, 1]


def test_trusted_files_may_hold_anything():
    assert torch.load(_saved(Plain()), weights_only=False).x == 1
    assert isinstance(torch.load(_saved(torch.nn.ReLU()), weights_only=False), torch.nn.ReLU)


def test_arguments_that_do_not_go_together(monkeypatch):
    with pytest.raises(RuntimeError, match="Can not safely load weights when explicit pickle_module is specified"):
        torch.load(_saved(1), weights_only=True, pickle_module=pickle)
    with pytest.warns(UserWarning, match="pickle_load_args only works if `weights_only=False`"):
        torch.load(_saved(1), encoding="ascii")
    monkeypatch.setenv("TORCH_FORCE_WEIGHTS_ONLY_LOAD", "1")
    with pytest.raises(pickle.UnpicklingError):
        torch.load(_saved(Plain()), weights_only=False)
