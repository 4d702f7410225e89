"""A slow line between page and kernel, and a slow processor for the page: ``pytest --lag``.

>>> Lag.of("there=200,back=400")
Lag(there=200, back=400, shell=None, cpu=1)

On a quick machine the kernel has answered before a test's next line is run, so that a test which
does not wait for what the page knows passes all the same. Here it fails each time.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import partial

import pytest
from playwright.sync_api import BrowserContext, Page

_SCRIPT = """(() => {
  const lag = %s;
  if (window.linregLag) return;
  window.linregLag = lag;
  // A binary message of Jupyter: how many parts it has, where each begins, and first its channel.
  const channel = (data) => {
    if (!(data instanceof ArrayBuffer)) return "";
    const view = new DataView(data);
    const [from, to] = [8, 16].map((at) => Number(view.getBigUint64(at, true)));
    return new TextDecoder().decode(data.slice(from, to));
  };
  const back = (event) =>
    event.type === "message" && channel(event.data) === "shell" ? lag.shell : lag.back;
  window.WebSocket = class extends WebSocket {
    constructor(...where) {
      super(...where);
      const late = new WeakSet();
      const keep = (event) => {
        if (late.has(event)) return;
        event.stopImmediatePropagation();
        const again = new event.constructor(event.type, event);
        late.add(again);
        setTimeout(() => this.dispatchEvent(again), back(event));
      };
      for (const type of ["message", "close"]) this.addEventListener(type, keep);
    }
    send(data) {
      setTimeout(() => super.send(data), lag.there);
    }
  };
})()"""


@dataclass(frozen=True)
class Lag:
    """How late all is, in milliseconds, and how many times as slow the page's processor."""

    there: int = 0
    """From the page to the kernel."""
    back: int = 0
    """From the kernel to the page."""
    shell: int | None = None
    """Back on the shell channel; as on the others, if not given."""
    cpu: int = 1
    """How many times as long the page takes for everything."""

    @classmethod
    def of(cls, text: str) -> Lag:
        """Read an option such as ``there=200,back=400,cpu=6``."""
        names = [one.name for one in fields(cls)]
        lag = cls()
        for part in filter(None, text.split(",")):
            name, _, value = part.partition("=")
            if name not in names or not value.isdecimal():
                message = f"--lag: {part!r} is none of {', '.join(f'{name}=400' for name in names)}"
                raise pytest.UsageError(message)
            lag = replace(lag, **{name: int(value)})
        return lag

    def slow(self, context: BrowserContext) -> BrowserContext:
        """Let all pages of a context have it, and return the context."""
        if self.there or self.back or self.shell:
            context.add_init_script(self.script)
        if self.cpu > 1:
            context.on("page", partial(_throttle, self.cpu))
        return context

    @property
    def script(self) -> str:
        """What a page runs before all else."""
        shell = self.back if self.shell is None else self.shell
        return _SCRIPT % f"{{there: {self.there}, back: {self.back}, shell: {shell}}}"


def _throttle(rate: int, page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Emulation.setCPUThrottlingRate", {"rate": rate})


present = Lag()
"""That of all contexts; `browser_context` sets it, as the option says."""
