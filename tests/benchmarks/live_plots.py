"""(e) The article's 50 epochs with a live plot: ours, and what else one would use in a notebook."""

from __future__ import annotations

import importlib.util
import json
from typing import NamedTuple

from tests.benchmarks.browser import PATHS, NotebookPage, notebook
from tests.benchmarks.common import Plan, spread

TITLE = "The article's 50 epochs with each live plot, in JupyterLab and Chromium"


class Contender(NamedTuple):
    """Cells as one would write them: one that is not timed, one that is, and how to clean up."""

    name: str
    shown: str
    trained: str
    closed: str = ""
    package: str = ""


# What every contender's cells find there. The loop is the article's, with its DataLoader.
_COMMON = f"""
{PATHS}
import time
import IPython.display, matplotlib.pyplot as plt, numpy as np
from linreg_widget import TrainerWidget, crop_yields
from tests.benchmarks.loops import ArticleLoop

def article():
    loop = ArticleLoop(crop_yields())
    return lambda: loop.run(1).item()
"""
_OURS = Contender(
    "ours: widget.run()",
    "widget = TrainerWidget(learning_rate=1e-6)\nwidget",
    "widget.run()",
    "widget.close()",
)
_OTHERS = (
    Contender(
        "livelossplot",
        "%matplotlib inline\nfrom livelossplot import PlotLosses",
        """
plot = PlotLosses()
for epoch in range(50):
    plot.update({"loss": train_epoch()})
    plot.send()
""",
        package="livelossplot",
    ),
    Contender(
        "fastprogress with a graph",
        "%matplotlib inline\nfrom fastprogress.fastprogress import master_bar",
        """
losses, bar = [], master_bar(range(50))
for epoch in bar:
    losses.append(train_epoch())
    bar.update_graph([[range(len(losses)), losses]])
""",
        package="fastprogress",
    ),
    Contender(
        "clear_output and plt.show",
        "%matplotlib inline",
        """
losses = []
for epoch in range(50):
    losses.append(train_epoch())
    IPython.display.clear_output(wait=True)
    plt.plot(losses)
    plt.show()
""",
    ),
    Contender(
        "bqplot",
        """
import bqplot
scales = {"x": bqplot.LinearScale(), "y": bqplot.LogScale()}
line = bqplot.Lines(x=[0], y=[1], scales=scales)
axes = [bqplot.Axis(scale=scales["x"]), bqplot.Axis(scale=scales["y"], orientation="vertical")]
figure = bqplot.Figure(marks=[line], axes=axes)
figure
""",
        """
losses = []
for epoch in range(50):
    losses.append(train_epoch())
    with line.hold_sync():
        line.x, line.y = np.arange(len(losses)), np.array(losses)
""",
        "figure.close()",
        package="bqplot",
    ),
    Contender(
        "naive ipympl",
        """
%matplotlib ipympl
figure, axes = plt.subplots()
line, = axes.plot([])
""",
        """
losses = []
for epoch in range(50):
    losses.append(train_epoch())
    line.set_data(range(len(losses)), losses)
    axes.relim()
    axes.autoscale_view()
    figure.canvas.draw()
""",
        "plt.close('all')",
        package="ipympl",
    ),
)

# Notes when anything changes in the outputs: elements, texts, attributes, pictures, canvases.
_WATCH = """() => {
  window.change = { last: 0, count: 0 };
  const note = (node) => {
    const element = node.nodeType === 1 ? node : node.parentElement;
    if (!element?.closest(".jp-OutputArea-output, .jp-OutputArea")) return;
    window.change.last = performance.now();
    window.change.count += 1;
  };
  new MutationObserver((records) => note(records.at(-1).target)).observe(
    document.querySelector(".jp-Notebook"),
    { subtree: true, childList: true, characterData: true, attributes: true });
  document.addEventListener("load", (event) => note(event.target), true);
  for (const name of ["drawImage", "putImageData", "fillRect", "clearRect"]) {
    const paint = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...all) {
      note(this.canvas);
      return paint.apply(this, all);
    };
  }
}"""
_QUIET = "() => performance.now() - window.change.last > 1000"


def measure(plan: Plan) -> None:
    """Measure and print."""
    missing = {
        contender.name: contender.package
        for contender in _OTHERS
        if contender.package and importlib.util.find_spec(contender.package) is None
    }
    others = [contender for contender in _OTHERS if contender.name not in missing]
    inside: dict[str, list[float]] = {contender.name: [] for contender in (_OURS, *others)}
    until_shown: dict[str, list[float]] = {name: [] for name in inside}
    rounds = plan.rounds(6, 2)
    with notebook([_COMMON, "", ""], height=2000) as page:
        page.run_all()
        page.page.evaluate(_WATCH)
        for round_ in range(rounds + 1):
            order = [_OURS, *others] if round_ % 2 else [*reversed(others), _OURS]
            for contender in order:
                kernel, shown = _train(page, contender)
                if round_:  # the first warms up
                    inside[contender.name].append(kernel)
                    until_shown[contender.name].append(shown)
    _print(inside, until_shown, missing)


def _train(page: NotebookPage, contender: Contender) -> tuple[float, float]:
    """Return the seconds inside the timed cell, and from its start until the page's last change."""
    _set(page, 1, contender.shown)
    _set(
        page,
        2,
        f"train_epoch = article()\nstart = time.perf_counter()\n{contender.trained.strip()}\n"
        "seconds = time.perf_counter() - start",
    )
    page.run_cell(1)
    page.page.wait_for_function(_QUIET)
    start = page.page.evaluate("performance.now()")
    page.run_cell(2)
    page.page.wait_for_function(_QUIET)
    end = page.page.evaluate("window.change.last")
    seconds = page.kernel("seconds")
    if contender.closed:
        page.execute(contender.closed)
    for index in (1, 2):
        page.evaluate(f"notebook.content.model.cells.get({index}).clearExecution()")
    page.page.wait_for_function(_QUIET)
    return seconds, (end - start) / 1000


def _set(page: NotebookPage, index: int, source: str) -> None:
    text = json.dumps(source.strip())
    page.evaluate(f"notebook.content.model.cells.get({index}).sharedModel.setSource({text})")


def _print(
    inside: dict[str, list[float]], until_shown: dict[str, list[float]], missing: dict[str, str]
) -> None:
    ours, *others = inside
    print("  Milliseconds inside the cell, and until the page has changed for the last time (from the start")
    print("  of the cell, as the page sees it); times as long as ours, by median over the rounds (quartiles).")
    ahead = not missing
    for name in inside:
        kernel, page = (spread(times[name])[1] * 1000 for times in (inside, until_shown))
        words = f"  {name:<28}{kernel:8,.0f} ms {page:8,.0f} ms"
        if name != ours:
            for times in (inside, until_shown):
                low, middle, high = spread(
                    [t / own for t, own in zip(times[name], times[ours], strict=True)]
                )
                words += f"   {middle:6.2f} ({low:.2f} to {high:.2f})"
                ahead &= middle > 1
        print(words)
    for name, package in missing.items():
        print(f"  {name}: not measured, {package} is not installed.")
    print(f"    goal ours ahead of all {len(others)}, by both times: {'met' if ahead else 'MISSED'}")
