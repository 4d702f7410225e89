"""A run that several processes share, started by torchrun, is the run of one process."""

from __future__ import annotations

import contextlib
import copy
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from linreg_widget.errors import SettingsError, UpdateError
from linreg_widget.table.table import Table, crop_yields
from linreg_widget.training.trainer import Trainer
from linreg_widget.widget import TrainerWidget
from tests import warm
from tests.kernel.client import PATIENCE
from tests.training import updates
from tests.training.test_script import run_scripts

PROCESSES = (1, 2, 3)
SIX_DIGITS = 2e-6  # relative, of numbers that are equal to six digits
DRIVER = Path(__file__).parent / "torchrun.py"


def torchrun(*arguments: object, folder: Path) -> subprocess.Popen[str]:
    """Start torchrun in a folder; the processes cannot see this package."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    return subprocess.Popen(
        [*warm.command("torch.distributed.run"), "--standalone", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment,
    )


@contextlib.contextmanager
def started(*arguments: object, folder: Path) -> Iterator[subprocess.Popen[str]]:
    process = torchrun(*arguments, folder=folder)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.terminate()  # it ends its processes, too
        process.communicate(timeout=5 * PATIENCE)


def uneven(rows: int = 103, features: int = 4, targets: int = 2, seed: int = 9) -> Table:
    numbers = np.random.default_rng(seed)
    x = numbers.normal(size=(rows, features)).astype("f")
    y = x @ numbers.normal(size=(features, targets)) + numbers.normal(size=(rows, targets))
    return Table.of((x, y.astype("f")))


def side_by_side(table: Table) -> np.ndarray[Any, Any]:
    return np.hstack([table.inputs, table.targets])


# ---- runs ----------------------------------------------------------------------------------------


def plain(_folder: Path) -> tuple[Trainer, Any]:
    return Trainer(crop_yields(), learning_rate=1e-5, epochs=4), None


def uneven_shares(_folder: Path) -> tuple[Trainer, Any]:
    return Trainer(uneven(), learning_rate=3e-2, batch_size=10, epochs=3, seed=5), None


def shares_of_no_rows(_folder: Path) -> tuple[Trainer, Any]:
    """Batches of two rows, the last one of one."""
    return Trainer(uneven(rows=9), learning_rate=3e-2, batch_size=2, epochs=3), None


def one_row(_folder: Path) -> tuple[Trainer, Any]:
    return Trainer(uneven(rows=1), learning_rate=3e-2, batch_size=5, epochs=3), None


def in_order(_folder: Path) -> tuple[Trainer, Any]:
    return Trainer(uneven(), shuffle=False, learning_rate=1e-2, batch_size=100, epochs=3), None


def standardized(_folder: Path) -> tuple[Trainer, Any]:
    """One of the features is the same in all rows."""
    table = uneven(rows=50)
    x = np.hstack([table.inputs * 1000 + 31, np.full((50, 1), 0.1)])
    return Trainer((x, table.targets), standardize=True, learning_rate=0.1, epochs=3), None


def standardized_with_more_processes_than_rows(_folder: Path) -> tuple[Trainer, Any]:
    return Trainer(uneven(rows=2), standardize=True, learning_rate=0.1, epochs=3), None


def rows_held_out(_folder: Path) -> tuple[Trainer, Any]:
    return Trainer(crop_yields(), held_out=["C", "H"], learning_rate=1e-5, epochs=3), None


def one_row_held_out_and_scaled(_folder: Path) -> tuple[Trainer, Any]:
    trainer = Trainer(crop_yields(), held_out=["C"], standardize=True, learning_rate=0.1, epochs=3)
    return trainer, None


def changed_and_set_by_hand(_folder: Path) -> tuple[Trainer, Any]:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, batch_size=4, epochs=6)
    trainer.set(b=[0.5, -0.25])
    trainer.step(count=6)
    trainer.change(batch_size=2, learning_rate=2e-5)
    trainer.step(count=3)
    trainer.change(shuffle=False)
    trainer.step(count=9)
    trainer.set(w=np.full((2, 3), 0.1), b=[1e-9, 3.0])
    trainer.change(shuffle=True, batch_size=15)
    trainer.step(count=2)
    trainer.set(w=np.full((2, 3), 0.2))
    return trainer, None


def diverging(_folder: Path) -> tuple[Trainer, Any]:
    return Trainer(crop_yields(), learning_rate=0.1, epochs=20, held_out=["C"]), None


def diverging_in_w_before_the_loss(_folder: Path) -> tuple[Trainer, Any]:
    """A loss of 1e38 is finite, and its gradient is not."""
    table = Table.of((np.array([[3.0]]), np.array([[1e19]])))
    return Trainer(table, learning_rate=1e30, held_out=table), None


def diverged_after_a_change(_folder: Path) -> tuple[Trainer, Any]:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=20)
    trainer.step(count=7)
    trainer.change(learning_rate=0.1)
    trainer.run()
    return trainer, None


def from_a_file(folder: Path) -> tuple[Trainer, Any]:
    table = uneven()
    np.save(folder / "rows.npy", side_by_side(table))
    return Trainer(table, learning_rate=3e-2, batch_size=10, epochs=3), folder / "rows.npy"


def from_two_files(folder: Path) -> tuple[Trainer, Any]:
    """Of float64, in columns, and with a single target."""
    table = uneven(targets=1)
    np.save(folder / "x.npy", np.asfortranarray(table.inputs.astype("d")))
    np.save(folder / "y.npy", table.targets[:, 0].astype("d"))
    files = (folder / "x.npy", str(folder / "y.npy"))
    return Trainer(table, standardize=True, learning_rate=0.1, epochs=3), files


def from_a_file_with_rows_held_out(folder: Path) -> tuple[Trainer, Any]:
    table = uneven()
    np.save(folder / "held.npy", side_by_side(table))
    return (
        Trainer(table, held_out=0.2, learning_rate=3e-2, batch_size=10, epochs=3, seed=3),
        folder / "held.npy",
    )


def from_a_file_with_chosen_rows_held_out(folder: Path) -> tuple[Trainer, Any]:
    table = uneven()
    np.save(folder / "chosen.npy", side_by_side(table).astype("d"))
    chosen = [row % 7 == 3 for row in range(table.rows)]
    trainer = Trainer(table, held_out=chosen, standardize=True, learning_rate=0.1, epochs=3)
    return trainer, folder / "chosen.npy"


RUNS: dict[str, Callable[[Path], tuple[Trainer, Any]]] = {
    one.__name__: one
    for one in (
        plain,
        uneven_shares,
        shares_of_no_rows,
        one_row,
        in_order,
        standardized,
        standardized_with_more_processes_than_rows,
        rows_held_out,
        one_row_held_out_and_scaled,
        changed_and_set_by_hand,
        diverging,
        diverging_in_w_before_the_loss,
        diverged_after_a_change,
        from_a_file,
        from_two_files,
        from_a_file_with_rows_held_out,
        from_a_file_with_chosen_rows_held_out,
    )
}


class Answers(NamedTuple):
    """All runs, made by one, two and three processes."""

    folder: Path
    trainers: dict[str, Trainer]

    def printed(self, name: str, processes: int) -> list[str]:
        text = (self.folder / f"{name}.{processes}.txt").read_text(encoding="utf-8")
        return text.splitlines()

    def file(self, name: str, processes: int) -> Path:
        return self.folder / f"{name}.{processes}.npz"


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    folder = tmp_path_factory.mktemp("torchrun")
    shutil.copy(DRIVER, folder / "driver.py")
    runs = {name: run(folder) for name, run in RUNS.items()}
    scripts = {
        name: trainer.to_script(distributed=True, rows=rows)
        for name, (trainer, rows) in runs.items()
    }
    with contextlib.ExitStack() as stack:
        begun = []
        for processes in PROCESSES:
            jobs = [
                [
                    script,
                    ["--file", f"{name}.{processes}.npz", "--every", "2"],
                    f"{name}.{processes}.txt",
                ]
                for name, script in scripts.items()
            ]
            (folder / f"jobs{processes}.json").write_text(json.dumps(jobs))
            program = ("--no-python", *warm.command("driver"), f"jobs{processes}.json")
            arguments = (f"--nproc-per-node={processes}", *program)
            begun.append(stack.enter_context(started(*arguments, folder=folder)))
        for process in begun:
            _, errors = process.communicate(timeout=5 * PATIENCE)
            assert process.returncode == 0, errors
    for trainer, _ in runs.values():
        if not trainer.position.update:
            trainer.run()
    return Answers(folder, {name: trainer for name, (trainer, _) in runs.items()})


def losses_in(lines: list[str]) -> np.ndarray[Any, Any]:
    return np.array([float(line.split()[-1]) for line in lines])


@pytest.mark.process
@pytest.mark.parametrize("processes", PROCESSES)
@pytest.mark.parametrize("name", RUNS)
def test_several_processes_have_the_losses_of_one(
    answers: Answers, name: str, processes: int
) -> None:
    trainer = answers.trainers[name]
    lines = [line for line in answers.printed(name, processes) if line.startswith("Epoch")]
    losses, recorded = losses_in(lines), trainer.recording.losses
    finite = np.isfinite(recorded)
    np.testing.assert_allclose(losses[finite], recorded[finite], rtol=SIX_DIGITS)
    assert len(losses) == len(recorded)
    epochs = [f"Epoch {epoch}:" for epoch in trainer.recording.to_frame()["epoch"]]
    assert [line[: len(epoch)] for line, epoch in zip(lines, epochs, strict=True)] == epochs


@pytest.mark.process
def test_one_process_has_the_very_same_bits(answers: Answers) -> None:
    scripts = [trainer.to_script() for trainer in answers.trainers.values()]
    for name, (lines, w, b, end) in zip(answers.trainers, run_scripts(scripts), strict=True):
        ended = [f"{end.removesuffix('.')}, and give another --file."] if end else []
        assert answers.printed(name, 1) == [*lines, *ended], name
        assert bool(end) == (answers.trainers[name].status == "diverged"), name
        with np.load(answers.file(name, 1)) as file:
            assert file["w"][-1].flatten().tolist() == pytest.approx(w, abs=0, nan_ok=True)
            assert file["b"][-1].tolist() == pytest.approx(b, abs=0, nan_ok=True)


# ---- opened again --------------------------------------------------------------------------------


@pytest.mark.process
@pytest.mark.parametrize("processes", PROCESSES)
@pytest.mark.parametrize("name", RUNS)
def test_what_the_script_wrote_opens_as_the_run_it_was(
    answers: Answers, name: str, processes: int
) -> None:
    known = copy.deepcopy(answers.trainers[name])
    trainer = Trainer.from_run(answers.file(name, processes))
    recording = trainer.recording
    with np.load(answers.file(name, processes)) as file:
        recorded = file["losses"]
        marks = file["checkpoints"].tolist()
    assert recording.losses.tobytes() == recorded.tobytes()
    assert (trainer.position, trainer.status) == (known.position, known.status)
    assert trainer.table == known.table
    assert recording.segments == known.recording.segments
    assert recording.diverged_at == known.recording.diverged_at
    if trainer.status == "diverged" and processes == 1:
        assert trainer.diagnosis == known.diagnosis
        assert refused(trainer) == refused(known)
    assert recording.edited == known.recording.edited
    assert f"{processes} process" in trainer.notice
    assert trainer.notice in repr(trainer)
    assert f"{name}.{processes}.npz" in trainer.notice
    for update in sorted({*marks, 1, len(recording) // 2, len(recording)}):
        trainer.seek(update)
        known.seek(update)
        same_model(trainer, known)
    if known.held_out is not None:
        assert trainer.held_out == known.held_out
        updates_there, losses = trainer.held_out_losses()
        finite = [mark for mark in marks if mark <= np.isfinite(recorded).sum()]
        assert set(finite) <= set(updates_there.tolist())
        of_known = dict(zip(*map(list, known.held_out_losses()), strict=True))
        for update, loss in zip(updates_there.tolist(), losses.tolist(), strict=True):
            assert loss == pytest.approx(of_known[update], rel=SIX_DIGITS, nan_ok=True)
    if known.held_out is not None and known.status != "diverged":
        assert trainer.held_out_loss() == pytest.approx(known.held_out_loss(), rel=SIX_DIGITS)
        assert answers.printed(name, processes)[-1].startswith("Rows held out: loss ")
        last = float(answers.printed(name, processes)[-1].split()[-1])
        assert last == pytest.approx(known.held_out_loss(), rel=SIX_DIGITS)


def refused(trainer: Trainer) -> str:
    with pytest.raises(SettingsError, match="Diverged at update") as error:
        trainer.step()
    return str(error.value)


def same_model(one: Trainer, other: Trainer) -> None:
    for name in ("w", "b"):
        mine, theirs = (getattr(trainer.model, name).detach() for trainer in (one, other))
        torch.testing.assert_close(mine, theirs, rtol=2e-5, atol=1e-6, equal_nan=True)


@pytest.mark.process
def test_an_opened_run_goes_on_and_can_be_left_and_copied(answers: Answers) -> None:
    trainer = Trainer.from_run(answers.file("plain", 2))
    known = copy.deepcopy(answers.trainers["plain"])
    for one in (trainer, known):
        one.run(2)
    np.testing.assert_allclose(trainer.recording.losses, known.recording.losses, rtol=SIX_DIGITS)
    twin = copy.deepcopy(trainer)
    assert twin.recording.losses.tobytes() == trainer.recording.losses.tobytes()
    for one in (trainer, twin):
        one.back(count=17)
        one.step("phase", 2)
        assert one.position.phase == "loss"
        one.change(learning_rate=2e-5)
        one.step(count=3)
        assert [len(branch.losses) for branch in one.recording.branches] == [16]
        one.reset()
        assert not one.notice
        assert "Opened" not in repr(one)
    assert torch.equal(trainer.model.w, twin.model.w)


@pytest.mark.process
def test_the_widget_opens_a_run_on_its_timeline(answers: Answers) -> None:
    widget = TrainerWidget(Trainer.from_run(answers.file("plain", 3)))
    said = widget.trainer.notice
    assert (widget.status, widget.update) == ("finished", 20)
    assert said in str(widget.panel.trait_values().values())
    widget.seek(7)
    assert (widget.status, widget.update) == ("paused", 7)
    widget.back()
    widget.run()
    assert (widget.status, widget.update, widget.trainer.notice) == ("finished", 20, said)
    widget.close()


@pytest.mark.process
def test_rows_are_found_beside_the_file_or_given(answers: Answers, tmp_path: Path) -> None:
    name = "from_a_file_with_rows_held_out"
    known, moved = answers.trainers[name], tmp_path / "moved.npz"
    about = changed_about(answers.file(name, 2), moved, files=None)
    files = [["/nowhere/held.npy", *part[1:]] for part in about["files"]]
    changed_about(answers.file(name, 2), moved, files=files)
    with pytest.raises(SettingsError, match=r"rows of this run are in /nowhere/held.npy"):
        Trainer.from_run(moved)
    rows = np.load(answers.folder / "held.npy")
    given = Trainer.from_run(moved, Table.of((rows[:, :4], rows[:, 4:])))
    np.save(tmp_path / "held.npy", rows)
    found = Trainer.from_run(str(moved))
    for trainer in (given, found):
        assert trainer.held_rows == known.held_rows
        assert trainer.recording.losses.tobytes() == given.recording.losses.tobytes()
    with pytest.raises(SettingsError, match=r"has the loss .* and the file says"):
        Trainer.from_run(moved, Table.of((rows[::-1, :4], rows[:, 4:])))
    with pytest.raises(SettingsError, match=r"the run has 103 rows"):
        Trainer.from_run(moved, Table.of((rows[:50, :4], rows[:50, 4:])))


def changed_about(file: Path, copy_: Path, **changes: Any) -> dict[str, Any]:
    """Write a copy of a run whose description is another; return the description of before."""
    with np.load(file) as arrays:
        about: dict[str, Any] = json.loads(str(arrays["about"]))
        others = {name: arrays[name] for name in arrays.files if name != "about"}
    np.savez(copy_, about=json.dumps({**about, **changes}), **others)
    return about


@pytest.mark.process
def test_other_files_are_refused_in_words(answers: Answers, tmp_path: Path) -> None:
    good, bad = answers.file("plain", 1), tmp_path / "bad.npz"
    with np.load(good) as arrays:
        content = {name: arrays[name] for name in arrays.files}
    pickled = np.empty(1, object)
    wrong: dict[str, dict[str, Any]] = {
        "about": {"about": "no JSON"},
        "not of the shape": {"w": content["w"][:, :1]},
        "losses is missing": {"losses": None},
        "checkpoints is missing": {"checkpoints": content["checkpoints"][::-1]},
        "allow_pickle": {"losses": pickled},
    }
    for words, changes in wrong.items():
        kept = {name: one for name, one in {**content, **changes}.items() if one is not None}
        np.savez(bad, **kept)
        with pytest.raises(SettingsError, match="is not a run that a script wrote"):
            Trainer.from_run(bad)
        if words != "about":
            with pytest.raises(SettingsError, match=words):
                Trainer.from_run(bad)
    for changes in ({"format": "another"}, {"rows": "many"}, {"changes": 3}, {"seed": -1}):
        changed_about(good, bad, **changes)
        with pytest.raises(SettingsError):
            Trainer.from_run(bad)
    (tmp_path / "text.npz").write_text("hello")
    for file in (tmp_path / "text.npz", tmp_path / "missing.npz"):
        with pytest.raises(SettingsError, match="is not a run"):
            Trainer.from_run(file)
    with pytest.raises(SettingsError, match="give the path"):
        Trainer.from_run(3)


# ---- what cannot be shared -----------------------------------------------------------------------


def test_an_update_function_of_ones_own_is_refused() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, update=updates.momentum)
    with pytest.raises(
        UpdateError, match=r"momentum is an update function of your own.*one process"
    ):
        trainer.to_script(distributed=True)


def test_files_that_hold_other_rows_are_refused(tmp_path: Path) -> None:
    table = uneven()
    trainer, file = Trainer(table, held_out=0.2), tmp_path / "rows.npy"
    rows = side_by_side(table)
    wrong = {
        "and the table have different numbers in row 55": rows + (np.arange(103) == 54)[:, None],
        "has 102 × 4 numbers": rows[:-1],
        "has 103 × 1 numbers": rows[:, :5],
        "type <U": rows.astype(str),
        "type >f4": rows.astype(">f4"),
    }
    for words, numbers in wrong.items():
        np.save(file, numbers)
        with pytest.raises(SettingsError, match=words):
            trainer.to_script(distributed=True, rows=file)
    for given, words in ((tmp_path / "no.npy", "cannot be read"), (3, "rows is 3"), ("a b", "npy")):
        with pytest.raises(SettingsError, match=words):
            trainer.to_script(distributed=True, rows=given)
    np.save(file, rows)
    assert "np.array([" not in trainer.to_script(distributed=True, rows=file).split("def ")[0]


def test_the_script_names_what_does_the_same_and_needs_no_package() -> None:
    script = Trainer(crop_yields()).to_script(distributed=True)
    comments = [line for line in script.splitlines() if line.lstrip().startswith("#")]
    assert sum("DistributedDataParallel" in line for line in comments) == 1
    assert script.count("DistributedDataParallel") == 1
    assert not re.search(r"^(from|import) linreg", script, re.MULTILINE)


# ---- processes that die, and resuming ------------------------------------------------------------


def long_run() -> Trainer:
    return Trainer(crop_yields(), learning_rate=1e-5, epochs=100_000)


def last_reported(errors: str) -> str:
    """Return what torchrun names as the cause, at the end of its report."""
    return errors.rstrip("=\n").rpartition("traceback : ")[2]


@pytest.mark.process
def test_a_process_that_dies_ends_all_and_the_run_is_resumed(tmp_path: Path) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=60)
    script = trainer.to_script(distributed=True)
    # The second process stops as if it were killed, once: in the middle of an epoch.
    dies = script.replace(
        "def make_update(rows, learning_rate):\n",
        "def make_update(rows, learning_rate):\n"
        "    if rank == 1 and len(losses) == 103 and not options.resume:\n"
        "        raise ValueError('the disk is full')\n",
    )
    (tmp_path / "run.py").write_text(dies)
    with started("--nproc-per-node=2", "run.py", "--every", "10", folder=tmp_path) as process:
        _, errors = process.communicate(timeout=5 * PATIENCE)
    assert process.returncode != 0
    assert "Process 1 of 2 failed: the disk is full" in errors
    assert last_reported(errors) == "Process 1 of 2 failed: the disk is full"
    assert "Process 0 of 2 failed" not in errors
    with np.load(tmp_path / "run.npz") as file:
        assert len(file["losses"]) == 100
    part = Trainer.from_run(tmp_path / "run.npz")
    assert (part.position.update, part.status, part.settings.epochs) == (100, "paused", 60)
    # Resumed by one process more, it is the run that it would have been.
    with started("--nproc-per-node=3", "run.py", "--resume", folder=tmp_path) as process:
        printed, errors = process.communicate(timeout=5 * PATIENCE)
    assert process.returncode == 0, errors
    trainer.run()
    losses = trainer.recording.losses
    np.testing.assert_allclose(losses_in(printed.splitlines()), losses[100:], rtol=1e-4)
    whole = Trainer.from_run(tmp_path / "run.npz")
    np.testing.assert_allclose(whole.recording.losses, losses, rtol=1e-4)
    assert whole.status == "finished"


SAY_WHO = 'os.write(1, f"{os.getpid()}\\n".encode())'
"""Prints a process's number in one write: both write into one pipe."""


@pytest.mark.process
def test_a_killed_process_ends_all(tmp_path: Path) -> None:
    script = long_run().to_script(distributed=True)
    (tmp_path / "run.py").write_text(
        script.replace("train(settings, updates=", f"{SAY_WHO}\ntrain(settings, updates=")
    )
    with started("--nproc-per-node=2", "run.py", folder=tmp_path) as process:
        assert process.stdout is not None
        numbers: list[int] = []
        for line in process.stdout:
            numbers += [int(line)] if line.strip().isdigit() else []
            if len(numbers) == 2:
                break
        assert len(numbers) == 2
        os.kill(max(numbers), signal.SIGKILL)
        _, errors = process.communicate(timeout=5 * PATIENCE)
    assert process.returncode != 0
    assert re.search(r"Signal 9 \(SIGKILL\)|exitcode: -9", errors)
    for number in numbers:
        with pytest.raises(ProcessLookupError):
            os.kill(number, 0)


@pytest.mark.process
def test_a_run_of_two_processes_diverges_or_is_refused_in_both(tmp_path: Path) -> None:
    trainer, file = Trainer(crop_yields(), learning_rate=0.1, epochs=4), tmp_path / "run.npz"
    (tmp_path / "run.py").write_text(trainer.to_script(distributed=True))
    with started("--nproc-per-node=2", "run.py", folder=tmp_path) as process:
        printed, errors = process.communicate(timeout=5 * PATIENCE)
    assert process.returncode == 1  # a shell's && must not go on with it
    trainer.run()
    assert len(printed.splitlines()) == len(trainer.recording)
    words = f"Diverged at update {len(trainer.recording)}: lower the learning rate, and give"
    assert f"{words} another --file.\n" in errors
    assert last_reported(errors) == f"{words} another --file."
    assert Trainer.from_run(file).status == "diverged"
    before = file.read_bytes()
    again = Trainer(crop_yields(), learning_rate=1e-5, epochs=4)
    (tmp_path / "run.py").write_text(again.to_script(distributed=True))
    with started("--nproc-per-node=2", "run.py", folder=tmp_path) as process:
        printed, errors = process.communicate(timeout=5 * PATIENCE)
    assert (process.returncode, printed) == (1, "")
    words = "run.npz is of another run: give another --file, or move it away."
    assert f"{words}\n" in errors
    assert last_reported(errors) == words
    assert file.read_bytes() == before


@pytest.mark.process
def test_a_script_that_torchrun_did_not_start_says_how(tmp_path: Path) -> None:
    (tmp_path / "run.py").write_text(Trainer(crop_yields()).to_script(distributed=True))
    alone = subprocess.run(
        [sys.executable, "run.py"], capture_output=True, text=True, cwd=tmp_path, check=False
    )
    assert alone.returncode != 0
    assert "Start it by torchrun" in alone.stderr


@pytest.mark.process
@pytest.mark.matrix
@pytest.mark.parametrize("processes", PROCESSES)
def test_a_large_file_is_shared(tmp_path: Path, processes: int) -> None:
    """200,000 rows of 20 features, of which each process maps the file into memory."""
    table = uneven(rows=200_000, features=20, targets=1)
    np.save(tmp_path / "rows.npy", side_by_side(table))
    trainer = Trainer(table, learning_rate=1e-3, batch_size=50_001, epochs=5, held_out=0.1)
    (tmp_path / "run.py").write_text(
        trainer.to_script(distributed=True, rows=tmp_path / "rows.npy")
    )
    with started(f"--nproc-per-node={processes}", "run.py", folder=tmp_path) as process:
        printed, errors = process.communicate(timeout=5 * PATIENCE)
    assert process.returncode == 0, errors
    trainer.run()
    *lines, last = printed.splitlines()
    np.testing.assert_allclose(losses_in(lines), trainer.recording.losses, rtol=SIX_DIGITS)
    assert losses_in([last])[0] == pytest.approx(trainer.held_out_loss(), rel=SIX_DIGITS)
    opened = Trainer.from_run(tmp_path / "run.npz")
    same_model(opened, trainer)
    assert opened.held_rows == trainer.held_rows
