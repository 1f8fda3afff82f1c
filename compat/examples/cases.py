"""Which examples there are, how each is run, and where training is chaotic."""

from pathlib import Path
from typing import NamedTuple

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


class Case(NamedTuple):
    """One example: its arguments in the short setting, and why and from which step on it is chaotic, if it is.

    Chaotic means that rounding decides: `python -m compat.examples --kernels` shows PyTorch differing from itself. The
    final metrics of such a run are not compared; its losses up to that step are.
    """

    name: str
    short: tuple[str, ...] = ()
    chaotic: str = ""
    until: int = 0

    @property
    def path(self) -> Path:
        """The script."""
        return EXAMPLES / f"{self.name}.py"

    def args(self, setting: str) -> tuple[str, ...]:
        """The script's arguments in a setting, `short` or `full`."""
        return self.short if setting == "short" else ()


# The short settings still take the 20 steps whose losses are compared, where a step is quick.
CASES = (
    Case("notes"),
    Case("polynomial_manual", ("--steps", "200")),
    Case("polynomial_autograd", ("--steps", "200")),
    Case(
        "polynomial_nn",
        ("--steps", "200"),
        chaotic="at the minimum RMSprop keeps its step, and rounding decides the sign",
        until=1200,
    ),
    Case("custom_function", ("--steps", "200")),
    Case("lr_schedule", ("--epochs", "6")),
    Case("digits_cnn", ("--steps", "25")),
    Case("char_gpt", ("--steps", "20", "--sample", "20")),
    Case(
        "sequence_rnn",
        ("--steps", "20"),
        chaotic="the LSTM leaves its plateau along a path that rounding picks",
        until=140,
    ),
    Case("rnn_lengths", ("--epochs", "2", "--lengths", "10")),
    Case("vae", ("--epochs", "2")),
    Case("gan", ("--steps", "40"), chaotic="two networks chase each other", until=300),
    Case(
        "policy_gradient",
        ("--episodes", "20"),
        chaotic="one action sampled otherwise changes all later episodes",
        until=50,
    ),
)
