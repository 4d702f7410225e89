"""The graph in the panel: read while its tab is open, laid by at rest, and on one's own tapes."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from linreg_widget import LinregError, Trainer, TrainerWidget, crop_yields
from linreg_widget.microscope.codeview import CodeView
from linreg_widget.microscope.graphwire import encode_graph
from linreg_widget.model import gradient_update
from linreg_widget.panel.codec import pack, unpack
from linreg_widget.panel.panel import TrainerPanel
from linreg_widget.training.replay import Replay
from tests.microscope.graphs import squares
from tests.panel.tapes import decode, place_of


@pytest.fixture
def panel() -> Iterator[TrainerPanel]:
    panel = TrainerPanel(Trainer(crop_yields(), learning_rate=1e-5))
    panel.heard = True
    yield panel
    panel.close()


def ask(panel: TrainerPanel, **content: Any) -> None:
    panel._on_message(panel, {"client": "c", "id": 1, **content}, [])


def sent_by(panel: TrainerPanel) -> list[str]:
    """The traits that are set from now on."""
    sent: list[str] = []
    panel.observe(lambda change: sent.append(change["name"]))
    return sent


def true_graph(panel: TrainerPanel) -> tuple[Any, bytes]:
    trainer = panel.trainer
    words, arrays = encode_graph(trainer.graph(), CodeView.of(trainer.update_function))
    return words, pack(arrays)


def test_nothing_of_it_travels_while_the_tab_is_closed(panel: TrainerPanel) -> None:
    sent = sent_by(panel)
    for tab in ("loss", "microscope", "line", "predictions", "compare", "data", "valley"):
        panel.tab = tab
        panel.step()
        panel.step("phase")
        panel.back()
    assert not {"_graph", "_graph_data"} & {*sent}
    assert panel._graph == {}
    assert not panel.trainer.traced


def test_it_is_there_when_the_tab_opens_and_follows_each_step(panel: TrainerPanel) -> None:
    panel.step()
    panel.tab = "graph"
    assert (panel._graph, panel._graph_data) == true_graph(panel)
    assert panel._graph["update"] == 1
    for _ in range(7):
        panel.step("phase")
        assert (panel._graph, panel._graph_data) == true_graph(panel)
    panel.back("phase")
    assert (panel._graph, panel._graph_data) == true_graph(panel)
    assert json.loads(json.dumps(panel._graph)) == json.loads(json.dumps(true_graph(panel)[0]))
    assert {array.dtype.str for array in unpack(panel._graph_data).values()} <= {"<f4", "<f8"}


def test_a_graph_of_another_moment_does_not_stay(panel: TrainerPanel) -> None:
    panel.tab = "graph"
    panel.step()
    panel.tab = "microscope"
    assert panel._graph["update"] == 1  # the run has not moved
    panel.step()
    assert panel._graph == {}
    assert panel._graph_data == b""


@pytest.mark.usefixtures("ticking")
def test_a_run_that_is_watched_sends_graphs_and_trains_the_same(panel: TrainerPanel) -> None:
    other = Trainer(crop_yields(), learning_rate=1e-5)
    panel.tab = "graph"
    panel.speed = 200.0
    panel.start()
    seen = set()
    for _ in range(30):
        panel._readings._last_frame = -1e9
        ask(panel, kind="advance")
        if panel._graph:
            seen.add(panel._graph["update"])
    panel.pause()
    assert len(seen) > 3
    other.step(count=panel.update)
    assert other.recording.losses.tobytes() == panel.trainer.recording.losses.tobytes()


@pytest.mark.usefixtures("large")
def test_with_the_tape_the_graph_is_laid_by_for_a_saved_page(panel: TrainerPanel) -> None:
    panel.step(count=4)
    assert panel._graph == {}
    panel.make_tape()
    assert (panel._graph, panel._graph_data) == true_graph(panel)
    panel.step()
    assert panel._graph == {}


@pytest.mark.usefixtures("large")
def test_a_run_in_a_cell_without_a_page_leaves_its_graph() -> None:
    widget = TrainerWidget(epochs=2, plot=None)
    widget.run()
    assert widget.panel._graph["update"] == 10
    widget.close()


def check_graphs_on_tape(panel: TrainerPanel, function: Any) -> None:
    """Check that each moment of a tape has the graph that a replay has there."""
    panel.run(3)
    panel.make_tape(moments=math.inf)
    moments = decode(panel._tape)
    assert len(moments) > 12
    replay, code = Replay(panel.trainer), CodeView.of(function)
    for moment in moments:
        replay.visit(*place_of(moment))
        words, arrays = encode_graph(replay.graph(), code)
        assert moment["_graph"] == json.loads(json.dumps(words))
        assert moment["_graph_data"] == pack(arrays)


def test_the_tape_of_ones_own_update_has_its_graphs() -> None:
    panel = TrainerPanel(Trainer(crop_yields(), learning_rate=1e-5, update=squares))
    check_graphs_on_tape(panel, squares)
    panel.close()


@pytest.mark.usefixtures("large")
def test_where_a_page_cannot_train_the_tape_of_the_articles_update_has_them_too(
    panel: TrainerPanel,
) -> None:
    check_graphs_on_tape(panel, gradient_update)


def test_the_tape_of_a_run_with_rows_held_out_has_graphs() -> None:
    panel = TrainerPanel(Trainer(crop_yields(), learning_rate=1e-5, held_out=["A", "C"]))
    panel.run(2)
    panel.make_tape(moments=math.inf)
    if not panel._rows:  # else the page trains, and makes its graphs itself
        assert all(moment["_graph"]["nodes"] for moment in decode(panel._tape)[1:])
    panel.close()


def test_graphs_take_little_room_on_a_tape() -> None:
    panel = TrainerPanel(Trainer(crop_yields(), learning_rate=1e-5, update=squares))
    panel.run(20)
    panel.make_tape(moments=math.inf)
    moments = decode(panel._tape)
    assert len(moments) > 100
    assert len(panel._tape) / len(moments) < 700
    panel.close()


def refuses(model: Any, x: Any, y: Any, learning_rate: float) -> Any:
    loss = ((model(x) - y) ** 2).mean()
    loss.backward()
    loss.backward()
    yield "backward"
    return loss.item()


def test_an_update_that_fails_has_a_graph_that_says_why() -> None:
    panel = TrainerPanel(Trainer(crop_yields(), update=refuses))
    panel.tab = "graph"
    with pytest.raises(LinregError):
        panel.step()
    flaws = [flaw for node in panel._graph["nodes"] for flaw in node["flaws"]]
    assert any("this graph was used already" in flaw for flaw in flaws)
    assert panel.status == "failed"
    panel.close()


def test_a_lesson_may_hide_the_graph(panel: TrainerPanel) -> None:
    panel.lock = ("graph",)
    ask(panel, kind="hello")
    panel.set_state({"tab": "graph"})
    assert panel.tab == "loss"
    assert "locked" in panel._alert
