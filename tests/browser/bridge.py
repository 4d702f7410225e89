"""The built panel in a page of its own, with a real panel in this process as its kernel."""

from __future__ import annotations

import itertools
import json
import time
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

from playwright.sync_api import Error, Page

from linreg_widget.panel.front import script_of
from linreg_widget.panel.page import _finite, shared_traits
from linreg_widget.panel.panel import TrainerPanel
from tests.browser.windows import Windows
from tests.kernel.client import PATIENCE

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>The panel, with a kernel behind it</title>
<style>%(css)s body { margin: 0; padding: 12px; } [data-theme=dark] body { background: #0e0f12; }
</style>
<main id="panel"></main>
<script type="module">
%(esm)s
const state = {};
const listeners = {};
let changed = {};
const emit = (event, ...args) => { for (const call of listeners[event] ?? []) call(...args); };
window.sent = [];
window.take = (text) => {
  const { traits, replies } = JSON.parse(text);
  for (const [name, value] of Object.entries(traits)) {
    state[name] = value?.base64 === undefined ? value
      : new DataView(Uint8Array.from(atob(value.base64), (c) => c.charCodeAt(0)).buffer);
  }
  for (const name of Object.keys(traits)) emit(`change:${name}`);
  for (const reply of replies) emit("msg:custom", reply);
};
// A line may be slow: see lag.py.
window.linregLag ??= {};
const along = (way) => new Promise((resolve) => setTimeout(resolve, linregLag[way]));
// Or held altogether, with the page's clock: however long that takes, nothing is overdue.
let held = null;
let release;
const under = new Set();  // what was asked and is not answered
const settled = async () => {
  // What was kept back goes with the first answers, what follows from those with the second.
  for (let round = 0; round < 3; round += 1) await Promise.all(under);
};
window.hold = async () => {
  await settled();
  const at = performance.now();
  performance.now = () => at;
  held = new Promise((resolve) => { release = resolve; });
};
window.letGo = async () => {
  delete performance.now;
  held = null;
  release();
  await settled();
};
window.hear = async (text) => {
  if (linregLag.back) await along("back");
  if (held) await held;
  take(text);
};
window.asked = 0;  // and not heard the answer
const ask = (what) => {
  const one = answer(what).finally(() => under.delete(one));
  under.add(one);
  return one;
};
const answer = async (what) => {
  asked += 1;
  const text = JSON.stringify(what);
  if (linregLag.there) await along("there");
  await hear(await %(kernel)s(text));
  asked -= 1;
};
// As ipywidgets does: while values have no answer, others are kept back, but no message.
let saving = false;
const save = async () => {
  if (saving || Object.keys(changed).length === 0) return;
  const set = changed;
  changed = {};
  saving = true;
  await ask({ set });
  saving = false;
  save();
};
const model = {
  get: (name) => state[name],
  set(name, value) { state[name] = changed[name] = value; },
  save_changes: save,
  send(message) { sent.push(message); ask({ message }); },
  on(event, call) { (listeners[event] ??= new Set()).add(call); },
  off(event, call) { listeners[event]?.delete(call); },
};
take(await %(kernel)s("{}"));
panel.initialize({ model });
panel.render({ model, el: document.getElementById("panel") });
window.ready = true;
</script>
"""


_numbers = itertools.count()  # what a window calls stays there, so each bridge has its own name


class Bridge:
    """A page and a panel that talk to each other; what the page asks is done in this thread.

    Parameters
    ----------
    panel : TrainerPanel
    windows : Windows
    path : Path
        Where the page is written.
    """

    def __init__(
        self,
        panel: TrainerPanel,
        windows: Windows,
        path: Path,
        *,
        width: int = 1000,
        theme: str = "light",
    ) -> None:
        self.panel = panel
        self._replies: list[Any] = []
        self._known: dict[str, Any] = {}
        panel.__dict__["send"] = self._reply
        state = panel.get_state()
        name = f"kernel{next(_numbers)}"
        script = script_of(state["_esm"])
        page = _PAGE % {"css": state["_css"], "esm": script, "kernel": name}
        path.write_text(page.replace("<html", f'<html data-theme="{theme}"'), encoding="utf-8")
        self.errors: list[str] = []
        self._windows = windows
        self.page: Page = windows.open(width)
        self.page.on("pageerror", self._note)
        self.page.expose_function(name, self._answer)
        self.page.goto(path.as_uri())
        self.page.wait_for_function("window.ready")

    def show(self) -> None:
        """Let the page have what Python has done to the panel."""
        self.page.evaluate("(text) => hear(text)", self._news())

    def answered(self) -> None:
        """Wait until all that the page has asked is done, and the page has heard so."""
        self.page.wait_for_function("asked === 0")

    def hold(self) -> None:
        """Let the page hear all so far; and nothing, from now on, of what the panel does for it."""
        self.page.evaluate("hold()")

    def let_go(self) -> None:
        """Let the page hear all that it was not told while it was held, and wait until it has."""
        self.page.evaluate("letGo()")

    def until(self, condition: Callable[[], object]) -> None:
        """Wait until `condition` holds of the panel, which answers meanwhile."""
        deadline = time.monotonic() + PATIENCE
        while not condition():
            assert time.monotonic() < deadline, "the state was not reached"
            self.page.wait_for_timeout(10)

    def close(self) -> None:
        errors = [*self.errors]  # without those of requests that the end cuts off
        self._windows.close(self.page)
        self.page.remove_listener("pageerror", self._note)
        self.panel.close()
        assert errors == [], errors

    def _note(self, error: Error) -> None:
        self.errors.append(str(error))

    def _reply(self, content: Any) -> None:
        self._replies.append(content)

    def _answer(self, text: str) -> str:
        asked = json.loads(text)
        if "set" in asked:
            # As ipywidgets does, which tells a page nothing that it has just said itself.
            self._known.update(asked["set"])
            self.panel.set_state(asked["set"])
        if "message" in asked:
            self._known.update(asked["message"].get("traits", {}))
            self.panel._on_message(self.panel, asked["message"], [])
        return self._news()

    def _news(self) -> str:
        """Return what is other than it was when the page was told last."""
        state = self.panel.get_state()
        traits = {name: self._packed(state[name]) for name in shared_traits(type(self.panel))}
        news = {name: one for name, one in traits.items() if self._known.get(name) != one}
        self._known.update(traits)
        replies, self._replies = self._replies, []
        return json.dumps({"traits": news, "replies": replies}, allow_nan=False)

    def _packed(self, value: Any) -> Any:
        if isinstance(value, bytes | memoryview):
            return {"base64": b64encode(value).decode()}
        return _finite(value)
