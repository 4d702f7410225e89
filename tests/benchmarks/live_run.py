"""(c) The widget at full speed in a browser, plot live, against the article's loop with nothing on screen."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.browser import PATHS, NotebookPage, notebook
from tests.benchmarks.common import Cost, Plan, at_least, in_turn, per_second, report, spread

TITLE = "The widget at full speed in JupyterLab and Chromium, plot live, against the article's bare loop"
_SECONDS = 2.0  # a turn
_SETTLE = 0.3  # seconds after Run or Pause that are not counted

_CELL = f"""
{PATHS}
import time
from linreg_widget import TrainerWidget, crop_yields
from tests.benchmarks.loops import ArticleLoop

article = ArticleLoop(crop_yields())

def train_article(seconds):
    start, updates = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        article.run(40)
        updates += 40 * len(article.loader)
    return (time.perf_counter() - start) / updates

def now():
    return time.perf_counter(), time.process_time(), widget.trainer.position.update

widget = TrainerWidget(learning_rate=1e-6, epochs=EPOCHS)
widget
"""
# Counts the frames of the plot and the changes of the panel's text.
_COUNT = """() => {
  window.frames_ = 0;
  window.texts_ = 0;
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    if (this.canvas.isConnected) window.frames_ += 1;
    return draw.apply(this, all);
  };
  const panel = document.querySelector('[role=group][aria-label="Linear regression trainer"]');
  new MutationObserver(() => { window.texts_ += 1; }).observe(
    panel, { subtree: true, childList: true, characterData: true });
}"""


def measure(plan: Plan) -> None:
    """Measure and print."""
    rounds = plan.rounds(10, 3)
    # About as many epochs as will be trained, so that the curve comes to fill the plot.
    epochs = int((rounds + 1) * 2 * (_SECONDS + 2 * _SETTLE) * 12_000 / 5)
    with notebook([_CELL.replace("EPOCHS", str(epochs))]) as page:
        page.run_all()
        page.panel.wait_for()
        page.until(lambda: page.ink() > 0, "the plot stayed blank")
        page.page.evaluate(_COUNT)
        rates: list[Any] = []

        def widget() -> Cost:
            cost, shown = _run_for(page, _SECONDS)
            rates.append(shown)
            return cost

        def article() -> Cost:
            seconds = page.kernel(f"train_article({_SECONDS})")
            return Cost(seconds, seconds)

        turns = in_turn(widget, article, rounds)
        updates = page.kernel("widget.trainer.position.update")
    frames, texts = (spread([rate[i] for rate in rates])[1] for i in (0, 1))
    print(f"  Widget {per_second(turns.one)}, the article's loop {per_second(turns.other)};")
    print(
        f"  {_SECONDS:g} s a turn, both in the same kernel. Meanwhile the page painted {frames:.1f} frames "
        f"of the plot\n  and changed the panel's text {texts:.0f} times a second. "
        f"{updates:,} updates are recorded in the end."
    )
    report("times as fast", turns.faster, at_least(1.2))


def _run_for(page: NotebookPage, seconds: float) -> tuple[Cost, tuple[float, float]]:
    """Press Run, count updates for some seconds, press Pause."""
    button = page.panel.get_by_role("button", name="Run", exact=True)
    button.click()
    page.page.wait_for_timeout(_SETTLE * 1000)
    seen = page.page.evaluate("[performance.now(), frames_, texts_]")
    start = page.kernel("now()")
    page.page.wait_for_timeout(seconds * 1000)
    end = page.kernel("now()")
    seen_later = page.page.evaluate("[performance.now(), frames_, texts_]")
    page.panel.get_by_role("button", name="Pause", exact=True).click()
    button.wait_for()
    page.page.wait_for_timeout(_SETTLE * 1000)
    passed = (seen_later[0] - seen[0]) / 1000
    updates = end[2] - start[2]
    return (
        Cost((end[0] - start[0]) / updates, (end[1] - start[1]) / updates),
        ((seen_later[1] - seen[1]) / passed, (seen_later[2] - seen[2]) / passed),
    )
