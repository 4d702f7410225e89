"""What the panel says of limits, losses, what went wrong, the best fit and other runs."""

from __future__ import annotations

import json
import math
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from linreg_widget import SettingsError, Stop, Table, Trainer, TrainerWidget, crop_yields
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.readings import epochs_of
from linreg_widget.plots.painting import FULL
from linreg_widget.training.comparison import PRESENT

EVERY = ["batch", "epoch", "full", "floor", "branches", "runs"]


def ask(widget: TrainerWidget, kind: str, **content: Any) -> None:
    """Send a message as the page does."""
    message = {"kind": kind, "client": "test", "id": 1, **content}
    widget.panel._handle_custom_msg(message, [])


def entry(tensor: str, row: int, column: int, value: object) -> dict[str, object]:
    return {"tensor": tensor, "row": row, "column": column, "value": value}


def coefficients(widget: TrainerWidget) -> NDArray[np.float64]:
    """Now, now as trained, best, best scaled: each (t, d + 1)."""
    arrays = unpack(widget.panel._coefficients)
    return np.stack([arrays[name] for name in ("now", "scaled_now", "best", "scaled_best")])


def test_limits_follow_batch_size_and_standardize(widget: TrainerWidget) -> None:
    panel = widget.panel
    assert panel._limit == pytest.approx(1.1155e-4, rel=1e-4)
    assert panel._worst == pytest.approx(6.89e-5, rel=1e-3)
    assert panel._floor == pytest.approx(0.9094, rel=1e-4)
    widget.batch_size = 15
    assert panel._worst == panel._limit
    widget.standardize = True
    assert panel._limit == pytest.approx(1.007, rel=1e-3)
    assert any("1.01" in words for words in panel._findings)
    widget.learning_rate = 0.5
    assert any("At 0.5" in words for words in panel._findings)


def test_a_perfect_fit_has_the_floor_that_float32_reaches() -> None:
    x = np.arange(8.0)[:, None]
    widget = TrainerWidget(Table.of((x, 2 * x + 1)), plot=None)
    assert 0 < widget.panel._floor < 1e-10
    assert widget.panel._floor == widget.trainer.insight.floor
    assert 1e9 < widget.trainer.insight.distance(widget.trainer.loss()) < math.inf
    json.dumps(widget.panel.get_state(["_floor", "_findings", "_explained"]), allow_nan=False)
    widget.close()


def test_a_diverged_run_is_explained_and_rescued_by_the_page(widget: TrainerWidget) -> None:
    widget.run()
    widget.change(learning_rate=1.3e-4, epochs=200)
    widget.run()
    explained = widget.panel._explained
    assert (widget.status, explained["kind"]) == ("diverged", "diverged")
    assert explained["words"] == widget.trainer.diagnosis.words
    assert explained["safe"] == 1e-5
    good = explained["good"]
    ask(widget, "rescue", to="good")
    assert (widget.status, widget.update, widget.learning_rate) == ("paused", good, 1e-5)
    assert widget.panel._explained == {}
    widget.learning_rate = 1.0
    widget.run()
    ask(widget, "rescue", to="start")
    assert (widget.status, widget.update, widget.learning_rate) == ("ready", 0, 1e-5)
    ask(widget, "rescue", to="start")
    assert "nothing to be rescued from" in widget.panel._alert


def test_a_growing_loss_is_told_while_the_run_goes_on(widget: TrainerWidget) -> None:
    widget.learning_rate = 1.3e-4
    widget.start()
    while widget.panel._pull and not widget.panel._explained:
        widget.speed = 200  # small slices
        ask(widget, "advance")
        widget.panel._readings._last_dear = -math.inf
    assert widget.panel._explained["kind"] == "growing"
    assert widget.status == "running"


@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_what_takes_long_is_read_the_more_seldom_in_a_run(
    widget: TrainerWidget,
    stopped: SimpleNamespace,
    monkeypatch: pytest.MonkeyPatch,
    seconds: float,
) -> None:
    read: list[float] = []

    def slow(*_: object) -> dict[str, Any]:
        read.append(round(stopped.now, 3))
        stopped.now += seconds
        return {}

    monkeypatch.setattr("linreg_widget.panel.readings.curves_of", slow)
    readings, opened = widget.panel._readings, frozenset({"loss"})
    readings.now(at_rest=True, opened=opened)
    read.clear()
    stopped.now = 200.0
    for _ in range(40):
        readings.now(at_rest=False, opened=opened)
        stopped.now += 0.5
    assert read == ([200.0, 210.0, 220.0] if seconds else [200 + 0.5 * k for k in range(40)])
    stopped.now = 300.0
    readings.now(at_rest=True, opened=opened)
    assert read[-1] == 300


def test_both_coefficient_systems_and_the_best_of_each(widget: TrainerWidget) -> None:
    widget.standardize = True
    widget.step(count=30)
    now, trained, best, best_scaled = coefficients(widget)
    trainer = widget.trainer
    own, scaled = trainer.coefficients(), trainer.coefficients(scaled=True)
    np.testing.assert_array_equal(now, np.column_stack([own.w, own.b]))
    np.testing.assert_array_equal(trained, np.column_stack([scaled.w, scaled.b]))
    solution = trainer.insight.least_squares
    np.testing.assert_array_equal(best, np.column_stack([solution.w, solution.b]))
    x = trainer.table.inputs.astype(float)
    z = (x - x.mean(axis=0)) / x.std(axis=0)
    np.testing.assert_allclose(
        z @ best_scaled[:, :-1].T + best_scaled[:, -1], x @ solution.w.T + solution.b, rtol=1e-9
    )


def test_wide_tables_send_the_leading_coefficients_only() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 300))
    widget = TrainerWidget(Table.of((rows, rows[:, :20])), plot=None)
    assert coefficients(widget).shape == (4, 8, 33)
    widget.close()


def test_entries_of_w_and_b_are_set_by_the_page(widget: TrainerWidget) -> None:
    widget.step(count=7)
    widget.seek(5)
    w, b = widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()
    ask(widget, "set", entries=[entry("w", 1, 2, 0.25)])
    w[1][2] = 0.25
    assert widget.trainer.model.w.tolist() == w
    ask(widget, "set", entries=[entry("b", 0, 1, -3)])
    assert widget.trainer.model.b.tolist() == [b[0], -3]
    assert widget.trainer.recording.edited == (5,)
    assert len(widget.trainer.recording.branches) == 1
    frame = {tensor["name"]: tensor for tensor in widget.panel._frame["tensors"]}
    assert frame["b"]["state"] == "value"
    assert widget.panel._phase == ""


def test_a_line_sets_weight_and_bias_in_one_message_and_undo_takes_both_back(
    widget: TrainerWidget,
) -> None:
    widget.step(count=7)
    widget.seek(5)
    before = widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()
    losses = widget.trainer.recording.losses.tolist()
    assert not widget.panel._undoes
    ask(widget, "set", entries=[entry("w", 1, 2, 0.25), entry("b", 0, 1, -3)])
    assert widget.trainer.model.w[1].tolist() == [*before[0][1][:2], 0.25]
    assert widget.trainer.model.w[0].tolist() == before[0][0]
    assert widget.trainer.model.b.tolist() == [before[1][0], -3]
    assert widget.trainer.recording.by_hand[5] == {("w", 1, 2), ("b", 0, 1)}
    assert widget.panel._undoes
    ask(widget, "undo")
    assert not widget.panel._undoes
    assert (widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()) == before
    assert widget.trainer.recording.losses.tolist() == losses
    ask(widget, "undo")  # once too often
    assert not widget.panel._alert
    assert (widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()) == before


def test_an_entry_set_within_an_update_leaves_the_update(widget: TrainerWidget) -> None:
    widget.step(count=2)
    w, b = widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()
    widget.step("phase", 4)  # w and b have moved
    ask(widget, "set", entries=[entry("w", 0, 0, 5)])
    w[0][0] = 5
    assert (widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()) == (w, b)
    assert (widget.update, widget.panel._phase) == (2, "")


@pytest.mark.parametrize(
    "content",
    [
        {"tensor": "w", "row": 2, "column": 0, "value": 1},
        {"tensor": "x", "row": 0, "column": 0, "value": 1},
        {"tensor": ["w"], "row": 0, "column": 0, "value": 1},
        {"tensor": "w", "row": 0, "column": None, "value": 1},
        {"tensor": "w", "row": 0, "column": 0, "value": "many"},
        {"tensor": "w", "row": 0, "column": 0, "value": None},
        {"tensor": "b", "row": 0, "column": 0, "value": 1e300},
        {},
    ],
)
def test_entries_that_cannot_be_set_are_refused_in_words(
    widget: TrainerWidget, content: dict[str, Any]
) -> None:
    before = widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()
    ask(widget, "set", entries=[content])
    assert widget.panel._alert
    assert (widget.trainer.model.w.tolist(), widget.trainer.model.b.tolist()) == before


def test_a_stop_is_chosen_from_page_or_python_and_ends_the_run(widget: TrainerWidget) -> None:
    widget.reset(standardize=True)
    widget.change(learning_rate=0.1, epochs=1000)
    widget.stop_within = 1.5
    assert widget.trainer.stop == Stop(within=1.5)
    widget.start()
    while widget.panel._pull:
        ask(widget, "advance")
    assert widget.status == "paused"
    assert "within the chosen 1.5" in widget.panel._notice
    assert widget.panel._notice == widget.trainer.notice
    widget.step()
    assert widget.panel._notice == ""
    widget.trainer.stop = Stop(patience=3)
    widget.run()
    assert (widget.stop_within, widget.stop_patience) == (None, 3)
    assert "has not fallen" in widget.panel._notice
    with pytest.raises(SettingsError, match="above 1"):
        widget.stop_within = 0.5
    assert widget.stop_within is None


def test_a_stop_can_be_given_at_the_start() -> None:
    widget = TrainerWidget(stop=Stop(patience=4), plot=None)
    assert (widget.stop_within, widget.stop_patience) == (None, 4)
    widget.close()


def test_runs_are_kept_compared_and_forgotten(widget: TrainerWidget) -> None:
    assert widget.panel._runs == []
    widget.run()
    ask(widget, "keep")
    widget.change(learning_rate=5e-5)
    widget.reset()
    widget.step(count=2)
    heads, rows = widget.panel._run_columns, widget.panel._runs
    assert heads == ["learning rate", "epochs", "updates", "status", "loss, all rows", "× the best"]
    assert [row["kept"] for row in rows] == [True, False]
    assert [row["name"] for row in rows] == ["learning rate 1e-5, batches of 3, seed 0", "now"]
    assert [row["cells"][:4] for row in rows] == [
        ["1e-5", "50", "250", "finished"],
        ["5e-5", "0", "2", "paused"],
    ]
    assert rows[1]["colour"] == PRESENT == FULL
    assert len(widget.comparison()) == 2
    ask(widget, "forget", index=0)
    assert widget.panel._runs == []
    ask(widget, "forget", index=7)
    assert "index is 7" in widget.panel._alert


def test_the_switches_of_curves_reach_the_plot() -> None:
    widget = TrainerWidget(learning_rate=1e-5, plot="ipympl")
    widget.run(3)
    assert widget.panel._plot
    pictures = []
    for names in (["full", "floor"], EVERY, ["batch"], ["full", "floor"], EVERY):
        widget.panel.curves = names
        assert widget.curves == names
        pictures.append(widget.plot.widget.get_state()["_data_url"])
    fewer, every, batches, fewer_again, every_again = pictures
    assert len({fewer, every, batches}) == 3
    assert (fewer, every) == (fewer_again, every_again)
    with pytest.raises(Exception, match="curves"):
        widget.curves = ["everything"]
    widget.close()


def test_the_valley_comes_and_goes() -> None:
    widget = TrainerWidget(learning_rate=1e-5, plot="ipympl")
    assert (widget.tab, len(widget.children)) == ("loss", 3)
    widget.panel.tab = "valley"
    assert (widget.tab, len(widget.children)) == ("valley", 4)
    before = [*widget.children]
    widget.run(3)
    widget.tab = "loss"
    assert [*widget.children] == before  # put away by the page, and there again at once
    widget.tab = "valley"
    assert [*widget.children] == before
    widget.close()


def test_a_widget_may_begin_with_any_tab() -> None:
    for tab in ("loss", "microscope", "graph", "line", "predictions", "compare", "data", "valley"):
        widget = TrainerWidget(tab=tab, plot="ipympl")
        assert (widget.tab, widget.panel.tab) == (tab, tab)
        assert len(widget.children) == 3 + (tab == "valley")
        widget.close()
    with pytest.raises(SettingsError, match=r"tab is 'chart'; it must be one of loss, microscope"):
        TrainerWidget(tab="chart")


@pytest.mark.usefixtures("ticking")
def test_within_a_run_what_no_open_tab_shows_is_not_sent_and_at_rest_all_is() -> None:
    widget = TrainerWidget(plot=None, epochs=10**6)
    panel = widget.panel
    sent: list[str] = []
    panel.observe(lambda change: sent.append(change["name"]))
    own = {
        "loss": {"_curve", "_table"},
        "microscope": {"_frame_data"},
        "predictions": {"_frame_data", "_fit_data", "_coefficients"},
        "line": {"_frame_data", "_fit_data"},
        "data": {"_coefficients"},
        "compare": {"_curve"},
        "graph": {"_frame_data", "_graph_data"},
    }
    at_rest = {"_frame_data", "_fit_data", "_coefficients", "_curve", "_table"}
    dear = {*at_rest, "_graph_data"}
    widget.speed = None
    for tab, wanted in own.items():
        widget.tab = tab
        widget.start()
        panel._readings._last_dear = panel._readings._last_frame = -math.inf
        sent.clear()
        panel._on_message(panel, {"kind": "advance", "client": "c", "id": 1}, [])
        assert set(sent) & dear == wanted, tab
        widget.pause()
        assert at_rest <= {*sent}, tab
    widget.tab = "loss"
    panel._on_message(
        panel,
        {"kind": "look", "client": "c", "id": 1, "width": 500, "height": 222, "beside": True},
        [],
    )
    assert panel.opened == {"loss", "microscope"}
    panel._on_message(
        panel,
        {"kind": "look", "client": "c", "id": 1, "width": 500, "height": 222, "beside": False},
        [],
    )
    assert panel.opened == {"loss"}
    widget.close()


def test_a_page_may_tell_what_room_it_has_for_the_plot() -> None:
    widget = TrainerWidget(plot="ipympl")
    panel = widget.panel
    assert panel._axis[0] == 1000
    look = {"kind": "look", "client": "c", "id": 1, "beside": False}
    panel._on_message(panel, {**look, "width": 640, "height": 222}, [])
    width, first, last, update = panel._axis
    assert (width, update) == (640, widget.trainer.total)
    assert 0 < first < last < 640
    for wide, high in (
        (0, 222),
        (-5, 222),
        ("wide", 222),
        (1e300, 222),
        (10**9, 222),
        (None, 1),
    ):
        panel._on_message(panel, {**look, "width": wide, "height": high}, [])
    assert panel._axis[0] == 640
    widget.close()


def test_without_plots_their_controls_are_not_offered(widget: TrainerWidget) -> None:
    assert (widget.panel._plot, widget.panel._axis) == (False, [])


# ---- the losses as a table -----------------------------------------------------------------------


def rows_of(trainer: Trainer, seconds: float = 10.0) -> NDArray[np.float64]:
    trainer.full_losses(seconds)
    columns = epochs_of(trainer)
    return np.column_stack([columns[name] for name in ("epochs", "updates", "mean", "full")])


def test_a_row_stands_for_each_epoch_and_one_for_the_start() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step("epoch", 3)
    trainer.step()
    rows = rows_of(trainer)
    assert rows[:, 0].tolist() == [0, 1, 2, 3]
    assert rows[:, 1].tolist() == [0, 5, 10, 15]
    losses = trainer.recording.losses.astype(float)
    assert math.isnan(rows[0, 2])
    assert rows[1:, 2] == pytest.approx(losses[:15].reshape(3, 5).mean(1), rel=1e-6)
    for update, full in rows[:, [1, 3]]:
        trainer.seek(int(update))
        assert full == pytest.approx(trainer.loss(), rel=1e-6)


def test_a_long_run_has_at_most_a_hundred_rows_and_the_start() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5, epochs=10_000)
    for epochs in (60, 41, 250):
        trainer.step("epoch", epochs)
        rows = rows_of(trainer)
        assert len(rows) <= 101
    stride = rows[2, 0] - rows[1, 0]
    assert stride == 4
    means = trainer.recording.losses[: 5 * 348].astype(float).reshape(-1, 20).mean(1)
    assert rows[1:88, 2] == pytest.approx(means, rel=1e-6)


def test_another_way_from_the_past_makes_another_table() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step("epoch", 4)
    before = rows_of(trainer).copy()
    trainer.back("epoch", 3)
    trainer.change(learning_rate=1e-6)
    trainer.step("epoch", 1)
    after = rows_of(trainer)
    assert len(after) == 3
    assert after[1, 2] == before[1, 2]
    assert after[2, 2] != before[2, 2]


def test_without_time_losses_over_all_rows_are_not_known_and_said_to_be() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-5)
    trainer.step("epoch", 30)
    known = np.isfinite(rows_of(trainer, 0.0)[:, 3])
    assert not known.all()
