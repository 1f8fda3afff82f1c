"""`torch.optim`: optimizers and learning-rate schedules."""

from jaxtorch.optim.adam import Adam as Adam
from jaxtorch.optim.adamw import AdamW as AdamW
from jaxtorch.optim.optimizer import Optimizer as Optimizer
from jaxtorch.optim.rmsprop import RMSprop as RMSprop
from jaxtorch.optim.sgd import SGD as SGD
