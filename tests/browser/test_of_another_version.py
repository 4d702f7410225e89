"""A page whose panel is of another version: it lacks some traits, has others, hears strange words.

It cannot happen by a front end that is installed apart, since the page's code comes with the widget
itself. It may in a state that was written by hand, or in a kernel whose package was replaced.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from linreg_widget import Trainer, crop_yields
from linreg_widget.panel.page import shared_traits
from linreg_widget.panel.panel import TrainerPanel
from tests.browser.bridge import Bridge
from tests.browser.windows import Windows

pytestmark = pytest.mark.browser

TABS = ("microscope", "graph", "line", "predictions", "compare", "data", "loss")
# Without these two a page cannot know where its run stands.
NEEDED = {"status", "update"}


class Stranger(Bridge):
    """A bridge to a panel that sends nothing of some traits, and more than the page knows."""

    lacks: frozenset[str] = frozenset()

    def _news(self) -> str:
        news = json.loads(super()._news())
        news["traits"] = {k: v for k, v in news["traits"].items() if k not in self.lacks}
        news["traits"]["_of_tomorrow"] = {"a": [1]}
        news["replies"] += [{"kind": "tomorrow", "id": 1}, {"kind": "done"}, {}]
        return json.dumps(news)


@pytest.mark.parametrize("which", ["none", "half", "other half", "all but two"])
def test_a_page_without_some_traits_shows_what_it_has(
    which: str, windows: Windows, tmp_path: Path
) -> None:
    names = sorted({*shared_traits(TrainerPanel)} - NEEDED)
    lacks = {"none": [], "half": names[::2], "other half": names[1::2], "all but two": names}[which]
    panel = TrainerPanel(Trainer(crop_yields(), learning_rate=1e-5))
    kind = type("ThisStranger", (Stranger,), {"lacks": frozenset(lacks)})
    bridge: Stranger = kind(panel, windows, tmp_path / "p.html")
    for tab in TABS:
        bridge.page.get_by_role("tab").nth(TABS.index(tab)).click()
    bridge.page.get_by_role("button", name="Step", exact=True).click()
    bridge.until(lambda: panel.update == 1)
    bridge.show()
    expect(bridge.page.get_by_role("status")).to_contain_text("update 1")
    for tab in TABS:
        panel.tab = tab
        bridge.show()
    bridge.close()  # raises if an error of the page went uncaught
