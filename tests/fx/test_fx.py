"""`torch.fx`: names that say what is not supported."""

import pytest

from jaxtorch import fx


def test_wrap_gives_back_the_function():
    assert fx.wrap(len) is len and fx.wrap("len") == "len"
    with pytest.raises(RuntimeError, match="Unsupported type"):
        fx.wrap(3)


@pytest.mark.parametrize("name", ["Proxy", "Graph", "GraphModule", "Tracer", "symbolic_trace"])
def test_tracing_raises_by_name(name):
    with pytest.raises(NotImplementedError, match=f"torch.fx.{name} is not supported"):
        getattr(fx, name)(None)
