"""Transforms of functions, run alike by PyTorch (to record) and jaxtorch (to check).

`compat/record_func.py` writes what PyTorch gives to recorded.json; the tests hold jaxtorch against it.
"""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")


def inputs(torch: Any) -> SimpleNamespace:
    """The tensors the cases use."""
    torch.manual_seed(0)
    return SimpleNamespace(x=torch.randn(3, 4), y=torch.randn(3, 4), w=torch.randn(4, 5))


def _writes(torch: Any) -> Any:
    def f(a: Any) -> Any:
        b = a.clone()
        b[0] = 1
        b += a
        b.mul_(2)
        b[1:3].zero_()
        return b

    return f


def _outer_backward(torch: Any, d: Any) -> Any:
    x, w = d.x.clone().requires_grad_(), d.w.clone().requires_grad_()
    z = torch.vmap(lambda a: (a @ w).sin().sum())(x * 2)
    (z * torch.arange(3.0)).sum().backward()
    return x.grad, w.grad


def _through_grad(torch: Any, d: Any) -> Any:
    w = d.w.clone().requires_grad_()
    torch.func.grad(lambda a: ((a @ w).tanh() ** 2).sum())(d.x).pow(2).sum().backward()
    return w.grad


def _model(torch: Any) -> Any:
    torch.manual_seed(3)
    return torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU(), torch.nn.Linear(3, 2))


def _per_sample(torch: Any, d: Any) -> Any:
    model = _model(torch)
    params = {k: v.detach() for k, v in model.named_parameters()}

    def loss(p: Any, a: Any, c: Any) -> Any:
        out = torch.func.functional_call(model, p, (a.unsqueeze(0),))
        return torch.nn.functional.cross_entropy(out, c.unsqueeze(0))

    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(params, d.x, torch.tensor([0, 1, 1]))


def _ensemble(torch: Any, d: Any) -> Any:
    torch.manual_seed(4)
    models = [torch.nn.Linear(4, 2) for _ in range(3)]
    params, buffers = torch.func.stack_module_state(models)
    call = torch.func.functional_call
    return torch.vmap(lambda p, b, a: call(models[0], (p, b), (a,)), in_dims=(0, 0, None))(params, buffers, d.x)


def _convolutions(torch: Any, d: Any) -> Any:
    torch.manual_seed(5)
    nn = torch.nn
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(8, 2))
    torch.func.replace_all_batch_norm_modules_(model)
    params = {k: v.detach() for k, v in model.named_parameters()}

    def loss(p: Any, image: Any) -> Any:
        return torch.func.functional_call(model, p, (image.unsqueeze(0),)).pow(2).sum()

    return torch.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, torch.randn(5, 1, 6, 6))


def _dual(torch: Any, d: Any) -> Any:
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(d.x, d.y)
        out = fw.unpack_dual(dual.sin() * 2)
        still = fw.unpack_dual(d.x)
    return out.primal, out.tangent, still.tangent is None


def _linearized(torch: Any, d: Any) -> Any:
    out, push = torch.func.linearize(torch.sin, d.x)
    return out, push(d.y), push(d.x)


def _vjp(torch: Any, d: Any) -> Any:
    out, pull = torch.func.vjp(lambda a, b: (a * b, a.sum()), d.x, d.y)
    return out, pull((torch.ones(3, 4), torch.tensor(2.0)))


def _random(torch: Any, randomness: str, draw: Any) -> Any:
    torch.manual_seed(6)
    return torch.vmap(draw, randomness=randomness)(torch.ones(3, 6))


CASES: dict[str, Any] = {
    "vmap": lambda t, d: t.vmap(t.dot)(d.x, d.y),
    "vmap of a closure": lambda t, d: t.vmap(lambda a: a @ d.w)(d.x),
    "vmap other dims": lambda t, d: t.vmap(t.sin, in_dims=1, out_dims=1)(d.x),
    "vmap in vmap": lambda t, d: t.vmap(t.vmap(lambda a, b: a * b, (0, None)))(d.x, t.arange(3.0)),
    "vmap of one argument": lambda t, d: t.vmap(lambda a, b: a + b.sum(), (0, None))(d.x, d.y),
    "vmap of dicts": lambda t, d: t.vmap(lambda s: {"s": s["a"] * 2, "t": (s["b"].sum(),)})({"a": d.x, "b": d.y}),
    "vmap of a constant": lambda t, d: t.vmap(lambda a: t.ones(2))(d.x),
    "vmap in chunks": lambda t, d: t.vmap(lambda a: a * 2, chunk_size=2)(d.x),
    "vmap of views": lambda t, d: t.vmap(lambda a: a.reshape(2, 2).t()[0].unsqueeze(-1).expand(2, 3))(d.x),
    "vmap of writes": lambda t, d: t.vmap(_writes(t))(d.x),
    "vmap of an index": lambda t, d: t.vmap(lambda a, i: a[i])(d.x, t.tensor([0, 2, 1])),
    "vmap of gather": lambda t, d: t.vmap(lambda a, i: a.gather(0, i))(d.x, t.tensor([[0, 2], [1, 1], [3, 0]])),
    "vmap of embedding": lambda t, d: t.vmap(lambda i: t.nn.functional.embedding(i, d.w))(t.tensor([[0, 1], [2, 3]])),
    "vmap of sort": lambda t, d: t.vmap(lambda a, b: t.cat([a, b]).sort())(d.x, d.y),
    "vmap of linalg": lambda t, d: t.vmap(lambda a: t.linalg.inv(a.outer(a) + t.eye(4)))(d.x),
    "vmap of einsum": lambda t, d: t.vmap(lambda a, b: t.einsum("i,j->ij", a, b))(d.x, d.y),
    "vmap of layer_norm": lambda t, d: t.vmap(lambda a: t.nn.functional.layer_norm(a, (4,)))(d.x),
    "vmap of zeros_like": lambda t, d: t.vmap(lambda a: t.zeros_like(a).add_(a))(d.x),
    "vmap of new_zeros": lambda t, d: t.vmap(lambda a: a.new_zeros(4).add_(a))(d.x),
    "vmap of shapes": lambda t, d: t.vmap(lambda a: t.ones(a.shape) * a.dim() + a.numel())(d.x),
    "vmap prints": lambda t, d: t.vmap(lambda a: (strings.append(repr(a)), a)[1])(t.arange(3.0)),
    "different numbers": lambda t, d: _random(t, "different", lambda a: a + t.randn(6)),
    "same numbers": lambda t, d: _random(t, "same", lambda a: a + t.randn(6)),
    "different numbers like": lambda t, d: _random(t, "different", t.rand_like),
    "different dropout": lambda t, d: _random(t, "different", lambda a: t.nn.functional.dropout(a, 0.5)),
    "grad": lambda t, d: t.func.grad(lambda a: (a.sin() * d.y).sum())(d.x),
    "grad needs no grad": lambda t, d: t.func.grad(lambda a: (a.sin() * d.y).sum())(d.x).requires_grad,
    "grad of grad": lambda t, d: t.func.grad(lambda a: t.func.grad(lambda b: (b**3).sum())(a).sum())(d.x),
    "grad with aux": lambda t, d: t.func.grad(lambda a: (a.sum(), a * 2), has_aux=True)(d.x),
    "grad by two": lambda t, d: t.func.grad_and_value(lambda a, b: (a * b).sum(), argnums=(0, 1))(d.x, d.y),
    "grad by the last": lambda t, d: t.func.grad(lambda a, b: (a * b).sum(), argnums=-1)(d.x, d.y),
    "grad by a dict": lambda t, d: t.func.grad(lambda p: (p["a"] * p["b"]).sum())({"a": d.x, "b": d.y}),
    "vmap of grad": lambda t, d: t.vmap(t.func.grad(lambda w, a: (a @ w).tanh().sum()), (None, 0))(d.w, d.x),
    "grad of vmap": lambda t, d: t.func.grad(lambda w: t.vmap(lambda a: (a @ w).tanh().sum())(d.x).sum())(d.w),
    "vmap of grad of vmap": lambda t, d: t.vmap(
        t.func.grad(lambda w, s: t.vmap(lambda a: (a @ w).tanh().sum())(d.x).sum() * s), (None, 0)
    )(d.w, t.arange(2.0)),
    "backward through vmap": _outer_backward,
    "backward through grad": _through_grad,
    "vjp": _vjp,
    "jvp": lambda t, d: t.func.jvp(lambda a: (a.sin(), a.sum()), (d.x,), (d.y,)),
    "jvp with aux": lambda t, d: t.func.jvp(lambda a: (a.sin(), a.sum()), (d.x,), (d.y,), has_aux=True),
    "jvp of jvp": lambda t, d: t.func.jvp(
        lambda a: t.func.jvp(lambda b: b**3, (a,), (d.y,))[1], (d.x,), (t.ones(3, 4),)
    ),
    "jvp of a constant": lambda t, d: t.func.jvp(lambda a: t.ones(2), (d.x,), (d.y,)),
    "linearize": _linearized,
    "jacrev": lambda t, d: t.func.jacrev(t.sin)(d.x[0]),
    "jacrev by two": lambda t, d: t.func.jacrev(lambda a, b: (a * b, b.sum()), argnums=(0, 1))(d.x[0], d.y[0]),
    "jacrev in chunks": lambda t, d: t.func.jacrev(lambda a: a**2, chunk_size=3)(d.x[0]),
    "jacrev one by one": lambda t, d: t.func.jacrev(lambda a: a**2, chunk_size=1)(d.x[0]),
    "jacrev of vmap": lambda t, d: t.func.jacrev(lambda a: t.vmap(lambda r: (r * r).sum())(a))(d.x),
    "jacfwd": lambda t, d: t.func.jacfwd(lambda a: (a**2).outer(a))(d.x[0]),
    "jacfwd with aux": lambda t, d: t.func.jacfwd(lambda a: (a * 2, a.sum()), has_aux=True)(d.x[0]),
    "hessian": lambda t, d: t.func.hessian(lambda a: a.sin().prod())(d.x[0]),
    "hessian by two": lambda t, d: t.func.hessian(lambda a, b: (a.sin() * b**2).sum(), argnums=(0, 1))(d.x[0], d.y[0]),
    "vmap of hessian": lambda t, d: t.vmap(t.func.hessian(lambda a: a.sin().prod()))(d.x),
    "functional_call": lambda t, d: t.func.functional_call(_model(t), dict(_model(t).named_parameters()), (d.x,)),
    "per-sample gradients": _per_sample,
    "ensemble": _ensemble,
    "convolutions": _convolutions,
    "rearrange": lambda t, d: t.func.rearrange(d.x, "(a b) c -> c b a", a=3),
    "rearrange with the rest": lambda t, d: t.func.rearrange(t.arange(24).reshape(2, 3, 4), "... c -> c (...)"),
    "rearrange the rest": lambda t, d: t.func.rearrange(t.arange(24).reshape(2, 3, 4), "a ... -> ... a"),
    "rearrange with ones": lambda t, d: t.func.rearrange(d.x, "a b -> a 1 b ()"),
    "rearrange a list": lambda t, d: t.func.rearrange([d.x, d.y], "n a b -> a (n b)"),
    "functionalize": lambda t, d: t.func.functionalize(lambda a: a.clone().add_(1))(d.x),
    "forward_ad": _dual,
    "batched autograd.grad": lambda t, d: t.autograd.grad(
        ((z := d.x.clone().requires_grad_()) * 2).sum(0), z, t.eye(4), is_grads_batched=True
    ),
    # Errors.
    "no tensor": lambda t, d: t.vmap(lambda a: a)(3),
    "no inputs": lambda t, d: t.vmap(t.sin)(),
    "in_dims structure": lambda t, d: t.vmap(t.sin, in_dims=(0, 0))(d.x),
    "in_dims range": lambda t, d: t.vmap(t.sin, in_dims=2)(d.x),
    "in_dims type": lambda t, d: t.vmap(t.sin, in_dims=None)(d.x),
    "in_dims none": lambda t, d: t.vmap(t.sin, in_dims=(None,))(d.x),
    "sizes": lambda t, d: t.vmap(t.add)(d.x, t.ones(2)),
    "output type": lambda t, d: t.vmap(lambda a: 3)(d.x),
    "out_dims none": lambda t, d: t.vmap(t.sin, out_dims=None)(d.x),
    "out_dims structure": lambda t, d: t.vmap(t.sin, out_dims=(0, 0))(d.x),
    "out_dims type": lambda t, d: t.vmap(t.sin, out_dims="a")(d.x),
    "out_dims range": lambda t, d: t.vmap(lambda a: a.sum(), out_dims=1)(d.x),
    "item": lambda t, d: t.vmap(lambda a: a.sum().item())(d.x),
    "control flow": lambda t, d: t.vmap(lambda a: 1 if a.sum() > 0 else 0)(d.x),
    "random": lambda t, d: t.vmap(lambda a: a + t.randn(4))(d.x),
    "randomness": lambda t, d: t.vmap(t.sin, randomness="a")(d.x),
    "chunk size": lambda t, d: t.vmap(t.sin, chunk_size=0)(d.x),
    "not scalar": lambda t, d: t.func.grad(t.sin)(d.x),
    "not a tensor": lambda t, d: t.func.grad(lambda a: 3)(d.x),
    "argument not a tensor": lambda t, d: t.func.grad(lambda a: a)(1.0),
    "argnums range": lambda t, d: t.func.grad(lambda a: a, argnums=1)(d.x[0, 0]),
    "argnums empty": lambda t, d: t.func.grad(lambda a: a.sum(), argnums=())(d.x),
    "aux": lambda t, d: t.func.grad(lambda a: a.sum(), has_aux=True)(d.x),
    "integers": lambda t, d: t.func.grad(lambda a: a.sum())(t.arange(3)),
    "vjp output": lambda t, d: t.func.vjp(lambda a: 3, d.x),
    "cotangents": lambda t, d: t.func.vjp(t.sin, d.x)[1]((d.x, d.x)),
    "primals": lambda t, d: t.func.jvp(t.sin, d.x, d.x),
    "tangents": lambda t, d: t.func.jvp(t.sin, (d.x,), (d.x, d.x)),
    "tangents type": lambda t, d: t.func.jvp(t.sin, (d.x,), (1,)),
    "complex": lambda t, d: t.func.jacrev(lambda a: a * 1j)(d.x),
    "linearize shape": lambda t, d: t.func.linearize(t.sin, d.x)[1](d.x[0]),
    "functional_call keys": lambda t, d: t.func.functional_call(_model(t), ({"a": d.x}, {"a": d.x}), (d.x,)),
    "functional_call type": lambda t, d: t.func.functional_call(_model(t), 3, (d.x,)),
    "no models": lambda t, d: t.func.stack_module_state([]),
    "other models": lambda t, d: t.func.stack_module_state([t.nn.Linear(1, 1), t.nn.ReLU()]),
}
strings: list[str] = []


def show(x: Any) -> Any:
    """A result as JSON."""
    if hasattr(x, "dtype"):
        return [str(x.dtype), list(x.shape), [float(n) for n in x.detach().reshape(-1).tolist()]]
    if isinstance(x, dict):
        return {k: show(v) for k, v in x.items()}
    return {str(i): show(v) for i, v in enumerate(x)} if isinstance(x, (tuple, list)) else repr(x)


def run(torch: Any, name: str) -> Any:
    """What a case gives, or the exception it ends in."""
    strings.clear()
    try:
        found = CASES[name](torch, inputs(torch))
    except Exception as error:
        return f"{type(error).__name__}: {error}".replace("jaxtorch.", "torch.")
    return {"result": show(found), "printed": "".join(strings)}
