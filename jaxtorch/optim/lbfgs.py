"""L-BFGS."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import jax.numpy as jnp

from jaxtorch._base.modes import modes
from jaxtorch._engine.recorder import end_of_step
from jaxtorch._tensor import fused
from jaxtorch._tensor.tensor import FUNCTIONS, Tensor
from jaxtorch.optim._line_search import strong_wolfe
from jaxtorch.optim._state import filled_like
from jaxtorch.optim.optimizer import Optimizer

__all__ = ["LBFGS"]


def move(targets: list, sources: list, numbers: list) -> list:
    """Every parameter moved by its part of a flat direction."""
    (direction,), (t,), offset, moved = sources, numbers, 0, []
    for p in targets:
        size = 2 * p.size if jnp.iscomplexobj(p) else p.size
        part = direction[offset : offset + size]
        offset += size
        if jnp.iscomplexobj(p):
            pairs = part.reshape(*p.shape, 2)
            part = pairs[..., 0] + 1j * pairs[..., 1]
        moved.append(p + t.astype(p.real.dtype) * part.reshape(p.shape))
    return moved


def restore(targets: list, sources: list, numbers: list) -> list:
    """Parameters as they were."""
    return sources


class LBFGS(Optimizer):
    """L-BFGS with an optional strong Wolfe line search. `step` needs a closure; there is one parameter group.

    optimizer = torch.optim.LBFGS(model.parameters(), line_search_fn="strong_wolfe")

    def closure():
        optimizer.zero_grad()
        loss = loss_fn(model(x), y)
        loss.backward()
        return loss

    optimizer.step(closure)
    """

    def __init__(
        self,
        params: Any,
        lr: Any = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if isinstance(lr, Tensor) and lr.numel() != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not 0.0 <= lr:
            raise ValueError(f"Invalid learning rate: {lr}")
        if max_eval is None:
            max_eval = max_iter * 5 // 4
        super().__init__(
            params,
            {
                "lr": lr,
                "max_iter": max_iter,
                "max_eval": max_eval,
                "tolerance_grad": tolerance_grad,
                "tolerance_change": tolerance_change,
                "history_size": history_size,
                "line_search_fn": line_search_fn,
            },
        )
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params = self.param_groups[0]["params"]

    def _gather_flat_grad(self) -> Any:
        parts = []
        for p in self._params:
            part = filled_like(p).view(-1) if p.grad is None else p.grad.reshape(-1)
            parts.append(FUNCTIONS["view_as_real"](part).view(-1) if part.is_complex() else part)
        return FUNCTIONS["cat"](parts, 0)

    def _add_grad(self, t: float, direction: Any) -> None:
        fused.update(move, self._params, [direction], [float(t)])

    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]
        """Iterate up to `max_iter` times; gives the loss before the first iteration."""
        if len(self.param_groups) != 1:
            raise AssertionError(f"Expected exactly one param_group, but got {len(self.param_groups)}")
        before = modes.grad
        modes.grad = False
        try:
            return self._minimise(closure)
        finally:
            modes.grad = before
            end_of_step()

    def _evaluate(self, closure: Callable[[], Any]) -> Any:
        modes.grad = True
        try:
            return closure()
        finally:
            modes.grad = False

    def _minimise(self, closure: Callable[[], Any]) -> Any:
        group = self.param_groups[0]
        # The only state is global; it is kept with the first parameter, where `load_state_dict` casts it.
        state = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)
        orig_loss = self._evaluate(closure)
        flat_grad = self._gather_flat_grad()
        largest = flat_grad.abs().max()
        loss = float(orig_loss)
        evaluations = 1
        state["func_evals"] += 1
        if float(largest) <= group["tolerance_grad"]:
            return orig_loss
        for n_iter in range(1, group["max_iter"] + 1):
            state["n_iter"] += 1
            d = self._direction(state, flat_grad, group["history_size"])
            state["prev_flat_grad"], previous_loss = flat_grad, loss
            state["prev_loss"] = loss
            t = float(group["lr"])
            if state["n_iter"] == 1:
                t *= min(1.0, float(flat_grad.abs().sum().reciprocal()))  # of no gradient: infinity
            state["d"], state["t"] = d, t
            gtd = float(flat_grad.dot(d))
            if gtd > -group["tolerance_change"]:
                break
            last = n_iter == group["max_iter"]
            loss, flat_grad, t, used = self._move_along(closure, group, d, t, loss, flat_grad, gtd, last, evaluations)
            state["t"] = t
            evaluations += used
            state["func_evals"] += used
            if last or evaluations >= group["max_eval"]:
                break
            largest, moved = flat_grad.abs().max(), d.abs().max()
            if float(largest) <= group["tolerance_grad"]:
                break
            if (
                float(moved) * abs(t) <= group["tolerance_change"]
                or abs(loss - previous_loss) < group["tolerance_change"]
            ):
                break
        return orig_loss

    def _move_along(
        self,
        closure: Callable,
        group: dict,
        d: Any,
        t: float,
        loss: float,
        flat_grad: Any,
        gtd: float,
        last: bool,
        evaluations: int,
    ) -> tuple[float, Any, float, int]:
        """Move the parameters along `d`; loss, gradient, step size and evaluations."""
        if group["line_search_fn"] is None:
            self._add_grad(t, d)
            if last:  # the loss after the last move is nobody's business
                return loss, flat_grad, t, 0
            value = self._evaluate(closure)
            flat_grad = self._gather_flat_grad()
            return float(value), flat_grad, t, 1
        if group["line_search_fn"] != "strong_wolfe":
            raise RuntimeError("only 'strong_wolfe' is supported")
        start = [p.clone() for p in self._params]

        def evaluate(t: float) -> tuple[float, Any, float]:
            self._add_grad(t, d)
            value = self._evaluate(closure)
            gradient = self._gather_flat_grad()
            slope = gradient.dot(d)
            fused.update(restore, self._params, start)
            return float(value), gradient, float(slope)

        loss, flat_grad, t, used = strong_wolfe(
            evaluate, t, float(d.abs().max()), loss, flat_grad, gtd, max_ls=group["max_eval"] - evaluations
        )
        self._add_grad(t, d)
        return loss, flat_grad, t, used

    def _direction(self, state: dict[str, Any], flat_grad: Any, history_size: int) -> Any:
        """The approximate inverse Hessian times the negative gradient, from the last steps and gradient changes."""
        if state["n_iter"] == 1:
            state.update(old_dirs=[], old_stps=[], ro=[], H_diag=1)
            return flat_grad.neg()
        y = flat_grad.sub(state["prev_flat_grad"])
        s = state["d"].mul(state["t"])
        ys, yy = y.dot(s), y.dot(y)
        changes, steps, ro = state["old_dirs"], state["old_stps"], state["ro"]
        if float(ys) > 1e-10:
            if len(changes) == history_size:
                for kept in (changes, steps, ro):
                    kept.pop(0)
            changes.append(y)
            steps.append(s)
            ro.append(1.0 / ys)
            state["H_diag"] = ys / yy
        al = state.setdefault("al", [None] * history_size)
        q = flat_grad.neg()
        for i in range(len(changes) - 1, -1, -1):
            al[i] = steps[i].dot(q) * ro[i]
            q = q - changes[i] * al[i]
        r = q * state["H_diag"]
        for i in range(len(changes)):
            r = r + steps[i] * (al[i] - changes[i].dot(r) * ro[i])
        return r
