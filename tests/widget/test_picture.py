"""A saved output of a run: the widget, and a picture for pages that show no widgets."""

from __future__ import annotations

import io
import sys
from base64 import b64decode
from collections.abc import Iterator
from typing import Any

import ipywidgets
import nbformat
import pytest
from nbclient import NotebookClient
from PIL import Image

from linreg_widget import Trainer, TrainerWidget, crop_yields

VIEW = "application/vnd.jupyter.widget-view+json"

OPEN = """import gc, linreg_widget
widgets = [one for one in gc.get_objects() if type(one) is linreg_widget.TrainerWidget]
[one.update for one in widgets if not one.is_closed]"""


@pytest.mark.skipif(int(ipywidgets.__version__[0]) > 7, reason="ipywidgets 8 asks for a bundle")
def test_ipywidgets_7_displays_the_picture_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[tuple[Any, dict[str, Any]]] = []
    module = sys.modules[TrainerWidget.__module__]
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
    bundle = widget._repr_mimebundle_()
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


@pytest.mark.process
@pytest.mark.skipif(int(ipywidgets.__version__[0]) < 8, reason="it cannot update what it shows")
def test_a_notebook_that_is_executed_has_the_picture_of_its_run() -> None:
    cells = ["%load_ext linreg_widget", "%%linreg -e 20\nx,y\n1,3\n2,5\n3,7", "1 + 1", OPEN]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    NotebookClient(notebook, kernel_name="python3", timeout=120).execute()
    outputs = [one for one in notebook.cells[1].outputs if one.output_type == "display_data"]
    assert [set(one.data) for one in outputs] == [{"text/plain", VIEW, "image/png"}]
    assert notebook.cells[3].outputs[0].data["text/plain"] == "[20]", "it is still open"
