"""Firefox, asked over its WebDriver BiDi socket."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import time
from base64 import b64decode
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from tests.browser.engines.engine import Engine, Json, MissingBrowserError
from tests.kernel.client import PATIENCE
from tests.serving import ended

NAMES = ("firefox-esr", "firefox")
# Nothing leaves this machine: all but its own addresses goes to a proxy that is not there.
_PREFERENCES = {
    "app.update.disabledForTesting": True,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "dom.w3c_touch_events.enabled": 1,
    "remote.log.level": "Error",
    "toolkit.cosmeticAnimations.enabled": False,
}
_DARK = {"ui.systemUsesDarkTheme": 1, "layout.css.prefers-color-scheme.content-override": 0}


class Firefox(Engine):
    """A window of a Firefox without a screen, with a profile that is thrown away."""

    name = "firefox"

    def start(self, stack: ExitStack) -> None:
        found = next(filter(None, map(shutil.which, NAMES)), None)
        if found is None:
            message = "Firefox is not on PATH: `apt-get install firefox-esr`, or Mozilla's own."
            raise MissingBrowserError(message)
        temporary = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        profile = Path(stack.enter_context(temporary))
        preferences = {**_PREFERENCES, **(_DARK if self.dark else {})}
        lines = (f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in preferences.items())
        (profile / "user.js").write_text("\n".join(lines), encoding="utf-8")
        with (profile / "log").open("wb") as log:
            process = subprocess.Popen(
                [
                    *(found, "--headless", "--no-remote", "--profile", str(profile)),
                    "--remote-debugging-port=0",
                ],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
            )
        stack.callback(ended, process)
        address = f"{_address(process, profile / 'log')}/session"
        socket = connect(address, max_size=None, proxy=None, open_timeout=PATIENCE)
        self._socket = stack.enter_context(socket)
        self._count = 0
        self._call("session.new", capabilities={})
        self._context = self._call("browsingContext.create", type="tab")["context"]

    def _call(self, method: str, **parameters: Json) -> Any:
        self._count += 1
        self._socket.send(json.dumps({"id": self._count, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._socket.recv(timeout=PATIENCE))
            if answer.get("id") == self._count:
                break
        if answer["type"] == "error":
            message = f"{method}: {answer['error']}: {answer['message']}"
            raise RuntimeError(message)
        return answer["result"]

    def go(self, address: str) -> None:
        self._call("browsingContext.navigate", context=self._context, url=address, wait="none")

    def evaluate(self, function: str, *arguments: Json) -> Any:
        answer = self._call(
            "script.callFunction",
            functionDeclaration=f"(text) => JSON.stringify(({function})(...JSON.parse(text)))",
            arguments=[{"type": "string", "value": json.dumps(arguments)}],
            target={"context": self._context},
            awaitPromise=False,
        )
        if answer["type"] == "exception":
            raise RuntimeError(answer["exceptionDetails"]["text"])
        value = answer["result"].get("value")
        return None if value is None else json.loads(value)

    def act(self, source: dict[str, Any]) -> None:
        self._call("input.performActions", context=self._context, actions=[source])

    def picture(self) -> bytes:
        return b64decode(
            self._call("browsingContext.captureScreenshot", context=self._context)["data"]
        )

    def resize(self, width: int, height: int) -> None:
        self._call(
            "browsingContext.setViewport",
            context=self._context,
            viewport={"width": width, "height": height},
        )


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    """Wait for the address that Firefox prints once it listens."""
    deadline = time.monotonic() + PATIENCE
    while True:
        said = log.read_text(encoding="utf-8", errors="replace")
        if found := re.search(r"WebDriver BiDi listening on (ws://\S+)\n", said):
            return found[1]
        if time.monotonic() > deadline or process.poll() is not None:
            message = f"Firefox did not start:\n{said}"
            raise RuntimeError(message)
        time.sleep(0.05)
