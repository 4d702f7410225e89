"""WebKit, which is Safari's engine, as Debian's WebKitGTK has it: asked over classic WebDriver."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from base64 import b64decode
from contextlib import ExitStack
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from tests.browser.engines.engine import Engine, Json, LostAnswerError, MissingBrowserError
from tests.kernel.client import PATIENCE
from tests.serving import ended, free_port

_BAR = 38
"""Pixels of MiniBrowser's toolbar, until the page has told its own height."""
_SOON = 10
"""Seconds after which no answer will come: a page that changes its address may lose one."""


def _mini_browser() -> str | None:
    """Return the path of WebKitGTK's own small browser, which is in no folder of PATH."""
    folders = (Path("/usr/lib"), Path("/usr/libexec"))
    found = [path for one in folders for path in one.glob("**/webkit2gtk-4.1/MiniBrowser")]
    return str(found[0]) if found else None


class WebKit(Engine):
    """A window of WebKitGTK's MiniBrowser, on a screen that only it has."""

    name = "webkit"

    def start(self, stack: ExitStack) -> None:
        driver, browser = shutil.which("WebKitWebDriver"), _mini_browser()
        if driver is None or browser is None or shutil.which("Xvfb") is None:
            message = "WebKitGTK is not here: `apt-get install webkit2gtk-driver xvfb`."
            raise MissingBrowserError(message)
        screen, display = _screen()
        stack.callback(ended, screen)
        environment = {
            **os.environ,
            "DISPLAY": display,
            # Neither a bus nor its reader of screens is here, nor a user for a sandbox.
            "NO_AT_BRIDGE": "1",
            "GTK_A11Y": "none",
            "WEBKIT_DISABLE_SANDBOX_THIS_IS_DANGEROUS": "1",
            **({"GTK_THEME": "Adwaita:dark"} if self.dark else {}),
        }
        self._port = free_port()
        process = subprocess.Popen(
            [driver, f"--port={self._port}"],
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(ended, process)
        self._session = ""
        self._wait_for(process)
        # Nothing leaves this machine: all but its own addresses goes to a proxy that is not there.
        proxy = ("--proxy=http://127.0.0.1:9", "--ignore-host=127.0.0.1")
        options = {"binary": browser, "args": ["--automation", *proxy]}
        wishes = {"pageLoadStrategy": "eager", "webkitgtk:browserOptions": options}
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wishes}})
        self._session = f"/session/{made['sessionId']}"
        stack.callback(self._call, "DELETE", "")

    def _wait_for(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                self._call("GET", "/status")
            except OSError:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)
            else:
                return

    def _call(self, method: str, path: str, body: Json = None, timeout: float = PATIENCE) -> Any:
        connection = HTTPConnection("127.0.0.1", self._port, timeout=timeout)
        try:
            text = None if body is None else json.dumps(body)
            connection.request(method, self._session + path, text)
            response = connection.getresponse()
            value = json.loads(response.read())["value"]
        finally:
            connection.close()
        if response.status >= 400:
            message = f"{path}: {value['error']}: {value['message']}"
            raise RuntimeError(message)
        return value

    def go(self, address: str) -> None:
        self._call("POST", "/url", {"url": address})

    def evaluate(self, function: str, *arguments: Json) -> Any:
        script = f"return JSON.stringify(({function})(...JSON.parse(arguments[0])))"
        body = {"script": script, "args": [json.dumps(arguments)]}
        try:
            value = self._call("POST", "/execute/sync", body, timeout=_SOON)
        except TimeoutError as error:
            raise LostAnswerError(function) from error
        return None if value is None else json.loads(value)

    def act(self, source: dict[str, Any]) -> None:
        self._call("POST", "/actions", {"actions": [source]})

    def picture(self) -> bytes:
        return b64decode(self._call("GET", "/screenshot"))

    def resize(self, width: int, height: int) -> None:
        self._set_window(width, height + _BAR)
        self._set_window(width, height + self.evaluate("() => outerHeight - innerHeight"))

    def _set_window(self, width: int, height: int) -> None:
        self._call("POST", "/window/rect", {"x": 0, "y": 0, "width": width, "height": height})


def _screen() -> tuple[subprocess.Popen[bytes], str]:
    """Start a screen in memory; returns it and its name."""
    read, write = os.pipe()
    process = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1600x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    os.close(write)
    with os.fdopen(read) as number:
        return process, f":{number.readline().strip()}"
