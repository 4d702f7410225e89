"""Tables that are drawn or pasted in the page: a new trainer each, and the way back."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from linreg_widget import (
    SettingsError,
    Stop,
    Table,
    TableError,
    Trainer,
    TrainerWidget,
    crop_yields,
)
from linreg_widget.model import gradient_update
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.panel.tables import MOST_POINTS

NAME = "of this request"
LINE = "hours (h),grade\n1,2\n2,4\n3,5\n4,9\n6,7"
NAMED = "name,hours,grade\nAnna,1,2\nBert,2,4\nCarl,3,5"


def widget_of(text: str, **options: Any) -> TrainerWidget:
    return TrainerWidget(Table.parse(text), plot=None, **options)


def points(table: Table) -> list[dict[str, Any]]:
    """What the page has of a table."""
    pairs = zip(table.inputs[:, 0].tolist(), table.targets[:, 0].tolist(), strict=True)
    return [{"x": x, "y": y, "row": row} for row, (x, y) in enumerate(pairs)]


def send(widget: TrainerWidget, kind: str, **content: Any) -> str:
    """Send what a page sends; return what the alert says then."""
    panel = widget.panel
    panel.send = lambda *_: None
    panel._on_message(panel, {"kind": kind, "client": "c", "id": 1, **content}, [])
    return str(panel._alert)


def drawn_updates(widget: TrainerWidget) -> int:
    """How many batch losses the canvas has."""
    figure = widget.plot._figure
    assert figure is not None
    return np.asarray(figure.curves.batch.get_xdata()).size


def paste(
    widget: TrainerWidget, text: str, *, train: bool = False, **choices: Any
) -> dict[str, Any]:
    """Paste a text, and return what the page is told of it."""
    rest = {"roles": [], "drop_gaps": False, "decimal": "", "thousands": "", "held_out": 0}
    send(widget, "paste", **{"token": NAME, "text": text, "train": train, **rest, **choices})
    draft: dict[str, Any] = widget.panel._draft
    assert draft["token"] == NAME
    return draft


# ---- drawn ---------------------------------------------------------------------------------------


def test_a_point_that_is_added_makes_a_new_table_and_begins_the_run_again() -> None:
    widget = widget_of(LINE, learning_rate=0.01, epochs=7, batch_size=2, seed=3, shuffle=False)
    before, table = widget.trainer, widget.trainer.table
    widget.run(2)
    alert = send(widget, "draw", points=[*points(table), {"x": 5, "y": 8.5, "row": -1}], pattern="")
    assert alert == ""
    after = widget.trainer
    assert after is not before
    assert before.table is table, "the old one keeps its table"
    assert (before.position.update, after.position.update) == (6, 0)
    assert (widget.status, widget.update) == ("ready", 0)
    np.testing.assert_array_equal(after.table.inputs[:, 0], [1, 2, 3, 4, 6, 5])
    np.testing.assert_array_equal(after.table.targets[:, 0], [2, 4, 5, 9, 7, 8.5])
    assert after.table.feature_names == ("hours",)
    assert after.table.feature_units == ("h",)
    assert after.settings == before.settings
    assert after.update_function is gradient_update
    assert after.table.to_frame()["grade"].tolist() == [2, 4, 5, 9, 7, 8.5]


def test_the_page_is_told_of_the_new_rows() -> None:
    widget = widget_of(LINE)
    table = widget.trainer.table
    send(widget, "draw", points=points(table)[1:], pattern="")
    panel = widget.panel
    assert panel._fit["rows"] == ["row 1", "row 2", "row 3", "row 4"]
    assert (panel._fit["count"], panel._fit["index"]) == (4, [0, 1, 2, 3])
    assert unpack(panel._fit_inputs)["columns"].tolist() == [[2, 3, 4, 6]]
    assert unpack(panel._fit_data)["targets"][:, 0].tolist() == [4, 5, 9, 7]
    assert panel._total == widget.trainer.total
    assert panel._floor == widget.trainer.insight.floor


def test_rows_keep_their_names_and_new_ones_have_numbers() -> None:
    widget = widget_of(NAMED)
    first, _, third = points(widget.trainer.table)
    send(widget, "draw", points=[third, {"x": 9, "y": 9, "row": -1}, first], pattern="")
    assert widget.trainer.table.row_names == ("Carl", "row 2", "Anna")


def test_a_run_on_points_that_were_drawn_is_the_run_on_that_table() -> None:
    widget = widget_of(LINE, learning_rate=0.01, seed=5)
    drawn = [*points(widget.trainer.table), {"x": 2.5, "y": -1, "row": -1}]
    send(widget, "draw", points=drawn, pattern="")
    widget.run()
    alone = Trainer(widget.trainer.table, learning_rate=0.01, seed=5)
    alone.run()
    assert widget.trainer.recording.losses.tobytes() == alone.recording.losses.tobytes()


def test_undo_leads_back_to_where_the_run_was_and_what_it_was() -> None:
    widget = widget_of(LINE)
    first = widget.trainer
    widget.run(3)
    for x in (7, 8):
        send(widget, "draw", points=[*points(first.table), {"x": x, "y": 1, "row": -1}], pattern="")
    assert widget.panel._undoes == "draw"
    last = widget.trainer
    widget.set(w=[[2.0]])
    assert widget.panel._undoes == "set"
    assert send(widget, "undo") == ""
    assert widget.trainer is last, "what was set by hand is taken back first"
    send(widget, "undo")
    assert widget.trainer.table.inputs[-1, 0] == 7
    widget.undo()
    assert widget.trainer is first
    assert (widget.update, widget.status) == (6, "paused")
    assert widget.panel._undoes == ""
    assert widget.panel._fit["count"] == 5
    with pytest.raises(SettingsError, match="nothing to undo"):
        widget.undo()


def test_twenty_tables_can_be_gone_back_from() -> None:
    widget = widget_of(LINE)
    for x in range(25):
        drawn = [*points(widget.trainer.table), {"x": x, "y": 1, "row": -1}]
        send(widget, "draw", points=drawn, pattern="")
    for _ in range(20):
        widget.undo()
    assert widget.trainer.table.rows == 10
    assert not widget.panel._undoes


def test_a_pattern_is_a_table_of_its_own_with_a_rate_of_its_own() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    drawn = [{"x": x, "y": 100 * x, "row": -1} for x in range(0, 500, 10)]
    send(widget, "draw", points=drawn, pattern="Two <b>groups</b>")
    table, settings = widget.trainer.table, widget.trainer.settings
    assert (table.feature_names, table.target_names) == (("x",), ("y",))
    assert widget.panel._title == table.name == "Two <b>groups</b>"
    assert settings == Trainer(table).settings
    widget.undo()
    assert widget.trainer.table == crop_yields()


def test_a_rate_that_was_given_stays() -> None:
    widget = TrainerWidget(crop_yields(), plot=None, learning_rate=1e-3)
    send(widget, "draw", points=[{"x": 1, "y": 2, "row": -1}], pattern="One")
    assert widget.learning_rate == 1e-3


def test_rows_held_out_stay_held_out_while_points_are_drawn() -> None:
    widget = widget_of(NAMED, held_out="Bert", stop=Stop(patience=3, on="held_out"))
    held_out = widget.trainer.held_out
    drawn = [*points(widget.trainer.table), {"x": 9, "y": 9, "row": -1}]
    send(widget, "draw", points=drawn, pattern="")
    assert widget.trainer.held_out is held_out
    assert widget.trainer.table.row_names == ("Anna", "Carl", "row 3")
    assert widget.trainer.stop.on == "held_out"
    send(widget, "draw", points=drawn, pattern="A line")
    assert widget.trainer.held_out is None
    assert widget.trainer.stop == Stop(patience=3)
    assert widget.panel._held_out == 0


BAD: dict[str, tuple[Any, str]] = {
    "none": ([], "There are 0 points, and a table that is drawn has 1 to 500"),
    "no list": ("points", "There are 0 points"),
    "too many": ([{"x": 1, "y": 2, "row": -1}] * (MOST_POINTS + 1), "There are 501 points"),
    "text": ([{"x": "<b>", "y": 2, "row": 0}], "x is '<b>'; it must be a number"),
    "truth": ([{"x": True, "y": 2, "row": 0}], "x is True; it must be a number"),
    "not finite": ([{"x": 1, "y": float("nan"), "row": 0}], "y is nan; it must be a number"),
    "too large": ([{"x": 1e39, "y": 2, "row": 0}], "x is 1e+39; it must be a number"),
    "missing": ([{"y": 2}], "x is None; it must be a number"),
    "no point": ([7], "x is None; it must be a number"),
}


@pytest.mark.parametrize(("given", "words"), BAD.values(), ids=BAD)
def test_what_cannot_be_drawn_is_refused_and_changes_nothing(given: Any, words: str) -> None:
    widget = widget_of(LINE)
    before = widget.trainer
    assert words in send(widget, "draw", points=given, pattern="")
    assert widget.trainer is before
    assert not widget.panel._undoes


def test_points_for_a_table_that_the_page_does_not_know_yet_are_added_to_its_rows() -> None:
    widget = widget_of(NAMED)
    one = [{"x": 5, "y": 8, "row": -1}]
    columns = ["hours", "grade"]
    assert send(widget, "draw", points=one, pattern="", onto=columns) == ""
    table = widget.trainer.table
    assert table.inputs.ravel().tolist() == [1, 2, 3, 5]
    assert table.row_names == ("Anna", "Bert", "Carl", "row 4")
    for others in (["x", "y"], [], "hours"):
        alert = send(widget, "draw", points=one, pattern="", onto=others)
        assert "at 5 and 8 was drawn in a table that is no longer shown" in alert
    assert "1 to 500" in send(widget, "draw", points=[], pattern="", onto=columns)
    assert "501 points" in send(widget, "draw", points=one * 497, pattern="", onto=columns)
    assert widget.trainer.table is table


def test_undo_once_more_than_there_is_to_undo_does_nothing_in_the_page() -> None:
    widget = widget_of(LINE)
    assert send(widget, "undo") == ""
    send(widget, "draw", points=points(widget.trainer.table)[1:], pattern="")
    assert (send(widget, "undo"), send(widget, "undo")) == ("", "")
    assert widget.trainer.table == Table.parse(LINE)
    with pytest.raises(SettingsError, match="nothing to undo"):
        widget.undo()


def test_a_table_of_more_columns_is_not_drawn() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    with pytest.raises(TableError, match="3 features and 2 targets: start from a pattern"):
        widget.panel.draw([{"x": 1, "y": 2, "row": 0}])
    assert widget.trainer.table == crop_yields()


@pytest.mark.parametrize("rows", [1, 2])
def test_points_in_one_place_can_be_trained_on(rows: int) -> None:
    widget = widget_of(LINE)
    send(widget, "draw", points=[{"x": 3, "y": 4, "row": -1}] * rows, pattern="")
    widget.run()
    assert widget.trainer.table.rows == rows
    assert np.isfinite(widget.trainer.loss())


def own_update(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    return (yield from gradient_update(model, x, y, learning_rate))


def test_drawing_ends_a_run_that_the_page_pulls_and_drops_its_tape() -> None:
    widget = widget_of(LINE, update=own_update)
    widget.run(2)
    with widget.panel.hold_sync():
        widget.panel._rows = {}  # as for a table that the page does not hold
        assert widget.panel.make_tape()
    assert widget.panel._tape
    widget.start()
    assert widget.status == "running"
    send(widget, "draw", points=points(widget.trainer.table), pattern="")
    assert (widget.status, widget.panel._pull) == ("ready", False)
    assert widget.panel._tape == b""
    assert widget.trainer.update_function is own_update


def test_the_plots_show_the_new_run() -> None:
    widget = TrainerWidget(Table.parse(LINE), plot="ipympl", tab="valley")
    widget.run(3)
    first = widget.trainer
    send(widget, "draw", points=[{"x": x, "y": x, "row": -1} for x in (1, 2)], pattern="A line")
    figure = widget.plot._figure
    assert figure is not None
    assert drawn_updates(widget) == 0
    assert figure.annotations.mean == widget.trainer.insight.mean_loss
    assert widget._valley is not None
    assert "along y" in widget._valley.description
    widget.run(1)
    assert drawn_updates(widget) == 1
    widget.undo()
    assert drawn_updates(widget) == len(first.recording)
    assert "along grade" in widget._valley.description
    widget.close()


def test_a_lesson_goes_on_on_the_new_table() -> None:
    widget = widget_of(LINE, ask="loss")
    send(widget, "step")
    send(widget, "guess", value=3.0)
    assert len(widget.answers()) == 1
    send(widget, "step")
    assert widget.panel._question
    send(widget, "draw", points=points(widget.trainer.table)[:3], pattern="")
    assert not widget.panel._question, "it was about the other run"
    assert len(widget.answers()) == 1
    send(widget, "step")
    assert widget.panel._question
    send(widget, "guess", value=1.0)
    assert len(widget.answers()) == 2


@pytest.mark.parametrize("how", ["hide", "lock"])
def test_a_lesson_can_withhold_drawing_and_pasting(how: str) -> None:
    widget = widget_of(LINE, **{how: ("draw", "paste")})
    before = widget.trainer
    drawn = points(before.table)[1:]
    what = {"hide": "hidden", "lock": "locked"}[how]
    assert f"The lesson has {what} Drawing points" in send(widget, "draw", points=drawn, pattern="")
    words = send(widget, "paste", token=NAME, text="a,b\n1,2\n3,4", train=True)
    assert f"The lesson has {what} Pasting a table" in words
    assert widget.trainer is before
    widget.panel.draw(drawn)  # Python's verbs work all the same
    assert "Drawing points" in send(widget, "undo"), "an undo of it is barred as well"
    setattr(widget, how, ("set",))
    assert send(widget, "undo") == ""
    assert widget.trainer is before


# ---- pasted --------------------------------------------------------------------------------------


def test_a_pasted_text_is_seen_before_it_is_trained_on() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    before = widget.trainer
    widget.run(1)
    draft = paste(widget, "Size\tPrice\n40\t$1,200\n55\t$1,900\n70\t$2,300")
    assert widget.trainer is before
    assert widget.update == 5
    assert draft["summary"] == "3 rows: Price from Size."
    assert draft["notes"] == ["Every cell of Price carries $, which is read as its unit."]
    assert [(one["name"], one["role"], one["cells"]) for one in draft["columns"]] == [
        ("Size", "feature", ["40", "55", "70"]),
        ("Price", "target", ["$1,200", "$1,900", "$2,300"]),
    ]
    assert (draft["error"], draft["trained"], draft["rows"]) == ("", False, 3)


def test_a_pasted_table_is_trained_on_and_undo_goes_back() -> None:
    widget = TrainerWidget(crop_yields(), plot=None, seed=4, epochs=9)
    before = widget.trainer
    widget.run(1)
    draft = paste(
        widget, "a,b,c\n1,2,3\n2,5,4\n3,1,1\n5,5,2", train=True, roles=["target", "out", "feature"]
    )
    assert draft["trained"]
    after = widget.trainer
    assert after is not before
    assert before.table == crop_yields()
    assert (after.table.feature_names, after.table.target_names) == (("c",), ("a",))
    assert after.table.name == widget.panel._title == "Your data"
    assert after.settings == Trainer(after.table, seed=4, epochs=9).settings
    assert widget.panel._undoes == "paste"
    widget.run()
    widget.undo()
    assert widget.trainer is before
    assert widget.update == 5


def test_notices_of_a_pasted_table_are_among_what_the_data_say() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    paste(widget, "x,y\n1,2%\n,3%\n4,9%", train=True, drop_gaps=True)
    said = " ".join(widget.panel._findings)
    assert "1 row with a gap was left out: line 3" in said
    assert "Every cell of y carries %" in said


def test_rows_of_a_pasted_table_can_be_held_out() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    text = "x,y\n" + "".join(f"{k},{k * k}\n" for k in range(20))
    paste(widget, text, train=True, held_out=0.2)
    assert widget.trainer.held_out is not None
    assert (widget.trainer.table.rows, widget.trainer.held_out.rows) == (16, 4)
    assert widget.panel._held_out == 4


@pytest.mark.parametrize(
    ("text", "choices", "words"),
    [
        ("a,b\n1,2\n3", {}, "Line 3 has 1 cell, but the header has 2"),
        ("a,b\n1,2\n3,5", {"roles": ["feature", "out"]}, "No column is a target"),
        ("a,b\n1,2", {"held_out": 0.5}, "The table has one row only, so none can be held out"),
        ("a,b\n1e30,2\n2e30,3", {}, "the features are so large"),
        ("x" * 1_000_001, {}, "1,000,000 is the most that can be pasted"),
    ],
)
def test_what_cannot_be_trained_on_is_refused_at_the_box(
    text: str, choices: dict[str, Any], words: str
) -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    before = widget.trainer
    draft = paste(widget, text, train=True, **choices)
    assert words in draft["error"]
    assert (draft["trained"], draft["summary"]) == (False, "")
    assert widget.trainer is before
    assert widget.panel._alert == "", "it stands at the box"


def test_what_is_sent_of_a_text_is_bounded() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    heads = [f"{'wide ' * 40}{at}" for at in range(300)]
    cells = [["9"] * 300 for _ in range(300)]
    text = "\n".join("\t".join(line) for line in [heads, *cells])
    draft = paste(widget, text)
    assert (len(draft["columns"]), draft["more"], draft["rows"]) == (40, 260, 300)
    assert all(len(one["cells"]) == 6 for one in draft["columns"])
    assert len(str(draft)) < 40_000
    several = paste(
        widget, "\n".join(["\t".join("abcdefghijklmnopqrst"), *2 * ["\t".join(20 * ["$1"])]])
    )
    assert len(several["notes"]) == 13
    assert several["notes"][-1] == "8 more notices."


def test_reading_goes_on_beside_a_run() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    widget.start()
    paste(widget, "a,b\n1,2\n3,5")
    assert widget.status == "running"
    widget.pause()


def test_nonsense_from_the_page_is_read_as_an_empty_text() -> None:
    widget = TrainerWidget(crop_yields(), plot=None)
    nonsense = {"roles": [1, "x"], "decimal": 7, "thousands": ["."], "held_out": "all"}
    send(widget, "paste", token=None, text=None, train=True, **nonsense)
    assert widget.panel._draft["error"].startswith("The text is empty")
    draft = paste(widget, "a,b\n1,2\n3,5", train=True, **nonsense)
    assert draft["trained"]


def test_a_bare_panel_turns_too() -> None:
    panel = TrainerPanel(Trainer(Table.parse(LINE)))
    first = panel.trainer
    panel.draw([{"x": 1, "y": 2, "row": 0}])
    assert panel.trainer is not first
    assert panel.trainer.lock is first.lock
    panel.close()
