"""A saved output of a run: the widget, and a picture for pages that show no widgets."""

from __future__ import annotations

import io
import sys
from base64 import b64decode
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import ipywidgets
import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from linreg_widget import Trainer, TrainerWidget, crop_yields
from linreg_widget.panel.outputs import Outputs

VIEW = "application/vnd.jupyter.widget-view+json"

OPEN = """import gc, linreg_widget
widgets = [one for one in gc.get_objects() if type(one) is linreg_widget.TrainerWidget]
[one.update for one in widgets if not one.is_closed]"""


@pytest.mark.skipif(int(ipywidgets.__version__[0]) > 7, reason="ipywidgets 8 asks for a bundle")
def test_ipywidgets_7_displays_the_picture_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[Any, dict[str, Any]]] = []
    module = sys.modules[Outputs.__module__]
    monkeypatch.setattr(module, "display", lambda *what, **how: shown.append((what[0], how)))
    widget = TrainerWidget(plot=None)
    widget._ipython_display_()
    widget.run(5)
    widget._ipython_display_()
    widget.close()
    assert [how for _, how in shown] == [{"raw": True}, {"raw": True}]
    assert [set(data) for data, _ in shown] == [
        {"text/plain", VIEW},
        {"text/plain", VIEW, "image/png"},
    ]
    assert widget._repr_mimebundle_() is None, "it is closed"


@pytest.fixture(params=["auto", None])
def widget(request: pytest.FixtureRequest) -> Iterator[TrainerWidget]:
    widget = TrainerWidget(plot=request.param)
    yield widget
    widget.close()


def bundle_of(widget: TrainerWidget) -> dict[str, Any]:
    bundle: dict[str, Any] | None = widget._repr_mimebundle_()
    assert bundle is not None
    return bundle


def test_a_run_has_a_picture_beside_the_widget_and_none_before_there_are_updates(
    widget: TrainerWidget,
) -> None:
    assert bundle_of(widget).keys() == {"text/plain", VIEW}
    widget.run(5)
    bundle = bundle_of(widget)
    assert bundle.keys() == {"text/plain", VIEW, "image/png"}
    assert bundle[VIEW]["model_id"] == widget.model_id
    assert len(bundle["image/png"]) < 40_000
    picture = Image.open(io.BytesIO(b64decode(bundle["image/png"])))
    assert picture.size == (1000, 222)
    assert len(picture.convert("RGB").getcolors(100_000) or []) > 10
    widget.reset()
    assert bundle_of(widget).keys() == {"text/plain", VIEW}


def test_the_picture_shows_what_the_plot_shows(widget: TrainerWidget) -> None:
    widget.run(5)
    before = bundle_of(widget)["image/png"]
    widget.curves = ["epoch"]
    assert bundle_of(widget)["image/png"] != before
    widget.seek(3)
    assert bundle_of(widget)["image/png"] != before


@pytest.mark.slow
def test_a_picture_is_small_whatever_the_run_is() -> None:
    trainer = Trainer(crop_yields(), learning_rate=1e-4, epochs=400)
    for rate in (1e-4, 3e-5, 1e-5):
        trainer.change(learning_rate=rate)
        trainer.run(200)
        trainer.keep()
        trainer.reset()
    trainer.run()
    widget = TrainerWidget(trainer, plot=None)
    assert len(bundle_of(widget)["image/png"]) < 40_000
    widget.close()


LATER = [
    "from linreg_widget import TrainerWidget\n%load_ext linreg_widget",
    "%%linreg -e 20\nx,y\n1,3\n2,5\n3,7",
    "1 + 1",
    OPEN,
    "w = TrainerWidget(epochs=4)\nw",
    "display(w)",
    "out = w.panel.trainer.loss()",
    "w.run(2)",
    "w.step()",
    "v = TrainerWidget(plot=None)\nv.run(1)\nv",
    "v.reset()",
    "import ipywidgets\nbox = ipywidgets.Output()\nbox.append_display_data(w) if BUNDLES else None",
    "[len(box.outputs)]",
]


@pytest.mark.process
def test_a_notebook_that_is_executed_has_pictures_of_its_runs_which_later_cells_make() -> None:
    bundles = int(ipywidgets.__version__[0]) > 7  # version 7 displays itself, whoever asks
    cells = [f"BUNDLES = {bundles}", *LATER]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    client = NotebookClient(notebook, kernel_name="python3", timeout=120)
    pictures: list[list[str]] = []

    def note(cell: Any, **_: Any) -> None:
        del cell
        found = [one for index in (5, 6, 10) for one in notebook.cells[index].outputs]
        pictures.append([one["data"].get("image/png", "") for one in found])

    client.on_cell_executed = note
    client.execute()

    magic = [one for one in notebook.cells[2].outputs if one.output_type == "display_data"]
    assert [set(one.data) for one in magic] == [{"text/plain", VIEW, "image/png"}]
    assert notebook.cells[4].outputs[0].data["text/plain"] == "[20]", "it is still open"

    kinds = [[one.output_type for one in notebook.cells[index].outputs] for index in (5, 6, 10)]
    result = "execute_result" if bundles else "display_data"
    assert kinds == [[result], ["display_data"], [result]], "shown once each"
    assert pictures[7] == ["", ""], "no picture before there are updates"
    ran, stepped = pictures[8], pictures[9]
    assert all(ran), "both have one now"
    assert ran[0] == ran[1]
    assert all(stepped)
    assert stepped[0] != ran[0], "it follows the run"
    of_run = [one["data"] for index in (5, 6) for one in notebook.cells[index].outputs]
    assert len({one[VIEW]["model_id"] for one in of_run}) == 1
    assert all("(paused)" in one["text/plain"] for one in of_run)
    assert pictures[10][2], "one that ran before it was shown has its picture at once"
    assert pictures[11][2] == "", "after a reset there is none"
    assert notebook.cells[13].outputs[0].data["text/plain"] == f"[{int(bundles)}]"


def test_a_new_widgets_plot_is_drawn_at_the_end_of_its_cell() -> None:
    listeners: dict[str, Any] = {}
    events = SimpleNamespace(register=listeners.__setitem__)
    hook = SimpleNamespace(write_format_data=lambda *_: None)
    outputs = Outputs(
        SimpleNamespace(kernel=1, display_pub=Publisher(), displayhook=hook, events=events)
    )
    shown, closed, plain = (TrainerWidget(plot=plot) for plot in ("ipympl", "ipympl", None))
    for one in (shown, closed, plain):
        outputs.add(one)
    closed.close()
    closed.let_go()
    assert not shown.plot.widget.is_drawn
    listeners["post_run_cell"]()
    assert shown.plot.widget.is_drawn
    url = shown.plot.widget._data_url
    assert url.startswith("data:image/png"), "nbclient, which never asks, saves no picture"
    listeners["post_run_cell"]()
    assert shown.plot.widget._data_url is url, "drawn twice"
    for one in (shown, plain):
        one.close()


class Publisher:
    """A kernel's, as far as it is asked for here."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []

    def publish(self, data: Any, *_: object, transient: Any = None, update: bool = False) -> None:
        self.sent.append({"data": data, "transient": transient, "update": update})


def test_once_a_page_has_spoken_its_output_is_left_alone(widget: TrainerWidget) -> None:
    listeners: dict[str, Any] = {}
    events = SimpleNamespace(register=listeners.__setitem__)
    hook = SimpleNamespace(write_format_data=lambda *_: None, msg={"content": {}})
    publisher = Publisher()
    shell = SimpleNamespace(kernel=1, display_pub=publisher, displayhook=hook, events=events)
    outputs = Outputs(shell)
    outputs.add(widget)
    other: dict[str, Any] = {"text/plain": "a number", VIEW: {"model_id": "of something else"}}
    publisher.publish(other)
    hook.write_format_data({"text/plain": "2"})
    assert publisher.sent == [{"data": other, "transient": None, "update": False}]
    assert hook.msg == {"content": {}}

    publisher.publish(bundle_of(widget))
    hook.write_format_data(bundle_of(widget), {})
    names = [publisher.sent[1]["transient"]["display_id"]]
    names.append(hook.msg["content"]["transient"]["display_id"])
    listeners["post_run_cell"]()
    assert len(publisher.sent) == 2, "nothing has changed"
    widget.run(1)
    listeners["post_run_cell"]()
    assert [one["transient"]["display_id"] for one in publisher.sent[2:]] == names
    assert all(one["update"] and "image/png" in one["data"] for one in publisher.sent[2:])

    widget.panel._on_message(widget.panel, {"kind": "look", "client": "1"}, [])
    widget.step()
    listeners["post_run_cell"]()
    publisher.publish(bundle_of(widget))
    assert len(publisher.sent) == 5, "shown once more, and not replaced"
    assert publisher.sent[4]["transient"] is None
