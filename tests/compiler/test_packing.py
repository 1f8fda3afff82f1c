"""Small arrays of a compiled training step go from one step to the next in one piece, which nobody sees."""

import pytest

import jaxtorch as torch
from jaxtorch import nn
from jaxtorch._engine.config import config
from jaxtorch._engine.value import Part
from tests.compiler.comparing import close

STEPS = 14
PACKED = "results that come back are packed"


@pytest.fixture(autouse=True)
def without_the_host(monkeypatch):
    monkeypatch.setattr(config, "host_times", 0)
    torch.compiler.reset()
    torch.engine.reset()
    yield
    torch.engine.flush()


class Training:
    """A model, an optimiser, and a step that may be compiled."""

    def __init__(self, compile, width=8):
        torch.manual_seed(0)
        self.model = nn.Sequential(
            nn.Linear(4, width), nn.BatchNorm1d(width), nn.Linear(width, width), nn.Tanh(), nn.Linear(width, 3)
        )
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=0.01)
        self.x, self.y = torch.randn(6, 4), torch.randint(0, 3, (6,))
        self.step = compile(self._step)

    def _step(self):
        self.optimizer.zero_grad()
        loss = nn.functional.cross_entropy(self.model(self.x), self.y)
        loss.backward()
        self.optimizer.step()
        return loss


def load(training, step):
    training.model.load_state_dict({k: v * 0.5 for k, v in training.model.state_dict().items()})


def read(training, step):
    return [p.detach().sum().item() for p in training.model.parameters()], training.model[0].weight.grad.tolist()


def evaluate(training, step):
    training.model.eval()
    with torch.no_grad():
        out = training.model(training.x).tolist()
    training.model.train()
    return out


def write_through_numpy(training, step):
    array = training.model[4].bias.detach().numpy()
    array[0] += 0.1
    return array.tolist()


def write(training, step):
    with torch.no_grad():
        training.model[0].bias[1] = step


def save(training, step):
    state = training.optimizer.state_dict()
    return {k: v["exp_avg"].tolist() for k, v in state["state"].items()}


def keep_gradients(training, step):
    training.__dict__.setdefault("kept", []).append(training.model[2].weight.grad)
    return [g.tolist() for g in training.kept[-3:]]


BETWEEN = {7: load, 8: read, 9: evaluate, 10: write_through_numpy, 11: write, 12: save}  # packed from 6 on


@pytest.mark.parametrize("width", [8, 70])  # the wide one's weights are donated
def test_steps_are_the_same(width):
    found = []
    for compile in (lambda f: f, torch.compile):
        training = Training(compile, width)
        rows = []
        for i in range(STEPS):
            loss = training.step().item()
            rows.append((loss, keep_gradients(training, i), BETWEEN.get(i, lambda training, step: None)(training, i)))
        found.append(rows)
        packed = torch.engine.explain().reasons.get(PACKED, 0)
        assert packed >= 1 if found[1:] else packed == 0  # eager steps are not
    assert close(found[1], found[0])


def test_a_step_is_packed_once():
    training = Training(torch.compile)
    for _ in range(STEPS):
        training.step().item()
    assert torch.engine.explain().reasons[PACKED] == 1
    assert type(training.model[0].weight._storage.value.data) is Part


def test_what_is_kept_of_a_step_does_not_keep_the_others():
    training = Training(torch.compile)
    losses = [training.step().detach() for _ in range(STEPS)]
    torch.engine.flush()
    kept = [loss._storage.value.data for loss in losses]
    packed = [part for part in kept if type(part) is Part and part.source is not None]
    assert len(packed) <= 5  # those of the latest steps, and what was learnt from
    again = Training(lambda f: f)
    assert close([loss.item() for loss in losses], [again.step().item() for _ in range(STEPS)])
