"""`torch.utils.tensorboard`."""

import importlib.util

import numpy as np
import pytest

import jaxtorch as torch
from jaxtorch.utils.tensorboard import _convert

HERE = importlib.util.find_spec("tensorboard") is not None


@pytest.mark.skipif(HERE, reason="tensorboard is installed")
def test_without_the_package_the_error_is_pytorchs():
    with pytest.raises(ModuleNotFoundError, match="No module named 'tensorboard'"):
        from jaxtorch.utils.tensorboard import SummaryWriter  # noqa: F401, PLC0415


def test_values_are_converted():
    assert _convert.scalar(torch.tensor([2.5])) == 2.5 and _convert.scalar(3) == 3.0
    assert _convert.array(torch.ones(2, dtype=torch.bfloat16)).dtype == np.float32
    assert _convert.tag_name("/a b/c:d") == "a_b/c_d"
    with pytest.raises(AssertionError, match="Tensor should contain one element"):
        _convert.scalar(torch.ones(2))
    with pytest.raises(NotImplementedError, match="numpy array or torch tensor are expected"):
        _convert.array("x")


@pytest.mark.skipif(not HERE, reason="tensorboard is not installed")
def test_what_is_written_is_read_by_tensorboard(tmp_path):
    from tensorboard.backend.event_processing.event_file_loader import LegacyEventFileLoader  # noqa: PLC0415

    from jaxtorch.utils.tensorboard import SummaryWriter  # noqa: PLC0415

    with SummaryWriter(tmp_path) as writer:
        writer.add_scalar("loss", torch.tensor(0.5), 3)
        writer.add_histogram("w", torch.tensor([1.0, 1.0, -2.0]), 4)
        writer.add_text("note", "hello")
        with pytest.raises(NotImplementedError, match="add_graph is not supported"):
            writer.add_graph(None)
    (path,) = tmp_path.glob("events.*")
    events = [e for e in LegacyEventFileLoader(str(path)).Load() if e.HasField("summary")]
    loss, spread, note = [e.summary.value[0] for e in events]
    assert (events[0].step, loss.tag, loss.simple_value) == (3, "loss", 0.5)
    assert (spread.histo.num, spread.histo.sum, sum(spread.histo.bucket)) == (3, 0.0, 3)
    assert note.tag == "note/text_summary" and note.tensor.string_val[0] == b"hello"
