"""(c) The widget at full speed in a browser, plot live, against the article's bare loop."""

from __future__ import annotations

from typing import Any

from tests.benchmarks.browser import PATHS, NotebookPage, notebook
from tests.benchmarks.common import Cost, Plan, at_least, in_turn, median, quartiles, report, say

TITLE = "Widget at full speed in Chromium, plot live, against the article's loop with no screen"
_SECONDS = 2.0  # a turn
_SETTLE = 0.3  # seconds after Run and after Pause that are not counted

_CELL = f"""
{PATHS}
import time
from linreg_widget import TrainerWidget, crop_yields
from tests.benchmarks.loops import ArticleLoop

article = ArticleLoop(crop_yields())

def train_article(seconds):
    wall, cpu, updates = time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - wall < seconds:
        article.run(40)
        updates += 40 * len(article.loader)
    return [(time.perf_counter() - wall) / updates, (time.process_time() - cpu) / updates]

def now():
    return [time.perf_counter(), time.process_time(), widget.trainer.position.update]

widget = TrainerWidget(learning_rate=1e-6, epochs=EPOCHS)
widget
"""
# Counts the frames of the plot and the changes of the panel's text.
_COUNT = """() => {
  window.seen = { frames: 0, texts: 0 };
  const draw = CanvasRenderingContext2D.prototype.drawImage;
  CanvasRenderingContext2D.prototype.drawImage = function (...all) {
    if (this.canvas.isConnected) window.seen.frames += 1;
    return draw.apply(this, all);
  };
  const panel = document.querySelector('[role=group][aria-label="Linear regression trainer"]');
  new MutationObserver(() => { window.seen.texts += 1; }).observe(
    panel, { subtree: true, childList: true, characterData: true });
}"""
_SEEN = "[performance.now(), window.seen.frames, window.seen.texts]"


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
        rates: list[tuple[float, float]] = []

        def widget() -> Cost:
            cost, seen = _run_for(page, _SECONDS)
            rates.append(seen)
            return cost

        def article() -> Cost:
            return Cost(*page.kernel(f"train_article({_SECONDS})"))

        turns = in_turn(widget, article, rounds)
        recorded = page.kernel("len(widget.trainer.recording)")
    frames, texts = (quartiles([rate[kind] for rate in rates])[1] for kind in (0, 1))
    say(
        f"Widget {1 / median(turns.one):,.0f} updates a second, the article's loop "
        f"{1 / median(turns.other):,.0f}; {_SECONDS:g} s a turn, both in the same kernel. "
        f"Under the widget's turns the page painted {frames:.1f} frames of the plot and changed "
        f"the panel's text {texts:.0f} times a second. {recorded:,} updates are recorded."
    )
    report("Times as fast", turns.faster, at_least(1.2))
    report("By the kernel's processor time", turns.cheaper)


def _run_for(page: NotebookPage, seconds: float) -> tuple[Cost, tuple[float, float]]:
    """Press Run, count for some seconds, press Pause; also return what changed in the page."""
    button = page.panel.get_by_role("button", name="Run", exact=True)
    button.click()
    page.page.wait_for_timeout(_SETTLE * 1000)
    seen: Any = [page.page.evaluate(_SEEN)]
    made: Any = [page.kernel("now()")]
    page.page.wait_for_timeout(seconds * 1000)
    made.append(page.kernel("now()"))
    seen.append(page.page.evaluate(_SEEN))
    page.panel.get_by_role("button", name="Pause", exact=True).click()
    button.wait_for()
    page.page.wait_for_timeout(_SETTLE * 1000)
    wall, cpu, updates = (later - first for first, later in zip(*made, strict=True))
    passed, frames, texts = (later - first for first, later in zip(*seen, strict=True))
    return Cost(wall / updates, cpu / updates), (frames / passed * 1000, texts / passed * 1000)
