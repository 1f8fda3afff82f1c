"""Optimizers and schedules under every option, run alike by PyTorch (to record) and jaxtorch (to check).

`compat/record_optim.py` writes what PyTorch gives to recorded.json; the tests hold jaxtorch against it.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")
STEPS = 6
SHAPES = ((3, 4), (5,), ())
MISSING = {(0, 1)}  # (step, parameter) pairs without a gradient

OPTIMIZERS: list[tuple[str, dict[str, Any]]] = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "maximize": True}),
    ("Adam", {"lr": 0.02}),
    ("Adam", {"lr": 0.02, "amsgrad": True, "weight_decay": 0.1, "maximize": True, "betas": (0.8, 0.95), "eps": 1e-3}),
    ("AdamW", {"lr": 0.02, "weight_decay": 0.1}),
    ("RMSprop", {"lr": 0.02}),
    ("RMSprop", {"lr": 0.02, "momentum": 0.5, "centered": True, "weight_decay": 0.1, "maximize": True}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.1, "initial_accumulator_value": 0.3}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "weight_decay": 0.1}),
    ("Adamax", {"lr": 0.02, "weight_decay": 0.1, "betas": (0.8, 0.9)}),
    ("NAdam", {"lr": 0.02, "weight_decay": 0.1}),
    ("NAdam", {"lr": 0.02, "weight_decay": 0.1, "decoupled_weight_decay": True, "momentum_decay": 0.1}),
    ("RAdam", {"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": 0.1}),
    ("RAdam", {"lr": 0.02, "betas": (0.8, 0.95), "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("Rprop", {"lr": 0.05, "etas": (0.4, 1.3), "step_sizes": (0.01, 0.06)}),
    ("ASGD", {"lr": 0.05, "t0": 3, "lambd": 0.01, "weight_decay": 0.1}),
    ("Adafactor", {"lr": 0.1, "weight_decay": 0.1, "eps": (1e-3, 1e-2), "d": 1.5}),
    ("Muon", {"lr": 0.02}),
    ("Muon", {"lr": 0.02, "nesterov": False, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3}),
]

SCHEDULES: dict[str, Any] = {
    "LambdaLR": lambda s, o: s.LambdaLR(o, [lambda e: 0.9**e, lambda e: 1.0]),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, lambda e: 0.95),
    "StepLR": lambda s, o: s.StepLR(o, 3, 0.5),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 9], 0.5),
    "ConstantLR": lambda s, o: s.ConstantLR(o, 0.5, 4),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.2, 0.8, 6),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.9),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 10, 2.0),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, 5, 0.01),
    "CosineAnnealingWarmRestarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, 2, 0.01),
    "SequentialLR": lambda s, o: s.SequentialLR(o, [s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9)], [5]),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 3), s.ExponentialLR(o, 0.9)]),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, 6, mode="triangular2"),
    "CyclicLR exp_range": lambda s, o: s.CyclicLR(o, 0.01, 0.5, 4, mode="exp_range", gamma=0.99),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 0.5, 20),
    "OneCycleLR three_phase": lambda s, o: s.OneCycleLR(
        o, [0.5, 0.7], epochs=4, steps_per_epoch=5, three_phase=True, anneal_strategy="linear"
    ),
    "ReduceLROnPlateau": lambda s, o: s.ReduceLROnPlateau(o, patience=1, cooldown=1, min_lr=[0.001, 0.01]),
}
METRICS = [1.0, 0.9, 0.91, 0.92, 0.93, 0.5, 0.6, 0.6, 0.6, 0.6, 0.6, 0.2]


def key(name: str, options: dict[str, Any]) -> str:
    """The name of a case in the recording."""
    return f"{name} {json.dumps(options)}"


def _numbers(shape: tuple[int, ...], seed: float) -> Any:
    count = math.prod(shape)
    flat = [round(math.sin(seed + 1.7 * i) * 1.5, 4) for i in range(count)]
    if not shape:
        return flat[0]
    return [flat[i : i + shape[-1]] for i in range(0, count, shape[-1])] if len(shape) == 2 else flat


def parameters(torch: Any, name: str) -> list[Any]:
    """The parameters of a case; Muon takes matrices only."""
    shapes = ((3, 4), (4, 3)) if name == "Muon" else SHAPES
    return [torch.tensor(_numbers(s, 0.3 + i), requires_grad=True) for i, s in enumerate(shapes)]


def give_gradients(torch: Any, params: list[Any], step: int) -> None:
    """The gradients of one step."""
    for i, p in enumerate(params):
        p.grad = None if (step, i) in MISSING else torch.tensor(_numbers(tuple(p.shape), 10.0 * step + i))


def run_optimizer(torch: Any, name: str, options: dict[str, Any], flush: Any = None) -> dict[str, Any]:
    """Parameters and state after some steps, as lists with their dtypes."""
    params = parameters(torch, name)
    optimizer = getattr(torch.optim, name)(params, **options)
    for step in range(STEPS):
        give_gradients(torch, params, step)
        optimizer.step()
        if flush is not None:
            flush()
    state = {str(k): {n: described(v) for n, v in each.items()} for k, each in optimizer.state_dict()["state"].items()}
    return {"params": [described(p.detach()) for p in params], "state": state}


def described(x: Any) -> Any:
    """A tensor as [dtype, shape, numbers], anything else as it is."""
    if not hasattr(x, "tolist"):
        return x
    return [str(x.dtype), list(x.shape), x.reshape(-1).tolist()]


def run_schedule(torch: Any, build: Any) -> list[Any]:
    """Learning rates and momentums of both groups over the steps."""
    params = [torch.ones(2, requires_grad=True) for _ in range(2)]
    optimizer = torch.optim.SGD([{"params": params[:1]}, {"params": params[1:], "lr": 0.3}], lr=0.1, momentum=0.9)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        scheduler = build(torch.optim.lr_scheduler, optimizer)
        rows = []
        for i in range(len(METRICS)):
            rows.append([g["lr"] for g in optimizer.param_groups] + [g["momentum"] for g in optimizer.param_groups])
            optimizer.step()
            scheduler.step(*([METRICS[i]] if "Plateau" in type(scheduler).__name__ else []))
    return rows
