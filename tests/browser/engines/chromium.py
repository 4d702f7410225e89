"""Chromium, by way of Playwright: the engine that all other browser tests use."""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any

from playwright.sync_api import BrowserContext, Error

from tests.browser.engines.engine import KEYS, Engine, Json, LostAnswerError
from tests.browser.windows import patient

_NAMES = {character: name for name, character in KEYS.items()}


class Chromium(Engine):
    """A window of a Chromium that Playwright has started."""

    name = "chromium"

    def __init__(self, context: BrowserContext) -> None:
        browser = context.browser
        assert browser is not None
        self._browser = browser
        super().__init__()

    def start(self, stack: ExitStack) -> None:
        self._page = stack.enter_context(patient(self._browser.new_context())).new_page()

    def go(self, address: str) -> None:
        self._page.goto(address, wait_until="commit")

    def evaluate(self, function: str, *arguments: Json) -> Any:
        try:
            return self._page.evaluate(f"(given) => ({function})(...given)", list(arguments))
        except Error as error:
            if "context was destroyed" in str(error):
                raise LostAnswerError(function) from error
            raise

    def act(self, source: dict[str, Any]) -> None:
        mouse, keyboard = self._page.mouse, self._page.keyboard
        for action in source["actions"]:
            match action["type"]:
                case "pointerMove":
                    mouse.move(action["x"], action["y"])
                case "pointerDown":
                    mouse.down()
                case "pointerUp":
                    mouse.up()
                case "keyDown":
                    keyboard.down(_NAMES.get(action["value"], action["value"]))
                case "keyUp":
                    keyboard.up(_NAMES.get(action["value"], action["value"]))

    def picture(self) -> bytes:
        return self._page.screenshot()

    def resize(self, width: int, height: int) -> None:
        self._page.set_viewport_size({"width": width, "height": height})
