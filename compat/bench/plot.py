"""The picture of a benchmark run: how many times faster than torch each row is."""

from __future__ import annotations

from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt

from compat.bench.report import Row, cpu_model, geometric_mean

COLORS = {"jaxtorch": "#1f77b4", "jaxtorch cold": "#9ecae1", "jaxtorch.compile": "#17becf", "torch.compile": "#ff7f0e",
          "jax": "#7f7f7f"}  # fmt: skip


def save(rows: list[Row], path: Path) -> None:
    """Horizontal bars on a logarithmic axis, torch eager being 1."""
    lines = [(row, measure) for row in reversed(rows) for measure in reversed(row.shown())]
    sides = [s for s in COLORS if any(row.ratio(s, m) for row, m in lines)]
    figure, axes = plt.subplots(figsize=(9, 1.5 + 0.34 * len(lines)))
    height = 0.8 / max(1, len(sides))
    for i, side in enumerate(sides):
        found = [(y, x) for y, (row, m) in enumerate(lines) if (x := row.ratio(side, m))]
        mean = geometric_mean(x for _, x in found)
        label = f"{side} (geometric mean {mean:.2f})"
        places = [y + 0.4 - height * (i + 0.5) for y, _ in found]
        axes.barh(places, [x - 1 for _, x in found], height, left=1, label=label, color=COLORS[side])
    axes.axvline(1, color="black", linewidth=0.8)
    axes.set_xscale("log")
    axes.set_yticks(range(len(lines)), [row.name if m == "step" else f"{row.name}: {m}" for row, m in lines])
    axes.set_xlabel(f"times faster than PyTorch eager, on {cpu_model()}")
    ticks = [0.1, 0.2, 0.5, 1, 2, 5, 10]
    axes.set_xticks(ticks, [f"{tick:g}x" for tick in ticks])
    axes.legend(loc="lower right")
    axes.grid(axis="x", alpha=0.3)
    figure.tight_layout()
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=110)
    plt.close(figure)
