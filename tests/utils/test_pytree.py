"""Trees come apart and together again as PyTorch's do."""

from collections import OrderedDict, defaultdict, deque, namedtuple

import pytest

from jaxtorch.utils import _pytree as pytree

Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("tree", "leaves", "text"),
    [
        (1, [1], "*"),
        (None, [None], "*"),
        ((1, [2, 3]), [1, 2, 3], "TreeSpec(tuple, None, [*,\n  TreeSpec(list, None, [*,\n    *])])"),
        ({"b": 1, "a": 2}, [1, 2], "TreeSpec(dict, ['b', 'a'], [*,\n  *])"),
        (OrderedDict(a=1), [1], "TreeSpec(OrderedDict, ['a'], [*])"),
        (Point(1, 2), [1, 2], f"TreeSpec(namedtuple, {Point}, [*,\n  *])"),
        (defaultdict(list, a=1), [1], "TreeSpec(defaultdict, [<class 'list'>, ['a']], [*])"),
        (deque([1, 2]), [1, 2], "TreeSpec(deque, None, [*,\n  *])"),
        ((), [], "TreeSpec(tuple, None, [])"),
    ],
)
def test_round_trip(tree, leaves, text):
    found, spec = pytree.tree_flatten(tree)
    assert found == leaves and repr(spec) == text and spec.num_leaves == len(leaves)
    back = pytree.tree_unflatten(found, spec)
    assert back == tree and type(back) is type(tree)


def test_maps():
    assert pytree.tree_map(lambda a, b: a + b, {"x": (1, 2)}, {"x": (3, 4)}) == {"x": (4, 6)}
    assert pytree.tree_map_only(int, lambda a: a * 2, [1, "a", 2.0]) == [2, "a", 2.0]
    assert pytree.tree_map_with_path(lambda path, a: pytree.keystr(path), {"a": [1, Point(2, 3)]}) == {
        "a": ["['a'][0]", Point("['a'][1].x", "['a'][1].y")]
    }
    assert pytree.tree_all(bool, [1, (2,)]) and not pytree.tree_any(bool, [0, (0,)])
    assert pytree._broadcast_to_and_flatten((0, None), pytree.tree_structure(([1, 2], 3))) == [0, 0, None]


def test_errors_and_text():
    spec = pytree.tree_structure((1, [2]))
    with pytest.raises(ValueError, match="`leaves` has length 1 but the spec refers to a pytree that holds 2 items"):
        pytree.tree_unflatten([1], spec)
    with pytest.raises(ValueError, match="Node arity mismatch; expected 2, but got 3"):
        pytree.tree_map(max, (1, 2), (1, 2, 3))
    assert pytree.treespec_pprint(spec) == "(*, [*])"
    assert pytree.treespec_loads(pytree.treespec_dumps(spec)) == spec


class Pair:
    """Two values."""

    def __init__(self, a, b):
        self.a, self.b = a, b


def test_registered_classes_are_containers():
    pytree.register_pytree_node(Pair, lambda p: ([p.a, p.b], None), lambda xs, _: Pair(*xs))
    doubled = pytree.tree_map(lambda x: x * 2, [Pair(1, 2)])
    assert (doubled[0].a, doubled[0].b) == (2, 4)
    with pytest.raises(ValueError, match="already registered as pytree node"):
        pytree.register_pytree_node(Pair, None, None)


def test_leaves_of_arguments():
    assert pytree.arg_tree_leaves([1, 2], {"a": 3}, b=(4, [5])) == [1, 2, 3, 4, 5]
