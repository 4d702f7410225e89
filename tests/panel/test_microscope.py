"""What the panel sends of the inside of an update."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import ipywidgets
import numpy as np
import pytest
import torch

from linreg_widget import TrainerWidget, UpdateError
from linreg_widget.model import mse_loss
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.panel import TrainerPanel
from tests.microscope.looking import Shown, look


def shown(panel: TrainerPanel) -> Shown:
    return Shown(panel._frame, unpack(panel._frame_data))


def agrees(widget: TrainerWidget) -> bool:
    """Whether the frame in the traits is that of the trainer's present moment."""
    here, now = shown(widget.panel), look(widget.trainer)
    same_words = json.dumps(here.words) == json.dumps(now.words)
    w = widget.trainer.model.w.detach().numpy()
    return same_words and here.data == now.data and here.numbers("w").tobytes() == w.tobytes()


def test_the_frame_follows_every_verb(widget: TrainerWidget) -> None:
    assert agrees(widget)
    for verb, arguments in [
        ("step", ("phase", 3)),
        ("back", ("phase",)),
        ("step", ("update",)),
        ("step", ("epoch", 2)),
        ("back", ("update", 3)),
        ("run", (4,)),
        ("seek", (7,)),
        ("seek", (7, "backward")),
        ("back", ("epoch",)),
        ("run", ()),
        ("reset", ()),
        ("change", ()),
    ]:
        getattr(widget, verb)(*arguments)
        assert agrees(widget), verb
    widget.learning_rate = 2e-5
    assert shown(widget.panel).numbers("learning_rate")[0, 0] == 2e-5
    assert agrees(widget)


FIXED = ["_source", "_names", "_fit", "_fit_inputs"]


def test_what_never_changes_is_sent_once(widget: TrainerWidget) -> None:
    panel = widget.panel
    assert panel._source["name"] == "gradient_update"
    assert panel._source["article"] is True
    assert panel._names == {
        "features": ["Temperature", "Rainfall", "Humidity"],
        "targets": ["Mangoes", "Oranges"],
    }
    assert panel._fit == {
        "rows": [*"ABCDEFGHIJKLMNO"],
        "index": [*range(15)],
        "count": 15,
        "targets": ["Mangoes", "Oranges"],
        "leading": [1, 1],
        "means": pytest.approx(widget.trainer.table.inputs.mean(axis=0).tolist()),
        "deviations": pytest.approx(widget.trainer.table.inputs.std(axis=0).tolist()),
        "labels": [*widget.trainer.table.labels],
        "named": True,
        "held_out": [],
        "held_out_count": 0,
    }
    changed: list[str] = []
    panel.observe(lambda change: changed.append(change["name"]), FIXED)
    widget.step()
    widget.run()
    widget.reset(seed=3)
    assert changed == []


@pytest.mark.skipif(
    ipywidgets.__version__.startswith("7."),
    reason="ipywidgets 7 sends nothing where there is no kernel; tests/kernel has it with one",
)
def test_words_and_numbers_of_a_frame_change_together(widget: TrainerWidget) -> None:
    sent: list[set[str]] = []
    panel = widget.panel
    original = panel.send_state

    def send_state(key: Any = None) -> None:
        sent.append(set(key) if not isinstance(key, str) else {key})
        original(key)

    panel.send_state = send_state
    widget.step("phase")
    frames = [names for names in sent if names & {"_frame", "_frame_data"}]
    assert len(frames) == 1
    assert {"_frame", "_frame_data", "_phase"} <= frames[0]


def test_predictions_of_all_rows_follow_with_their_summary(widget: TrainerWidget) -> None:
    def numbers() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        arrays = unpack(widget.panel._fit_data)
        return arrays["targets"], arrays["predictions"], arrays["rmse"], arrays["worst"]

    before = numbers()[1]
    widget.run()
    targets, predictions, rmse, worst = numbers()
    assert np.array_equal(targets, widget.trainer.table.targets)
    expected = widget.trainer.predict(widget.trainer.table.inputs).numpy()
    assert np.array_equal(predictions, expected)
    assert not np.array_equal(before, predictions)
    error = predictions.astype(np.float64) - targets
    assert np.allclose(rmse, np.sqrt((error**2).mean(axis=0)), rtol=1e-6)
    assert np.allclose(worst, np.abs(error).max(axis=0), rtol=1e-6)
    assert np.isclose((rmse.astype(np.float64) ** 2).mean(), widget.trainer.loss(), rtol=1e-6)


def test_of_a_large_table_a_sample_of_rows_is_sent() -> None:
    numbers = np.random.default_rng(0).normal(size=(5000, 4)).astype(np.float32)
    widget = TrainerWidget((numbers[:, :3], numbers[:, 3:]), plot=None)
    fit = widget.panel._fit
    assert (len(fit["rows"]), fit["count"]) == (500, 5000)
    assert (fit["rows"][0], fit["rows"][-1]) == ("row 1", "row 5000")
    shapes = {name: array.shape for name, array in unpack(widget.panel._fit_data).items()}
    assert shapes == {
        "targets": (500, 1),
        "predictions": (500, 1),
        "rmse": (1,),
        "worst": (1,),
        "r2": (1,),
        "held_out_targets": (0, 1),
        "held_out_predictions": (0, 1),
        "held_out_rmse": (0,),
        "held_out_r2": (0,),
    }
    widget.close()


def fails(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    loss.backward()
    yield "backward"
    model.w -= model.w.grad * learning_rate
    return loss.item()


def test_a_failure_is_told_in_the_alert_and_marked_in_the_code() -> None:
    widget = TrainerWidget(update=fails, plot=None)
    with pytest.raises(UpdateError):
        widget.step()
    assert "a leaf Variable that requires grad is being used in an in-place" in widget.panel._alert
    frame = shown(widget.panel)
    source = widget.panel._source
    line = "".join(text for _, text in source["lines"][frame.failed])
    assert line.strip() == "model.w -= model.w.grad * learning_rate"
    assert (widget.status, source["article"]) == ("failed", False)
    widget.reset()
    assert shown(widget.panel).failed is None
    widget.close()


def misfits(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = mse_loss(model(x), y)
    yield "loss"
    model.w = torch.zeros(7, 7)
    return loss.item()


def test_a_w_that_cannot_predict_is_refused_and_every_view_keeps_what_was() -> None:
    widget = TrainerWidget(update=misfits, plot=None)
    before = widget.panel._fit_data
    with pytest.raises(UpdateError, match=r"shape \(7, 7\).*shape \(2, 3\)"):
        widget.step()
    assert widget.status == "failed"
    assert widget.panel._fit_data == before
    assert shown(widget.panel).tensor("w")["shape"] == (2, 3)
    widget.close()


def test_a_running_page_gets_frames_but_no_more_than_twenty_a_second(
    widget: TrainerWidget, stopped: SimpleNamespace
) -> None:
    seen: list[int] = []
    widget.panel.observe(lambda change: seen.append(change["new"]["update"]), "_frame")
    widget.epochs = 10**6
    widget.speed = 1000
    widget.tab = "microscope"
    widget.start()
    seen.clear()
    for _ in range(100):
        stopped.now += 0.0101
        widget.panel._on_message(widget.panel, {"kind": "advance", "client": "c", "id": 1}, [])
    assert 15 <= len(seen) <= 21
    widget.pause()
    assert seen[-1] == widget.update
    assert agrees(widget)


def test_code_that_is_changed_in_place_is_shown_as_it_runs() -> None:
    def one(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "one"
        return mse_loss(model(x), y).item()

    def two(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        yield "two"
        return 2 * mse_loss(model(x), y).item()

    widget = TrainerWidget(update=one, plot=None)
    widget.step(count=7)
    assert [mark["name"] for mark in widget.panel._source["yields"]] == ["one"]
    one.__code__ = two.__code__
    widget.step()
    assert [mark["name"] for mark in widget.panel._source["yields"]] == ["two"]
    assert shown(widget.panel).words["phases"] == ["two"]
    message = {"kind": "seek", "update": 6, "client": "test", "id": 1}
    widget.panel._handle_custom_msg(message, [])
    assert "has changed since update 6 was made" in widget.panel._alert
    widget.reset()
    widget.step()
    assert widget.panel._alert == ""
    widget.close()
