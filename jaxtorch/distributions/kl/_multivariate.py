"""Divergences between multivariate normal distributions, with full and with low-rank covariances."""

from __future__ import annotations

from typing import Any

from jaxtorch._root import torch
from jaxtorch.distributions.kl.registry import register_kl
from jaxtorch.distributions.lowrank_multivariate_normal import (
    LowRankMultivariateNormal,
    _batch_lowrank_logdet,
    _batch_lowrank_mahalanobis,
)
from jaxtorch.distributions.multivariate_normal import MultivariateNormal, _batch_mahalanobis


def _require_equal_events(p: Any, q: Any, what: str) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(
            f"KL-divergence between two {what} with                          different event shapes cannot be computed"
        )


def _batch_trace_XXT(matrix: Any) -> Any:
    flat = matrix.reshape(-1, matrix.size(-2) * matrix.size(-1))
    return flat.pow(2).sum(-1).reshape(matrix.shape[:-2])


def _log_diagonal(factor: Any) -> Any:
    return factor.diagonal(dim1=-2, dim2=-1).log().sum(-1)


def _lowrank_logdet(d: Any) -> Any:
    return _batch_lowrank_logdet(d._unbroadcasted_cov_factor, d._unbroadcasted_cov_diag, d._capacitance_tril)


def _lowrank_distance(q: Any, x: Any) -> Any:
    return _batch_lowrank_mahalanobis(q._unbroadcasted_cov_factor, q._unbroadcasted_cov_diag, x, q._capacitance_tril)


def _woodbury_half(q: Any) -> Any:
    """A with (W W^T + D)^-1 = D^-1 - A^T A."""
    weighted = q._unbroadcasted_cov_factor.mT / q._unbroadcasted_cov_diag.unsqueeze(-2)
    return torch.linalg.solve_triangular(q._capacitance_tril, weighted, upper=False)


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _kl_lowrankmultivariatenormal_lowrankmultivariatenormal(p: Any, q: Any) -> Any:
    _require_equal_events(p, q, "Low Rank Multivariate Normals")
    term1 = _lowrank_logdet(q) - _lowrank_logdet(p)
    term3 = _lowrank_distance(q, q.loc - p.loc)
    a = _woodbury_half(q)
    p_factor, p_diag, q_diag = p._unbroadcasted_cov_factor, p._unbroadcasted_cov_diag, q._unbroadcasted_cov_diag
    term21 = (p_diag / q_diag).sum(-1)
    term22 = _batch_trace_XXT(p_factor * q_diag.rsqrt().unsqueeze(-1))
    term23 = _batch_trace_XXT(a * p_diag.sqrt().unsqueeze(-2))
    term24 = _batch_trace_XXT(a.matmul(p_factor))
    term2 = term21 + term22 - term23 - term24
    return 0.5 * (term1 + term2 + term3 - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _kl_multivariatenormal_lowrankmultivariatenormal(p: Any, q: Any) -> Any:
    _require_equal_events(p, q, "(Low Rank) Multivariate Normals")
    p_factor = p._unbroadcasted_scale_tril
    term1 = _lowrank_logdet(q) - 2 * _log_diagonal(p_factor)
    term3 = _lowrank_distance(q, q.loc - p.loc)
    term21 = _batch_trace_XXT(p_factor * q._unbroadcasted_cov_diag.rsqrt().unsqueeze(-1))
    term2 = term21 - _batch_trace_XXT(_woodbury_half(q).matmul(p_factor))
    return 0.5 * (term1 + term2 + term3 - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _kl_lowrankmultivariatenormal_multivariatenormal(p: Any, q: Any) -> Any:
    _require_equal_events(p, q, "(Low Rank) Multivariate Normals")
    q_factor = q._unbroadcasted_scale_tril
    term1 = 2 * _log_diagonal(q_factor) - _lowrank_logdet(p)
    term3 = _batch_mahalanobis(q_factor, q.loc - p.loc)
    batch = torch.broadcast_shapes(q_factor.shape[:-2], p._unbroadcasted_cov_factor.shape[:-2])
    n = p.event_shape[0]
    q_factor = q_factor.expand(batch + (n, n))
    p_factor = p._unbroadcasted_cov_factor.expand(batch + (n, p.cov_factor.size(-1)))
    p_diag = torch.diag_embed(p._unbroadcasted_cov_diag.sqrt()).expand(batch + (n, n))
    term21 = _batch_trace_XXT(torch.linalg.solve_triangular(q_factor, p_factor, upper=False))
    term22 = _batch_trace_XXT(torch.linalg.solve_triangular(q_factor, p_diag, upper=False))
    return 0.5 * (term1 + (term21 + term22) + term3 - n)


@register_kl(MultivariateNormal, MultivariateNormal)
def _kl_multivariatenormal_multivariatenormal(p: Any, q: Any) -> Any:
    _require_equal_events(p, q, "Multivariate Normals")
    p_factor, q_factor = p._unbroadcasted_scale_tril, q._unbroadcasted_scale_tril
    half_term1 = _log_diagonal(q_factor) - _log_diagonal(p_factor)
    batch = torch.broadcast_shapes(q_factor.shape[:-2], p_factor.shape[:-2])
    n = p.event_shape[0]
    whole_p, whole_q = p_factor.expand(batch + (n, n)), q_factor.expand(batch + (n, n))
    term2 = _batch_trace_XXT(torch.linalg.solve_triangular(whole_q, whole_p, upper=False))
    term3 = _batch_mahalanobis(q_factor, q.loc - p.loc)
    return half_term1 + 0.5 * (term2 + term3 - n)
