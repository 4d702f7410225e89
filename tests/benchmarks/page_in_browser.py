"""(p) The page's engine in node and in Chromium, and the article's loop, in one run; and frames."""

from __future__ import annotations

import contextlib
import statistics
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from linreg_widget import TrainerWidget, crop_yields
from tests import node
from tests.benchmarks.common import MissingError, Plan, cost_of, say
from tests.benchmarks.loops import ArticleLoop
from tests.benchmarks.page_engine import SCRIPT
from tests.engine.conftest import wire

try:
    from playwright.sync_api import sync_playwright

    from tests.browser.chromium import FLAGS, NONE_FOUND, chromium_path
    from tests.browser.offline import Offline
except ImportError as error:
    raise MissingError(f"{error}. `make bench` installs what is needed.") from error

if TYPE_CHECKING:
    from playwright.sync_api import Page

TITLE = "The page's engine in node and in Chromium at full speed, and the article's loop in PyTorch"
_EPOCHS = 40  # of the article's loop in a turn
_TIMES = 200  # as many epochs of the engine in node
_SECONDS = 2  # of the page in a turn
_GOAL, _FRAMES = 200, 60  # times the article's loop; frames a second

# Updates and seconds between two frames, and the milliseconds of each frame in between.
_WATCH = """(seconds) => new Promise((resolve) => {
  const place = document.querySelector(".lr-place");
  const updates = () => Number(place.textContent.match(/update ([\\d,]+)/)[1].replaceAll(",", ""));
  const frames = [];
  let first = null, last = null;
  const look = (time) => {
    first ??= { time, updates: updates() };
    if (last !== null) frames.push(time - last);
    last = time;
    if (time - first.time < 1000 * seconds) requestAnimationFrame(look);
    else resolve([updates() - first.updates, (time - first.time) / 1000, frames]);
  };
  requestAnimationFrame(look);
})"""


@contextlib.contextmanager
def _page_at_full_speed() -> Iterator[Page]:
    """Open a page from disk, without a network, in which a run without an end goes on."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, sync_playwright() as playwright:
        path = chromium_path(playwright)
        if path is None:
            raise MissingError(NONE_FOUND)
        file = Path(folder) / "page.html"
        widget = TrainerWidget(plot=None, learning_rate=1e-6, epochs=10**9)
        widget.speed = None
        widget.to_html(file)
        widget.close()
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        with Offline.within(browser) as offline:
            page = offline.open(file, size=(1100, 1000))
            page.get_by_role("button", name="Run", exact=True).click()
            page.get_by_role("button", name="Pause", exact=True).wait_for()
            yield page
        browser.close()


def measure(plan: Plan) -> None:
    """Measure and print."""
    table = crop_yields()
    article, frames = ArticleLoop(table), list[float]()
    rates: dict[str, list[float]] = {"article": [], "node": [], "Chromium": []}
    with node.Service(SCRIPT) as engine, _page_at_full_speed() as page:
        pause = page.get_by_role("button", name="Pause", exact=True)
        for _ in range(plan.rounds(10, 3)):
            updates, seconds, some = page.evaluate(_WATCH, _SECONDS)
            rates["Chromium"].append(updates / seconds)
            frames += some
            pause.click()  # the page rests while the others are measured
            wall, _, made = engine.ask(wire(table), _TIMES * _EPOCHS)
            rates["node"].append(made / wall)
            cost = cost_of(lambda: article.run(_EPOCHS), 5 * _EPOCHS)
            rates["article"].append(1 / cost.wall)
            page.get_by_role("button", name="Run", exact=True).click()
            pause.wait_for()
    middle = {name: statistics.median(values) for name, values in rates.items()}
    say(", ".join(f"{name} {rate:,.0f}" for name, rate in middle.items()) + " updates a second.")
    for name in ("node", "Chromium"):
        say(f"The engine in {name}: {middle[name] / middle['article']:.0f} times (goal {_GOAL}).")
    typical, slow = statistics.median(frames), statistics.quantiles(frames, n=20)[-1]
    say(
        f"A frame of the page takes {typical:.1f} ms, one in twenty more than {slow:.1f} ms: "
        f"{1000 * len(frames) / sum(frames):.0f} frames a second (goal {_FRAMES})."
    )
