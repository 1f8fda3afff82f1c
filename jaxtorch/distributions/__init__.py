"""`torch.distributions`: distributions, constraints, transforms, divergences."""

from jaxtorch.distributions import constraint_registry as constraint_registry
from jaxtorch.distributions import constraints as constraints
from jaxtorch.distributions import kl as kl
from jaxtorch.distributions import transforms as transforms
from jaxtorch.distributions import utils as utils
from jaxtorch.distributions.bernoulli import Bernoulli as Bernoulli
from jaxtorch.distributions.beta import Beta as Beta
from jaxtorch.distributions.binomial import Binomial as Binomial
from jaxtorch.distributions.categorical import Categorical as Categorical
from jaxtorch.distributions.cauchy import Cauchy as Cauchy
from jaxtorch.distributions.chi2 import Chi2 as Chi2
from jaxtorch.distributions.constraint_registry import biject_to as biject_to
from jaxtorch.distributions.constraint_registry import transform_to as transform_to
from jaxtorch.distributions.continuous_bernoulli import ContinuousBernoulli as ContinuousBernoulli
from jaxtorch.distributions.dirichlet import Dirichlet as Dirichlet
from jaxtorch.distributions.distribution import Distribution as Distribution
from jaxtorch.distributions.exp_family import ExponentialFamily as ExponentialFamily
from jaxtorch.distributions.exponential import Exponential as Exponential
from jaxtorch.distributions.fishersnedecor import FisherSnedecor as FisherSnedecor
from jaxtorch.distributions.gamma import Gamma as Gamma
from jaxtorch.distributions.generalized_pareto import GeneralizedPareto as GeneralizedPareto
from jaxtorch.distributions.geometric import Geometric as Geometric
from jaxtorch.distributions.gumbel import Gumbel as Gumbel
from jaxtorch.distributions.half_cauchy import HalfCauchy as HalfCauchy
from jaxtorch.distributions.half_normal import HalfNormal as HalfNormal
from jaxtorch.distributions.independent import Independent as Independent
from jaxtorch.distributions.inverse_gamma import InverseGamma as InverseGamma
from jaxtorch.distributions.kl import kl_divergence as kl_divergence
from jaxtorch.distributions.kl import register_kl as register_kl
from jaxtorch.distributions.kumaraswamy import Kumaraswamy as Kumaraswamy
from jaxtorch.distributions.laplace import Laplace as Laplace
from jaxtorch.distributions.lkj_cholesky import LKJCholesky as LKJCholesky
from jaxtorch.distributions.log_normal import LogNormal as LogNormal
from jaxtorch.distributions.logistic_normal import LogisticNormal as LogisticNormal
from jaxtorch.distributions.lowrank_multivariate_normal import LowRankMultivariateNormal as LowRankMultivariateNormal
from jaxtorch.distributions.mixture_same_family import MixtureSameFamily as MixtureSameFamily
from jaxtorch.distributions.multinomial import Multinomial as Multinomial
from jaxtorch.distributions.multivariate_normal import MultivariateNormal as MultivariateNormal
from jaxtorch.distributions.negative_binomial import NegativeBinomial as NegativeBinomial
from jaxtorch.distributions.normal import Normal as Normal
from jaxtorch.distributions.one_hot_categorical import OneHotCategorical as OneHotCategorical
from jaxtorch.distributions.one_hot_categorical import (
    OneHotCategoricalStraightThrough as OneHotCategoricalStraightThrough,
)
from jaxtorch.distributions.pareto import Pareto as Pareto
from jaxtorch.distributions.poisson import Poisson as Poisson
from jaxtorch.distributions.relaxed_bernoulli import RelaxedBernoulli as RelaxedBernoulli
from jaxtorch.distributions.relaxed_categorical import RelaxedOneHotCategorical as RelaxedOneHotCategorical
from jaxtorch.distributions.studentT import StudentT as StudentT
from jaxtorch.distributions.transformed_distribution import TransformedDistribution as TransformedDistribution
from jaxtorch.distributions.transforms import AbsTransform as AbsTransform
from jaxtorch.distributions.transforms import AffineTransform as AffineTransform
from jaxtorch.distributions.transforms import CatTransform as CatTransform
from jaxtorch.distributions.transforms import ComposeTransform as ComposeTransform
from jaxtorch.distributions.transforms import CorrCholeskyTransform as CorrCholeskyTransform
from jaxtorch.distributions.transforms import CumulativeDistributionTransform as CumulativeDistributionTransform
from jaxtorch.distributions.transforms import ExpTransform as ExpTransform
from jaxtorch.distributions.transforms import IndependentTransform as IndependentTransform
from jaxtorch.distributions.transforms import LowerCholeskyTransform as LowerCholeskyTransform
from jaxtorch.distributions.transforms import PositiveDefiniteTransform as PositiveDefiniteTransform
from jaxtorch.distributions.transforms import PowerTransform as PowerTransform
from jaxtorch.distributions.transforms import ReshapeTransform as ReshapeTransform
from jaxtorch.distributions.transforms import SigmoidTransform as SigmoidTransform
from jaxtorch.distributions.transforms import SoftmaxTransform as SoftmaxTransform
from jaxtorch.distributions.transforms import SoftplusTransform as SoftplusTransform
from jaxtorch.distributions.transforms import StackTransform as StackTransform
from jaxtorch.distributions.transforms import StickBreakingTransform as StickBreakingTransform
from jaxtorch.distributions.transforms import TanhTransform as TanhTransform
from jaxtorch.distributions.transforms import Transform as Transform
from jaxtorch.distributions.transforms import identity_transform as identity_transform
from jaxtorch.distributions.uniform import Uniform as Uniform
from jaxtorch.distributions.von_mises import VonMises as VonMises
from jaxtorch.distributions.weibull import Weibull as Weibull
from jaxtorch.distributions.wishart import Wishart as Wishart

__all__ = [
    "AbsTransform",
    "AffineTransform",
    "Bernoulli",
    "Beta",
    "Binomial",
    "CatTransform",
    "Categorical",
    "Cauchy",
    "Chi2",
    "ComposeTransform",
    "ContinuousBernoulli",
    "CorrCholeskyTransform",
    "CumulativeDistributionTransform",
    "Dirichlet",
    "Distribution",
    "ExpTransform",
    "Exponential",
    "ExponentialFamily",
    "FisherSnedecor",
    "Gamma",
    "GeneralizedPareto",
    "Geometric",
    "Gumbel",
    "HalfCauchy",
    "HalfNormal",
    "Independent",
    "IndependentTransform",
    "InverseGamma",
    "Kumaraswamy",
    "LKJCholesky",
    "Laplace",
    "LogNormal",
    "LogisticNormal",
    "LowRankMultivariateNormal",
    "LowerCholeskyTransform",
    "MixtureSameFamily",
    "Multinomial",
    "MultivariateNormal",
    "NegativeBinomial",
    "Normal",
    "OneHotCategorical",
    "OneHotCategoricalStraightThrough",
    "Pareto",
    "Poisson",
    "PositiveDefiniteTransform",
    "PowerTransform",
    "RelaxedBernoulli",
    "RelaxedOneHotCategorical",
    "ReshapeTransform",
    "SigmoidTransform",
    "SoftmaxTransform",
    "SoftplusTransform",
    "StackTransform",
    "StickBreakingTransform",
    "StudentT",
    "TanhTransform",
    "Transform",
    "TransformedDistribution",
    "Uniform",
    "VonMises",
    "Weibull",
    "Wishart",
    "biject_to",
    "identity_transform",
    "kl_divergence",
    "register_kl",
    "transform_to",
]
