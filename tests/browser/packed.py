"""npm packages as a CDN would serve them: fetched once, checked, and served from disk to a page.

A page made by nbconvert or ``embed_minimal_html`` takes its scripts from a CDN. Here ``serve``
stands in for it, so that the page meets the real html-manager, anywidget and ipympl, at versions
that are pinned, and nothing leaves this machine. The packages hold all they need in their bundles,
so they are packed alone, without the hundred that `npm install` would lay beside them.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import tarfile
from base64 import b64encode
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote, urlsplit

from playwright.sync_api import BrowserContext, Route

import hatch_build

FOLDER = hatch_build.ROOT / "js" / "node_modules" / ".packed"


class Package(NamedTuple):
    """A package of npm's registry."""

    name: str
    version: str
    sha512: str

    @property
    def folder(self) -> Path:
        """Where its files are, once it is fetched."""
        return FOLDER / f"{self.name.replace('/', '-').lstrip('@')}-{self.version}"


HTML_MANAGER = Package(
    "@jupyter-widgets/html-manager",
    "1.0.15",
    "5thBIV6ymNgmPVOHvzx+gGy8ZSKmSazhtGw4/c4xJDVzRhG9PTeQsRjF3FUTopvFi//SABeNz1yp47bCrJ3CQA==",
)
ANYWIDGET = Package(
    "anywidget",
    "0.11.0",
    "LHZgW2j5UjyerZSZcO+BtZPXGMSORQV2bUT480hOR5x/BXS8sOradi/71amJfMueSEnKX0dqPwTfsOGHTsyZpQ==",
)
IPYMPL = Package(
    "jupyter-matplotlib",
    "0.12.0",
    "0t1KY7psLrHVjIYnHmfzA5GZ1H7mBrLwTwEuTntsJlTSISvXkAAILC6zCZXcnAYqVzffiOIynB/P0dAWinoTfw==",
)
REQUIREJS = Package(
    "requirejs",
    "2.3.8",
    "7/cTSLOdYkNBNJcDMWf+luFvMriVm7eYxp4BcFCsAX0wF421Vyce5SXP17c+Jd5otXKGNehIonFlyQXSowL6Mw==",
)
MATHJAX = Package(
    "mathjax",
    "2.7.9",
    "NOGEDTIM9+MrsqnjPEjVGNx4q0GQxqm61yQwSK+/5S59i26wId5IC5gNu9/bu8+CCVl5p9G2IHcAl/wJa+5+BQ==",
)

_SERVED = (
    (r"/(npm/)?@jupyter-widgets/html-manager@[^/]*/(?P<path>.+)", HTML_MANAGER),
    (r"/(npm/)?anywidget@[^/]*/(?P<path>.+)", ANYWIDGET),
    (r"/(npm/)?jupyter-matplotlib@[^/]*/(?P<path>.+)", IPYMPL),
    (r"/ajax/libs/require\.js/[^/]*/(?P<path>.+)", REQUIREJS),
    (r"/ajax/libs/mathjax/[^/]*/(?P<path>.+)", MATHJAX),
)
"""Addresses of the CDNs that these pages name, without their hosts, and what answers."""


def fetched(package: Package) -> Path:
    """Return the folder of a package's files, fetching them if they are not there yet."""
    if not package.folder.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        npm = hatch_build.find_npm()
        if npm is None:
            raise RuntimeError(hatch_build.NO_NODE)
        command = [*npm.command, "pack", f"{package.name}@{package.version}", "--silent"]
        environment = {**os.environ, "PATH": npm.path}
        packed = subprocess.run(
            [*command, f"--pack-destination={FOLDER}"],
            cwd=FOLDER,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        ).stdout.split()[-1]
        _unpack(FOLDER / packed, package)
    return package.folder / "package"


def _unpack(archive: Path, package: Package) -> None:
    digest = b64encode(hashlib.sha512(archive.read_bytes()).digest()).decode()
    if digest != package.sha512:
        message = f"{package.name}@{package.version} has the SHA-512 {digest}, not what is pinned."
        raise RuntimeError(message)
    unpacked = archive.with_suffix(".part")
    with tarfile.open(archive) as files:
        files.extractall(unpacked, filter="data")
    unpacked.rename(package.folder)  # whole, or not there
    archive.unlink()


class Cdn:
    """Answers a context's requests to CDNs from disk, and everything else not at all.

    Attributes
    ----------
    served : list of str
        What was asked for and had.
    refused : list of str
        What was asked for in vain.
    """

    def __init__(self, context: BrowserContext) -> None:
        self.served: list[str] = []
        self.refused: list[str] = []
        context.route(re.compile("^https?://"), self._answer)

    def _answer(self, route: Route) -> None:
        path = unquote(urlsplit(route.request.url).path)
        for pattern, package in _SERVED:
            if found := re.fullmatch(pattern, path):
                file = fetched(package) / found["path"]
                file = file if file.exists() else _built(file)
                if file.exists():
                    self.served.append(route.request.url)
                    # The page is a file: its scripts come from another origin.
                    route.fulfill(path=file, headers={"Access-Control-Allow-Origin": "*"})
                    return
        self.refused.append(route.request.url)
        route.abort()


def _built(file: Path) -> Path:
    """Return the package's own name of what a CDN has minified, or named without its ending."""
    if file.name == "require.min.js":
        return file.with_name("require.js")
    if file.name == "latest.js":
        return file.with_name("MathJax.js")
    return file.with_name(f"{file.name}.js")
