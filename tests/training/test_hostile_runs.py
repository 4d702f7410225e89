"""A file for ``Trainer.from_run`` is data: a hostile one is refused in words, soon and small."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from linreg_widget import LinregError, SettingsError, Trainer, crop_yields
from tests.serving import free_port

pytestmark = pytest.mark.process


class Trap:
    """What runs code when it is unpickled."""

    sprung = False

    def __reduce__(self) -> tuple[Any, ...]:
        return (setattr, (Trap, "sprung", True))


def alone(folder: Path, *, check: bool = True) -> str:
    """Run the script there as one process, without torchrun, and return its errors."""
    alone = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "1", "LOCAL_WORLD_SIZE": "1"}
    place = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(free_port())}
    command, environment = [sys.executable, "run.py"], {**os.environ, **alone, **place}
    done = subprocess.run(
        command, cwd=folder, env=environment, check=check, capture_output=True, text=True
    )
    return done.stderr


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Return what a script wrote, run by one process."""
    folder = tmp_path_factory.mktemp("run")
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=4)
    (folder / "run.py").write_text(trainer.to_script(distributed=True), encoding="utf-8")
    alone(folder)
    assert Trainer.from_run(folder / "run.npz").status == "finished"
    with np.load(folder / "run.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


def about(content: dict[str, Any], **changes: Any) -> Any:
    return np.array(json.dumps({**json.loads(str(content["about"])), **changes}))


def with_nan(array: Any) -> Any:
    return np.where(np.arange(array.size).reshape(array.shape) == array.size - 1, np.nan, array)


HOSTILE: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a pickle as losses": lambda _: {"losses": np.array([Trap()], object)},
    "a pickle of another name": lambda _: {"more": np.array([Trap()], object)},
    "brackets deeper than Python can go": lambda _: {"about": np.array("[" * 100_000)},
    "a number of a million digits": lambda _: {"about": np.array("1" * 1_000_000)},
    "an endless number of epochs": lambda c: {"about": about(c, epochs=10**400)},
    "epochs that are infinite": lambda c: {"about": about(c, epochs=float("inf"))},
    "names that are no list": lambda c: {"about": about(c, feature_names=7)},
    "names that are not texts": lambda c: {"about": about(c, feature_names=[1, {}, None])},
    "rows without end": lambda c: {"about": about(c, rows=10**400)},
    "a format without end": lambda c: {"about": about(c, format="x" * 1_000_000)},
    "rows below none": lambda c: {"about": about(c, rows=-15)},
    "held rows far away": lambda c: {"about": about(c, held=[10**12])},
    "sets of another shape": lambda c: {"about": about(c, sets={"3": [[[1.0]], [1.0]]})},
    "sets that are no numbers": lambda c: {"about": about(c, sets={"3": [["x"], None]})},
    "changes at no update": lambda c: {"about": about(c, changes={"-1": {}})},
    "rows from another file": lambda c: {"about": about(c, files=[["/dev/null", 0, 3]] * 2)},
    "weights that are not finite": lambda c: {"w": with_nan(c["w"])},
    "weights as text": lambda c: {"w": c["w"].astype(str)},
    "weights as complex numbers": lambda c: {"w": c["w"].astype(complex)},
    "losses in a square": lambda c: {"losses": c["losses"].reshape(2, -1)},
    "checkpoints beyond the end": lambda c: {"checkpoints": c["checkpoints"] + 10**15},
    "rows that are not finite": lambda c: {"inputs": with_nan(c["inputs"])},
    "rows of another width": lambda c: {"inputs": c["inputs"][:, :2]},
    "losses that are not finite": lambda c: {"losses": with_nan(c["losses"])},
    "one before the end": lambda c: {"losses": with_nan(c["losses"])[::-1], "diverged": True},
    "diverged as a text": lambda _: {"diverged": np.array("no")},
    "no process": lambda _: {"processes": np.array(-1)},
}


def test_a_run_opens_whatever_device_the_notebook_makes_its_tensors_on(
    content: dict[str, Any], tmp_path: Path
) -> None:
    np.savez(tmp_path / "run.npz", **content)
    torch.set_default_device("meta")
    try:
        trainer = Trainer.from_run(tmp_path / "run.npz")
        trainer.back("epoch")
        trainer.run(2)
    finally:
        torch.set_default_device(None)
    assert trainer.model.w.device.type == "cpu"
    assert trainer.status == "finished"


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_file_is_refused_in_words(
    kind: str, content: dict[str, Any], tmp_path: Path
) -> None:
    Trap.sprung = False
    bad = tmp_path / "bad.npz"
    np.savez(bad, **{**content, **HOSTILE[kind](content)})
    with pytest.raises(LinregError) as refused:
        Trainer.from_run(bad)
    assert 0 < len(str(refused.value)) < 600
    assert not Trap.sprung


def test_a_file_that_is_a_pickle_is_not_unpickled(tmp_path: Path) -> None:
    Trap.sprung = False
    (tmp_path / "bad.npz").write_bytes(pickle.dumps(Trap()))
    with pytest.raises(SettingsError, match="is not a run"):
        Trainer.from_run(tmp_path / "bad.npz")
    assert not Trap.sprung


def test_a_file_that_swells_is_refused_before_it_has(
    content: dict[str, Any], tmp_path: Path
) -> None:
    bomb = tmp_path / "bomb.npz"
    np.savez_compressed(bomb, **{**content, "losses": np.zeros(25_000_000, np.float32)})
    assert bomb.stat().st_size < 200_000
    tracemalloc.start()
    try:
        with pytest.raises(SettingsError, match="packed"):
            Trainer.from_run(bomb)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


def test_a_file_that_says_it_is_larger_than_it_is_is_refused(
    content: dict[str, Any], tmp_path: Path
) -> None:
    bad = tmp_path / "bad.npz"
    np.savez(bad, **{name: array for name, array in content.items() if name != "losses"})
    head = b"{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000,), }"
    head = head.ljust(117) + b"\n"
    with zipfile.ZipFile(bad, "a") as archive:
        archive.writestr(
            "losses.npy", b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head
        )
    with pytest.raises(SettingsError, match="is not a run"):
        Trainer.from_run(bad)
