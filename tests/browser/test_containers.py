"""In other widgets' boxes: each box's trainer works, also one that is hidden when it is made.

All tests share a notebook and its kernel; each looks at a cell.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.lab import Lab, NotebookPage

SETUP = """
from IPython.display import display
from ipywidgets import HTML, Accordion, AppLayout, Button, HBox, Layout, Output, Tab, VBox
from linreg_widget import TrainerWidget

def made(plot="page", **options):
    return TrainerWidget(learning_rate=1e-5, plot=plot, **options)
"""
CELLS = {
    "setup": SETUP,
    "tab": """
in_tab = made("auto")
tabs = Tab([HTML("Words first."), in_tab], titles=["Words", "Trainer"])
tabs.selected_index = 0
tabs
""",
    "accordion": """
in_fold = made()
Accordion([in_fold], titles=["Trainer"], selected_index=None)
""",
    "hbox": """
left, right = made(), made(plot=None)
HBox([left, right])
""",
    "app": """
in_app = made()
AppLayout(header=HTML("A header"), left_sidebar=HTML("Aside"), center=in_app,
          pane_widths=["80px", 1, 0], pane_heights=["30px", 1, 0])
""",
    "output": """
out, in_output = Output(), made()
with out:
    display(in_output)
out
""",
    "clear": "out.clear_output()",
    "again": "with out: display(in_output)",
    "later": """
in_box, shown_later = made("auto"), None
shown_later = VBox([in_box], layout=Layout(display="none"))
shown_later
""",
    "scrolling": """
in_scroll = made()
VBox([in_scroll], layout=Layout(height="300px", overflow="auto"))
""",
}
INSIDE = """(card) => {
  const { left, right, width } = card.getBoundingClientRect();
  const wide = [...card.querySelectorAll("button, input, select, svg, canvas, table, pre")].filter(
    (one) => {
      const box = one.getBoundingClientRect();
      if (!box.width) return false;
      for (let room = one.parentElement; room !== card; room = room.parentElement)
        if (getComputedStyle(room).overflowX !== "visible") return false;
      return box.left < left - 1 || box.right > right + 1;
    },
  );
  return [width > 200, wide.map((one) => one.outerHTML.slice(0, 200))];
}"""
Where = Callable[[str], Locator]


@pytest.fixture(scope="module")
def notebook(files_lab: Lab) -> Iterator[NotebookPage]:
    notebook = files_lab.open(CELLS.values())
    notebook.run_all()
    yield notebook
    assert notebook.page_errors == []
    assert notebook.foreign_requests == []


@pytest.fixture
def output(notebook: NotebookPage) -> Where:
    """Return where a cell's widgets are shown, by the cell's name."""

    def find(name: str) -> Locator:
        place = notebook.output([*CELLS].index(name))
        place.scroll_into_view_if_needed()
        return place

    return find


def panels(place: Locator) -> Locator:
    return place.get_by_role("group", name="Linear regression trainer", exact=True)


def works(notebook: NotebookPage, panel: Locator, name: str) -> None:
    """Check that a panel is all there, and that a press reaches its trainer and comes back."""
    expect(panel).to_be_visible()
    assert panel.evaluate(INSIDE) == [True, []]
    before = notebook.kernel(f"{name}.update")
    panel.get_by_role("button", name="Step", exact=True).click()
    notebook.until(lambda: notebook.kernel(f"{name}.update") == before + 1)
    expect(panel.get_by_role("status")).to_contain_text(f"update {before + 1}")


def draws(panel: Locator) -> None:
    """Check that the page's own plot has a size, and a curve in it."""
    plot = panel.locator(".lr-lossplot svg").first
    expect(plot).to_be_visible()
    box = plot.bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) > 100


def test_a_trainer_on_a_tab_that_is_opened_later_draws_its_canvas(
    notebook: NotebookPage, output: Where
) -> None:
    place = output("tab")
    expect(panels(place)).not_to_be_visible()
    place.get_by_role("tab", name="Trainer", exact=True).first.click()
    works(notebook, panels(place), "in_tab")
    canvas = place.locator(".jupyter-matplotlib-canvas-container canvas").first
    expect(canvas).to_be_visible()
    notebook.until(lambda: notebook.ink(canvas) > 0.001)
    width = canvas.evaluate("(canvas) => canvas.getBoundingClientRect().width")
    assert width > 200


def test_a_trainer_in_a_fold_is_whole_after_it_is_opened(
    notebook: NotebookPage, output: Where
) -> None:
    place = output("accordion")
    expect(panels(place)).not_to_be_visible()
    place.get_by_text("Trainer", exact=True).first.click()
    works(notebook, panels(place), "in_fold")
    draws(panels(place))


def test_two_trainers_side_by_side_keep_to_their_places(
    notebook: NotebookPage, output: Where
) -> None:
    place = output("hbox")
    expect(panels(place)).to_have_count(2)
    for number, name in enumerate(("left", "right")):
        works(notebook, panels(place).nth(number), name)
    assert notebook.kernel("(left.update, right.update)") == [1, 1]
    boxes = [panels(place).nth(number).bounding_box() for number in (0, 1)]
    assert boxes[0] is not None
    assert boxes[1] is not None
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1
    room = place.locator(".widget-hbox").first.bounding_box()
    assert room is not None
    assert sum(box["width"] for box in boxes if box) > 0.9 * room["width"], "they share the room"


def test_a_trainer_between_a_header_and_a_sidebar(notebook: NotebookPage, output: Where) -> None:
    place = output("app")
    works(notebook, panels(place), "in_app")
    draws(panels(place))


def test_a_trainer_in_an_output(notebook: NotebookPage, output: Where) -> None:
    place = output("output")
    works(notebook, panels(place), "in_output")
    draws(panels(place))
    notebook.run_cell([*CELLS].index("clear"))
    expect(panels(place)).to_have_count(0)
    notebook.run_cell([*CELLS].index("again"))
    works(notebook, panels(place), "in_output")
    assert notebook.kernel("in_output.update") == 2, "the same trainer, where it stood"


def test_a_trainer_that_is_hidden_by_its_layout_and_shown_later(
    notebook: NotebookPage, output: Where
) -> None:
    place = output("later")
    notebook.execute("in_box.step(count=3)")
    expect(panels(place)).not_to_be_visible()
    notebook.execute("shown_later.layout.display = ''")
    works(notebook, panels(place), "in_box")
    canvas = place.locator(".jupyter-matplotlib-canvas-container canvas").first
    notebook.until(lambda: notebook.ink(canvas) > 0.001)
    notebook.execute("shown_later.layout.display = 'none'")
    expect(panels(place)).not_to_be_visible()
    notebook.execute("in_box.run()")
    notebook.execute("shown_later.layout.display = ''")
    expect(panels(place).get_by_role("status")).to_contain_text("50 epochs")


def test_a_trainer_in_a_box_that_scrolls(notebook: NotebookPage, output: Where) -> None:
    place = output("scrolling")
    works(notebook, panels(place), "in_scroll")
    box = place.locator(".widget-vbox, .jupyter-widgets.widget-box").first
    assert box.evaluate("(box) => box.scrollWidth <= box.clientWidth + 1")
