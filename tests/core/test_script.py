"""A run written as a plain script prints the very same losses, in a Python that has only torch."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget import LinearRegression, Table, Trainer, UpdateError, crop_yields

# Each script runs in a namespace of its own; what it prints is sent back. The package is hidden.
_RUNNER = """
import contextlib, io, json, sys
sys.modules["linreg_widget"] = None
for script in json.load(sys.stdin):
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(compile(script, "script", "exec"), {"__name__": "__main__"})
    print(json.dumps(out.getvalue()))
"""


def momentum(
    model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float
) -> Generator[str, None, float]:
    loss = ((model(x) - y) ** 2).mean()
    yield "loss"
    loss.backward()
    with torch.no_grad():
        for name in ("w", "b"):
            parameter = getattr(model, name)
            speed = 0.5 * getattr(model, f"speed_of_{name}", 0.0) + parameter.grad
            setattr(model, f"speed_of_{name}", speed)
            parameter -= learning_rate * speed
            parameter.grad.zero_()
    value: float = loss.item()
    return value


def plain() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, seed=3)
    trainer.run()
    return trainer


def unshuffled_with_a_short_last_batch() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=1e-6, batch_size=4, shuffle=False, epochs=7)
    trainer.run()
    return trainer


def standardized() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=0.05, standardize=True, epochs=20)
    trainer.run()
    return trainer


def stopped_within_an_epoch() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step(count=13)
    return trainer


def changed_on_the_way() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=1e-6, epochs=12)
    trainer.step(count=7)
    trainer.change(learning_rate=2e-5)
    trainer.step(count=5)
    trainer.change(batch_size=4)
    trainer.step(count=6)
    trainer.change(shuffle=False)
    trainer.step(count=9)
    trainer.change(shuffle=True, batch_size=15)
    trainer.run()
    return trainer


def gone_back_and_branched() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=1e-6)
    trainer.run()
    trainer.seek(101)
    trainer.change(learning_rate=1e-4)
    trainer.step(count=30)
    trainer.seek(120)
    return trainer


def with_an_update_of_its_own() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=1e-6, update=momentum)
    trainer.step(count=40)
    return trainer


def diverged() -> Trainer:
    trainer = Trainer(crop_yields(), learning_rate=1.0)
    trainer.run()
    assert trainer.status == "diverged"
    return trainer


def of_awkward_numbers() -> Trainer:
    rng = np.random.default_rng(1)
    inputs = rng.normal(size=(11, 4)).astype(np.float32) * np.float32(1e-3)
    targets = rng.normal(size=(11, 1)).astype(np.float32)
    inputs[0] = [0.1, 1e-38, -3.4e-5, 1 / 3]
    trainer = Trainer(Table.of((inputs, targets)), learning_rate=0.01, epochs=5)
    trainer.run()
    return trainer


RUNS = [
    plain,
    unshuffled_with_a_short_last_batch,
    standardized,
    stopped_within_an_epoch,
    changed_on_the_way,
    gone_back_and_branched,
    with_an_update_of_its_own,
    diverged,
    of_awkward_numbers,
]


def losses_in(printed: str) -> bytes:
    """Return the losses that a script printed, as float32 bits."""
    lines = [line.split("loss ")[1] for line in printed.splitlines() if "loss " in line]
    with np.errstate(over="ignore"):
        return np.array([float(line) for line in lines]).astype(np.float32).tobytes()


@pytest.fixture(scope="module")
def printed() -> dict[str, tuple[Trainer, str]]:
    """Return each run's trainer, and what its script prints; one Python runs them all."""
    trainers = [run() for run in RUNS]
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _RUNNER],
        input=json.dumps([trainer.to_script() for trainer in trainers]),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    outputs = [json.loads(line) for line in done.stdout.splitlines()]
    names = [run.__name__ for run in RUNS]
    return dict(zip(names, zip(trainers, outputs, strict=True), strict=True))


@pytest.mark.parametrize("run", RUNS, ids=lambda run: run.__name__)
def test_the_script_prints_the_same_bits(
    run: Callable[[], Trainer], printed: dict[str, tuple[Trainer, str]]
) -> None:
    trainer, output = printed[run.__name__]
    recorded = trainer.recording.losses[: trainer.position.update]
    assert len(recorded) > 0
    assert losses_in(output) == recorded.tobytes()


def test_a_script_in_a_file_of_its_own_runs(tmp_path: Path) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=2)
    script = tmp_path / "crops.py"
    script.write_text(trainer.to_script(), encoding="utf-8")  # of the run that is planned
    trainer.run()
    done = subprocess.run(
        [sys.executable, script.name], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert losses_in(done.stdout) == trainer.recording.losses.tobytes()


def test_a_plain_run_is_written_as_the_article_writes_it() -> None:
    script = plain().to_script()
    assert "DataLoader(dataset, batch_size=3, shuffle=True)" in script
    assert "torch.manual_seed(3)" in script
    assert "w -= w.grad * learning_rate" in script
    assert "import linreg_widget" not in script


def test_an_update_whose_source_is_not_to_be_had_is_refused() -> None:
    names: dict[str, Any] = {}
    exec("def own(model, x, y, learning_rate):\n    yield 'all'\n    return 1.0", names)  # noqa: S102
    trainer = Trainer(crop_yields(), update=names["own"])
    trainer.step()
    with pytest.raises(UpdateError, match="source of own cannot be read"):
        trainer.to_script()


def test_names_cannot_break_out_of_the_scripts_comments() -> None:
    table = Table(
        inputs=np.ones((2, 1), np.float32),
        targets=np.ones((2, 1), np.float32),
        feature_names=("x\nimport os",),
        target_names=("y",),
        name="evil\nraise SystemExit",
    )
    script = Trainer(table, learning_rate=0.1).to_script()
    assert "\nimport os" not in script
    assert "\nraise SystemExit" not in script
    assert isinstance(Trainer(table, learning_rate=0.1).model, LinearRegression)
