"""The tape in the panel: when it is made, when it is dropped, and the page that it makes.

Time passes here only as the package looks at the clock, so a slice holds the same everywhere.
"""

from __future__ import annotations

import base64
import json
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import traitlets
from ipywidgets.embed import dependency_state

from linreg_widget import SettingsError, TrainerWidget
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


def test_a_run_with_a_page_leaves_the_tape_to_the_page(widget: TrainerWidget) -> None:
    assert ask(widget.panel, "hello") == {"kind": "done", "client": "c", "id": 1}
    widget.run(2)
    assert widget.panel._tape == b""
    ask_all(widget.panel)
    assert len(decode(widget.panel._tape)) == 51


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


def test_any_action_drops_a_tape_in_the_making(widget: TrainerWidget) -> None:
    ask(widget.panel, "hello")
    widget.run(2)
    assert ask(widget.panel)["more"]
    widget.step("epoch")
    ask_all(widget.panel)
    assert place_of(decode(widget.panel._tape)[0]) == (15, 0)


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
def test_a_tape_of_what_is_no_longer_the_run_is_emptied(widget: TrainerWidget, act: Any) -> None:
    widget.run(2)
    assert widget.panel._tape
    act(widget)
    assert widget.panel._tape == b""


def test_going_back_keeps_the_tape(widget: TrainerWidget) -> None:
    widget.run(2)
    tape = widget.panel._tape
    widget.back("update", 3)
    widget.seek(1)
    assert widget.panel._tape == tape


def test_the_budget_is_a_setting() -> None:
    widget = TrainerWidget(plot=None, tape_bytes=3000)
    widget.run(2)
    assert 0 < len(widget.panel._tape) <= 3000
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
        (None, {"epochs": 1000}),
        (None, {"epochs": 1000, "batch_size": 15, "standardize": True}),
        (
            ([[k, k * k % 7] for k in range(300)], [[k] for k in range(300)]),
            {"learning_rate": 1e-6},
        ),
    ],
    ids=["article", "long", "full", "rows"],
)
def test_a_saved_panel_stays_small_however_much_of_its_run_is_taped(
    table: Any, settings: dict[str, Any]
) -> None:
    """As on a machine so quick that there is always time for one more moment."""
    widget = TrainerWidget(table, plot=None, **settings)
    widget.trainer.run()
    assert widget.panel.make_tape(work=math.inf)
    assert len(widget.panel._tape) > 100_000
    state = dependency_state([widget.panel])
    (saved,) = [one for one in state.values() if one["model_name"] == "AnyModel"]
    assert len(json.dumps(saved)) < 402_000
    widget.close()


# ---- a page of its own ---------------------------------------------------------------------------


def state_in(page: str) -> dict[str, Any]:
    (text,) = re.findall(r'<script id="state" type="application/json">(.*?)</script>', page)
    found: dict[str, Any] = json.loads(text)
    return found


def test_a_page_holds_all_that_it_needs(tmp_path: Path) -> None:
    widget = TrainerWidget(plot=None)
    widget.run()
    widget.to_html(tmp_path / "lesson.html")
    page = (tmp_path / "lesson.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 400_000
    assert not re.findall(r"""(?:src|href)=["'](?!data:)|@import|url\((?!["']?(?:data:|#))""", page)
    state = state_in(page)
    assert {name for name in state["traits"] if name not in widget.panel.keys} == set()
    assert "_tape" in state["bytes"]
    tape = base64.b64decode(state["traits"]["_tape"])
    assert tape == widget.panel._tape
    assert (state["traits"]["status"], state["traits"]["update"]) == ("finished", 250)
    assert "<img" not in page
    widget.close()


def test_names_of_a_table_cannot_end_a_script(tmp_path: Path) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    widget = TrainerWidget({hostile: [1, 2, 3], "<!--": [3, 5, 8]}, plot=None)
    widget.step()
    widget.to_html(tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
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
    assert (traits["status"], traits["_pull"]) == ("paused", False)


def test_the_state_of_a_panel_is_whole_also_without_defaults(widget: TrainerWidget) -> None:
    """`embed_minimal_html` leaves defaults out, but no page knows ours: ``_esm`` is one."""
    state = widget.panel.get_state(drop_defaults=True)
    assert state == widget.panel.get_state()
    assert {"_esm", "_css", "_view_name", "status", "_tape"} <= set(state)
    assert set(widget.panel.get_state("status", drop_defaults=True)) == {"status"}
