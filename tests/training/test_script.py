"""The script of a run, pasted elsewhere, prints the very same losses."""

from __future__ import annotations

import functools
import json
import math
import os
import subprocess
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.microscope.source import complete_source
from linreg_widget.model import gradient_update
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from tests import warm
from tests.crops import crops as on_the_crops
from tests.training import updates


def run_scripts(scripts: list[str]) -> list[Any]:
    """Run scripts in a process of their own, which does not load this package."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        warm.command("scripted"),
        input=json.dumps(scripts),
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent,
        env=environment,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


crops = partial(on_the_crops, epochs=4)


def finished(**settings: Any) -> Trainer:
    trainer = crops(**settings)
    trainer.run()
    return trainer


def stopped_within_an_epoch() -> Trainer:
    trainer = crops()
    trainer.step(count=12)
    return trainer


def set_by_hand() -> Trainer:
    trainer = crops()
    trainer.set(b=[0.5, -0.25])
    trainer.step(count=7)
    trainer.set(w=np.full((2, 3), 0.1), b=[1e-9, 3e7])
    trainer.change(batch_size=4)
    trainer.step(count=4)
    trainer.set(w=np.zeros((2, 3)))
    return trainer


def set_by_hand_with_own_update() -> Trainer:
    trainer = crops(update=updates.MANNERLY[0])
    trainer.step(count=3)
    trainer.set(w=np.full((2, 3), 0.1))
    trainer.step(count=3)
    return trainer


def within_an_update() -> Trainer:
    trainer = crops()
    trainer.step("phase", 38)
    return trainer


def gone_back() -> Trainer:
    trainer = finished()
    trainer.change(learning_rate=3e-5)
    trainer.seek(13)
    return trainer


def changed_within_epochs() -> Trainer:
    trainer = crops(batch_size=4, epochs=6)
    trainer.step(count=6)
    trainer.change(batch_size=2, learning_rate=2e-5)
    trainer.step(count=3)
    trainer.change(shuffle=False)
    trainer.step(count=9)
    trainer.change(shuffle=True, batch_size=15)
    trainer.run()
    return trainer


def changed_at_the_start() -> Trainer:
    trainer = crops()
    trainer.change(learning_rate=2e-5, batch_size=5)
    trainer.run()
    return trainer


def a_branch() -> Trainer:
    trainer = finished()
    trainer.seek(10)
    trainer.change(learning_rate=5e-6)
    trainer.run()
    trainer.reset(seed=9)
    trainer.run(2)
    return trainer


def hostile_names() -> Trainer:
    table = Table(
        np.array([[0.1, -0.0], [1 / 3, 1e-30], [16777216.0, -3.4e38]], np.float32),
        np.array([[1e30], [-0.0], [1e-45]], np.float32),
        ('a\nimport os; os._exit(3)\n"""', "b\r\0\u2028'''{x}%s\\N{BELL}"),
        ("y\ud800 ",),
        name='"""\nraise SystemExit\n\x0c',
    )
    trainer = Trainer(table, learning_rate=1e-6, epochs=2, standardize=True)
    trainer.run()
    return trainer


def diverged() -> Trainer:
    return finished(learning_rate=1.0)


def not_a_number() -> Trainer:
    table = Table.of((np.array([[1e30], [1.0]]), np.array([[1.0], [1e25]])))
    trainer = Trainer(table, learning_rate=1e-5, batch_size=2)
    trainer.run()
    return trainer


def with_constant_column() -> Trainer:
    rows = np.random.default_rng(0).normal(5, 2, (11, 3)).astype(np.float32)
    rows[:, 1] = 0.1
    trainer = Trainer((rows, rows[:, :1] * 2), standardize=True, epochs=3)
    trainer.step(count=2)
    trainer.change(learning_rate=0.2)
    trainer.run()
    return trainer


RUNS = {
    "plain": finished,
    "not shuffled": lambda: finished(shuffle=False, batch_size=4),
    "all rows at once": lambda: finished(batch_size=99, seed=7),
    "standardized": lambda: finished(standardize=True, learning_rate=0.1),
    "standardized and changed": with_constant_column,
    "stopped within an epoch": stopped_within_an_epoch,
    "within an update": within_an_update,
    "gone back": gone_back,
    "changed within epochs": changed_within_epochs,
    "changed at the start": changed_at_the_start,
    "a branch": a_branch,
    "hostile names": hostile_names,
    "set by hand": set_by_hand,
    "set by hand with an update of one's own": set_by_hand_with_own_update,
    "diverged": diverged,
    "not a number": not_a_number,
}


def printed_losses(lines: list[str]) -> bytes:
    numbers = [float(line.split("loss ")[1]) for line in lines]
    with np.errstate(over="ignore"):  # 1e39, of an update of one's own, is infinite
        return np.array(numbers, np.float32).tobytes()


@pytest.mark.process
def test_scripts_print_the_same_losses_and_end_with_the_same_weights() -> None:
    trainers = {name: make() for name, make in RUNS.items()}
    scripts = [trainer.to_script() for trainer in trainers.values()]
    for (name, trainer), answer in zip(trainers.items(), run_scripts(scripts), strict=True):
        lines, w, b, _ = answer
        done = trainer.position.update
        assert len(lines) == done, name
        assert printed_losses(lines) == trainer.recording.losses[:done].tobytes(), name
        trainer.seek(done)  # if it was within an update
        np.testing.assert_array_equal(w, trainer.model.w.detach().flatten(), name)
        np.testing.assert_array_equal(b, trainer.model.b.detach(), name)
        places = [trainer.recording.schedule.locate(update).epoch + 1 for update in range(done)]
        assert [line.split(":")[0] for line in lines] == [f"Epoch {epoch}" for epoch in places]


@pytest.mark.process
def test_before_the_first_update_the_script_is_that_of_the_run_to_come() -> None:
    trainer = crops(epochs=3)
    trainer.change(learning_rate=3e-5, epochs=2)
    script = trainer.to_script()
    ((lines, w, _, _),) = run_scripts([script])
    trainer.run()
    assert script == trainer.to_script()
    assert printed_losses(lines) == trainer.recording.losses.tobytes()
    assert w == trainer.model.w.flatten().tolist()


def overflows() -> Trainer:
    """A loss of 1e38 is finite, and its gradient is not."""
    return Trainer(Table.of((np.array([[3.0]]), np.array([[1e19]]))), learning_rate=1e30)


def grows_too_large() -> Trainer:
    """Its own loss is finite in Python's numbers, and larger than any of torch's."""

    def once(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        model.w.data += 1
        yield "up"
        return 1e39 if model.w[0, 0] > 4 else 1.0

    return crops(update=once)


def changed_to_diverge() -> Trainer:
    trainer = crops(batch_size=4, held_out=["C"])
    trainer.step(count=5)
    trainer.change(learning_rate=0.1, batch_size=2)
    return trainer


TO_DIVERGE = {
    "written as the article": lambda: crops(learning_rate=1.0, held_out=["C"]),
    "as soon as w does": overflows,
    "at a loss that torch has not": grows_too_large,
    "by an update of one's own": lambda: crops(update=updates.momentum, learning_rate=0.1),
    "after a change": changed_to_diverge,
}


@pytest.mark.process
def test_a_script_whose_run_diverges_ends_where_the_trainer_does_and_says_so() -> None:
    trainers = {name: make() for name, make in TO_DIVERGE.items()}
    planned = {name: one.to_script() for name, one in trainers.items() if not one.position.update}
    for trainer in trainers.values():
        trainer.run()
        assert trainer.status == "diverged"
    made = {name: trainer.to_script() for name, trainer in trainers.items()}
    answers = run_scripts([*planned.values(), *made.values()])
    for name, (lines, w, b, end) in zip([*planned, *made], answers, strict=True):
        trainer = trainers[name]
        assert printed_losses(lines) == trainer.recording.losses.tobytes(), name
        done = trainer.position.update
        assert end == f"Diverged at update {done}: lower the learning rate.", name
        np.testing.assert_array_equal(w, trainer.model.w.detach().flatten(), name)
        np.testing.assert_array_equal(b, trainer.model.b.detach(), name)


def test_a_plain_run_is_written_as_the_article_writes_it() -> None:
    script = finished().to_script()
    assert "train_loader = DataLoader(dataset, batch_size=3, shuffle=True)" in script
    assert "w -= w.grad * learning_rate" in script
    assert "# Temperature, Rainfall, Humidity\n" in script
    assert "[73, 67, 43]" in script
    assert len(script.splitlines()) < 100
    changed = changed_within_epochs().to_script()
    assert "DataLoader(" not in changed
    assert "import DataLoader" not in changed


# ---- update functions of one's own ---------------------------------------------------------------

LIMIT, LABEL, ENDLESS = 5, "a 'label'", math.inf
NOTHING: Any = None


def clip(gradient: torch.Tensor) -> torch.Tensor:
    return gradient.clamp(-LIMIT * 1e5, LIMIT * 1e5) if NOTHING is None else gradient


class Halver:
    def __call__(self, rate: float) -> float:
        return rate / 2


def update(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    """Named as many a learner will name it; needs constants, a module, a function and a class."""
    loss = torch.mean((model(x) - y) ** 2)
    loss.backward()
    yield LABEL
    w = 1  # a local name that is a global one elsewhere
    with torch.no_grad():
        for parameter in (model.w, model.b):
            parameter.sub_(clip(parameter.grad) * Halver()(learning_rate) * math.sqrt(w))
            parameter.grad.zero_()
    return loss.item()


def decays(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    with torch.no_grad():
        model.w *= 0.99
    yield "decay"
    return (yield from gradient_update(model, x, y, learning_rate))


def with_closure() -> Any:
    share = 0.25

    def train(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
        return (yield from gradient_update(model, x, y, learning_rate * share))

    return train


OWN = [*updates.MANNERLY, update, decays, with_closure()]


@pytest.mark.process
def test_scripts_hold_update_functions_of_ones_own_with_what_they_need() -> None:
    trainers = []
    for function in OWN:
        trainer = crops(update=function, epochs=3)
        trainer.step(count=7)
        trainer.change(learning_rate=2e-5)
        trainer.run()
        trainers.append(trainer)
    answers = run_scripts([trainer.to_script() for trainer in trainers])
    for trainer, (lines, w, b, _) in zip(trainers, answers, strict=True):
        assert printed_losses(lines) == trainer.recording.losses.tobytes(), trainer.update_function
        assert w == trainer.model.w.flatten().tolist()
        assert b == trainer.model.b.tolist()


def needy(model: Any, x: torch.Tensor, y: torch.Tensor, learning_rate: float) -> Any:
    yield "look"
    return float(TABLE.rows) + ENDLESS


TABLE = crop_yields()


def test_what_cannot_be_written_is_named_in_the_script() -> None:
    lines, definition = complete_source(needy, ())
    assert lines == "# To be added by hand, since it is used below: TABLE, ENDLESS"
    assert definition.startswith("def needy(")
    lines, *definitions = complete_source(update, ("torch",))
    assert lines.splitlines() == [
        "import math",
        f"LABEL = {LABEL!r}",
        "NOTHING = None",
        "LIMIT = 5",
    ]
    assert [text.split("(")[0].split(":")[0] for text in definitions] == [
        "def clip",
        "class Halver",
        "def update",
    ]


def test_a_source_that_cannot_be_read_is_refused_in_words() -> None:
    namespace: dict[str, Any] = {}
    exec(  # noqa: S102 - a function without a file
        "def typed(model, x, y, learning_rate):\n    yield 'nothing'\n    return 1.0", namespace
    )
    arrow = lambda model, x, y, learning_rate: (yield "nothing") or 1.0  # noqa: E731
    partial = functools.partial(updates.momentum)
    for function, name in (
        (namespace["typed"], "typed"),
        (arrow, "<lambda>"),
        (partial, "partial"),
    ):
        trainer = crops(update=function)
        trainer.step()
        with pytest.raises(UpdateError, match=f"source of .*{name}.* cannot be read.*with `def`"):
            trainer.to_script()


@pytest.mark.parametrize("distributed", [False, True])
def test_a_script_that_python_could_not_read_is_refused_with_the_way_out(
    tmp_path: Path, *, distributed: bool
) -> None:
    x = np.arange(500_001, dtype=np.float32)[:, None]
    trainer = Trainer((x, -x))
    with pytest.raises(SettingsError, match=r"1,000,002 numbers .* at most 1,000,000") as refused:
        trainer.to_script(distributed=distributed)
    np.save(tmp_path / "rows.npy", np.hstack([trainer.table.inputs, trainer.table.targets]))
    assert "to_script(distributed=True, rows=" in str(refused.value)
    script = trainer.to_script(distributed=True, rows=tmp_path / "rows.npy")
    assert len(script) < 20_000
    compile(script, "run.py", "exec")


def test_the_script_stands_by_itself() -> None:
    for script in (finished().to_script(), finished(update=decays).to_script()):
        assert "linreg_widget." not in script
        assert "import linreg" not in script
        compile(script, "script", "exec")
    assert str(Path(__file__).parent) not in finished(update=update).to_script()


@pytest.mark.parametrize("distributed", ["no", 0, None, []])
def test_whether_a_script_is_distributed_is_true_or_false(distributed: Any) -> None:
    with pytest.raises(SettingsError, match=r"distributed is .*; it must be True or False"):
        Trainer(crop_yields()).to_script(distributed=distributed)
