"""The tape in the panel: when it is made, when it is dropped, and the page that it makes.

Time passes here only as the package looks at the clock, so a slice holds the same everywhere.
"""

from __future__ import annotations

import base64
import json
import math
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import traitlets
from ipywidgets.embed import dependency_state

from linreg_widget import SettingsError, TrainerWidget
from linreg_widget.panel.codec import unpack
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.panel.tape import Taping
from tests.panel.tapes import decode, place_of, seen

pytestmark = pytest.mark.usefixtures("ticking")


def ask(panel: TrainerPanel, kind: str = "tape") -> dict[str, Any]:
    """Send what a page sends, and return the answer."""
    answers: list[dict[str, Any]] = []
    panel.send = lambda content, *_: answers.append(content)
    panel._on_message(panel, {"kind": kind, "client": "c", "id": 1}, [])
    (answer,) = answers
    return answer


def ask_all(panel: TrainerPanel) -> int:
    """Ask until the tape is made; return how many slices it took."""
    slices = 1
    while ask(panel)["more"]:
        slices += 1
    return slices


def begin(widget: TrainerWidget) -> None:
    """Let the page run the widget, at a speed at which its first request is one update."""
    widget.speed = 1
    widget.start()
    ask(widget.panel, "advance")
    assert (widget.update, widget.status) == (1, "running")


@pytest.mark.usefixtures("large")
def test_a_run_in_a_cell_leaves_a_tape(widget: TrainerWidget) -> None:
    assert widget.panel._tape == b""
    widget.run(2)
    moments = decode(widget.panel._tape)
    assert place_of(moments[0]) == (10, 0)
    now = seen(widget.trainer)
    assert moments[0] == now
    assert {name: getattr(widget.panel, name) for name in ("_frame_data", "_fit_data")} == {
        name: now[name] for name in ("_frame_data", "_fit_data")
    }


@pytest.mark.usefixtures("large")
def test_a_run_with_a_page_leaves_the_tape_to_the_page(widget: TrainerWidget) -> None:
    assert ask(widget.panel, "hello") == {"kind": "done", "client": "c", "id": 1}
    widget.run(2)
    assert widget.panel._tape == b""
    ask_all(widget.panel)
    assert len(decode(widget.panel._tape)) == 51


@pytest.mark.usefixtures("large")
def test_the_tape_is_made_in_slices_that_a_step_need_not_wait_for(
    widget: TrainerWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(widget.panel, "hello")
    widget.run(2)
    work, steps = Taping._make, [0]

    def counted(taping: Taping) -> Iterator[None]:
        for one in work(taping):
            steps[-1] += 1
            yield one

    monkeypatch.setattr(Taping, "_make", counted)
    while ask(widget.panel)["more"]:
        steps.append(0)
    assert max(steps) <= 4  # there are no more looks at the clock in 0.05 s
    assert sum(steps) > 50
    assert ask(widget.panel)["more"] is False


@pytest.mark.usefixtures("large")
def test_any_action_drops_a_tape_in_the_making(widget: TrainerWidget) -> None:
    ask(widget.panel, "hello")
    widget.run(2)
    assert ask(widget.panel)["more"]
    widget.step("epoch")
    ask_all(widget.panel)
    assert place_of(decode(widget.panel._tape)[0]) == (15, 0)


@pytest.mark.usefixtures("large")
def test_no_tape_is_made_while_the_page_runs_the_trainer(widget: TrainerWidget) -> None:
    begin(widget)
    assert ask(widget.panel)["more"] is False
    assert widget.panel._tape == b""
    widget.pause()
    ask_all(widget.panel)
    assert widget.panel._tape


@pytest.mark.parametrize(
    "act",
    [
        lambda widget: (widget.back("epoch"), widget.change(learning_rate=2e-5), widget.step()),
        lambda widget: widget.reset(),
        lambda widget: widget.reset(seed=3),
        lambda widget: widget.set(b=[1, 2]),
    ],
    ids=["branch", "reset", "seed", "set"],
)
@pytest.mark.usefixtures("large")
def test_a_tape_of_what_is_no_longer_the_run_is_emptied(widget: TrainerWidget, act: Any) -> None:
    widget.run(2)
    assert widget.panel._tape
    act(widget)
    assert widget.panel._tape == b""


@pytest.mark.usefixtures("large")
def test_going_back_keeps_the_tape(widget: TrainerWidget) -> None:
    widget.run(2)
    tape = widget.panel._tape
    widget.back("update", 3)
    widget.seek(1)
    assert widget.panel._tape == tape


@pytest.mark.usefixtures("large")
def test_the_budget_is_a_setting() -> None:
    widget = TrainerWidget(plot=None, tape_bytes=6000)
    widget.run(2)
    assert 0 < len(widget.panel._tape) <= 6000
    widget.panel.tape_bytes = 0
    widget.run(1)
    assert widget.panel._tape == b""
    with pytest.raises(traitlets.TraitError):
        widget.panel.tape_bytes = -1
    widget.close()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("table", "settings"),
    [
        (None, {}),
        (None, {"epochs": 400}),
        (None, {"epochs": 1000, "batch_size": 15, "standardize": True}),
        (
            ([[k, k * k % 7] for k in range(300)], [[k] for k in range(300)]),
            {"learning_rate": 1e-6},
        ),
    ],
    ids=["article", "long", "full", "rows"],
)
@pytest.mark.usefixtures("large")
def test_a_saved_panel_stays_small_however_much_of_its_run_is_taped(
    table: Any, settings: dict[str, Any]
) -> None:
    """As on a machine so quick that there is always time for one more moment."""
    widget = TrainerWidget(table, plot=None, **settings)
    widget.trainer.run()
    assert widget.panel.make_tape(moments=math.inf)
    assert len(widget.panel._tape) > 100_000
    state = dependency_state([widget.panel])
    (saved,) = [one for one in state.values() if one["model_name"] == "AnyModel"]
    assert len(json.dumps(saved)) < 380_000
    widget.close()


def test_a_saved_panel_of_a_run_that_its_page_can_make_again_has_no_tape() -> None:
    widget = TrainerWidget(plot=None, epochs=400)
    widget.run()
    state = dependency_state([widget.panel])
    (saved,) = [one for one in state.values() if one["model_name"] == "AnyModel"]
    assert len(json.dumps(saved)) < 220_000
    widget.close()


# ---- a page of its own ---------------------------------------------------------------------------


def state_in(page: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script id="state" type="application/json">(.*?)</script>', page)
    found: dict[str, Any] = json.loads(text)
    return found


def page_by(widget: TrainerWidget, folder: Path, **where: int) -> str:
    widget.to_html(folder / "page.html", **where)
    return (folder / "page.html").read_text(encoding="utf-8")


def traits_by(widget: TrainerWidget, folder: Path, **where: int) -> dict[str, Any]:
    state = state_in(page_by(widget, folder, **where))
    bytes_ = {name: base64.b64decode(state["traits"][name]) for name in state["bytes"]}
    deflated = {
        name: zlib.decompress(base64.b64decode(state["traits"][name])) for name in state["deflated"]
    }
    return {**state["traits"], **bytes_, **deflated}


def test_a_page_holds_all_that_it_needs_to_train_and_no_tape(tmp_path: Path) -> None:
    widget = TrainerWidget(plot=None)
    widget.run()
    assert widget.panel._tape == b""
    page = page_by(widget, tmp_path)
    assert len(page.encode()) < 160_000
    assert not re.findall(r"""(?:src|href)=["'](?!data:)|@import|url\((?!["']?(?:data:|#))""", page)
    state = state_in(page)
    assert {name for name in state["traits"] if name not in widget.panel.keys} == set()
    rows = unpack(base64.b64decode(state["traits"]["_rows_data"]))
    table = widget.trainer.table
    numbers = np.hstack([table.inputs, table.targets]).T
    assert np.vstack([rows["bytes"], rows["shorts"], rows["floats"]]).shape == numbers.shape
    assert rows["bytes"].tolist() == [row for row in numbers.tolist() if max(row) < 128]
    assert rows["shorts"].tolist() == [row for row in numbers.tolist() if max(row) > 127]
    front = json.loads(zlib.decompress(base64.b64decode(state["front"])))
    assert front["js"].startswith("const linreg = (() => {")
    assert front["css"] == widget.panel._css
    assert "<img" not in page
    widget.close()


def test_a_page_opens_at_the_start_and_knows_no_future(tmp_path: Path) -> None:
    widget = TrainerWidget(plot=None)
    never = traits_by(widget, tmp_path)
    widget.run()
    widget.seek(100)
    assert traits_by(widget, tmp_path) == never
    assert (never["status"], never["update"], never["_recorded"]) == ("ready", 0, 0)
    widget.close()


def test_a_page_opens_where_it_is_told(tmp_path: Path) -> None:
    widget = TrainerWidget(plot=None)
    widget.step("epoch", 2)
    widget.set(b=[0.5, 1])
    widget.change(learning_rate=2e-5)
    widget.run()
    traits = traits_by(widget, tmp_path, at=60)
    stretches = [
        (one["update"], one["settings"]["learning_rate"]) for one in traits["_history"]["stretches"]
    ]
    assert stretches == [(0, 1e-5), (10, 2e-5)]
    assert [one["value"] for one in traits["_history"]["by_hand"]] == [0.5, 1]
    assert (traits["status"], traits["update"], traits["_recorded"]) == ("paused", 60, 60)
    before = traits_by(widget, tmp_path, at=9)
    assert [one["update"] for one in before["_history"]["stretches"]] == [0]
    assert (before["_history"]["by_hand"], before["learning_rate"]) == ([], 1e-5)
    with pytest.raises(SettingsError, match="at is 251, but 250 updates are recorded"):
        widget.to_html(tmp_path / "page.html", at=251)
    widget.close()


def test_a_page_has_the_kept_runs_but_no_branch_at_its_start(tmp_path: Path) -> None:
    widget = TrainerWidget(plot=None)
    widget.run(20)
    widget.keep("slow")
    widget.seek(30)
    widget.change(learning_rate=2e-5)
    widget.run()
    assert [line["colour"] != "" for line in widget.panel._lines] == [False, True]
    traits = traits_by(widget, tmp_path)
    (line,) = traits["_lines"]
    assert (line["name"], [one["name"] for one in traits["_history"]["kept"]]) == ("slow", ["slow"])
    assert len(unpack(traits["_lines_data"])["ends"]) == line["points"]
    there = traits_by(widget, tmp_path, at=widget.update)
    assert there["_lines"] == widget.panel._lines
    widget.close()


@pytest.mark.usefixtures("large")
def test_a_page_with_a_tape_opens_at_the_start_too(tmp_path: Path) -> None:
    widget = TrainerWidget(plot=None)
    widget.run()
    traits = traits_by(widget, tmp_path)
    assert traits["_tape"] == widget.panel._tape != b""
    assert (traits["status"], traits["update"], traits["_frame"]["update"]) == ("ready", 0, 1)
    assert traits_by(widget, tmp_path, at=100)["update"] == 100
    assert (widget.update, widget.status) == (250, "finished")
    widget.close()


def test_names_of_a_table_cannot_end_a_script(tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    widget = TrainerWidget({hostile: [1, 2, 3], "<!--": [3, 5, 8]}, plot=None)
    widget.step()
    page = page_by(widget, tmp_path)
    assert "<img src=x" not in page
    assert page.lower().count("</script") == 2
    assert hostile in state_in(page)["traits"]["_names"]["features"]
    widget.close()


def test_a_page_that_cannot_be_written_is_refused_in_words(
    widget: TrainerWidget, tmp_path: Path
) -> None:
    refused: list[tuple[str | Path, str]] = [
        (tmp_path / "none" / "page.html", "No such file or directory"),
        (tmp_path, "Is a directory"),
        ("a\0b", "null"),
    ]
    for path, why in refused:
        with pytest.raises(SettingsError, match=why) as caught:
            widget.to_html(path)
        assert "give the name of a file" in str(caught.value)


def test_a_page_of_a_run_under_way_rests(widget: TrainerWidget, tmp_path: Path) -> None:
    begin(widget)
    widget.to_html(tmp_path / "page.html")
    traits = state_in((tmp_path / "page.html").read_text(encoding="utf-8"))["traits"]
    assert (traits["status"], traits["_pull"]) == ("ready", False)
    traits = traits_by(widget, tmp_path, at=1)
    assert (traits["status"], traits["_pull"]) == ("paused", False)


def test_the_state_of_a_panel_is_whole_also_without_defaults(widget: TrainerWidget) -> None:
    """`embed_minimal_html` leaves defaults out, but no page knows ours: ``_esm`` is one."""
    state = widget.panel.get_state(drop_defaults=True)
    assert state == widget.panel.get_state()
    assert {"_esm", "_css", "_view_name", "status", "_tape"} <= set(state)
    assert set(widget.panel.get_state("status", drop_defaults=True)) == {"status"}
