"""Installs Debian's Firefox and WebKitGTK if they are missing, where this is Debian and we may.

Where it cannot, it says so and ends well: the tests skip such an engine, and name it.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from tests.browser.engines import Firefox, MissingBrowserError, WebKit

PACKAGES = ("firefox-esr", "webkit2gtk-driver", "xvfb")


def missing() -> list[str]:
    """Return why engines do not start here, a sentence each."""
    return [words for engine in (Firefox, WebKit) if (words := _why_not(engine))]


def _why_not(engine: type[Firefox | WebKit]) -> str:
    try:
        engine().close()
    except MissingBrowserError as error:
        return str(error)
    return ""


def _install() -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    install = ("install", "--yes", "--quiet", "--no-install-recommends", *PACKAGES)
    for arguments in (("update", "--quiet"), install):
        subprocess.run(["apt-get", *arguments], env=environment, check=False)


def main() -> None:
    """Make sure that the engines are there, or say which of them the tests will skip."""
    if missing() and shutil.which("apt-get") and os.geteuid() == 0:
        _install()
    for words in missing():
        sys.stderr.write(f"The tests will skip an engine: {words}\n")


if __name__ == "__main__":
    main()
