"""TrainerWidget from Python: verbs, traits, errors, and what it leaves behind."""

from __future__ import annotations

import gc
import inspect
import math
import sys
import threading
import time
import weakref
from typing import Any

import ipywidgets
import numpy as np
import pytest
import torch
import traitlets

from linreg_widget import (
    SettingsError,
    Table,
    TableError,
    Trainer,
    TrainerWidget,
    UpdateError,
    crop_yields,
)
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.settings import By
from tests.lanes import at_length


def live_widgets() -> int:
    """Count the widgets that ipywidgets keeps alive."""
    registry = getattr(ipywidgets.widgets.widget, "_instances", None)
    return len(ipywidgets.Widget.widgets if registry is None else registry)


# ---- verbs ---------------------------------------------------------------------------------


def test_it_shows_the_crop_yields_when_no_table_is_given(widget: TrainerWidget) -> None:
    assert widget.trainer.table == crop_yields()
    assert widget.panel._title == "Crop yields"
    assert widget.panel._summary == "15 rows · 3 features → 2 targets · batches of 3"


def test_its_verbs_are_the_trainers(widget: TrainerWidget) -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    for verb, arguments in [
        ("step", ("phase", 3)),
        ("step", ("update",)),
        ("step", ("epoch", 2)),
        ("back", ("update", 3)),
        ("run", (4,)),
        ("seek", (7,)),
        ("run", ()),
    ]:
        getattr(widget, verb)(*arguments)
        getattr(trainer, verb)(*arguments)
        assert widget.trainer.position == trainer.position
        assert widget.trainer.model.w.tolist() == trainer.model.w.tolist()
        assert (widget.status, widget.update) == (trainer.status, trainer.position.update)


@pytest.mark.parametrize("of", [TrainerWidget, TrainerPanel])
@pytest.mark.parametrize(
    "name", ["step", "back", "seek", "reset", "change", "set", "rescue", "keep", "forget", "pause"]
)
def test_a_verb_has_the_parameters_and_the_words_of_the_trainers(of: type, name: str) -> None:
    verb, own = getattr(of, name), getattr(Trainer, name)
    assert inspect.signature(verb) == inspect.signature(own)
    words, told = inspect.getdoc(verb) or "", (inspect.getdoc(own) or "").split("\n\n")
    assert told[0]
    assert [part for part in words.split("\n\n") if part in told] == told


def test_the_wire_carries_what_the_trainer_knows(widget: TrainerWidget) -> None:
    widget.step(count=7)
    panel, losses = widget.panel, widget.trainer.recording.losses
    now = unpack(panel._losses)
    assert now["batch"] == losses[6]
    assert now["epoch"] == pytest.approx(losses[:5].astype(float).mean())
    assert now["full"] == widget.trainer.loss()
    assert (panel._epoch, panel._batch, panel._batches) == (1, 2, 5)
    assert (panel._total, panel._recorded) == (250, 7)
    curve = unpack(panel._curve)
    assert curve["ends"].tolist() == [1, 2, 3, 4, 5, 6, 7]
    assert curve["low"].tolist() == curve["high"].tolist() == losses.tolist()


def test_within_an_update_the_batch_loss_is_that_of_its_own_batch(widget: TrainerWidget) -> None:
    def batch_loss() -> float:
        return float(unpack(widget.panel._losses)["batch"])

    assert math.isnan(batch_loss())
    widget.step()
    first = batch_loss()
    widget.step("phase")
    assert math.isnan(batch_loss())  # predicted, but not yet compared
    widget.step("phase")
    second = batch_loss()
    widget.step()
    losses = widget.trainer.recording.losses.tolist()
    assert [first, second] == losses == [losses[0], batch_loss()]


def test_reset_begins_again_with_the_same_numbers_and_reset_with_a_seed_with_others(
    widget: TrainerWidget,
) -> None:
    first = widget.trainer.model.w.tolist()
    widget.run(epochs=2)
    widget.reset()
    assert (widget.status, widget.update, widget.trainer.model.w.tolist()) == ("ready", 0, first)
    widget.reset(seed=1)
    assert widget.seed == 1
    assert widget.trainer.model.w.tolist() != first


def test_run_goes_past_the_end_when_asked_to(widget: TrainerWidget) -> None:
    widget.run()
    assert (widget.status, widget.update) == ("finished", 250)
    widget.run()
    assert widget.update == 250
    widget.run(epochs=10)
    assert (widget.status, widget.update, widget.epochs) == ("finished", 300, 60)


# ---- traits --------------------------------------------------------------------------------


def test_traits_set_from_python_act(widget: TrainerWidget) -> None:
    widget.learning_rate = 2e-5
    assert widget.trainer.settings.learning_rate == 2e-5
    assert widget.panel.learning_rate == 2e-5
    widget.epochs = 10
    assert widget.panel._total == 50
    widget.run()
    widget.update = 20
    assert widget.trainer.position.update == 20
    widget.batch_size = 5
    widget.step()
    assert widget.trainer.recording.segments[-1].settings.batch_size == 5
    widget.seed = 3
    assert (widget.update, widget.trainer.settings.seed) == (0, 3)
    widget.standardize = True
    assert widget.trainer.settings.standardize
    assert widget.panel._limit == pytest.approx(1.007, rel=1e-3)


def test_traits_can_be_observed_and_linked(widget: TrainerWidget) -> None:
    seen: list[int] = []
    widget.observe(lambda change: seen.append(change.new), "update")
    slider = ipywidgets.FloatSlider(value=1e-5, min=0.0, max=1.0, step=1e-7)
    link = traitlets.link((widget, "learning_rate"), (slider, "value"))
    slider.value = 3e-5
    assert widget.trainer.settings.learning_rate == 3e-5
    widget.step()
    widget.step()
    widget.back()
    assert seen == [1, 2, 1]
    link.unlink()
    slider.close()
    slider.layout.close()
    slider.style.close()


def test_an_observer_may_drive_the_widget(widget: TrainerWidget) -> None:
    def schedule(change: Any) -> None:
        widget.learning_rate = 1e-5 / change.new if change.new else 1e-5

    widget.observe(schedule, "update")
    for _ in range(3):
        widget.step()
    rates = widget.trainer.recording.to_frame()["learning_rate"].tolist()
    assert rates == [1e-5, 1e-5, 5e-6]


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", -1, "positive, finite"),
        ("learning_rate", "fast", "positive, finite"),
        ("learning_rate", float("nan"), "positive, finite"),
        ("epochs", 0, "whole number, 1 or more"),
        ("batch_size", 2.5, "whole number, 1 or more"),
        ("seed", -1, "whole number, 0 or more"),
        ("shuffle", "yes", "True or False"),
        ("speed", 0, "above 0"),
        ("update", 7, "not recorded"),
        ("update", True, "update is True; it must be a whole number, 0 or more"),
        ("update", -1, "update is -1; it must be a whole number, 0 or more"),
        ("update", "3", "update is '3'; it must be a whole number, 0 or more"),
        ("update", 2**70, "at most"),
        ("step_by", "epochs", "step_by is 'epochs'; it must be one of 'phase', 'update', 'epoch'"),
        ("step_by", True, "step_by is True; it must be one of"),
        ("curves", 5, "curves is 5; it must be a list of some of 'batch', 'epoch'"),
        ("curves", ["loss"], "a list of some of"),
        ("task", None, "task is None; it must be a text"),
        ("task", b"Run it.", "task is b'Run it.'; it must be a text"),
    ],
)
def test_a_value_that_cannot_be_used_is_refused_and_the_old_one_stays(
    widget: TrainerWidget, name: str, value: object, words: str
) -> None:
    before = getattr(widget, name)
    with pytest.raises(SettingsError, match=words):
        setattr(widget, name, value)
    assert getattr(widget, name) == getattr(widget.panel, name) == before
    widget.step()
    assert widget.update == 1


def test_update_takes_the_whole_numbers_of_other_packages(widget: TrainerWidget) -> None:
    widget.run(1)
    for update in (np.int64(2), 3.0, np.float32(4)):
        widget.update = update
        assert (widget.update, type(widget.update)) == (update, int)
        assert widget.trainer.position.update == update


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"task": 5}, "task is 5; it must be a text"),
        ({"tape_bytes": -1}, "tape_bytes is -1; it must be a whole number, 0 or more"),
        ({"tape_bytes": True}, "tape_bytes is True"),
        ({"tab": False}, "False"),
        ({"tab": ""}, "''"),
        ({"held_out": torch.tensor(0.5)}, "held_out is tensor"),
        ({"held_out": np.array("a")}, "held_out is array"),
    ],
)
def test_a_part_that_cannot_be_used_is_refused_before_anything_is_made(
    settings: dict[str, Any], words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    before = live_widgets()
    with pytest.raises(SettingsError, match=words):
        TrainerWidget(plot=None, **settings)
    gc.collect()
    assert live_widgets() == before
    assert capfd.readouterr().err == ""  # of an object that is half made, and goes


@pytest.mark.parametrize("name", [True, 5, (), b"slow", print])
def test_a_run_is_kept_by_a_name_that_is_a_text(widget: TrainerWidget, name: Any) -> None:
    widget.run(1)
    with pytest.raises(SettingsError, match=r"name is .* it must be a text"):
        widget.keep(name)
    assert widget.trainer.kept == ()
    assert widget.keep("slow").name == "slow"


@pytest.mark.parametrize("path", [None, 1.5, b"page.html", print])
def test_a_page_is_written_to_a_path(widget: TrainerWidget, path: Any) -> None:
    with pytest.raises(SettingsError, match=r"cannot be written .*give the name of a file"):
        widget.to_html(path)


def test_status_cannot_be_set(widget: TrainerWidget) -> None:
    with pytest.raises(traitlets.TraitError):
        widget.status = "finished"


# ---- what goes wrong -----------------------------------------------------------------------


def test_a_bad_table_is_refused_before_anything_is_made() -> None:
    before = live_widgets()
    with pytest.raises(TableError):
        TrainerWidget({"x": [1.0, float("nan")], "y": [1.0, 2.0]})
    with pytest.raises(SettingsError):
        TrainerWidget(learning_rate=0)
    with pytest.raises(SettingsError, match="did you mean 'epochs'"):
        TrainerWidget(epoch=3)
    assert live_widgets() == before


def test_a_diverged_run_says_so_and_goes_back(widget: TrainerWidget) -> None:
    widget.learning_rate = 1.0
    widget.run()
    assert widget.status == "diverged"
    with pytest.raises(SettingsError, match="Diverged"):
        widget.step()
    assert "Diverged" in widget.panel._alert
    widget.back()
    assert (widget.status, widget.panel._alert) == ("paused", "")
    assert bool(widget.trainer.model.w.isfinite().all())


def test_an_error_in_an_update_function_is_raised_and_shown() -> None:
    def no_transpose(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
        predictions = x @ model.w + model.b
        yield "predict"
        return predictions.sum().item()

    widget = TrainerWidget(update=no_transpose, plot=None)
    with pytest.raises(UpdateError, match=r"x @ model\.w \+ model\.b"):
        widget.step()
    assert widget.status == "failed"
    assert "predictions = x @ model.w + model.b" in widget.panel._alert
    widget.start()
    widget.panel._on_message(widget.panel, {"kind": "advance", "client": "a", "id": 1}, [])
    assert (widget.status, widget.panel._pull) == ("failed", False)
    widget.reset()
    assert (widget.status, widget.panel._alert) == ("ready", "")
    widget.close()


# ---- freeing -------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "plot",
    [
        pytest.param(None, marks=pytest.mark.matrix),
        pytest.param("page", marks=pytest.mark.matrix),
        "ipympl",
    ],
)
def test_widgets_in_turn_leave_nothing(plot: str | None) -> None:
    TrainerWidget(plot=plot).close()
    gc.collect()
    before = live_widgets()
    gone: list[weakref.ref[Any]] = []
    for _ in range(100 if at_length() else 10):
        widget = TrainerWidget(plot=plot)
        widget.step()
        gone += [weakref.ref(widget), weakref.ref(widget.panel), weakref.ref(widget.trainer)]
        widget.close()
        widget.close()  # twice does no harm
        del widget
    gc.collect()
    assert live_widgets() == before
    assert sum(reference() is not None for reference in gone) == 0


def test_the_trainer_lives_on_after_close(widget: TrainerWidget) -> None:
    widget.step()
    widget.close()
    widget.trainer.step()
    assert widget.trainer.position.update == 2


def test_the_panel_works_alone() -> None:
    panel = TrainerPanel(Trainer(crop_yields()))
    panel.step()
    assert (panel.status, panel.update) == ("paused", 1)
    panel.close()


def function_of(thread: threading.Thread) -> str:
    """Return the name of the function that a thread is in, "" before it is in any."""
    frame = sys._current_frames().get(thread.ident or 0)
    return "" if frame is None else frame.f_code.co_name


@pytest.mark.parametrize(("name", "value"), [("speed", 10), ("learning_rate", 2e-5)])
def test_a_trait_that_is_set_while_another_thread_acts_is_not_lost(
    widget: TrainerWidget, name: str, value: float
) -> None:
    other = threading.Thread(target=setattr, args=(widget, name, value))
    with widget._lock:
        other.start()
        while function_of(other) != "set":  # of the trait, which waits for the lock
            time.sleep(0.001)
        widget.step()  # shows all settings, and moves `update`, which is the widget's too
    other.join()
    assert (getattr(widget, name), getattr(widget.panel, name), widget.update) == (value, value, 1)
    assert widget.trainer.settings.rate == widget.learning_rate


def test_who_waits_for_a_status_finds_the_rest_of_its_state(
    widget: TrainerWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cell in a subshell reads while another thread sets: the status must not come first."""
    found: list[tuple[object, ...]] = []

    def told(self: TrainerPanel, name: str, value: object) -> None:
        changes = name == "status" and value != self.status
        set_trait(self, name, value)
        if changes:
            found.append((value, widget.update, widget.learning_rate, widget.panel._alert))

    set_trait = TrainerPanel.set_trait
    monkeypatch.setattr(TrainerPanel, "set_trait", told)
    widget.epochs = 200
    widget.run(50)
    widget.learning_rate = 1.3e-4
    widget.run()
    diverged, good = widget.update, widget.trainer.diagnosis.good_update
    assert found[-1] == ("diverged", diverged, 1.3e-4, "")
    widget.rescue("good")
    assert good
    assert found[-1] == ("paused", good, 1e-5, ""), "it was paused before it was back"
    widget.reset()
    assert found[-1] == ("ready", 0, 1e-5, "")


def test_a_link_makes_another_widget_in_the_same_state(widget: TrainerWidget) -> None:
    widget.step(count=17)
    widget.step("phase", 2)
    other = TrainerWidget.from_link(widget.link(), plot=None)
    assert other.panel._frame == widget.panel._frame
    assert other.panel._frame_data == widget.panel._frame_data
    assert (other.update, other.learning_rate) == (17, 1e-5)
    other.close()
    with pytest.raises(SettingsError, match="another table"):
        TrainerWidget.from_link(widget.link(), {"x": [1.0, 2.0], "y": [3.0, 4.0]})


def test_a_widget_can_be_put_around_a_trainer() -> None:
    trainer = Trainer(crop_yields(), learning_rate=3e-6)
    trainer.step(count=4)
    widget = TrainerWidget(trainer, plot=None)
    assert widget.trainer is trainer
    assert (widget.update, widget.learning_rate) == (4, 3e-6)
    widget.close()
    with pytest.raises(SettingsError, match="a trainer comes with its own settings"):
        TrainerWidget(trainer, learning_rate=1e-5)


def test_a_trainers_own_verbs_are_those_that_panel_and_widget_use() -> None:
    class Counting(Trainer):
        steps = 0

        def step(self, by: By = "update", count: int = 1) -> None:
            self.steps += 1
            super().step(by, count)

    trainer = Counting(crop_yields())
    widget = TrainerWidget(trainer, plot=None)
    widget.step()
    widget.panel.step()
    widget.panel.page.press("step")
    assert (trainer.steps, widget.update) == (3, 3)
    widget.close()


def test_rows_are_held_out_and_a_link_leads_back() -> None:
    widget = TrainerWidget(crop_yields(), held_out=["A", "B"], plot=None)
    widget.run()
    assert widget.trainer.held_out is not None
    assert widget.trainer.held_out.row_names == ("A", "B")
    assert any("near copies" in words for words in widget.panel._findings)
    again = TrainerWidget.from_link(widget.link(), plot=None)
    assert again.trainer.held_out_loss() == widget.trainer.held_out_loss()
    own = TrainerWidget(widget.trainer.table, held_out=widget.trainer.held_out, plot=None)
    own.step()
    third = TrainerWidget.from_link(
        own.link(), own.trainer.table, held_out=own.trainer.held_out, plot=None
    )
    assert third.trainer.held_out == own.trainer.held_out
    with pytest.raises(SettingsError, match="a trainer comes with its own settings"):
        TrainerWidget(widget.trainer, held_out=0.2)
    for one in (widget, again, own, third):
        one.close()


def test_what_was_done_to_a_table_is_said_on_the_page() -> None:
    table = Table.parse("City,Size,Price\nA,$3,5\nB,$4,4\nA,$5,8", encode=True)
    widget = TrainerWidget(table, plot=None)
    widget.step()
    found = " ".join(widget.panel._findings)
    assert "Every cell of Size carries $" in found
    assert "City became a column of 0 and 1, for B; 0 means A, the baseline." in found
    widget.close()


@pytest.mark.parametrize(
    ("given", "opened"),
    [({}, "loss"), ({"ask": "line"}, "line"), ({"ask": "line", "tab": "data"}, "data")],
)
def test_what_is_open_at_first(given: dict[str, Any], opened: str) -> None:
    widget = TrainerWidget(plot=None, **given)
    assert widget.tab == opened
    widget.close()
