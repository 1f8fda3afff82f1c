"""Distributions, transforms and divergences, run alike by PyTorch (to record) and jaxtorch (to check).

`compat/record_distributions.py` writes what PyTorch gives to recorded.json; the tests hold jaxtorch against it.
"""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("recorded.json")

# Lists become tensors that require grad, numbers stay numbers.
SIMPLE: list[tuple[str, dict[str, Any]]] = [
    ("Bernoulli", {"probs": [0.2, 0.5, 0.9]}),
    ("Bernoulli", {"logits": [[-1.0], [0.5]]}),
    ("Bernoulli", {"probs": 0.3}),
    ("Beta", {"concentration1": [0.5, 2.0, 9.0], "concentration0": [0.7, 1.0, 12.0]}),
    ("Beta", {"concentration1": 2.0, "concentration0": 3.0}),
    ("Binomial", {"total_count": 5, "probs": [0.2, 0.5]}),
    ("Binomial", {"total_count": [3.0, 7.0], "logits": [0.3, -0.4]}),
    ("Categorical", {"probs": [[0.1, 0.2, 0.7], [3.0, 1.0, 1.0]]}),
    ("Categorical", {"logits": [0.1, 0.2, -0.7]}),
    ("Cauchy", {"loc": [0.0, 1.0], "scale": [1.0, 2.5]}),
    ("Chi2", {"df": [0.5, 3.0]}),
    ("ContinuousBernoulli", {"probs": [0.2, 0.4995, 0.8]}),
    ("ContinuousBernoulli", {"logits": [0.7, -1.0]}),
    ("Dirichlet", {"concentration": [[0.5, 0.5, 0.3], [3.0, 2.0, 10.0]]}),
    ("Exponential", {"rate": [0.5, 2.0]}),
    ("FisherSnedecor", {"df1": [3.0, 1.0], "df2": [5.0, 1.5]}),
    ("Gamma", {"concentration": [0.4, 1.0, 20.0], "rate": [1.0, 0.5, 3.0]}),
    ("GeneralizedPareto", {"loc": [0.0, 1.0, 0.5], "scale": [1.0, 2.0, 0.5], "concentration": [0.3, -0.4, 0.0]}),
    ("Geometric", {"probs": [0.3, 0.9]}),
    ("Geometric", {"logits": [0.3, -0.9]}),
    ("Gumbel", {"loc": [0.0, 1.0], "scale": [1.0, 2.5]}),
    ("Gumbel", {"loc": 0.5, "scale": 2.0}),
    ("HalfCauchy", {"scale": [1.0, 2.5]}),
    ("HalfNormal", {"scale": [1.0, 2.5]}),
    ("InverseGamma", {"concentration": [1.5, 3.0], "rate": [1.0, 2.0]}),
    ("Kumaraswamy", {"concentration1": [0.5, 2.0], "concentration0": [2.0, 3.0]}),
    ("LKJCholesky", {"dim": 3, "concentration": [0.5, 2.0]}),
    ("LKJCholesky", {"dim": 4}),
    ("Laplace", {"loc": [0.0, 1.0], "scale": [1.0, 2.5]}),
    ("LogNormal", {"loc": [0.0, 1.0], "scale": [1.0, 0.5]}),
    ("LogisticNormal", {"loc": [0.0, 1.0], "scale": [1.0, 0.5]}),
    (
        "LowRankMultivariateNormal",
        {"loc": [1.0, 2.0, 3.0], "cov_factor": [[0.5], [1.0], [-0.3]], "cov_diag": [1.0, 0.5, 2.0]},
    ),
    ("Multinomial", {"total_count": 6, "probs": [[0.1, 0.2, 0.7], [3.0, 1.0, 1.0]]}),
    ("Multinomial", {"total_count": 3, "logits": [0.1, 0.2, -0.7]}),
    ("MultivariateNormal", {"loc": [1.0, 2.0], "covariance_matrix": [[2.0, 0.5], [0.5, 1.0]]}),
    ("MultivariateNormal", {"loc": [[1.0, 2.0], [0.0, 1.0]], "scale_tril": [[2.0, 0.0], [0.5, 1.0]]}),
    ("MultivariateNormal", {"loc": [1.0, 2.0], "precision_matrix": [[2.0, 0.5], [0.5, 1.0]]}),
    ("NegativeBinomial", {"total_count": 5, "probs": [0.2, 0.5]}),
    ("NegativeBinomial", {"total_count": [3.0, 7.5], "logits": [0.3, -0.4]}),
    ("Normal", {"loc": [0.0, 1.0], "scale": [1.0, 2.5]}),
    ("Normal", {"loc": 0.5, "scale": 2.0}),
    ("Normal", {"loc": [[0.5], [1.0]], "scale": [1.0, 2.0, 3.0]}),
    ("OneHotCategorical", {"probs": [[0.1, 0.2, 0.7], [3.0, 1.0, 1.0]]}),
    ("OneHotCategoricalStraightThrough", {"logits": [0.1, 0.2, -0.7]}),
    ("Pareto", {"scale": [1.0, 2.0], "alpha": [1.5, 3.0]}),
    ("Poisson", {"rate": [0.5, 4.0, 30.0]}),
    ("RelaxedBernoulli", {"temperature": [0.5], "probs": [0.2, 0.6]}),
    ("RelaxedBernoulli", {"temperature": [2.0], "logits": [0.2, -0.6]}),
    ("RelaxedOneHotCategorical", {"temperature": [0.5], "probs": [[0.1, 0.2, 0.7], [0.6, 0.2, 0.2]]}),
    ("StudentT", {"df": [1.0, 1.5, 3.0], "loc": [0.0, 0.5, 1.0], "scale": [1.0, 2.0, 0.5]}),
    ("StudentT", {"df": 3.0}),
    ("Uniform", {"low": [0.0, -1.0], "high": [1.0, 2.5]}),
    ("VonMises", {"loc": [0.0, 1.0], "concentration": [0.5, 4.0]}),
    ("Weibull", {"scale": [1.0, 2.0], "concentration": [1.5, 3.0]}),
    ("Wishart", {"df": [4.0], "covariance_matrix": [[2.0, 0.5], [0.5, 1.0]]}),
    ("Wishart", {"df": 3.0, "scale_tril": [[2.0, 0.0], [0.5, 1.0]]}),
    ("Wishart", {"df": 5, "precision_matrix": [[2.0, 0.5], [0.5, 1.0]]}),
]


def _shifted(torch: Any, base: Any) -> Any:
    t = torch.distributions.transforms
    return torch.distributions.TransformedDistribution(base, [t.AffineTransform(1.0, -2.0), t.TanhTransform()])


NESTED: dict[str, Any] = {
    "Independent": lambda torch, d: d.Independent(d.Normal(torch.zeros(2, 3), torch.ones(3)), 1),
    "Independent of none": lambda torch, d: d.Independent(d.Bernoulli(torch.tensor([0.2, 0.7])), 0),
    "MixtureSameFamily": lambda torch, d: d.MixtureSameFamily(
        d.Categorical(torch.tensor([0.3, 0.7])), d.Normal(torch.tensor([0.0, 3.0]), torch.tensor([1.0, 0.5]))
    ),
    "MixtureSameFamily of vectors": lambda torch, d: d.MixtureSameFamily(
        d.Categorical(torch.ones(2, 3)),
        d.Independent(d.Normal(torch.arange(12.0).reshape(2, 3, 2), torch.ones(2, 3, 2)), 1),
    ),
    "TransformedDistribution": lambda torch, d: _shifted(torch, d.Normal(torch.zeros(2), torch.ones(2))),
    "TransformedDistribution of none": lambda torch, d: d.TransformedDistribution(d.Gumbel(0.0, 1.0), []),
    "CumulativeDistributionTransform": lambda torch, d: d.TransformedDistribution(
        d.Uniform(torch.tensor([0.0]), 1.0), [d.CumulativeDistributionTransform(d.Normal(0.0, 1.0)).inv]
    ),
}

STATISTICS = (
    "mean",
    "mode",
    "variance",
    "stddev",
    "entropy",
    "perplexity",
    "support",
    "has_rsample",
    "arg_constraints",
)

FAILING: dict[str, Any] = {
    "parameter": lambda torch, d: d.Normal(torch.zeros(2), torch.tensor([1.0, -1.0])),
    "nan": lambda torch, d: d.Normal(torch.tensor([0.0, float("nan")]), 1.0),
    "second parameter": lambda torch, d: d.Beta(torch.tensor([1.0]), torch.tensor([0.0])),
    "interval": lambda torch, d: d.Uniform(torch.tensor([1.0, 3.0]), torch.tensor([2.0, 2.0])),
    "simplex": lambda torch, d: d.Categorical(torch.tensor([-1.0, 3.0])),
    "zero": lambda torch, d: d.Geometric(torch.tensor([0.5, 0.0])),
    "both": lambda torch, d: d.Bernoulli(torch.tensor(0.5), torch.tensor(0.5)),
    "neither": lambda torch, d: d.Categorical(),
    "dimension": lambda torch, d: d.Categorical(torch.tensor(1.0)),
    "one matrix": lambda torch, d: d.MultivariateNormal(torch.zeros(2)),
    "positive definite": lambda torch, d: d.MultivariateNormal(torch.zeros(2), -torch.eye(2)),
    "not symmetric": lambda torch, d: d.MultivariateNormal(torch.zeros(2), torch.tensor([[1.0, 2.0], [0.0, 1.0]])),
    "value": lambda torch, d: d.Exponential(torch.tensor([1.0])).log_prob(torch.tensor([-1.0])),
    "value's type": lambda torch, d: d.Normal(0.0, 1.0).log_prob(1.0),
    "value's shape": lambda torch, d: d.Normal(torch.zeros(2), 1.0).log_prob(torch.zeros(3)),
    "event's shape": lambda torch, d: d.Dirichlet(torch.ones(3)).log_prob(torch.ones(2)),
    "integer": lambda torch, d: d.Poisson(1.0).log_prob(torch.tensor(0.5)),
    "category": lambda torch, d: d.Categorical(torch.ones(3)).log_prob(torch.tensor(3)),
    "not implemented": lambda torch, d: d.Poisson(1.0).rsample(),
    "no mode": lambda torch, d: d.Multinomial(2, torch.ones(2)).mode,
    "no tensors": lambda torch, d: d.Normal("a", 1.0),
    "dims": lambda torch, d: d.Independent(d.Normal(0.0, 1.0), 1),
    "mixture": lambda torch, d: d.MixtureSameFamily(d.Normal(0.0, 1.0), d.Normal(0.0, 1.0)),
    "components": lambda torch, d: d.MixtureSameFamily(d.Categorical(torch.ones(2)), d.Normal(torch.zeros(3), 1.0)),
    "transforms": lambda torch, d: d.TransformedDistribution(d.Normal(0.0, 1.0), 3),
    "inhomogeneous": lambda torch, d: d.Binomial(torch.tensor([1, 2]), torch.tensor(0.5)).enumerate_support(),
    "no divergence": lambda torch, d: d.kl_divergence(d.Weibull(1.0, 1.0), d.Cauchy(1.0, 1.0)),
    "cache": lambda torch, d: d.ExpTransform(cache_size=2),
    "no transform": lambda torch, d: d.biject_to(d.constraints.symmetric),
    "dependent": lambda torch, d: d.constraints.dependent.event_dim,
    "subclass": lambda torch, d: type("Mine", (d.Normal,), {"__init__": lambda self: None})().expand((2,)),
    "validation": lambda torch, d: d.Distribution.set_default_validate_args(3),
    "triangle": lambda torch, d: d.utils.vec_to_tril_matrix(torch.ones(4)),
    "diagonal": lambda torch, d: d.utils.tril_matrix_to_vec(torch.ones(3, 3), 5),
    "reshape": lambda torch, d: d.ReshapeTransform((2,), (3,)),
    "low rank": lambda torch, d: d.LowRankMultivariateNormal(torch.zeros(2), torch.ones(3, 1), torch.ones(2)),
    "df": lambda torch, d: d.Wishart(torch.tensor(0.5), torch.eye(2)),
}

DIVERGENCES: dict[str, Any] = {
    "Bernoulli": lambda t, d: d.Bernoulli(t([0.2, 0.6])),
    "Beta": lambda t, d: d.Beta(t([0.5, 2.0]), t([1.5, 3.0])),
    "Binomial": lambda t, d: d.Binomial(4, t([0.2, 0.6])),
    "Categorical": lambda t, d: d.Categorical(t([0.2, 0.6, 0.2])),
    "Cauchy": lambda t, d: d.Cauchy(t([0.5, 2.0]), t([1.5, 3.0])),
    "Chi2": lambda t, d: d.Chi2(t([0.5, 2.0])),
    "ContinuousBernoulli": lambda t, d: d.ContinuousBernoulli(t([0.2, 0.6])),
    "Dirichlet": lambda t, d: d.Dirichlet(t([0.2, 1.6, 3.0])),
    "Exponential": lambda t, d: d.Exponential(t([0.5, 2.0])),
    "Gamma": lambda t, d: d.Gamma(t([0.5, 2.0]), t([1.5, 3.0])),
    "Geometric": lambda t, d: d.Geometric(t([0.2, 0.6])),
    "Gumbel": lambda t, d: d.Gumbel(t([0.5, 2.0]), t([1.5, 3.0])),
    "HalfNormal": lambda t, d: d.HalfNormal(t([0.5, 2.0])),
    "Independent": lambda t, d: d.Independent(d.Normal(t([0.5, 2.0]), t([1.5, 3.0])), 1),
    "Laplace": lambda t, d: d.Laplace(t([0.5, 2.0]), t([1.5, 3.0])),
    "LogNormal": lambda t, d: d.LogNormal(t([0.5, 2.0]), t([1.5, 3.0])),
    "LowRankMultivariateNormal": lambda t, d: d.LowRankMultivariateNormal(
        t([0.5, 1.0]), t([[0.2], [0.6]]), t([1, 2.0])
    ),
    "MultivariateNormal": lambda t, d: d.MultivariateNormal(t([0.5, 2.0]), t([[2.0, 0.3], [0.3, 1.0]])),
    "Normal": lambda t, d: d.Normal(t([0.5, 2.0]), t([1.5, 3.0])),
    "OneHotCategorical": lambda t, d: d.OneHotCategorical(t([0.2, 0.6, 0.2])),
    "Pareto": lambda t, d: d.Pareto(t([0.5, 2.0]), t([1.5, 3.0])),
    "Poisson": lambda t, d: d.Poisson(t([0.5, 2.0])),
    "Uniform": lambda t, d: d.Uniform(t([0.1, 0.3]), t([0.5, 2.0])),
    "Wishart": lambda t, d: d.Wishart(t([3.0]), t([[2.0, 0.3], [0.3, 1.0]])),
}

TRANSFORMS: dict[str, Any] = {
    "Abs": lambda t, d: (d.AbsTransform(), t([-1.0, 0.5, 2.0])),
    "Affine": lambda t, d: (d.AffineTransform(t([1.0, 2.0]), t([-0.5, 3.0])), t([0.5, 2.0])),
    "Affine event": lambda t, d: (d.AffineTransform(t([1.0, 2.0]), t([-0.5, 3.0]), 1), t([[0.5, 2.0], [1.0, 0.0]])),
    "Affine numbers": lambda t, d: (d.AffineTransform(1.0, -2.0), t([0.5, 2.0])),
    "Cat": lambda t, d: (d.CatTransform([d.ExpTransform(), d.TanhTransform()], 0, [1, 2]), t([0.5, 0.2, -0.3])),
    "Compose": lambda t, d: (d.ComposeTransform([d.AffineTransform(0.0, 2.0), d.SigmoidTransform()]), t([0.5, -1.0])),
    "CorrCholesky": lambda t, d: (d.CorrCholeskyTransform(), t([[0.5, -0.2, 0.3], [0.0, 1.0, -2.0]])),
    "Cdf": lambda t, d: (d.CumulativeDistributionTransform(d.Normal(0.0, 2.0)), t([0.5, -1.0])),
    "Exp": lambda t, d: (d.ExpTransform(), t([0.5, -1.0])),
    "Exp inverse": lambda t, d: (d.ExpTransform().inv, t([0.5, 1.0])),
    "Independent": lambda t, d: (d.IndependentTransform(d.ExpTransform(), 1), t([[0.5, -1.0]])),
    "LowerCholesky": lambda t, d: (d.LowerCholeskyTransform(), t([[0.5, 9.0], [0.3, -0.2]])),
    "PositiveDefinite": lambda t, d: (d.PositiveDefiniteTransform(), t([[0.5, 9.0], [0.3, -0.2]])),
    "Power": lambda t, d: (d.PowerTransform(t([2.0, -0.5])), t([0.5, 2.0])),
    "Reshape": lambda t, d: (d.ReshapeTransform((2, 2), (4,)), t([[[0.5, 1.0], [2.0, 3.0]]])),
    "Sigmoid": lambda t, d: (d.SigmoidTransform(), t([0.5, -100.0])),
    "Softmax": lambda t, d: (d.SoftmaxTransform(), t([[0.5, -1.0, 2.0]])),
    "Softplus": lambda t, d: (d.SoftplusTransform(), t([0.5, -1.0])),
    "Stack": lambda t, d: (d.StackTransform([d.ExpTransform(), d.TanhTransform()], 1), t([[0.5, 0.2], [0.1, 0.3]])),
    "StickBreaking": lambda t, d: (d.StickBreakingTransform(), t([[0.5, -1.0, 2.0]])),
    "Tanh": lambda t, d: (d.TanhTransform(cache_size=1), t([0.5, -1.0])),
}

CONSTRAINTS = (
    "real", "real_vector", "positive", "nonnegative", "unit_interval", "simplex", "lower_cholesky", "corr_cholesky",
    "positive_definite", "positive_semidefinite", "boolean", "nonnegative_integer", "positive_integer", "one_hot",
    "lower_triangular", "square", "symmetric",
)  # fmt: skip


def key(name: str, arguments: dict[str, Any]) -> str:
    """The id of a simple case."""
    return f"{name}({', '.join(f'{k}={v}' for k, v in arguments.items())})"


def show(x: Any) -> Any:
    """A result as JSON: a tensor by dtype, shape and numbers, all else by its repr."""
    if hasattr(x, "dtype"):
        numbers = x.detach().reshape(-1).tolist()
        return [str(x.dtype), list(x.shape), [float(n) for n in numbers]]
    if isinstance(x, dict):
        return {k: show(v) for k, v in x.items()}
    return repr(x).replace("jaxtorch.", "torch.")


def attempt(run: Any) -> Any:
    """What a call gives, or the exception it ends in."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return show(run())
    except Exception as error:
        return f"{type(error).__name__}: {error}".replace("jaxtorch.", "torch.")


def _with_gradients(torch: Any, result: Any, leaves: dict[str, Any]) -> dict[str, Any]:
    seen = {"value": result}
    if leaves and getattr(result, "requires_grad", False):
        weights = torch.arange(1.0, result.numel() + 1).reshape(result.shape).to(result.dtype)
        loss = (result * weights).sum()
        gradients = torch.autograd.grad(loss, list(leaves.values()), retain_graph=True, allow_unused=True)
        seen |= {f"by {name}": g for name, g in zip(leaves, gradients, strict=True)}
    return seen


def observe(torch: Any, make: Any, leaves: dict[str, Any]) -> dict[str, Any]:
    """Everything about one distribution."""
    d = make()
    seen = {"repr": repr(d), "batch": list(d.batch_shape), "event": list(d.event_shape)}
    for name in STATISTICS:

        def read(name: str = name) -> Any:
            found = getattr(d, name)
            return found() if name in ("entropy", "perplexity") else found

        seen[name] = attempt(lambda read=read: _with_gradients(torch, read(), leaves))
    torch.manual_seed(7)
    for label, shape in (("sample", ()), ("samples", (2, 3))):
        seen[label] = attempt(lambda shape=shape: d.sample(shape))
    if d.has_rsample:
        # PyTorch writes over the mask that Wishart's samples need for backward.
        by = {} if type(d).__name__ == "Wishart" else leaves
        seen["rsample"] = attempt(lambda: _with_gradients(torch, d.rsample((2,)), by))
    torch.manual_seed(3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Wishart's, of singular samples
        value = d.sample((2,))
    seen["log_prob"] = attempt(lambda: _with_gradients(torch, d.log_prob(value), leaves))
    seen["cdf"] = attempt(lambda: _with_gradients(torch, d.cdf(value), leaves))
    probabilities = torch.full((2, *d.batch_shape), 0.3)
    seen["icdf"] = attempt(lambda: _with_gradients(torch, d.icdf(probabilities), leaves))
    seen["enumerate"] = attempt(lambda: d.enumerate_support())
    seen["enumerate unexpanded"] = attempt(lambda: d.enumerate_support(expand=False))
    seen["expand"] = attempt(lambda: _expanded(torch, d))
    return seen


def _expanded(torch: Any, d: Any) -> dict[str, Any]:
    wide = d.expand((2, *d.batch_shape))
    torch.manual_seed(5)
    sample = wide.sample()
    return {"repr": repr(wide), "batch": list(wide.batch_shape), "sample": sample, "log_prob": wide.log_prob(sample)}


def run_simple(torch: Any, name: str, arguments: dict[str, Any]) -> dict[str, Any]:
    """Observe a distribution by its class and arguments."""
    given = {k: torch.tensor(v, requires_grad=True) if isinstance(v, list) else v for k, v in arguments.items()}
    leaves = {k: v for k, v in given.items() if hasattr(v, "dtype")}
    return observe(torch, lambda: getattr(torch.distributions, name)(**given), leaves)


def run_nested(torch: Any, name: str) -> dict[str, Any]:
    """Observe a distribution made of others."""
    return observe(torch, lambda: NESTED[name](torch, torch.distributions), {})


def run_failing(torch: Any, name: str) -> Any:
    """The error of a call."""
    return attempt(lambda: FAILING[name](torch, torch.distributions))


def run_divergences(torch: Any, name: str) -> dict[str, Any]:
    """The divergence of one class from every class."""
    d, seen = torch.distributions, {}
    for other, make in DIVERGENCES.items():
        p = DIVERGENCES[name](lambda x: torch.tensor(x, requires_grad=True), d)
        q = make(lambda x: torch.tensor(x) * 1.25, d)
        found = attempt(lambda p=p, q=q: d.kl_divergence(p, q))
        if not (isinstance(found, str) and found.startswith("NotImplementedError: No KL")):
            seen[other] = found
    return seen


def run_transform(torch: Any, name: str) -> dict[str, Any]:
    """A transform forwards, backwards, and its Jacobian."""
    d = torch.distributions
    transform, x = TRANSFORMS[name](lambda v: torch.tensor(v, requires_grad=True), d)
    seen = {"repr": show(transform), "domain": show(transform.domain), "codomain": show(transform.codomain)}
    y = transform(x)
    seen["y"] = attempt(lambda: _with_gradients(torch, y, {"x": x}))
    seen["x"] = attempt(lambda: transform.inv(y.detach()))
    seen["change"] = attempt(lambda: _with_gradients(torch, transform.log_abs_det_jacobian(x, transform(x)), {"x": x}))
    seen["inverse change"] = attempt(lambda: transform.inv.log_abs_det_jacobian(y, x))
    for label, read in (
        ("sign", lambda: transform.sign),
        ("bijective", lambda: transform.bijective),
        ("event_dim", lambda: transform.event_dim),
        ("shape", lambda: tuple(transform.forward_shape(x.shape))),
        ("inverse shape", lambda: tuple(transform.inverse_shape(y.shape))),
        ("inverse", lambda: transform.inv),
        ("cached", lambda: transform.with_cache()),
        ("equal", lambda: transform == transform.with_cache(1) and transform.inv.inv is transform),
        ("in codomain", lambda: transform.codomain.check(y)),
    ):
        seen[label] = attempt(read)
    return seen


def run_constraint(torch: Any, name: str) -> dict[str, Any]:
    """A constraint's repr, and the transforms to it."""
    d = torch.distributions
    constraint = getattr(d.constraints, name)
    seen = {"repr": show(constraint), "event_dim": constraint.event_dim, "is_discrete": constraint.is_discrete}
    seen["biject_to"] = attempt(lambda: d.biject_to(constraint))
    seen["transform_to"] = attempt(lambda: d.transform_to(constraint))
    values = torch.tensor([[[1.0, 0.0], [0.5, 0.5]], [[0.0, 1.0], [1.0, -1.0]], [[0.2, 0.8], [0.8, 2.0]]])
    seen["check"] = attempt(lambda: constraint.check(values))
    return seen
