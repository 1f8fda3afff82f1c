"""The files of rows/, read without importing torch: the driver itself runs none of it."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "rows"
# the order of the report: first what decides everything, the small ones, then models, then single operations
ORDER = (
    "record_cost op_overhead mlp_tiny mlp_tiny_unread memory_10k lr_schedule mlp_large digits_cnn mnist_cnn gpt lstm "
    "char_rnn rnn_lengths_cold polynomial elementwise vae dcgan resnet18 resnet18_inference "
    "transformer_encoder policy_gradient "
    "pinn gpt_sampling embedding matmul sorting"
).split()


@dataclass(frozen=True)
class RowFile:
    """What the driver has to know of a row."""

    name: str
    title: str
    constants: dict[str, Any]
    measures_calls: bool

    @property
    def cold(self) -> bool:
        return self.constants.get("COLD", False)

    def steps(self, short: bool) -> int:
        steps = self.constants.get("STEPS", 1)
        return max(1, steps // 5) if short else steps

    def warmup(self, short: bool) -> int:
        warmup = self.constants.get("WARMUP", self.steps(short))
        return max(2, warmup // 2) if short else warmup

    def rounds(self, asked: int) -> int:
        return min(asked, self.constants.get("ROUNDS", asked))


def read(name: str) -> RowFile:
    tree = ast.parse((FOLDER / f"{name}.py").read_text())
    constants: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = node.targets[0].elts if isinstance(node.targets[0], ast.Tuple) else node.targets
            values = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]
            for target, value in zip(names, values, strict=False):
                if isinstance(target, ast.Name) and isinstance(value, ast.Constant):
                    constants[target.id] = value.value
    calls = any(isinstance(node, ast.FunctionDef) and node.name == "calls" for node in tree.body)
    title = (ast.get_docstring(tree) or name).splitlines()[0]
    return RowFile(name, title, constants, calls)


def every() -> list[RowFile]:
    names = {path.stem for path in FOLDER.glob("*.py")} - {"__init__"}
    return [read(name) for name in sorted(names, key=lambda n: (ORDER.index(n) if n in ORDER else len(ORDER), n))]
