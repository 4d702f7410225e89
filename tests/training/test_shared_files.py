"""What a script for several processes says of its files, and how it goes on from its own."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from linreg_widget import Table, Trainer, crop_yields
from linreg_widget.insight import scaling
from tests import warm
from tests.kernel.client import PATIENCE
from tests.serving import free_port
from tests.training.test_distributed import DRIVER, losses_in, side_by_side, uneven
from tests.training.test_hostile_runs import alone

pytestmark = pytest.mark.process

RATE = 1e-5
END = "\ndist.destroy_process_group()"
OUT = "give another --file, or move it away."
UPDATE = "def make_update(rows, learning_rate):\n"


def cut_off(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:500])


def other(path: Path, kind: str) -> None:
    np.save(path, np.load(path).astype(kind))


ROWS: dict[str, tuple[Any, str]] = {
    "gone": (Path.unlink, r"/rows\.npy cannot be read \(.*No such file.*\): put the file"),
    "cut off": (cut_off, r"/rows\.npy cannot be read \(.*\): put the file with the run's rows"),
    "empty": (lambda path: path.write_bytes(b""), r"/rows\.npy cannot be read"),
    "one number": (lambda path: np.save(path, 3.0), r"/rows\.npy cannot be read"),
    "doubles": (lambda path: other(path, "f8"), r"of type float64, but the run float32\.$"),
    "big-endian": (lambda path: other(path, ">f4"), r"of type >f4, but the run float32\.$"),
    "text": (lambda path: other(path, "U"), r"of type <U32, but the run float32\.$"),
    "narrower": (
        lambda path: np.save(path, np.load(path)[:, :5]),
        r"has \(103, 1\) numbers, but the run \(103, 2\)\.$",
    ),
}
"""What may have become of a file of rows since, and how the script refuses it."""


def planned(epochs: int) -> Trainer:
    return Trainer(crop_yields(), learning_rate=RATE, epochs=epochs)


def script_of(learning_rate: float = RATE, epochs: int = 4, seed: int = 0, cell: int = 73) -> str:
    trainer = Trainer(crop_yields(), learning_rate=learning_rate, epochs=epochs, seed=seed)
    return trainer.to_script(distributed=True).replace("73", str(cell), 1)


def stopping(done: int) -> str:
    """Return a script that is stopped by hand within a run's update."""
    stop = f"{UPDATE}    if len(losses) == {done}: raise KeyboardInterrupt\n"
    return script_of().replace(UPDATE, stop)


def changed(updates: int, epochs_before: int = 4) -> Trainer:
    """Return a trainer that went on otherwise after four epochs."""
    trainer = planned(4)
    trainer.run(epochs_before)
    trainer.change(learning_rate=2e-5, batch_size=4)
    trainer.set(b=[1.0, -2.0])
    trainer.step(count=updates)
    return trainer


LONGER: dict[str, Trainer] = {}
"""Runs of which the first four epochs are the ones that were resumed."""
OTHERS: dict[str, tuple[Callable[[], Trainer], str]] = {
    "shorter": (lambda: planned(3), "ends 5 updates after this run: give another --file."),
    "other past": (lambda: changed(9, 2), f"is of another run: {OUT}"),
    "same": (lambda: planned(4), "has the whole run: nothing is left to do."),
}
"""What does not go on from the end of four epochs, and why."""


def scaled(columns: int) -> tuple[Trainer, np.ndarray[Any, Any]]:
    """Return a run on more rows than are scaled at a time, whose means are not whole numbers."""
    numbers = np.random.default_rng(columns)
    x = (numbers.normal(size=(70_001, columns)) * 37 + 5).astype("f")
    table = Table.of((x, x.sum(axis=1, keepdims=True)))
    trainer = Trainer(table, standardize=True, learning_rate=0.1, batch_size=35_000, epochs=1)
    return trainer, side_by_side(table)


NOTHING = ("holds no whole run", OUT)
THERE: dict[str, tuple[str, dict[str, Any], tuple[str, str]]] = {
    "other rate": ("", {"learning_rate": 2e-5}, ("is of another run", OUT)),
    "other seed": ("", {"seed": 1}, ("is of another run", OUT)),
    "other rows": ("", {"cell": 37}, ("is of other rows", OUT)),
    "longer": ("", {"epochs": 3}, ("ends 5 updates after this run", "give another --file.")),
    "cut off": ("path.write_bytes(path.read_bytes()[:-200])", {}, NOTHING),
    "empty": ("path.write_bytes(b'')", {}, NOTHING),
    "a text": ("path.write_text('My notes')", {}, NOTHING),
    "a picture": ("path.write_bytes(b'\\x89PNG\\r\\n')", {}, NOTHING),
    "an array": ("np.save(path.open('wb'), arrays['losses'])", {}, NOTHING),
    "fewer losses": ("save(losses=arrays['losses'][:-2])", {}, NOTHING),
    "fewer weights": ("save(w=arrays['w'][:, :, :-1])", {}, NOTHING),
    "no finite weights": ("save(w=np.full_like(arrays['w'], np.nan))", {}, NOTHING),
    "a pipe": (
        "path.unlink(); os.mkfifo(path)",
        {},
        ("cannot be written", "give a --file in a folder that takes files."),
    ),
}
"""What was done to a file before a run begins, that run's settings, and how it refuses."""
PREPARE = """
import os, shutil
import numpy as np
from pathlib import Path
path = Path(shutil.copy("run.npz", "{name}.npz"))
arrays = dict(np.load(path))
def save(**others):
    np.savez(path, **{{**arrays, **others}})
{spoil}
if path.is_file():
    shutil.copy(path, "{name}.before")
"""
STARTS = (17, 12, 18, 99)
"""Within which updates the starts of one run are stopped, one after the other."""


class Answers(NamedTuple):
    """What scripts printed that one process ran one after the other."""

    folder: Path

    def of(self, name: str) -> list[str]:
        return (self.folder / f"{name}.txt").read_text(encoding="utf-8").splitlines()


def begin_where_files_are(job: Callable[..., None], folder: Path) -> None:
    """Begin runs anew on files that are there already, or that others write meanwhile."""
    for name, (spoil, settings, _) in THERE.items():
        job(f"prepare {name}", PREPARE.format(name=name, spoil=spoil))
        options = "--file", f"{name}.npz"
        job(f"there {name} False", script_of(**settings), *options)
        job(f"there {name} True", script_of(**settings), *options, "--resume")
    (folder / "elsewhere").mkdir()
    (folder / "link.npz").symlink_to("elsewhere/real.npz")
    for at in STARTS:
        job(f"link {at}", stopping(at), "--file", "link.npz", "--every", "1")
        job(f"copy {at}", f"import shutil\nshutil.copy('elsewhere/real.npz', 'link {at}.npz')\n")
    job("nothing", stopping(0), "--file", "nothing.npz")
    job("nothing yet", "import shutil\nshutil.copy('nothing.npz', 'nothing yet.npz')\n")
    job("on from nothing", stopping(99), "--file", "nothing.npz", "--resume")
    other = planned(4)
    other.change(learning_rate=2e-5)
    job("other run", other.to_script(distributed=True), "--file", "of another.npz")
    for name in ("run", "of another"):
        copies = f"    if len(losses) == 7: __import__('shutil').copy('{name}.npz', path)\n"
        script = stopping(17).replace(UPDATE, f"{UPDATE}{copies}")
        job(f"while {name}", script, "--file", f"while {name}.npz", "--every", "1")
    diverges = script_of(learning_rate=0.1)
    job("diverges", diverges, "--file", "diverged.npz")
    job("diverged", diverges, "--file", "diverged.npz", "--resume")


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory) -> Answers:
    folder = tmp_path_factory.mktemp("files")
    jobs: list[tuple[str, str, list[str]]] = []

    def job(name: str, script: str, *options: str) -> None:
        jobs.append((name, script, [*options]))

    table = uneven()
    for name, (spoil, _) in ROWS.items():
        (folder / name).mkdir()
        np.save(folder / name / "rows.npy", side_by_side(table))
        rows = os.path.relpath(folder / name / "rows.npy")
        script = Trainer(table, epochs=1).to_script(distributed=True, rows=rows)
        job(f"rows {name}", script.replace(f"{rows!a}", f"{f'{name}/rows.npy'!a}"))
        spoil(folder / name / "rows.npy")
    short = planned(4).to_script(distributed=True)
    job("short", short, "--file", "run.npz")
    for name, (make, _) in OTHERS.items():
        job(f"other {name}", make().to_script(distributed=True), "--resume")
    LONGER.update(planned=planned(7), changed=changed(9))
    for name, trainer in LONGER.items():
        job(f"begin {name}", short, "--file", f"{name}.npz")
        job(name, trainer.to_script(distributed=True), "--file", f"{name}.npz", "--resume")
    within = changed(9).to_script(distributed=True)
    further = changed(10).to_script(distributed=True)
    job("begin within", within, "--file", "within.npz")
    job("within", further, "--file", "within.npz", "--resume")
    job("stopped", stopping(7), "--file", "stopped.npz", "--every", "1")
    begin_where_files_are(job, folder)
    (folder / "a folder").mkdir()
    for name in ("a folder", "nowhere/run.npz"):
        job(f"into {name.partition('/')[0]}", short, "--file", name)
    for columns in (1, 3):
        trainer, numbers = scaled(columns)
        np.save(folder / f"scaled{columns}.npy", numbers)
        script = trainer.to_script(distributed=True, rows=folder / f"scaled{columns}.npy")
        script = script.replace(END, f"\nprint(json.dumps([mean.tolist(), std.tolist()])){END}")
        job(f"scaled {columns}", script, "--file", f"scaled{columns}.npz")
    shutil.copy(DRIVER, folder / "driver.py")
    texts = [[script, options, f"{name}.txt"] for name, script, options in jobs]
    (folder / "jobs.json").write_text(json.dumps(texts))
    subprocess.run(
        [*warm.command("driver"), "jobs.json"],
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "PYTHONPATH"},
            "RANK": "0",
            "LOCAL_RANK": "0",
            "WORLD_SIZE": "1",
            "LOCAL_WORLD_SIZE": "1",
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(free_port()),
        },
        check=True,
        timeout=5 * PATIENCE,
    )
    return Answers(folder)


@pytest.mark.parametrize("name", ROWS)
def test_a_file_that_has_not_the_runs_rows_is_refused_before_the_first_update(
    answers: Answers, name: str
) -> None:
    (said,) = answers.of(f"rows {name}")
    assert re.search(ROWS[name][1], said)


@pytest.mark.parametrize("name", ["planned", "changed"])
def test_a_longer_run_goes_on_from_the_end_of_a_shorter_one(answers: Answers, name: str) -> None:
    trainer = LONGER[name]
    if not trainer.position.update:
        trainer.run()
    losses = trainer.recording.losses
    assert losses_in(answers.of(name)).astype("f").tobytes() == losses[20:].tobytes()
    opened = Trainer.from_run(answers.folder / f"{name}.npz")
    assert opened.recording.losses.tobytes() == losses.tobytes()
    assert (opened.position, opened.settings) == (trainer.position, trainer.settings)


@pytest.mark.parametrize("name", OTHERS)
def test_what_does_not_go_on_from_there_says_so_and_makes_no_update(
    answers: Answers, name: str
) -> None:
    assert answers.of(f"other {name}") == [f"run.npz {OTHERS[name][1]}"]


def test_a_run_that_ends_within_an_epoch_goes_no_further(answers: Answers) -> None:
    (said,) = answers.of("within")
    assert said == "within.npz ends within an epoch: only that same run can be resumed."


def test_a_run_that_is_stopped_by_hand_says_how_it_goes_on(answers: Answers) -> None:
    *lines, said = answers.of("stopped")
    assert len(lines) == 7
    assert said == ("Process 0 of 1 was stopped: --resume goes on from the last checkpoint.")
    assert Trainer.from_run(answers.folder / "stopped.npz").position.update == 5


@pytest.mark.parametrize("name", ["a folder", "nowhere"])
def test_what_cannot_be_written_is_said_before_the_first_update(
    answers: Answers, name: str
) -> None:
    (said,) = answers.of(f"into {name}")
    assert said.endswith("cannot be written: give a --file in a folder that takes files.")


def test_the_file_is_there_before_the_first_update_and_opens(answers: Answers) -> None:
    trainer = Trainer.from_run(answers.folder / "nothing yet.npz")
    assert (trainer.status, trainer.position.update) == ("ready", 0)
    trainer.run()
    losses = losses_in(answers.of("on from nothing")).astype("f")
    assert losses.tobytes() == trainer.recording.losses.tobytes()


@pytest.mark.parametrize("resumed", [False, True])
@pytest.mark.parametrize("name", THERE)
def test_a_run_writes_over_nothing_but_that_very_run(
    answers: Answers, name: str, *, resumed: bool
) -> None:
    (said,) = answers.of(f"there {name} {resumed}")
    what, way_out = THERE[name][2]
    assert said == f"{name}.npz {what}: {way_out}"
    there = answers.folder / f"{name}.npz"
    if name == "a pipe":
        assert there.is_fifo()
    else:
        assert there.read_bytes() == (answers.folder / f"{name}.before").read_bytes()


def test_a_run_that_begins_anew_says_so_and_keeps_what_is_there_until_it_has_as_much(
    answers: Answers,
) -> None:
    first, *later = (answers.of(f"link {at}") for at in STARTS)
    assert len(first) == 18
    words = "has this run up to update 15, and keeps that until it is made again; --resume goes on"
    assert [said[0] for said in later] == [f"link.npz {words} from there."] * 3
    assert [len(losses_in(said[1:21])) for said in later[2:]] == [20]
    files = [answers.folder / f"link {at}.npz" for at in STARTS]
    assert files[0].read_bytes() == files[1].read_bytes()
    assert [Trainer.from_run(file).position.update for file in files] == [15, 15, 15, 20]
    link = answers.folder / "link.npz"
    assert link.is_symlink()
    assert link.read_bytes() == files[-1].read_bytes()
    assert sorted(link.parent.glob("**/*.part")) == []


@pytest.mark.parametrize(("name", "losses"), [("run", 17), ("of another", 10)])
def test_what_is_written_during_a_run_is_not_written_over(
    answers: Answers, name: str, losses: int
) -> None:
    """Two starts at the same time, of this very run or of two."""
    *lines, said = answers.of(f"while {name}")
    assert len(lines) == losses
    there = (answers.folder / f"while {name}.npz").read_bytes()
    assert there == (answers.folder / f"{name}.npz").read_bytes()
    ended = f"while {name}.npz is of another run: {OUT}"
    assert (said == ended) == (name == "of another")


def test_a_run_that_diverged_is_not_resumed(answers: Answers) -> None:
    trainer = Trainer(crop_yields(), learning_rate=0.1, epochs=4)
    trainer.run()
    assert len(answers.of("diverges")) == len(trainer.recording) + 1
    (said,) = answers.of("diverged")
    words = f"diverged.npz: Diverged at update {len(trainer.recording)}: lower the learning rate"
    assert said == f"{words}, and give another --file."


def test_a_full_disk_leaves_the_file_as_it_was(answers: Answers, tmp_path: Path) -> None:
    shutil.copy(answers.folder / "run.npz", tmp_path)
    before = (tmp_path / "run.npz").read_bytes()
    full = "import resource\nresource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))\n"
    script = planned(4).to_script(distributed=True)
    (tmp_path / "run.py").write_text(script.replace("import time\n", f"import time\n{full}", 1))
    said = alone(tmp_path, check=False)
    assert "run.npz cannot be written ([Errno 27] File too large)" in said
    assert "Traceback" not in said
    assert (tmp_path / "run.npz").read_bytes() == before
    assert {one.name for one in tmp_path.iterdir()} == {"run.npz", "run.py"}


@pytest.mark.parametrize("columns", [1, 3])
def test_many_rows_are_scaled_to_the_very_same_bits(answers: Answers, columns: int) -> None:
    trainer, _ = scaled(columns)
    trainer.run()
    *_, line = answers.of(f"scaled {columns}")
    mean, std = json.loads(line)
    known = scaling(trainer.table)
    assert (mean, std) == (known.mean.tolist(), known.std.tolist())
    with np.load(answers.folder / f"scaled{columns}.npz") as file:
        assert file["losses"].tobytes() == trainer.recording.losses.tobytes()
        assert file["w"][-1].tobytes() == trainer.model.w.detach().numpy().tobytes()
