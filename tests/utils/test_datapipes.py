"""Datapipes: steps over streams and maps. Expected orders are PyTorch's for the same seeds."""

import functools
import io
import pickle

import pytest

import jaxtorch as torch
from jaxtorch.utils.data import DataLoader, IterDataPipe, MapDataPipe, functional_datapipe, non_deterministic
from jaxtorch.utils.data.datapipes.iter import FileLister, FileOpener, IterableWrapper, StreamReader
from jaxtorch.utils.data.datapipes.map import SequenceWrapper
from jaxtorch.utils.data.datapipes.utils.common import StreamWrapper, validate_input_col
from jaxtorch.utils.data.datapipes.utils.snapshot import _simple_graph_snapshot_restoration
from jaxtorch.utils.data.graph import traverse_dps
from jaxtorch.utils.data.graph_settings import apply_sharding, get_all_graph_pipes


def stream(n=6):
    return IterableWrapper(range(n))


def double(x):
    return 2 * x


def add(x, y):
    return x + y


def is_even(x):
    return x % 2 == 0


def remainder(x):
    return x % 2


PAIRS = [(1, 2), (3, 4)]
STREAMS = {
    "map": (lambda: stream(3).map(double), [0, 2, 4]),
    "map columns": (lambda: IterableWrapper(PAIRS).map(add, [0, 1]), [(3,), (7,)]),
    "map column": (lambda: IterableWrapper(PAIRS).map(double, 1), [(1, 4), (3, 8)]),
    "map append": (lambda: IterableWrapper(PAIRS).map(add, [0, 1], -1), [(1, 2, 3), (3, 4, 7)]),
    "filter": (lambda: stream().filter(is_even), [0, 2, 4]),
    "batch": (lambda: stream(5).batch(2), [[0, 1], [2, 3], [4]]),
    "batch drop": (lambda: stream(5).batch(2, drop_last=True), [[0, 1], [2, 3]]),
    "unbatch": (lambda: IterableWrapper([[[0, 1], [2]], [[3]]]).unbatch(unbatch_level=-1), [0, 1, 2, 3]),
    "groupby": (lambda: stream().groupby(remainder), [[0, 2, 4], [1, 3, 5]]),
    "groupby size": (lambda: stream().groupby(remainder, group_size=2), [[0, 2], [1, 3], [4], [5]]),
    "groupby full": (lambda: stream().groupby(remainder, buffer_size=3), [[0, 2], [1, 3], [4], [5]]),
    "concat": (lambda: stream(2).concat(stream(3)), [0, 1, 0, 1, 2]),
    "zip": (lambda: stream(2).zip(stream(3)), [(0, 0), (1, 1)]),
    "mux": (lambda: stream(2).mux(stream(3)), [0, 0, 1, 1]),
    "sharding": (lambda: apply_sharding(stream(5).sharding_filter(), 2, 1), [1, 3]),
    "shuffle": (lambda: stream(10).shuffle().set_seed(0), [6, 7, 0, 3, 8, 5, 9, 2, 4, 1]),
    "shuffle off": (lambda: stream(3).shuffle().set_shuffle(False), [0, 1, 2]),
    "map kind": (lambda: SequenceWrapper(range(3)).map(double), [0, 2, 4]),
    "map kind batch": (lambda: SequenceWrapper(range(3)).batch(2), [[0, 1], [2]]),
    "map kind zip": (lambda: SequenceWrapper(range(3)).zip(SequenceWrapper("ab")), [(0, "a"), (1, "b")]),
    "map kind concat": (lambda: SequenceWrapper(range(2)).concat(SequenceWrapper("ab")), [0, 1, "a", "b"]),
    "map kind shuffle": (lambda: SequenceWrapper(range(5)).shuffle().set_seed(0), [2, 1, 0, 4, 3]),
    "loader": (lambda: DataLoader(stream(3), batch_size=None), [0, 1, 2]),
}


@pytest.mark.parametrize("name", STREAMS)
def test_steps(name):
    make, expected = STREAMS[name]
    assert list(make()) == expected
    if name not in ("groupby", "groupby size", "groupby full", "filter", "unbatch"):
        assert len(make()) == len(expected)


def test_default_seed_is_the_default_streams():
    torch.manual_seed(0)
    assert list(stream(10).shuffle()) == [3, 5, 0, 1, 9, 6, 2, 7, 4, 8]


def test_fork_and_demux():
    one, two = stream(3).fork(2)
    assert list(zip(one, two, strict=True)) == [(0, 0), (1, 1), (2, 2)]
    even, odd = stream(5).demux(2, remainder)
    assert (list(odd), list(even)) == ([1, 3], [0, 2, 4])
    ahead, _ = stream(5).fork(2, buffer_size=2)
    with pytest.raises(BufferError, match="ForkerIterDataPipe buffer overflow"):
        list(ahead)


def test_one_valid_iterator():
    pipe = stream(3)
    first = iter(pipe)
    assert next(first) == 0
    assert list(pipe) == [0, 1, 2]
    with pytest.raises(RuntimeError, match="This iterator has been invalidated because another iterator"):
        next(first)


def test_errors_name_the_pipe():
    with pytest.raises(ZeroDivisionError, match=r"This exception is thrown by __iter__ of MapperIterDataPipe\("):
        list(stream(3).map(functools.partial(divmod, 1)))


def test_registration():
    @functional_datapipe("tripled_for_test")
    class Tripled(IterDataPipe):
        def __init__(self, source):
            self.source = source

        def __iter__(self):
            for x in self.source:
                yield 3 * x

    assert list(stream(3).tripled_for_test()) == [0, 3, 6]
    assert "tripled_for_test" in dir(stream())
    assert "tripled_for_test" not in MapDataPipe.functions
    with pytest.raises(Exception, match="Unable to add DataPipe function name tripled_for_test as it is already"):
        functional_datapipe("tripled_for_test")(Tripled)
    with pytest.raises(TypeError, match="Only `IterDataPipe` can be decorated with `non_deterministic`"):
        non_deterministic(int)
    with pytest.raises(AttributeError, match="'IterableWrapperIterDataPipe' object has no attribute 'nothing"):
        stream().nothing  # noqa: B018


def test_files(tmp_path):
    (tmp_path / "b.txt").write_text("bb")
    (tmp_path / "a.txt").write_text("a")
    (tmp_path / "c.bin").write_text("c")
    paths = FileLister(str(tmp_path), "*.txt")
    assert [text for _, text in StreamReader(FileOpener(paths, mode="t"))] == ["a", "bb"]
    parent = StreamWrapper(io.StringIO("x"))
    child = StreamWrapper(io.StringIO("y"), parent)
    parent.autoclose()
    assert not parent.closed
    child.close()
    assert parent.closed


def test_graph_and_pickle():
    source = stream(4)
    pipe = source.map(double).shuffle()
    assert {type(p).__name__ for p in get_all_graph_pipes(traverse_dps(pipe))} == {
        "IterableWrapperIterDataPipe",
        "MapperIterDataPipe",
        "ShufflerIterDataPipe",
    }
    assert sorted(pickle.loads(pickle.dumps(pipe))) == [0, 2, 4, 6]


def test_snapshot():
    pipe = stream(5).map(double)
    _simple_graph_snapshot_restoration(pipe, 2)
    assert list(pipe) == [4, 6, 8]
    assert list(pipe) == [0, 2, 4, 6, 8]


def test_functions_have_to_fit():
    with pytest.raises(ValueError, match="The function add takes 2 positional parameters, but 1 are required"):
        validate_input_col(add, 0)
    with pytest.warns(UserWarning, match="Lambda function is not supported by pickle"):
        IterableWrapper([1]).map(STREAMS_LAMBDA)


STREAMS_LAMBDA = lambda x: x  # noqa: E731


def test_loader_shards_and_shuffles():
    loader = DataLoader(stream(8).shuffle().sharding_filter(), batch_size=2, num_workers=2, shuffle=True)
    assert sorted(x for batch in loader for x in batch.tolist()) == list(range(8))
