"""The verbs that acts are written in, on top of the four that each browser has."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, Literal, Self, TypeVar

from tests.kernel.client import PATIENCE

Point = tuple[float, float]
Pointer = Literal["mouse", "touch"]
Json = Any
T = TypeVar("T")

KEYS = {
    "Backspace": "\ue003",
    "Tab": "\ue004",
    "Enter": "\ue007",
    "Shift": "\ue008",
    "Control": "\ue009",
    "End": "\ue010",
    "Home": "\ue011",
    "ArrowLeft": "\ue012",
    "ArrowUp": "\ue013",
    "ArrowRight": "\ue014",
    "ArrowDown": "\ue015",
}
"""WebDriver's characters for keys that type nothing."""

# What readers and screen readers call an element, for the few roles that the acts need.
_FIND = """
  const roles = {
    alert: "[role=alert]",
    button: "button, [role=button]",
    checkbox: "input[type=checkbox]",
    group: "[role=group]",
    radio: "input[type=radio]",
    slider: "input[type=range], [role=slider]",
    tab: "[role=tab]",
    tabpanel: "[role=tabpanel]",
    textbox: "input:not([type]), input[type=text], textarea",
  };
  const words = (text) => text.replace(/\\s+/g, " ").trim();
  const named = (one) => words(
    one.getAttribute("aria-label")
    ?? one.getAttribute("aria-labelledby")?.split(" ")
      .map((id) => document.getElementById(id)?.textContent ?? "").join(" ")
    ?? (one.labels?.length ? [...one.labels].map((label) => label.textContent).join(" ") : null)
    ?? one.textContent
  );
  const seen = (one) => one.checkVisibility({ visibilityProperty: true })
    && one.getClientRects().length > 0;
  const find = (role, name) => [...document.querySelectorAll(roles[role] ?? role)]
    .find((one) => (name === null || named(one) === name) && seen(one)) ?? null;
"""
# The point of an element at which a press would reach it, or why none would.
_AIM = f"""(role, name, across, down) => {{
  {_FIND}
  const one = find(role, name);
  if (one === null) return `there is no ${{role}} ${{name ?? ""}}`;
  if (one.disabled) return "it is disabled";
  const target = one.labels?.length && /checkbox|radio/.test(one.type) ? one.labels[0] : one;
  for (const scrolls of [false, true]) {{
    if (scrolls) {{
      target.scrollIntoView({{ block: "center", inline: "center", behavior: "instant" }});
    }}
    const box = target.getBoundingClientRect();
    const [x, y] = [box.left + across * box.width, box.top + down * box.height];
    const hit = document.elementFromPoint(x, y);
    if (target.contains(hit)) return [x, y];
    if (scrolls) return `it is covered by ${{hit?.outerHTML.slice(0, 100)}}`;
  }}
}}"""
_LISTEN = """() => {
  if (window.engineLeaves || document.readyState === "loading") return false;
  if (window.engineErrors) return true;
  window.engineErrors = [];
  addEventListener("error", (event) => engineErrors.push(event.message));
  addEventListener("unhandledrejection", (event) => engineErrors.push(String(event.reason)));
  return true;
}"""


class MissingBrowserError(RuntimeError):
    """A browser is not on this machine; the message says what to install."""


class LostAnswerError(RuntimeError):
    """A page was on its way elsewhere when it was asked, and will never answer."""


class Engine(ABC):
    """A window of a browser, and what a reader can do in it."""

    name: str

    def __init__(self, *, dark: bool = False) -> None:
        self.dark = dark
        """Whether its reader prefers dark pages."""
        self.stack = ExitStack()
        """What is to be ended with it."""
        with self.stack.pop_all() as started:
            self.start(started)
            self.stack = started.pop_all()

    # What each browser lends

    @abstractmethod
    def start(self, stack: ExitStack) -> None:
        """Start the browser; whatever is to be ended goes onto the stack."""

    @abstractmethod
    def go(self, address: str) -> None:
        """Begin to load an address."""

    @abstractmethod
    def evaluate(self, function: str, *arguments: Json) -> Any:
        """Return what a JavaScript function of these arguments returns, by way of JSON."""

    @abstractmethod
    def act(self, source: dict[str, Any]) -> None:
        """Do one source of WebDriver's actions: a pointer's, or the keyboard's."""

    @abstractmethod
    def picture(self) -> bytes:
        """Return what the window shows, as PNG."""

    @abstractmethod
    def resize(self, width: int, height: int) -> None:
        """Give the page's window a size, in pixels."""

    def close(self) -> None:
        """End the browser."""
        self.stack.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # The verbs

    def open(self, address: str, ready: str = ".linreg button") -> None:
        """Open a page, and wait until an element is there that a selector finds."""
        self.evaluate("() => { window.engineLeaves = true; }")
        self.go(address)
        self.until(lambda: self.evaluate(_LISTEN))
        self.until(lambda: self.has(ready))

    def until(self, condition: Callable[[], T]) -> T:
        """Wait until a condition holds, as seen from the test; returns what it returned."""
        deadline = time.monotonic() + PATIENCE
        while True:
            with suppress(LostAnswerError):
                if found := condition():
                    return found
            if time.monotonic() > deadline:
                message = f"{self.name} waited in vain; the panel says: {self.said()}"
                raise TimeoutError(message)
            time.sleep(0.02)

    def aim(self, role: str, name: str | None = None, at: Point = (0.5, 0.5)) -> Point:
        """Return the point at which an element can be pressed; it is scrolled to, if need be.

        Parameters
        ----------
        role : str
            One of the roles of `_FIND`, or a CSS selector.
        name : str, optional
            What it is called.
        at : (float, float)
            Where in its box: (0.5, 0.5) is its centre.
        """
        last: list[Any] = [None]

        def still() -> Point | None:
            before, last[0] = last[0], self.evaluate(_AIM, role, name, *at)
            return tuple(last[0]) if isinstance(last[0], list) and last[0] == before else None

        try:
            return self.until(still) or (0, 0)
        except TimeoutError:
            message = f"{self.name} cannot press {role} {name!r}: {last[0]}."
            raise TimeoutError(message) from None

    def click(self, role: str, name: str | None = None, at: Point = (0.5, 0.5)) -> None:
        """Press an element with the mouse."""
        self._point(self.aim(role, name, at), [])

    def drag(self, start: Point, by: Point, kind: Pointer = "mouse") -> None:
        """Take what is at a point of the window, and move it by so many pixels."""
        (x, y), (right, down) = start, by
        path = [(x + right * part / 5, y + down * part / 5) for part in range(1, 6)]
        self._point(start, path, kind)

    def tap(self, role: str, name: str | None = None, at: Point = (0.5, 0.5)) -> None:
        """Press an element with a finger."""
        self._point(self.aim(role, name, at), [], "touch")

    def _point(self, start: Point, path: Iterable[Point], kind: Pointer = "mouse") -> None:
        move = [_moved(start), {"type": "pointerDown", "button": 0}]
        move += [_moved(point) for point in path]
        move += [{"type": "pointerUp", "button": 0}]
        pointer = {"type": "pointer", "id": kind, "parameters": {"pointerType": kind}}
        self.act({**pointer, "actions": move})

    def press(self, *keys: str) -> None:
        """Press keys in turn; ``Control+a`` holds the first one meanwhile."""
        strokes = []
        for key in keys:
            held = [KEYS.get(one, one) for one in (key.split("+") if len(key) > 1 else [key])]
            strokes += [{"type": "keyDown", "value": one} for one in held]
            strokes += [{"type": "keyUp", "value": one} for one in reversed(held)]
        self.act({"type": "key", "id": "keyboard", "actions": strokes})

    def fill(self, name: str, text: str) -> None:
        """Type into a text box in place of what is there, and press Enter."""
        self.click("textbox", name)
        self.press("Control+a", *text, "Enter")

    def text(self, role: str, name: str | None = None) -> str:
        """Return an element's text, as it is shown; empty, where there is none."""
        return str(self.look("one.innerText", role, name) or "")

    def look(self, expression: str, role: str, name: str | None = None) -> Any:
        """Return what an expression says of an element, ``one``; None, where there is none."""
        one = f"const one = find(role, name); return one && {expression};"
        return self.evaluate(f"(role, name) => {{ {_FIND} {one} }}", role, name)

    def has(self, role: str, name: str | None = None) -> bool:
        """Whether an element is there to be seen."""
        return bool(self.look("true", role, name))

    def said(self) -> str:
        """Return what the panel's status line says."""
        return str(self.evaluate("() => document.querySelector('[role=status]')?.textContent"))

    def errors(self) -> list[str]:
        """Return the errors of the page that nobody has caught."""
        found: list[str] = self.evaluate("() => window.engineErrors ?? []")
        return found

    def screenshot(self, path: Path) -> Path:
        """Save a picture of the window."""
        path.write_bytes(self.picture())
        return path


def _moved(point: Point) -> dict[str, Any]:
    x, y = map(round, point)
    return {"type": "pointerMove", "x": x, "y": y, "duration": 20, "origin": "viewport"}
