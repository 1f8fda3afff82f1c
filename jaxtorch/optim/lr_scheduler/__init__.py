"""`torch.optim.lr_scheduler`: schedules of the learning rate."""

from jaxtorch.optim.lr_scheduler.base import EPOCH_DEPRECATION_WARNING as EPOCH_DEPRECATION_WARNING
from jaxtorch.optim.lr_scheduler.base import LRScheduler as LRScheduler
from jaxtorch.optim.lr_scheduler.base import _LRScheduler as _LRScheduler
from jaxtorch.optim.lr_scheduler.composite import ChainedScheduler as ChainedScheduler
from jaxtorch.optim.lr_scheduler.composite import SequentialLR as SequentialLR
from jaxtorch.optim.lr_scheduler.cosine import CosineAnnealingLR as CosineAnnealingLR
from jaxtorch.optim.lr_scheduler.cosine import CosineAnnealingWarmRestarts as CosineAnnealingWarmRestarts
from jaxtorch.optim.lr_scheduler.cyclic import CyclicLR as CyclicLR
from jaxtorch.optim.lr_scheduler.lambdas import LambdaLR as LambdaLR
from jaxtorch.optim.lr_scheduler.lambdas import MultiplicativeLR as MultiplicativeLR
from jaxtorch.optim.lr_scheduler.linear import ConstantLR as ConstantLR
from jaxtorch.optim.lr_scheduler.linear import LinearLR as LinearLR
from jaxtorch.optim.lr_scheduler.linear import PolynomialLR as PolynomialLR
from jaxtorch.optim.lr_scheduler.one_cycle import OneCycleLR as OneCycleLR
from jaxtorch.optim.lr_scheduler.plateau import ReduceLROnPlateau as ReduceLROnPlateau
from jaxtorch.optim.lr_scheduler.steps import ExponentialLR as ExponentialLR
from jaxtorch.optim.lr_scheduler.steps import MultiStepLR as MultiStepLR
from jaxtorch.optim.lr_scheduler.steps import StepLR as StepLR

__all__ = [
    "LambdaLR",
    "MultiplicativeLR",
    "StepLR",
    "MultiStepLR",
    "ConstantLR",
    "LinearLR",
    "ExponentialLR",
    "SequentialLR",
    "CosineAnnealingLR",
    "ChainedScheduler",
    "ReduceLROnPlateau",
    "CyclicLR",
    "CosineAnnealingWarmRestarts",
    "OneCycleLR",
    "PolynomialLR",
    "LRScheduler",
]
