"""How the gallery reads a notebook, and when it runs one; its pages are in tests/browser."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import nbformat
import pytest
from ipywidgets.embed import dependency_state
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from gallery.executing import LessonError, execute_once, preparing
from gallery.lessons import Sheet
from gallery.texts import apart, code_html, markdown_html, output_html
from gallery.widgets import Panel, States, as_script
from linreg_widget import TrainerWidget

WIDGET = "from linreg_widget import TrainerWidget\nwidget = TrainerWidget(epochs=2)"


def notebook_of(*sources: str) -> Any:
    cells = [new_code_cell(source, id=f"cell-{number}") for number, source in enumerate(sources)]
    return new_notebook(cells=cells, metadata={"own": len(cells)})


def printed(notebook: Any) -> Sequence[str]:
    return [one.text for cell in notebook.cells for one in cell.get("outputs", ()) if "text" in one]


# ---- running ---------------------------------------------------------------------------------


@pytest.mark.kernel
def test_a_notebook_is_run_once_and_again_only_when_it_has_changed(tmp_path: Path) -> None:
    log, kept = tmp_path / "log", tmp_path / "kept.ipynb"
    note = f"print(open({str(log)!r}, 'a').write('x'))"
    first = execute_once(notebook_of(note), kept)
    assert printed(first) == ["1\n"]
    again = execute_once(notebook_of(note), kept)
    assert printed(again) == ["1\n"]
    assert log.read_text() == "x"
    changed = execute_once(notebook_of(note, "print('more')"), kept)
    assert printed(changed) == ["1\n", "more\n"]
    assert log.read_text() == "xx"


@pytest.mark.kernel
def test_a_notebook_is_run_where_an_event_loop_runs_too(tmp_path: Path) -> None:
    async def within_a_loop() -> Any:
        return execute_once(notebook_of("print(1)"), tmp_path / "kept.ipynb")

    with ThreadPoolExecutor(1) as other:  # in the main thread Playwright's may run
        assert printed(other.submit(asyncio.run, within_a_loop()).result()) == ["1\n"]


@pytest.mark.kernel
def test_a_notebook_that_fails_names_the_cell_and_is_not_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept.ipynb"
    with pytest.raises(LessonError, match=r"kept .*cell 2 \('cell-1'\).*ZeroDivisionError: "):
        execute_once(notebook_of("x = 0", "1 / x", "print(x)"), kept)
    assert not kept.exists()


@pytest.mark.kernel
def test_a_widget_is_where_it_stood_when_shown_and_knows_no_future(tmp_path: Path) -> None:
    notebook = notebook_of(WIDGET, "widget.step(); widget", "widget.step(); print(widget.update)")
    notebook.cells += preparing()
    notebook.cells.append(new_code_cell("print(widget.update)", id="after"))
    run = execute_once(notebook, tmp_path / "kept.ipynb")
    (view,) = [
        one.data["application/vnd.jupyter.widget-view+json"]["model_id"]
        for one in run.cells[1].outputs
    ]
    states = States(nbformat.from_dict(run))
    (panel,) = states.parts_of(view)
    assert isinstance(panel, Panel)
    model = states.model(panel.model)
    assert (model["traits"]["update"], model["traits"]["_recorded"]) == (1, 1)
    assert "_tape" not in model["traits"]
    assert not {"_esm", "_css", "layout"} & {*model["traits"]}
    assert printed(run) == ["2\n", "2\n"]  # it was put back for the cells that follow


@pytest.mark.kernel
def test_a_widget_that_was_closed_again_stops_nobody(tmp_path: Path) -> None:
    notebook = notebook_of(WIDGET, "widget", "widget.close()")
    notebook.cells += preparing()
    run = execute_once(notebook, tmp_path / "kept.ipynb")
    assert all(one.output_type != "error" for cell in run.cells for one in cell.outputs)


# ---- texts -----------------------------------------------------------------------------------


def test_words_for_a_page_that_lacks_the_panel_are_no_part_of_ours() -> None:
    widget = TrainerWidget(plot=None)
    state = dependency_state([widget], drop_defaults=False)
    kind = "application/vnd.jupyter.widget-state+json"
    states = States({"metadata": {"widgets": {kind: {"state": state}}}})
    assert [*states.parts_of(widget.model_id)] == [Panel(widget.panel.model_id)]
    widget.close()


def test_marks_are_left_out_and_formulas_need_no_script() -> None:
    shown = markdown_html("It is 289<!--= loss --> tons.\n\n$$\na_1 &= b\n$$\n", {})
    assert "<p>It is 289 tons.</p>" in shown
    assert "<msub><mi>a</mi><mn>1</mn></msub>" in shown
    assert "$" not in shown


def test_aligned_formulas_become_rows() -> None:
    formula = "$$\n\\begin{aligned}\na &= b \\\\\nc &= d\n\\end{aligned}\n$$"
    assert markdown_html(formula, {}).count("<mtr>") == 2


def test_a_folded_solution_holds_its_code_and_lessons_are_linked() -> None:
    solution = "<details><summary>Solution</summary>\n\n```python\nx = 1\n```\n\n</details>"
    text = f"{solution}\n\nNext: `02_b`."
    shown = markdown_html(text, {"02_b": "02_b.html"})
    assert shown.index("<details>") < shown.index('class="highlight"') < shown.index("</details>")
    assert '<a href="02_b.html"><code>02_b</code></a>' in shown


def test_the_badge_of_a_lesson_is_no_picture_from_elsewhere() -> None:
    assert apart("[![Open](https://a/b.svg)](https://c/d)\n\n# T") == ("https://c/d", "# T")
    assert apart("# T") == ("", "# T")


def test_what_was_printed_is_text() -> None:
    stream = nbformat.v4.new_output("stream", text="<b>1</b>\n")
    more = nbformat.v4.new_output("stream", text="2\n")
    assert output_html([stream, more]) == "<pre>&lt;b&gt;1&lt;/b&gt;\n2</pre>"
    assert "<b>" not in code_html("'<b>'")
    assert "</script" not in as_script({"a": "</script>"})


# ---- guess first -----------------------------------------------------------------------------


def test_what_comes_out_is_folded_where_the_reader_has_just_been_asked() -> None:
    asked = "Look.\n\n**Your turn.** What will come out?"
    answered = f"{asked}\n\n<details><summary>Answer</summary>\n\n42\n\n</details>"
    again = f"{answered}\n\n**Your turn.** And now?"
    cells = []
    for number, text in enumerate((asked, answered, again, "That was it.")):
        cells.append(new_markdown_cell(text, id=f"text-{number}"))
        for part, print_ in (("silent", ""), ("code", "42"), ("more", "43")):
            outputs = [new_output("stream", text=print_)] if print_ else []
            cells.append(new_code_cell("print(42)", id=f"{part}-{number}", outputs=outputs))
    cells.append(new_code_cell("x", id="answer-x", outputs=[new_output("stream", text="1")]))
    notebook = new_notebook(cells=cells, metadata={"own": len(cells), "widgets": {}})
    sheet = Sheet(cells, States(notebook), {})
    assert [block.name for block in sheet.blocks if block.is_awaited] == ["code-0", "code-2"]
