"""Overrides of functions, printed: run by PyTorch (to record) and by jaxtorch (to check), which hand in `torch`."""

import copy
import operator

torch = globals()["torch"]
overrides = torch.overrides


def attempt(label, call):
    """Print what a call gives, types by name, or the exception it ends in."""
    try:
        print(label, shown(call()))
    except Exception as error:
        print(label, type(error).__name__, str(error).replace("__main__", "script"))


def shown(x):
    """A result as text that does not depend on where classes live."""
    if isinstance(x, type):
        return x.__name__
    if isinstance(x, (tuple, list)):
        return [shown(i) for i in x]
    return repr(x).replace("__main__", "script")


# ----- Foreign types -----

HANDLED = {}


class Duck:
    """Not a tensor."""

    def __repr__(self):
        return "Duck"

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        if func not in HANDLED:
            return NotImplemented
        return HANDLED[func](*args, **(kwargs or {}))


HANDLED[torch.mean] = lambda x, **kwargs: ("mean", x, kwargs)
HANDLED[torch.stack] = lambda x, **kwargs: ("stack", x, kwargs)
HANDLED[torch.matmul] = lambda a, b: ("matmul", type(a), type(b))
HANDLED[torch.add] = HANDLED[torch.Tensor.add] = lambda a, b, **kwargs: ("add", type(a), type(b))
duck = Duck()
attempt("mean", lambda: torch.mean(duck))
attempt("mean of a dim", lambda: torch.mean(duck, dim=0))
attempt("stack", lambda: torch.stack([duck, duck]))
attempt("matmul", lambda: torch.matmul(torch.ones(2, 2), duck))
attempt("operator", lambda: torch.ones(2) + duck)
attempt("nobody", lambda: torch.sum(duck))
attempt("nobody in Python", lambda: torch.nn.functional.relu(duck))
attempt("tensor-like", lambda: [overrides.is_tensor_like(x) for x in (duck, 3, torch.ones(1))])
attempt("has", lambda: [overrides.has_torch_function((x,)) for x in (duck, 3, torch.ones(1))])


def api(a, b=1):
    """A function of a library's own."""
    if overrides.has_torch_function((a,)):
        return overrides.handle_torch_function(api, (a,), a, b=b)
    return "plain"


attempt("own plain", lambda: api(3))
attempt("own nobody", lambda: api(duck))
HANDLED[api] = lambda a, b=1: ("own", a, b)
attempt("own", lambda: api(duck, b=2))
attempt("wrapped", lambda: overrides.wrap_torch_function(lambda a: (a,))(lambda a: "w")(1))


# ----- Subclasses -----


class Sub(torch.Tensor):
    """Keeps its class."""


x = torch.tensor([1.0, 2.0]).as_subclass(Sub)
for name, call in {
    "+": lambda: x + 1,
    "reflected": lambda: 1 + x,
    "with a plain one": lambda: torch.ones(2) + x,
    "sum": lambda: x.sum(),
    "stack": lambda: torch.stack([x, x]),
    "max": lambda: torch.max(x, 0)[0],
    "index": lambda: x[0],
    "data": lambda: x.data,
    "detach": lambda: x.detach(),
    "zeros_like": lambda: torch.zeros_like(x),
    "relu": lambda: torch.nn.functional.relu(x),
    "linear": lambda: torch.nn.Linear(2, 2)(x),
    "clone": lambda: x.clone(),
    "to": lambda: x.to(torch.float64),
    "unbind": lambda: x.unbind()[0],
    "iteration": lambda: list(x)[0],
    "numpy": lambda: x.numpy(),
    "shape": lambda: x.shape,
    "made": lambda: Sub([1.0, 2.0]),
    "empty": lambda: Sub(2, 3),
}.items():
    attempt(name, lambda call=call: type(call()))
attempt("printed", lambda: (x, x.clone().requires_grad_()))
leaf = x.clone().detach().requires_grad_()
(leaf * leaf).sum().backward()
attempt("grad", lambda: (type(leaf.grad), leaf.grad))
parameter = torch.nn.Parameter(torch.ones(2))
attempt("parameter", lambda: (type(parameter + 1), type(parameter * x), type(torch.nn.Parameter(x))))


class Logging(torch.Tensor):
    """Prints what it sees."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        print("  call", func.__name__, [kind.__name__ for kind in types], len(args))
        return super().__torch_function__(func, types, args, kwargs or {})


class Below(Logging):
    """A subclass of it."""


a = torch.ones(2).as_subclass(Logging)
i = torch.ones(2, dtype=torch.int64).as_subclass(Logging)
for name in "add sub mul truediv floordiv mod pow lt le gt ge eq ne and_ or_ xor lshift rshift".split():
    left = i if name in ("and_", "or_", "xor", "lshift", "rshift") else a
    getattr(operator, name)(left, left)
    if name != "truediv":
        getattr(operator, name)(2, left)
for name in "iadd isub imul itruediv ifloordiv imod ipow".split():
    getattr(operator, name)(a.clone(), 2.0)
_ = -a, abs(a), ~i, a[0], len(a), bool(i[0]), float(a[0]), a.shape, a.T, a.view(2, 1), a.size(), a.sum(0)
a[0] = 1
a.requires_grad = True
_ = torch.add(a, 1, alpha=2), torch.stack([a, a]), torch.sum(a, dim=0)
attempt("both", lambda: type(a + torch.ones(2).as_subclass(Below)))
attempt("unrelated", lambda: torch.add(a, x))


class Tagged(torch.Tensor):
    """Carries a tag."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        result = super().__torch_function__(func, types, args, kwargs)
        if isinstance(result, cls):
            result.tag = getattr(args[0], "tag", None)
        return result


tagged = torch.ones(2).as_subclass(Tagged)
tagged.tag = "hi"
attempt("tag", lambda: ((tagged * 2).tag, (tagged + 1).sum().tag, copy.copy(tagged).tag))


class Silent(torch.Tensor):
    """Overrides nothing."""

    __torch_function__ = torch._C._disabled_torch_function_impl


attempt("silent", lambda: type(torch.ones(2).as_subclass(Silent) + 1))


# ----- Modes -----


class Mode(overrides.TorchFunctionMode):
    """Prints what it sees, and makes sines cosines."""

    def __torch_function__(self, func, types, args=(), kwargs=None):
        print("  mode", func.__name__, len(args))
        if func is torch.sin:
            return torch.cos(*args)
        return func(*args, **(kwargs or {}))


with Mode():
    attempt("mode", lambda: type(torch.sin(torch.zeros(2)) + 1))
    attempt("mode and subclass", lambda: type(a * 2))
    with torch._C.DisableTorchFunctionSubclass():
        attempt("mode without subclasses", lambda: type(a * 2))
    with Mode():
        attempt("two modes", lambda: type(torch.ones(2).exp()))
with torch._C.DisableTorchFunctionSubclass():
    attempt("without subclasses", lambda: type(a * 2))
attempt("after", lambda: torch.sin(torch.zeros(2)))


# ----- Names -----

for function in (torch.add, torch.nn.functional.relu, torch.linalg.inv, print, torch.Tensor.shape.__get__):
    print(overrides.resolve_name(function))
print(torch.zeros in overrides.get_ignored_functions(), torch.add in overrides.get_testing_overrides())
print(overrides.is_tensor_method_or_property(torch.Tensor.T.__get__), overrides.is_tensor_method_or_property(print))


print("== methods told as methods ==")


class Seen(torch.Tensor):
    seen: list = []

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        cls.seen.append(func)
        return super().__torch_function__(func, types, args, kwargs)


for name, args in {
    **{"asin_": (), "clone": (), "chunk": (1,), "split": (1,), "new_ones": (2,), "new_tensor": ([1.0],)},
    "unflatten": (0, (1, 1)),
}.items():
    Seen.seen.clear()
    got = getattr(Seen([0.5]), name)(*args)
    first = got[0] if isinstance(got, tuple) else got
    print(name, Seen.seen[0] == getattr(torch.Tensor, name), type(first).__name__)
print(type(torch.nn.Parameter(torch.ones(2)).new_ones(2)) is torch.Tensor)


print("== operators whose first operand knows nothing ==")


class Nothing(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return NotImplemented


class Power(torch.Tensor):
    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        return -1 if func is torch.Tensor.__rpow__ else NotImplemented


print(Nothing([1.0]) ** Power([1.0]))
try:
    Nothing([1.0]) + torch.ones(1)
except TypeError as error:
    print(error)


print("== a mode that passes subclasses on ==")


class Pass(overrides.TorchFunctionMode):
    def __torch_function__(self, func, types, args=(), kwargs=None):
        print([t.__name__ for t in types])
        return NotImplemented if types else func(*args, **(kwargs or {}))


class Sub(torch.Tensor):
    pass


def bar(x):
    if overrides.has_torch_function((x,)):
        return overrides.handle_torch_function(bar, (x,), x)
    return x


x = Sub([1.0])
with Pass():
    print(type(bar(x)).__name__)
try:
    overrides.has_torch_function(object())
except TypeError as error:
    print(error)
