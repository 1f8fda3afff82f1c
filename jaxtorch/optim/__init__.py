"""`torch.optim`: optimizers and learning-rate schedules."""

from jaxtorch.optim import lr_scheduler as lr_scheduler
from jaxtorch.optim import swa_utils as swa_utils
from jaxtorch.optim._adafactor import Adafactor as Adafactor
from jaxtorch.optim._muon import Muon as Muon
from jaxtorch.optim._stateless import swap_in_optimizer_params_and_state as swap_in_optimizer_params_and_state
from jaxtorch.optim.adadelta import Adadelta as Adadelta
from jaxtorch.optim.adagrad import Adagrad as Adagrad
from jaxtorch.optim.adam import Adam as Adam
from jaxtorch.optim.adamax import Adamax as Adamax
from jaxtorch.optim.adamw import AdamW as AdamW
from jaxtorch.optim.asgd import ASGD as ASGD
from jaxtorch.optim.lbfgs import LBFGS as LBFGS
from jaxtorch.optim.nadam import NAdam as NAdam
from jaxtorch.optim.optimizer import Optimizer as Optimizer
from jaxtorch.optim.radam import RAdam as RAdam
from jaxtorch.optim.rmsprop import RMSprop as RMSprop
from jaxtorch.optim.rprop import Rprop as Rprop
from jaxtorch.optim.sgd import SGD as SGD
from jaxtorch.optim.sparse_adam import SparseAdam as SparseAdam

# Where PyTorch, and so a pickle, says they are.
for _moved in (Adafactor, Muon, swap_in_optimizer_params_and_state):
    _moved.__module__ = "jaxtorch.optim"
del _moved
