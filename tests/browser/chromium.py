"""Finds a Chromium for the browser tests; ``python -m tests.browser.chromium`` gets one if need be.

In this order: one on PATH, Playwright's own, Debian's package (as root), Playwright's download.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Playwright, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
_OFF = (
    # Pages of Chromium's own windows, which nobody sees here: half of what a new context costs.
    *("InitialWebUI", "PreloadTopChromeWebUI", "WebUIOmniboxAimPopup", "WebUIOmniboxPopup"),
    "SpareRendererForSitePerProcess",
    # What Playwright switches off too, whose list this one takes the place of.
    *("AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync"),
    *("DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades"),
    *("LensOverlay", "MediaRouter", "NetworkTimeServiceQuerying", "OptimizationHints"),
    *("PaintHolding", "PreconnectToSearch", "ThirdPartyStoragePartitioning", "Translate"),
)
"""Features of Chromium that are off."""
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-lcd-text",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Nothing leaves this machine: a page that needs a CDN fails here.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    f"--disable-features={','.join(_OFF)}",
)

NONE_FOUND = (
    "The browser tests need Chromium and found none, nor could it be installed. Install it so that "
    "`chromium` or `google-chrome` is on PATH, or run `.venv/bin/playwright install chromium`. "
    "All other tests: `.venv/bin/python -m pytest -m 'not browser'`."
)


def chromium_path(playwright: Playwright) -> str | None:
    """Return the path of a Chromium that starts, or None."""
    on_path = [path for path in map(shutil.which, NAMES) if path is not None]
    return next(filter(_starts, [*on_path, playwright.chromium.executable_path]), None)


def _starts(path: str) -> bool:
    """Whether the program tells its version; a stub for another package does not."""
    return Path(path).is_file() and _run(path, "--version", quiet=True)


def _run(*command: str, quiet: bool = False) -> bool:
    """Run a command; whether it ended well."""
    where = subprocess.DEVNULL if quiet else None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(command, stdout=where, stderr=where, env=environment, check=False)
    return done.returncode == 0


def _from_debian() -> bool:
    """Install Debian's package, where this is Debian and we may."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    install = ("apt-get", "install", "--yes", "--quiet", "--no-install-recommends", "chromium")
    return _run("apt-get", "update", "--quiet") and _run(*install)


def _from_playwright() -> bool:
    """Let Playwright download its own."""
    return _run(sys.executable, "-m", "playwright", "install", "chromium")


def main() -> None:
    """Make sure that there is a Chromium, or exit with words."""
    with sync_playwright() as playwright:
        found = chromium_path(playwright)
        for install in (_from_debian, _from_playwright):
            if found is None and install():
                found = chromium_path(playwright)
    sys.exit(NONE_FOUND if found is None else None)


if __name__ == "__main__":
    main()
