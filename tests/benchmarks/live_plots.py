"""(e) The article's 50 epochs with a live plot: ours, and what else one would use in a notebook."""

from __future__ import annotations

import importlib.util
import json
from typing import NamedTuple

from tests.benchmarks.browser import PATHS, NotebookPage, notebook
from tests.benchmarks.common import Plan, quartiles, say

TITLE = "The article's 50 epochs with each live plot, in JupyterLab and Chromium"


class Contender(NamedTuple):
    """Cells as one would write them: one that is not timed, one that is, and how to clean up."""

    name: str
    shown: str
    trained: str
    closed: str = ""
    package: str = ""
    quick: bool = False
    """Whether it is worth many rounds."""


class Times(NamedTuple):
    """What one run took, in seconds."""

    inside: float
    """Inside the timed cell, by the kernel's clock."""
    shown: float
    """From the start of that cell until the last change in the page, by the page's clock."""


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
        "the article's bare loop, no plot",
        "pass",
        "losses = [train_epoch() for epoch in range(50)]\nprint(losses[-1])",
        quick=True,
    ),
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
        quick=True,
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
  window.change = { last: 0 };
  const note = (node) => {
    const element = node.nodeType === 1 ? node : node.parentElement;
    if (!element?.closest(".jp-OutputArea-output, .jp-OutputArea")) return;
    window.change.last = performance.now();
  };
  new MutationObserver((records) => records.forEach((record) => note(record.target))).observe(
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
_QUIET = "() => performance.now() - window.change.last > 700"


def measure(plan: Plan) -> None:
    """Measure and print."""
    say(
        "Inside: the time in the cell, by the kernel. Shown: from the cell's start until the page "
        "has changed for the last time. Then how many times as long as ours: the median of the "
        "rounds (and the quartiles). In each round ours is run beside the other one. Making a "
        "widget that stands there before the training (ours, bqplot, ipympl) is not counted."
    )
    ahead = True
    with notebook([_COMMON, "", ""], height=2000) as page:
        page.run_all()
        page.page.evaluate(_WATCH)
        for other in _OTHERS:
            if other.package and importlib.util.find_spec(other.package) is None:
                print(f"  {other.name}: not measured, {other.package} is not installed.")
                ahead = False
                continue
            rounds = plan.rounds(12, 4) if other.quick else plan.rounds(4, 2)
            ahead &= _print(other.name, _rounds(page, other, rounds))
    say(f"Goal: ours ahead of all {len(_OTHERS)}, by both times: {'met' if ahead else 'MISSED'}")


def _rounds(page: NotebookPage, other: Contender, rounds: int) -> list[tuple[Times, Times]]:
    """Return the times of ours and another's in each round, after one round to warm up."""
    measured = []
    for round_ in range(rounds + 1):
        if round_ % 2:
            measured.append((_train(page, _OURS), _train(page, other)))
        else:
            theirs = _train(page, other)
            measured.append((_train(page, _OURS), theirs))
    return measured[1:]


def _print(name: str, rounds: list[tuple[Times, Times]]) -> bool:
    """Print how a contender did; return whether ours was ahead by both times."""
    parts, ahead = [], True
    for kind in Times._fields:
        ours, theirs = ([getattr(times[side], kind) for times in rounds] for side in (0, 1))
        low, middle, high = quartiles([t / own for t, own in zip(theirs, ours, strict=True)])
        parts.append(
            f"{kind} {quartiles(theirs)[1] * 1000:,.0f} ms, ours {quartiles(ours)[1] * 1000:,.0f}: "
            f"{middle:.2f} times ({low:.2f} to {high:.2f})"
        )
        ahead &= middle > 1
    say(f"{name}: {'; '.join(parts)}; {len(rounds)} rounds.")
    return ahead


def _train(page: NotebookPage, contender: Contender) -> Times:
    """Run a contender's cells."""
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
    if contender is _OURS:
        page.panel.get_by_role("status").filter(has_text="Finished").wait_for()
    if end < start:
        raise RuntimeError(f"the page never changed while {contender.name} was training")
    seconds = page.kernel("seconds")
    if contender.closed:
        page.execute(contender.closed)
    for index in (1, 2):
        page.evaluate(f"notebook.content.model.cells.get({index}).clearExecution()")
    page.page.wait_for_function(_QUIET)
    return Times(seconds, (end - start) / 1000)


def _set(page: NotebookPage, index: int, source: str) -> None:
    text = json.dumps(source.strip())
    page.evaluate(f"notebook.content.model.cells.get({index}).sharedModel.setSource({text})")
