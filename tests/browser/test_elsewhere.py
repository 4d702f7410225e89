"""A page whose server lacks what shows the widget: the output says what to install, and where.

The server's front ends are switched off for one page after the other, as where the kernel has an
environment of its own. Or the kernel asks for a version that the server does not have.
"""

from __future__ import annotations

import json
from types import ModuleType

import anywidget
import ipympl
import ipywidgets
import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage
from tests.lanes import at_length

SHOW = "import linreg_widget\nwidget = linreg_widget.TrainerWidget()\nwidget"
# The kernel's anywidget says which versions of its front end show it.
OTHER_VERSION = """import anywidget
for name in ("_model_module_version", "_view_module_version"):
    anywidget.AnyWidget.class_traits()[name].default_value = "~0.1.*"
"""
IPYMPL = "matplotlib-jupyter"  # as its extension calls itself
WHERE = "Run this where the server is installed"
CANNOT = "this page cannot show widgets"


def reload_without(notebook: NotebookPage, *extensions: str) -> None:
    """Load the page anew from a server that lacks some front ends; JupyterLab asks each time."""
    config = notebook.lab.server.notebooks.parent / "config" / "labconfig" / "page_config.json"
    words = {"disabledExtensions": dict.fromkeys(extensions, True)}
    config.write_text(json.dumps(words), encoding="utf-8")
    try:
        notebook.reload()
    finally:
        config.unlink()


def notice_in(notebook: NotebookPage) -> Locator:
    return notebook.output(0).locator(".linreg-elsewhere")


def top_of(part: Locator) -> float:
    return (part.bounding_box() or {"y": -1.0})["y"]


def bottom_of(part: Locator) -> float:
    box = part.bounding_box()
    return box["y"] + box["height"] if box else float("inf")


def installing(*modules: ModuleType) -> str:
    return "pip install " + " ".join(f'"{one.__name__}=={one.__version__}"' for one in modules)


def test_a_page_that_lacks_a_front_end_says_what_to_install_and_where(shared_lab: Lab) -> None:
    notebook = shared_lab.open([SHOW])
    notebook.run_all()
    step = notebook.panel.get_by_role("button", name="Step", exact=True)
    notice, output = notice_in(notebook), notebook.output(0)

    expect(notebook.canvas).to_be_visible()
    expect(notebook.panel).to_be_visible()
    expect(notice).to_be_hidden()

    reload_without(notebook, IPYMPL)  # the buttons are there, the plot is not
    step.click()
    expect(notebook.panel.get_by_role("status")).to_contain_text("update 1")
    expect(notice).to_be_visible()
    expect(notice).to_contain_text(WHERE)
    expect(notice).to_contain_text(installing(anywidget, ipympl))
    notebook.until(lambda: bottom_of(notebook.panel) <= top_of(notice))  # and covers nothing

    if at_length():  # the same notice, from the same place
        reload_without(notebook, "anywidget", IPYMPL)
        expect(notice).to_contain_text(installing(anywidget, ipympl))
        notebook.until(lambda: (notice.bounding_box() or {"height": 0})["height"] > 20)
        expect(notebook.panel).to_have_count(0)

    reload_without(notebook, "@jupyter-widgets/jupyterlab-manager")
    expect(output).to_contain_text("TrainerWidget around a")
    expect(output).to_contain_text(CANNOT)
    expect(output).to_contain_text(installing(ipywidgets, anywidget, ipympl))

    reload_without(notebook)
    expect(notebook.panel).to_be_visible()
    expect(notice).to_be_hidden()
    expect(output).not_to_contain_text(CANNOT)


@pytest.mark.matrix  # the same notice; and it needs a kernel that has no panel yet
def test_a_page_with_another_version_of_a_front_end_says_which_to_install(lab: Lab) -> None:
    notebook = lab.open([OTHER_VERSION + SHOW])
    notebook.run_all()
    notice = notice_in(notebook)

    expect(notice).to_contain_text(WHERE)
    expect(notice).to_contain_text(installing(anywidget, ipympl))
    notebook.until(lambda: (notice.bounding_box() or {"height": 0})["height"] > 20)
    expect(notebook.panel).to_have_count(0)
