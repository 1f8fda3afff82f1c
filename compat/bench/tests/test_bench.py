"""The benchmark's own mechanics, on PyTorch alone and in few steps."""

import dataclasses
import json

from compat.bench import driver, report, rowfile
from compat.bench.driver import Result
from compat.bench.sides import SIDES

AGAIN = dataclasses.replace(SIDES["torch"], name="jaxtorch")


def few(name: str, **constants: int) -> rowfile.RowFile:
    row = rowfile.read(name)
    return dataclasses.replace(row, constants={**row.constants, "STEPS": 5, "WARMUP": 3, **constants})


def test_two_sides_alternate_and_the_same_source_gives_the_same_losses():
    results = driver.run(few("mlp_tiny"), [SIDES["torch"], AGAIN], 2, short=False, timeout=120)
    row = report.Row("mlp_tiny", "", results)
    assert [r.failure for r in results] == ["", ""]
    assert [len(r.seconds["step"]) for r in results] == [2, 2]
    assert len(results[0].losses) == 3 + 2 * 5
    assert row.loss_difference("jaxtorch") == 0
    assert row.ratio("jaxtorch", "step") > 0
    assert report.disagreements([row]) == []
    assert json.loads(report.as_json([row], {}))["rows"][0]["ratios"]["jaxtorch"]["step"] > 0


def test_single_calls_are_measured_by_name():
    (result,) = driver.run(few("record_cost"), [SIDES["torch"]], 1, short=False, timeout=120)
    assert {"a + b", "a * b", "a.view", "a.sum"} <= set(result.seconds)


def test_a_side_that_fails_says_why_and_the_others_go_on():
    broken = dataclasses.replace(
        SIDES["torch"],
        name="jaxtorch",
        mode="no such mode",
        launch=(
            "-c",
            "boom",
        ),
    )
    good, bad = driver.run(few("mlp_tiny"), [SIDES["torch"], broken], 1, short=False, timeout=120)
    assert good.failure == "" and len(good.seconds["step"]) == 1
    assert "boom" in bad.failure
    assert report.disagreements([report.Row("mlp_tiny", "", [good, bad])]) == ["mlp_tiny"]


def test_other_losses_are_named():
    torch_side = Result("torch", seconds={"step": [2.0, 4.0, 2.0]}, losses=[1.0, 0.5])
    ours = Result("jaxtorch", seconds={"step": [1.0, 1.0, 1.0]}, losses=[1.0, 0.51])
    row = report.Row("row", "", [torch_side, ours])
    assert row.ratio("jaxtorch", "step") == 2.0
    assert report.disagreements([row]) == ["row"]


def test_every_row_has_a_title_and_either_steps_or_calls():
    for row in rowfile.every():
        assert row.title and row.name in rowfile.ORDER
        assert row.steps(short=True) >= 1 and row.warmup(short=True) >= 1
