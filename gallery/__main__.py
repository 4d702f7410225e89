"""``python -m gallery``: build the site; see ``make site``."""

from __future__ import annotations

import argparse
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from nbformat.v4 import new_code_cell, new_notebook

from .executing import LESSONS, LessonError, execute_once, opened, preparing
from .pages import ROOT, write_site
from .pictures import take_pictures

if TYPE_CHECKING:
    from nbformat import NotebookNode

# The index has room for the first things that readers try.
_HERO = """
from linreg_widget import TrainerWidget

hide = ["epochs", "stop", "standardize", "batch_size", "seed", "shuffle", "predictions", "data"]
hide += ["table", "compare", "curves", "valley", "set", "speed"]
TrainerWidget(learning_rate=1e-5, plot=None, hide=hide)
"""
_AT_ONCE = 2  # kernels, each with a torch of its own


def _hero() -> NotebookNode:
    """Return the notebook of the index's own widget."""
    cells = [new_code_cell(_HERO, id="hero")]
    notebook: NotebookNode = new_notebook(cells=cells, metadata={"own": len(cells)})
    return notebook


def _run(notebook: NotebookNode, name: str, kept: Path) -> NotebookNode | LessonError:
    notebook.cells += preparing()
    try:
        return execute_once(notebook, kept / f"{name}.ipynb")
    except LessonError as error:
        return error


def build(into: Path, kept: Path) -> None:
    """Build the site.

    Parameters
    ----------
    into : Path
        Its folder.
    kept : Path
        The folder in which executed notebooks are kept for the next time.
    """
    notebooks = {path.stem: opened(path) for path in LESSONS} | {"hero": _hero()}
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        ran = dict(
            zip(
                notebooks,
                pool.map(lambda name: _run(notebooks[name], name, kept), notebooks),
                strict=True,
            )
        )
    failed = [str(one) for one in ran.values() if isinstance(one, LessonError)]
    if failed:
        raise SystemExit("\n\n".join(failed))
    done = {name: one for name, one in ran.items() if not isinstance(one, LessonError)}
    hero = done.pop("hero")
    site = write_site(into, done, hero)
    take_pictures(site)
    sys.stdout.write(f"The site is at {(into / 'index.html').resolve()}\n")


def main() -> None:
    """Read the command line, and build."""
    parser = argparse.ArgumentParser(prog="python -m gallery", description=__doc__)
    parser.add_argument("--into", type=Path, default=ROOT / "site")
    parser.add_argument("--kept", type=Path, default=ROOT / ".venv" / "executed")
    options = parser.parse_args()
    build(options.into, options.kept)


if __name__ == "__main__":
    main()
