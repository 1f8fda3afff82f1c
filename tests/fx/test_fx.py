"""`torch.fx`: programs as graphs. What is expected was seen from PyTorch 2.13."""

import copy
import operator
import pickle
import subprocess
import sys

import pytest

import jaxtorch as torch
from jaxtorch import fx, nn
from jaxtorch.fx.graph import CodeGen
from jaxtorch.fx.passes.shape_prop import ShapeProp
from jaxtorch.fx.proxy import TraceError
from jaxtorch.nn import functional as F
from jaxtorch.testing import FileCheck


def leaf(x):
    return x * 2 if x.sum() > 0 else x


fx.wrap("leaf")
fx.wrap("len")


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 5)
        self.bias = nn.Parameter(torch.ones(3, 4))
        self.seq = nn.Sequential(nn.ReLU(), nn.Linear(5, 2))
        self.register_buffer("scale", torch.full((2,), 3.0))

    def forward(self, x: torch.Tensor, k=2.0):
        y = self.lin(x + self.bias).clamp(min=0.0, max=1.0)
        first, second = (self.seq(y) * k + self.scale).split(1, dim=1)
        return torch.cat([first, second], 1)


def test_a_module_as_a_graph_and_as_code():
    gm = fx.symbolic_trace(Net())
    assert [(n.op, str(n)) for n in gm.graph.nodes] == [
        ("placeholder", "x"), ("placeholder", "k"), ("get_attr", "bias"), ("call_function", "add"),
        ("call_module", "lin"), ("call_method", "clamp"), ("call_module", "seq_0"), ("call_module", "seq_1"),
        ("call_function", "mul"), ("get_attr", "scale"), ("call_function", "add_1"), ("call_method", "split"),
        ("call_function", "getitem"), ("call_function", "getitem_1"), ("call_function", "cat"), ("output", "output"),
    ]  # fmt: skip
    assert gm.code.splitlines()[3:7] == [
        "def forward(self, x : torch.Tensor, k = 2.0):",
        "    bias = self.bias",
        "    add = x + bias;  x = bias = None",
        "    lin = self.lin(add);  add = None",
    ]
    assert '    seq_0 = getattr(self.seq, "0")(clamp);  clamp = None' in gm.code
    assert str(gm.graph).splitlines()[:2] == ["graph():", "    %x : torch.Tensor [num_users=1] = placeholder[target=x]"]


@pytest.mark.parametrize("copied", [lambda gm: gm, copy.deepcopy, lambda gm: pickle.loads(pickle.dumps(gm))])
def test_a_graph_module_computes_what_the_module_does_also_as_a_copy(copied):
    net = Net()
    gm = copied(fx.symbolic_trace(net))
    x = torch.arange(12.0).view(3, 4) / 12
    torch.testing.assert_close(gm(x), net(x))
    torch.testing.assert_close(fx.Interpreter(gm).run(x), net(x))
    gm(x).sum().backward()
    assert gm.bias.grad is not None
    gm.graph.lint()


def test_functions_that_are_wrapped_are_leaves():
    gm = fx.symbolic_trace(lambda x: leaf(x) + len(x))
    assert [n.target for n in gm.graph.nodes][1:4] == [leaf, len, operator.add]
    assert gm(torch.ones(3)).tolist() == [5.0] * 3


def test_tensors_become_attributes_and_tensor_operators_are_traced():
    gm = fx.symbolic_trace(lambda x: torch.ones(2) @ x + torch.neg(x).size(0))
    assert [n.op for n in gm.graph.nodes][1:3] == ["get_attr", "call_function"]
    assert gm(torch.ones(2)).item() == 4.0


@pytest.mark.parametrize("program, message", [
    (lambda x: x if x.sum() > 0 else -x, "symbolically traced variables cannot be used as inputs to control flow"),
    (lambda x: [-y for y in x], "Proxy object cannot be iterated"),
])  # fmt: skip
def test_what_cannot_be_traced(program, message):
    with pytest.raises(TraceError, match=message):
        fx.symbolic_trace(program)


def test_concrete_arguments_choose_a_branch_and_nest_inputs():
    gm = fx.symbolic_trace(lambda x, flag: x + 1 if flag else x, concrete_args={"flag": True})
    with pytest.raises(AssertionError, match="flag has been specialized to have value True"):
        gm(1, False)
    assert gm(1, True) == 2
    nested = fx.symbolic_trace(lambda d: {"o": d["a"] + d["b"][0]}, concrete_args={"d": {"a": fx.PH, "b": [fx.PH]}})
    assert nested({"a": 1, "b": [2]}) == {"o": 3}
    assert "d_1, d_2, = fx_pytree.tree_flatten_spec([d], self._in_spec)" in nested.code


def test_a_graph_can_be_changed():
    gm = fx.symbolic_trace(lambda x: torch.add(x, x))
    (node,) = gm.graph.find_nodes(op="call_function", target=torch.add)
    node.target = torch.mul
    with gm.graph.inserting_after(node):
        new = gm.graph.call_function(torch.relu, (node,))
        node.replace_all_uses_with(new, lambda user: user is not new)
    gm.graph.call_function(torch.neg, (new,))  # dead
    assert gm.graph.eliminate_dead_code()
    gm.recompile()
    assert gm(torch.tensor([-2.0, 3.0])).tolist() == [4.0, 9.0]
    with pytest.raises(RuntimeError, match="still had 1 users"):
        gm.graph.erase_node(new)
    with pytest.raises(TypeError, match="does not support mutation"):
        gm.graph.output_node().args[0].__class__ and fx.immutable_collections.immutable_list([1]).append(2)


def test_graphs_made_by_hand():
    graph = fx.Graph()
    x, y = graph.placeholder("x"), graph.placeholder("y", default_value=2)
    made = graph.call_method("mul", (x, y))
    graph.output(made)
    gm = fx.GraphModule({}, graph)
    assert gm(torch.ones(2), 4).tolist() == [4.0, 4.0]
    late = graph.call_function(torch.relu, (x,))
    x.prepend(late)
    with pytest.raises(RuntimeError, match="was used before it has been defined"):
        graph.lint()
    with pytest.raises(RuntimeError, match="that target was not provided"):
        other = fx.Graph()
        other.output(other.get_attr("w"))
        fx.GraphModule({}, other)


def test_dead_code_that_draws_is_kept():
    def program(x):
        torch.rand(2), F.dropout(x), torch.neg(x)
        return x

    gm = fx.symbolic_trace(program)
    gm.graph.eliminate_dead_code()
    assert [n.name for n in gm.graph.nodes] == ["x", "dropout", "output"]


def test_a_transformer_writes_a_graph_anew():
    class Swap(fx.Transformer):
        def call_function(self, target, args, kwargs):
            return super().call_function(torch.neg if target is torch.relu else target, args, kwargs)

    gm = Swap(fx.symbolic_trace(lambda x: torch.relu(x) + 1)).transform()
    assert gm(torch.tensor([3.0])).tolist() == [-2.0]


def test_a_transformer_keeps_where_nodes_come_from_and_replicas_compute_the_same():
    gm = fx.Transformer(fx.symbolic_trace(Net())).transform()
    assert all("nn_module_stack" in n.meta for n in gm.graph.nodes if n.op == "call_module")
    x = torch.ones(3, 4)
    torch.testing.assert_close(gm._replicate_for_data_parallel()(x), gm(x))


def test_modules_of_the_library_can_be_traced_and_pickled():
    bag = fx.symbolic_trace(nn.EmbeddingBag(10, 3, mode="sum"))
    loaded = pickle.loads(pickle.dumps(bag))
    inputs = torch.tensor([1, 2, 4, 5]), torch.tensor([0, 2])
    torch.testing.assert_close(loaded(*inputs), bag(*inputs))


def test_patterns_are_replaced_where_they_are_found():
    def program(x, w1, w2):
        m1 = torch.cat([w1, w2]).sum()
        m2 = torch.cat([w1, w2]).sum()
        return x + torch.max(m1) + torch.max(m2)

    gm = fx.symbolic_trace(program)
    matches = fx.replace_pattern(gm, lambda a, b: torch.cat([a, b]).sum(), lambda a, b: torch.stack([a, b]))
    assert len(matches) == 2
    FileCheck().check_count("torch.stack([w1, w2])", 2, exactly=True).check_not("torch.cat").run(gm.code)
    assert gm(1.0, torch.ones(2), torch.full((2,), 5.0)).item() == 11.0


def test_shapes_are_noted_and_shown():
    gm = fx.symbolic_trace(Net())
    ShapeProp(gm).propagate(torch.ones(3, 4))
    meta = gm.graph.output_node().args[0].meta["tensor_meta"]
    assert (meta.shape, meta.dtype, meta.stride) == ((3, 2), torch.float32, (2, 1))
    assert 'lin: "f32[3, 5]" = self.lin(add)' in gm.print_readable(print_output=False)


def test_code_can_be_generated_differently():
    class Listed(CodeGen):
        def gen_fn_def(self, free_vars, maybe_return_annotation):
            head = f"def forward(self, args_list){maybe_return_annotation}:"
            return f"{head}\n    {', '.join(free_vars)}, = args_list" if free_vars else head

        def process_inputs(self, *inputs):
            return inputs[0]

    gm = fx.symbolic_trace(lambda x, y: x - y)
    gm.graph.set_codegen(Listed())
    gm.recompile()
    assert gm([5, 3]) == 2 and fx.Interpreter(gm).run([5, 3]) == 2


def test_wrap_is_for_the_top_of_modules():
    with pytest.raises(NotImplementedError, match="wrap must be called at the top level of a module"):
        fx.wrap("leaf")
    with pytest.raises(RuntimeError, match="Unsupported type"):
        fx.wrap(3)


def test_own_tracers_decide_what_is_a_leaf():
    class Deep(fx.Tracer):
        def is_leaf_module(self, m, module_qualified_name):
            return False

    net = Net()
    graph = Deep().trace(net)
    assert F.linear in [n.target for n in graph.nodes]
    x = torch.ones(3, 4)
    torch.testing.assert_close(fx.GraphModule(net, graph)(x), net(x))


@pytest.mark.parametrize("check, text", [
    (FileCheck().check("a").check("b"), "b a"), (FileCheck().check_not("a"), "ba"),
    (FileCheck().check("a").check_next("b"), "a b"), (FileCheck().check("a").check_same("b"), "a\nb"),
    (FileCheck().check_count("a", 2, exactly=True), "aaa"),
])  # fmt: skip
def test_filecheck_refuses(check, text):
    with pytest.raises(RuntimeError, match="Expected to"):
        check.run(text)


def test_filecheck_accepts():
    FileCheck().check("a").check_same("b").check_next("c").check_dag("e").check_dag("d").run("a b\nc\nd e")


def test_a_graph_written_by_hand_with_proxies():
    program = (
        "import jaxtorch as torch\nfrom jaxtorch import fx\ngraph = fx.Graph()\n"
        "tracer = fx.proxy.GraphAppendingTracer(graph)\n"
        "x, y = (fx.Proxy(graph.placeholder(name), tracer) for name in 'xy')\n"
        "shape = torch.broadcast_tensors(x, y)[0].shape\n"
        "print([node.op for node in graph.nodes])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == str(["placeholder"] * 2 + ["call_function"] * 2)


def test_einsum_is_told_its_operands_one_by_one():
    def net(x, y):
        return torch.einsum("ab,bc->ac", [x, y])

    graph = fx.symbolic_trace(net).graph
    assert str(next(n for n in graph.nodes if n.op == "call_function").args) == "('ab,bc->ac', x, y)"
