"""The harness against a small anywidget and a bare plot: page and kernel are seen to agree."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.lab import App, CellError, Lab
from tests.browser.lag import Lag
from tests.browser.windows import Windows

COUNTER = """
import anywidget, traitlets

class Counter(anywidget.AnyWidget):
    _esm = '''
    function render({ model, el }) {
      const button = document.createElement("button")
      const show = () => { button.textContent = `count is ${model.get("value")}` }
      button.onclick = () => { model.set("value", model.get("value") + 1); model.save_changes() }
      model.on("change:value", show)
      show()
      el.append(button)
    }
    export default { render }
    '''
    value = traitlets.Int(0).tag(sync=True)

counter = Counter()
counter
"""
PLOT = """
from ipympl.backend_nbagg import Canvas, FigureManager
from matplotlib.figure import Figure

figure = Figure()
canvas = Canvas(figure)
FigureManager(canvas, 0)
figure.subplots().plot([1, 2, 4])
canvas
"""


@pytest.mark.matrix  # `make test` sees that of each widget that it clicks on
@pytest.mark.parametrize("app", ["lab", "notebook"])
def test_a_click_reaches_the_kernel_and_a_change_there_the_page(lab: Lab, app: App) -> None:
    notebook = lab.open([COUNTER], app=app)  # from the start: page, kernel and all
    notebook.run_all()
    button = notebook.page.get_by_role("button", name="count is")
    button.click()
    expect(button).to_have_text("count is 1")
    notebook.until(lambda: notebook.kernel("counter.value") == 1)
    index = notebook.add_cell_and_run("if True:\n    counter.value += 5\n\nprint('typed')")
    expect(button).to_have_text("count is 6")
    assert notebook.outputs(index)[0]["text"] == "typed\n"
    notebook.reload()
    expect(notebook.page.get_by_role("button", name="count is 6")).to_be_visible()
    assert notebook.foreign_requests == []


@pytest.mark.matrix  # `make test` sees that of our own plot and panel
def test_a_plot_is_drawn_and_the_theme_is_chosen(shared_lab: Lab) -> None:
    notebook = shared_lab.open([PLOT], theme="dark", size=(700, 900))
    notebook.run_all()
    notebook.until(lambda: notebook.ink() > 0.01, "the canvas stayed blank")
    assert notebook.evaluate("document.body.dataset.jpThemeLight") == "false"


def test_an_endless_cell_is_interrupted_and_its_error_is_seen(shared_lab: Lab) -> None:
    notebook = shared_lab.open(["print('on', flush=True)\nwhile True: pass"])
    notebook.start_cell(0)
    expect(notebook.output(0)).to_contain_text("on")
    notebook.interrupt()
    with pytest.raises(CellError, match="KeyboardInterrupt"):
        notebook.finish()


def test_an_uncaught_error_in_the_page_is_caught_here(shared_lab: Lab) -> None:
    notebook = shared_lab.open([])
    notebook.page.evaluate("() => { setTimeout(() => { throw new Error('on purpose') }) }")
    notebook.until(lambda: notebook.page_errors)
    with pytest.raises(AssertionError, match="on purpose"):
        shared_lab.check_page_errors()
    notebook.page_errors.clear()


LINE = """(channel) => {
  // As Jupyter packs it: how many places follow, where the parts begin and end, the parts.
  const name = new TextEncoder().encode(channel);
  const data = new Uint8Array(24 + name.length);
  const view = new DataView(data.buffer);
  [2, 24, 24 + name.length].forEach((at, k) => view.setBigUint64(8 * k, BigInt(at), true));
  data.set(name, 24);
  socket.dispatchEvent(new MessageEvent("message", { data: data.buffer }));
}"""


def test_on_a_slow_line_messages_come_late_in_their_order_and_each_channel_for_itself(
    windows: Windows,
) -> None:
    page = windows.open(400)
    page.evaluate(
        """() => {
          window.log = [];
          window.WebSocket = class extends EventTarget {
            send(data) { log.push(data); }
          };
        }"""
    )
    page.evaluate(Lag.of("there=20,shell=500").script)
    seen = page.evaluate(
        """() => {
          window.socket = new WebSocket();
          socket.addEventListener("message", ({ data }) => {
            const text = new TextDecoder().decode(data);
            log.push(text.includes("iopub") ? "from iopub" : "from shell");
          });
          socket.send("first");
          socket.send("second");
          return [...log];
        }"""
    )
    assert seen == []
    page.wait_for_function("log.length === 2")
    page.evaluate(f"() => {{ for (const one of ['shell', 'iopub']) ({LINE})(one); }}")
    page.wait_for_function("log.length === 4")
    assert page.evaluate("log") == ["first", "second", "from iopub", "from shell"]
    windows.close(page)


@pytest.mark.parametrize("text", ["back", "back=-1", "forth=200"])
def test_a_lag_that_is_none_is_refused(text: str) -> None:
    assert Lag.of("there=200,cpu=6") == Lag(there=200, cpu=6)
    with pytest.raises(pytest.UsageError, match=f"'{text}' is none of there=400, back=400"):
        Lag.of(text)
