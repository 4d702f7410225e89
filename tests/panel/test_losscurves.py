"""The loss plot in numbers, as the page gets it: true to the recording, thinned, and in time."""

from __future__ import annotations

import copy
import math
from typing import Any

import numpy as np
import pytest

from linreg_widget import Trainer, TrainerWidget, crop_yields
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.losscurves import curves_of, others_of
from linreg_widget.panel.panel import TrainerPanel

MOST_BYTES = 14_000  # of the curves of any run
MOST_BYTES_OF_OTHERS = 22_000


def curves(trainer: Trainer) -> dict[str, Any]:
    return unpack(curves_of(trainer, 10)["_curve"])


def lines(trainer: Trainer) -> list[tuple[str, str, list[int], list[float]]]:
    """The curves of branches and kept runs: name, colour, updates and losses."""
    wire = others_of(trainer)
    arrays = unpack(wire["_lines_data"])
    edges = np.cumsum([line["points"] for line in wire["_lines"]])[:-1]
    parts = [np.split(arrays[name], edges) for name in ("ends", "losses")]
    return [
        (line["name"], line["colour"], ends.tolist(), losses.tolist())
        for line, ends, losses in zip(wire["_lines"], *parts, strict=True)
    ]


def test_a_short_run_travels_update_by_update(trainer: Trainer) -> None:
    trainer.run()
    wire, losses = curves(trainer), trainer.recording.losses
    assert wire["ends"].tolist() == [*range(1, 251)]
    for name in ("low", "high", "mean"):
        np.testing.assert_array_equal(wire[name], losses)
    ends, means = trainer.recording.epoch_means()
    np.testing.assert_array_equal(wire["epoch_ends"], ends)
    np.testing.assert_array_equal(wire["epoch"], means.astype(np.float32))
    full = dict(zip(wire["full_ends"].tolist(), wire["full"].tolist(), strict=True))
    assert [*full] == [*range(0, 251, 5)]
    for update in (0, 20, 250):
        trainer.seek(update)
        assert full[update] == np.float32(trainer.loss())


def test_a_long_run_is_thinned_to_as_few_bytes_and_stays_true() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=600)
    for _ in range(4):  # as it goes on
        trainer.run(150)
        wire = curves_of(trainer, 10)
        assert len(wire["_curve"]) <= MOST_BYTES
    grown, losses = unpack(wire["_curve"]), trainer.recording.losses
    for name, array in curves(trainer).items():
        np.testing.assert_array_equal(array, grown[name], name)
    starts = [0, *grown["ends"][:-1].tolist()]
    assert grown["low"].tolist() == np.minimum.reduceat(losses, starts).tolist()
    assert grown["high"].tolist() == np.maximum.reduceat(losses, starts).tolist()
    assert grown["ends"][-1] == grown["epoch_ends"][-1] == grown["full_ends"][-1] == 3_000
    assert grown["full_ends"][0] == 0


def test_a_loss_that_is_not_finite_is_marked() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-3)
    trainer.run()
    assert trainer.status == "diverged"
    wire = curves(trainer)
    assert wire["ends"][-1] == trainer.recording.diverged_at
    assert np.isinf(wire["high"]).tolist() == [False] * (len(wire["high"]) - 1) + [True]


def test_another_run_replaces_the_curves(trainer: Trainer) -> None:
    trainer.run()
    curves(trainer)
    trainer.seek(100)
    trainer.change(learning_rate=1e-6)
    trainer.run()
    again = copy.deepcopy(trainer)
    for name, array in curves(trainer).items():
        np.testing.assert_array_equal(array, curves(again)[name], name)


def test_changes_have_their_labels(trainer: Trainer) -> None:
    trainer.step(count=10)
    trainer.change(learning_rate=2e-6)
    trainer.step(count=10)
    trainer.set(b=[1.0, 2.0])
    trainer.change(batch_size=5)
    trainer.step(count=10)
    assert curves_of(trainer, 0)["_changes"] == [
        {"update": 10, "words": "rate 2e-6"},
        {"update": 20, "words": ""},
        {"update": 20, "words": "set by hand"},
    ]


def test_branches_and_kept_runs_are_lines(trainer: Trainer) -> None:
    assert others_of(trainer)["_lines"] == []
    trainer.run()
    trainer.keep("first")
    trainer.seek(100)
    trainer.change(learning_rate=2e-6)
    trainer.step(count=3)
    trainer.seek(100)
    trainer.change(learning_rate=3e-6)
    trainer.step()
    left, short, kept = lines(trainer)
    branch = trainer.recording.branches[0]
    assert left[:2] == (branch.name, "")
    assert left[2] == [*range(105, 251, 5)]
    means = np.mean(branch.losses.reshape(-1, 5), axis=1, dtype=np.float64)
    np.testing.assert_allclose(left[3], means, rtol=1e-6)
    assert short[:3] == ("", "", [103]), "a branch of few updates has no label"
    run = trainer.kept[0]
    assert kept[:2] == ("first", run.colour)
    assert kept[2] == run.curve[0].tolist()
    np.testing.assert_array_equal(kept[3], run.curve[1].astype(np.float32))


@pytest.mark.slow
def test_many_long_lines_are_thinned() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=140)
    for number in range(12):
        trainer.run()
        trainer.keep(f"run {number}")
        trainer.reset()
        trainer.change(learning_rate=1e-6 * (number + 1))
    found = lines(trainer)
    assert len(found) == 8 + 12
    assert {ends[-1] for _, _, ends, _ in found} == {700}
    assert len(others_of(trainer)["_lines_data"]) <= MOST_BYTES_OF_OTHERS


# ---- when it is sent -----------------------------------------------------------------------------


def sent_in_a_run(panel: TrainerPanel, slices: int) -> list[int]:
    """How many columns the page had after each slice of work."""
    columns = []
    panel.start()
    for _ in range(slices):
        panel._on_message(panel, {"kind": "advance", "client": "c", "id": 1}, [])
        columns.append(len(unpack(panel._curve)["ends"]))
    return columns


def test_the_page_follows_a_run_that_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("linreg_widget.panel.readings._SELDOM", math.inf)
    widget = TrainerWidget(plot="page")
    widget.panel.speed = 1000.0
    columns = sent_in_a_run(widget.panel, 4)
    assert columns[-1] == len(widget.trainer.recording) > 0
    widget.close()


def test_a_run_at_full_speed_or_with_a_canvas_sends_its_curves_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("linreg_widget.panel.readings._SELDOM", math.inf)
    for plot, speed in (("page", None), ("ipympl", 1000.0)):
        widget = TrainerWidget(plot=plot, epochs=10**6)
        widget.panel.speed = speed
        assert sent_in_a_run(widget.panel, 3) == [0, 0, 0]
        widget.pause()
        assert len(unpack(widget.panel._curve)["ends"]) > 0
        widget.close()
