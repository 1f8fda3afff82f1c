"""Every layer with typical arguments, run alike by PyTorch (to record) and jaxtorch (to check).

`compat/record_nn.py` writes what PyTorch gives to recorded/layers.json: the repr, a digest of the initial parameters
(bit for bit), and in training and evaluation the outputs, the gradients and the state afterwards, in short.
"""

from __future__ import annotations

import math
import warnings
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from tests.nn.session import Session

RECORDED = Path(__file__).with_name("recorded") / "layers.json"


class Case(NamedTuple):
    """A layer's name, arguments and inputs: a shape is normal numbers, ("kind", shape) others."""

    name: str
    args: tuple
    kwargs: dict[str, Any]
    inputs: tuple


CASES: list[Case] = []
_PLANES: dict[int, tuple[int, ...]] = {1: (2, 4, 9), 2: (2, 4, 7, 8), 3: (2, 4, 6, 7, 5)}


def _add(name: str, *args: Any, inputs: tuple, **kwargs: Any) -> None:
    CASES.append(Case(name, args, kwargs, inputs))


def key(case: Case) -> str:
    """What the case is recorded under."""
    options = [repr(a) for a in case.args] + [f"{k}={v!r}" for k, v in case.kwargs.items()]
    return f"{case.name}({', '.join(options)})"


# ----- The cases -----

for _n, _plane in _PLANES.items():
    _x = (_plane,)
    _add(f"Conv{_n}d", 4, 6, 3, inputs=_x)
    _add(f"Conv{_n}d", 4, 6, 3, stride=2, padding=1, dilation=2, groups=2, bias=False, inputs=_x)
    _add(f"Conv{_n}d", 4, 6, 3, padding="same", padding_mode="circular", inputs=_x)
    _add(f"ConvTranspose{_n}d", 4, 6, 3, stride=2, padding=1, output_padding=1, groups=2, inputs=_x)
    _add(f"LazyConv{_n}d", 6, 3, inputs=_x)
    _add(f"MaxPool{_n}d", 3, 2, 1, ceil_mode=True, inputs=_x)
    _add(f"AvgPool{_n}d", 3, 2, 1, count_include_pad=False, inputs=_x)
    _add(f"LPPool{_n}d", 2, 3, inputs=_x)
    _add(f"AdaptiveMaxPool{_n}d", 3, inputs=_x)
    _add(f"AdaptiveAvgPool{_n}d", 3, inputs=_x)
    _add(f"BatchNorm{_n}d", 4, inputs=_x)
    _add(f"BatchNorm{_n}d", 4, momentum=None, affine=False, inputs=_x)
    _add(f"InstanceNorm{_n}d", 4, affine=True, track_running_stats=True, inputs=_x)
    _add(f"CircularPad{_n}d", 1, inputs=_x)
    _add(f"ReflectionPad{_n}d", 2, inputs=_x)
    _add(f"ReplicationPad{_n}d", 2, inputs=_x)
    _add(f"ZeroPad{_n}d", 1, inputs=_x)
    _add(f"ConstantPad{_n}d", tuple(range(2 * _n)), 3.5, inputs=_x)
    _add(f"Dropout{_n}d", 0.3, inputs=_x)
_image = ((2, 4, 6, 6),)
_add("FractionalMaxPool2d", 3, output_ratio=(0.5, 0.6), inputs=_image)
for _name, _args in (
    ("SyncBatchNorm", (4,)),
    ("GroupNorm", (2, 4)),
    ("LocalResponseNorm", (2,)),
    ("PixelShuffle", (2,)),
    ("PixelUnshuffle", (2,)),
    ("ChannelShuffle", (2,)),
    ("Softmax2d", ()),
    ("Upsample", (9,)),
    ("UpsamplingNearest2d", (9,)),
    ("UpsamplingBilinear2d", (9,)),
    ("Unfold", (3,)),
):
    _add(_name, *_args, inputs=_image)
_add("Fold", (4, 5), (2, 2), inputs=((2, 8, 12),))

_rows = ((3, 4, 8),)
for _name in (
    "ReLU",
    "ReLU6",
    "Sigmoid",
    "Tanh",
    "SiLU",
    "Mish",
    "Hardswish",
    "Hardsigmoid",
    "SELU",
    "LogSigmoid",
    "Softsign",
    "Tanhshrink",
    "RReLU",
    "Hardtanh",
    "ELU",
    "CELU",
    "GLU",
    "GELU",
    "Hardshrink",
    "Softshrink",
    "LeakyReLU",
    "Softplus",
    "AlphaDropout",
    "FeatureAlphaDropout",
    "Identity",
    "Flatten",
):
    _add(_name, inputs=_rows)
_add("ReLU", inplace=True, inputs=_rows)
_add("Threshold", 0.1, 20, inputs=_rows)
_add("GELU", "tanh", inputs=_rows)
_add("PReLU", 4, 0.1, inputs=_rows)
_add("Dropout", 0.3, inputs=_rows)
_add("Unflatten", 2, (2, 4), inputs=_rows)
for _name in ("Softmin", "Softmax", "LogSoftmax"):
    _add(_name, 1, inputs=_rows)
_add("LayerNorm", (4, 8), inputs=_rows)
_add("LayerNorm", 8, bias=False, inputs=_rows)
_add("RMSNorm", 8, inputs=_rows)
_add("Linear", 8, 5, inputs=_rows)
_add("Linear", 8, 5, bias=False, inputs=_rows)
_add("LazyLinear", 5, inputs=_rows)
_add("Bilinear", 3, 4, 5, inputs=((6, 3), (6, 4)))

_add("Embedding", 10, 4, padding_idx=2, inputs=(("index", (3, 4), 10),))
_add("Embedding", 10, 4, max_norm=1.0, scale_grad_by_freq=True, inputs=(("index", (3, 4), 10),))
for _mode in ("sum", "mean", "max"):
    _add("EmbeddingBag", 10, 4, mode=_mode, inputs=(("index", (3, 4), 10),))
_add("MultiheadAttention", 8, 2, dropout=0.2, inputs=((5, 2, 8), (6, 2, 8), (6, 2, 8)))
_add(
    "MultiheadAttention",
    8,
    2,
    add_bias_kv=True,
    kdim=5,
    vdim=6,
    batch_first=True,
    inputs=((2, 5, 8), (2, 6, 5), (2, 6, 6)),
)
_add("TransformerEncoderLayer", 8, 2, 16, inputs=((5, 2, 8),))
_add("TransformerDecoderLayer", 8, 2, 16, activation="gelu", norm_first=True, inputs=((5, 2, 8), (6, 2, 8)))
_add("Transformer", 8, 2, 2, 2, 16, inputs=((5, 2, 8), (6, 2, 8)))
for _name in ("RNN", "LSTM", "GRU"):
    _add(_name, 3, 5, inputs=((6, 2, 3),))
    _add(_name, 3, 5, num_layers=2, bidirectional=True, batch_first=True, bias=False, dropout=0.2, inputs=((2, 6, 3),))
    _add(_name + "Cell", 3, 5, inputs=((4, 3),))
_add("RNN", 3, 5, nonlinearity="relu", inputs=((6, 2, 3),))
_add("LSTM", 3, 5, proj_size=2, inputs=((6, 2, 3),))

_pair = ((3, 4), (3, 4))
_odds = ("fraction", (3, 4))
_signs = ("sign", (3, 4))
for _name in ("L1Loss", "MSELoss", "SmoothL1Loss", "HuberLoss", "PairwiseDistance", "CosineSimilarity"):
    _add(_name, inputs=_pair)
for _name in ("PoissonNLLLoss", "KLDivLoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss"):
    _add(_name, inputs=((3, 4), _odds))
_add("GaussianNLLLoss", inputs=((3, 4), (3, 4), _odds))
_add("BCELoss", inputs=(_odds, ("fixed fraction", (3, 4))))
_add("CrossEntropyLoss", label_smoothing=0.1, inputs=((3, 5, 2), ("index", (3, 2), 5)))
_add("NLLLoss", inputs=((3, 5, 2), ("index", (3, 2), 5)))
_add("MultiMarginLoss", inputs=((3, 5), ("index", (3,), 5)))
_add("MultiLabelMarginLoss", inputs=((3, 4), ("index", (3, 4), 4)))
for _name in ("HingeEmbeddingLoss", "SoftMarginLoss"):
    _add(_name, inputs=((3, 4), _signs))
_add("CosineEmbeddingLoss", inputs=((3, 4), (3, 4), ("sign", (3,))))
_add("MarginRankingLoss", inputs=((3,), (3,), ("sign", (3,))))
for _name in ("TripletMarginLoss", "TripletMarginWithDistanceLoss"):
    _add(_name, inputs=((3, 4), (3, 4), (3, 4)))
_add("LinearCrossEntropyLoss", 4, 5, inputs=((3, 4), ("index", (3,), 5)))
_add("AdaptiveLogSoftmaxWithLoss", 16, 20, [5, 10], inputs=((7, 16), ("index", (7,), 20)))


# ----- Running one -----


def _draw(spec: Any, rng: np.random.Generator) -> np.ndarray:
    kind, shape, *rest = spec if isinstance(spec[0], str) else ("normal", spec)
    if kind == "index":
        return rng.integers(0, rest[0], shape)
    if kind == "sign":
        return np.sign(rng.standard_normal(shape)).astype(np.float32)
    if "fraction" in kind:
        return rng.uniform(0.1, 0.9, shape).astype(np.float32)
    return rng.standard_normal(shape).astype(np.float32)


def _tensors(given: Any) -> list[Any]:
    if hasattr(given, "dtype"):
        return [given]
    return [] if given is None else [t for g in given for t in _tensors(g)]


def _short(tensor: Any) -> list[Any]:
    """Shape, dtype, a weighted sum and the first values: enough to tell a wrong result from a right one."""
    values = tensor.detach().double().reshape(-1).numpy()
    weighted = float((values * np.cos(np.arange(values.size))).sum())
    return [list(tensor.shape), str(tensor.dtype), *[float(f"{v:.6g}") for v in (weighted, *values[:3])]]


def _run(torch: Any, case: Case, training: bool) -> dict[str, Any]:
    rng = np.random.default_rng(0)
    torch.manual_seed(1)
    layer = getattr(torch.nn, case.name)(*case.args, **case.kwargs).train(training)
    given = [(spec, torch.tensor(_draw(spec, rng))) for spec in case.inputs]
    inputs = [x.requires_grad_(not isinstance(spec[0], str)) for spec, x in given]
    outputs = _tensors(layer(*[x * 1 if case.kwargs.get("inplace") else x for x in inputs]))
    wanted = [o for o in outputs if o.requires_grad]
    if wanted:
        sum((o * o).sum() for o in wanted).backward()
    grads = [x.grad for x in inputs] + [p.grad for p in layer.parameters()]
    return {
        "outputs": [_short(o) for o in outputs],
        "grads": [None if g is None else _short(g) for g in grads],
        "state": {k: _short(v) for k, v in layer.state_dict().items() if "running" in k or "num_batches" in k},
        "repr": repr(layer),
    }


def observe(torch: Any, case: Case) -> dict[str, Any]:
    """What a layer does: its repr and parameters, and a run in training and in evaluation."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torch.manual_seed(1)
        layer = getattr(torch.nn, case.name)(*case.args, **case.kwargs)
        drawn = {} if "Lazy" in case.name else {k: Session.digest(v) for k, v in layer.state_dict().items()}
        return {"repr": repr(layer), "drawn": drawn, "train": _run(torch, case, True), "eval": _run(torch, case, False)}


def close(found: Any, expected: Any) -> bool:
    """Whether two observations agree, numbers within a tolerance."""
    if isinstance(expected, dict):
        return found.keys() == expected.keys() and all(close(found[k], expected[k]) for k in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(close(a, b) for a, b in zip(found, expected, strict=True))
    if isinstance(expected, float):
        return math.isclose(found, expected, rel_tol=2e-4, abs_tol=2e-4) or (found != found and expected != expected)
    return found == expected
