"""Hostile names and cells on every way to a reader's eyes, in one JupyterLab: text is never markup.

``tests/corpus.py`` has the texts. All tests share a notebook and its kernel; each looks at a part.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from playwright.sync_api import Dialog, Locator, expect

from tests.browser.lab import Lab, NotebookPage
from tests.browser.parts import show
from tests.corpus import HOSTILE, SHOWN

ACROSS = "small._valley.across.label"
UNFOLD = """(panel) => {
  for (const part of panel.querySelectorAll("details")) part.open = true;
}"""
CELLS = [
    f"""
import os
from linreg_widget import Table, TrainerWidget, Trainer
texts, home = {HOSTILE!a}, os.environ["HOME"]
os.environ["HOME"] = x = name = "EXPANDED"

def update(model, x, y, learning_rate):
    predictions = model(x)
    # <img src=x onerror=alert(11)> $x^2$ </pre><script>alert(12)</script>
    yield {HOSTILE["image"]!r}
    loss = ((predictions - y) ** 2).mean()
    yield {HOSTILE["dollars"]!r}
    loss.backward()
    model.w.data -= model.w.grad * learning_rate
    model.b.data -= model.b.grad * learning_rate
    model.w.grad.zero_()
    model.b.grad.zero_()
    return loss.item()

features = {{text: [index, 2, index**2 % 7, 5] for index, text in enumerate(texts.values())}}
table = Table.of({{**features, "<b>target</b> $y$": [1, 2, 3, 5]}}, 1)
names = [texts["svg"], texts["dollars"], texts["parentheses"], texts["backwards"]]
table = Table(table.inputs, table.targets, feature_names=table.feature_names,
              target_names=table.target_names, row_names=names, name=texts["script"])
widget = TrainerWidget(table, update=update, epochs=2)
for text in list(texts.values())[5:12]:
    widget.step()
    widget.keep(text) if widget.status != "finished" else None
widget.reset()
widget
""",
    "%load_ext linreg_widget",
    """
columns = {texts[kind]: [index, 2, index**2 % 7, 5]
           for index, kind in enumerate(("dollars", "parentheses", "entity", "braces"))}
small = TrainerWidget(Table.of({**columns, texts["image"]: [1, 2, 3, 5]}, 1), epochs=2)
small.tab = "valley"
small
""",
    "import ipywidgets; ipywidgets.Label('$x^2$')",
]


@pytest.fixture(scope="module")
def notebook(files_lab: Lab) -> Iterator[NotebookPage]:
    """Show a widget of hostile texts, with everything unfolded, and below it a plain one."""
    dialogs: list[str] = []
    notebook = files_lab.open(CELLS, size=(1280, 3000))

    def note(dialog: Dialog) -> None:
        dialogs.append(dialog.message)
        dialog.accept()

    notebook.page.on("dialog", note)
    notebook.run_all()
    panel = notebook.panel.first
    expect(panel).to_be_visible()
    panel.evaluate(UNFOLD)
    yield notebook
    notebook.page.remove_listener("dialog", note)
    notebook.execute("os.environ['HOME'] = home")
    assert dialogs == []
    assert notebook.foreign_requests == []


def hostile(notebook: NotebookPage) -> Locator:
    return notebook.output(0)


def _is(notebook: NotebookPage, expression: str, value: str) -> bool:
    return bool(notebook.kernel(expression) == value)


def texts_of(places: Locator) -> list[str]:
    return [text.strip() for text in places.all_text_contents()]


def test_names_of_columns_and_rows_stand_in_the_panel_as_typed(notebook: NotebookPage) -> None:
    panel = notebook.panel.first
    show(panel, "Inside the update")
    heads = texts_of(panel.get_by_role("grid", name=re.compile(r"^w(?!\.)")).locator("th"))
    assert [text for text in SHOWN.values() if text not in heads] == []
    show(panel, "Predictions")
    panel.get_by_role("button", name="All rows as a table").click()
    rows = texts_of(panel.locator(".lr-onefit tbody th"))
    assert rows == [SHOWN[kind] for kind in ("svg", "dollars", "parentheses", "backwards")]
    expect(panel.locator(".lr-onefit h4")).to_contain_text("<b>target</b> $y$")
    expect(panel.locator(".lr-title")).to_have_text(SHOWN["script"])


def test_names_of_runs_stand_as_typed(notebook: NotebookPage) -> None:
    show(notebook.panel.first, "Compare")
    names = texts_of(notebook.panel.first.locator(".lr-compare tbody th"))
    kept = notebook.kernel("[run.name for run in widget.trainer.kept]")
    assert len(kept) > 3
    assert names[: len(kept)] == [SHOWN.get(name, name) for name in kept]


def test_code_and_phases_stand_as_typed(notebook: NotebookPage) -> None:
    panel = notebook.panel.first
    show(panel, "Inside the update")
    code = panel.locator(".lr-code")
    expect(code).to_contain_text(
        "# <img src=x onerror=alert(11)> $x^2$ </pre><script>alert(12)</script>"
    )
    panel.get_by_role("radio", name="phase").check()
    panel.get_by_role("button", name="Step", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text(HOSTILE["image"])
    panel.get_by_role("button", name="Step", exact=True).click()
    expect(panel.get_by_role("status")).to_contain_text(HOSTILE["dollars"])
    expect(code).to_contain_text(HOSTILE["image"])


def test_the_valley_says_as_typed_what_it_shows(notebook: NotebookPage) -> None:
    output = notebook.output(2)
    menu = output.get_by_role("combobox", name="Across")
    expect(menu.locator("option")).not_to_have_count(0)
    # ipywidgets' menus have no-break spaces for spaces.
    offered = [words.replace("\xa0", " ") for words in menu.locator("option").all_text_contents()]
    for kind in ("dollars", "parentheses", "entity", "braces"):
        index = next(i for i, words in enumerate(offered) if SHOWN[kind] in words)
        menu.select_option(index=index)
        chosen = menu.locator("option:checked")
        expect(chosen).to_contain_text(HOSTILE[kind])
        notebook.until(partial(_is, notebook, ACROSS, offered[index]))
    # Another label shows that formulas are typeset here, and when they have been.
    expect(notebook.output(3).locator("mjx-container")).to_be_attached()
    words = output.locator(".linreg-valley-words")
    notebook.until(lambda: words.text_content() == notebook.kernel("small._valley.words.value"))
    expect(words).to_contain_text(HOSTILE["parentheses"])
    assert words.locator("*").count() == 0


def test_no_text_of_a_plot_is_taken_for_a_formula(notebook: NotebookPage) -> None:
    notebook.execute("from matplotlib.text import Text")
    for figure in ("widget.plot._figure", "small.plot._figure", "small._valley._figure"):
        texts = f"[one for one in {figure}.figure.findobj(Text) if one.get_text()]"
        assert notebook.kernel(f"len({texts})") > 5
        assert notebook.kernel(f"[str(one) for one in {texts} if one.get_parse_math()]") == []
    shown = notebook.kernel("[one.get_text() for one in widget.plot._figure.figure.findobj(Text)]")
    assert HOSTILE["handler"] in shown


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_the_kernel_complains_of_stands_as_typed(notebook: NotebookPage, kind: str) -> None:
    """An alert in the panel: an update function's error holds the text."""
    notebook.execute(f"small.panel._alert = texts[{kind!r}]")
    said = notebook.panel.last.get_by_role("alert").locator("div")
    notebook.until(lambda: said.all_text_contents() == [HOSTILE[kind]], "it is not as typed")
    notebook.execute("small.panel._alert = ''")
    expect(said).to_have_count(0)


def test_nothing_in_our_part_is_an_element_that_was_typed(notebook: NotebookPage) -> None:
    inside = hostile(notebook)
    ours = ".linreg-elsewhere style"  # of the words for a page that lacks the panel
    typed = f"script, iframe, a, style:not({ours}), [onerror], [onload], [onmouseover]"
    assert inside.locator(typed).count() == 0
    assert inside.locator("mjx-container, .MathJax").count() == 0
    assert inside.locator("img").count() == 0
    foreign = "svg:not(.lr-icon, .lr-chart, .lr-lossplot svg, .lr-picture, .lr-picture svg)"
    assert notebook.panel.first.locator(foreign).count() == 0


LINES = [
    ("%linreg {x}", "{x}"),
    ("%linreg $x", "$x"),
    ("%linreg $HOME", "$HOME"),
    ("%linreg <img/src=x/onerror=alert(20)>", "<img/src=x/onerror=alert(20)>"),
    (r"%linreg \(x\)", r"\\(x\\)"),
    ("%linreg {__import__('os').getcwd()}", "{__import__("),
]


@pytest.mark.parametrize(("line", "shown"), LINES)
def test_the_line_of_the_magic_is_not_expanded(
    notebook: NotebookPage, line: str, shown: str
) -> None:
    assert_complaint(notebook, line, shown)


CELL_LINES = [
    ("x, y\n1, {x}\n2, 3\n3, 4", "{x}"),
    ("x, y\n1, $x\n2, 3\n3, 4", "$x"),
    ("x, y\n1, <svg/onload=alert(21)>\n2, 3\n3, 4", "<svg/onload=alert(21)>"),
    ("x, y\n1, {__import__('os')}\n2, 3\n3, 4", "{__import__('os')}"),
]


@pytest.mark.parametrize(("cell", "shown"), CELL_LINES)
def test_the_cell_of_the_magic_is_not_expanded(
    notebook: NotebookPage, cell: str, shown: str
) -> None:
    assert_complaint(notebook, f"%%linreg\n{cell}", shown)


def assert_complaint(notebook: NotebookPage, source: str, shown: str) -> None:
    """Run a cell with a table that cannot be read: the error quotes it, and is text alone."""
    magic, _, cell = source.partition("\n")
    kind = "cell" if magic.startswith("%%") else "line"
    words = magic.removeprefix("%%linreg").removeprefix("%linreg").strip()
    call: tuple[Any, ...] = ("linreg", words, cell) if kind == "cell" else ("linreg", words)
    notebook.evaluate(f"notebook.content.model.cells.get(1).sharedModel.setSource({source!r})")
    notebook.run_cell(1, check=False)
    said = notebook.output(1).inner_text()
    assert "UsageError" in said, (call, said)
    assert shown in said
    assert "EXPANDED" not in said
    text = notebook.output(1).locator(".jp-RenderedText")
    assert text.count() > 0
    foreign = text.locator("img, svg, script, iframe, [onerror], [onload], mjx-container")
    assert foreign.evaluate_all("(all) => all.map((one) => one.outerHTML)") == []
    links = text.locator("a")  # JupyterLab makes links of what looks like an address or a path
    protocols = links.evaluate_all("(all) => all.map(({ protocol }) => protocol)")
    assert {*protocols} <= {":", "http:"}
