"""The Pythons and ipykernels that tests run on, beside the one that runs the tests.

A *lane* is a Python, what is put before its packages, and what its kernels can do. ``make lanes``
makes them, in ``.venv/lanes``:

- ``colab``: a virtual environment of Google Colab's versions (``constraints-colab.txt``), without
  ``comm``, ``jedi`` and ipympl, and with a stub of ``google.colab`` that each of its processes has
  loaded at its start. ipympl lies apart, for ``colab-ipympl``.
- ``ipykernel-6.17.1`` and others: the tests' own Python, and another ipykernel before its packages.

>>> with Kernel(COLAB) as kernel:
...     kernel.eval("__import__('ipykernel').__version__")
'6.17.1'

Kernels are started by name, from specifications that `install` writes; so a notebook too is run
on a lane by its name: ``NotebookClient(notebook, kernel_name=COLAB.name)``.

``python -m tests.lanes`` runs the unit tests on Colab's versions.
"""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

__all__ = [
    "COLAB",
    "COLAB_IPYMPL",
    "HERE",
    "KERNELS",
    "LANES",
    "Lane",
    "at_length",
    "examples",
    "install",
    "length",
    "seeds",
]

ROOT = Path(__file__).resolve().parents[1]
FOLDER = Path(sys.prefix) / "lanes"
STUB = ROOT / "tests" / "colab" / "stub"

UNITS = (
    *("tests/widget", "tests/magic", "tests/panel", "tests/plots"),
    # Of the rest, what meets another NumPy and another pandas: torch is the same.
    *(f"tests/table/test_{name}.py" for name in ("parsing", "table", "targets")),
    *("tests/recording/test_envelope.py", "tests/microscope/test_frame.py"),
    "tests/training/test_link.py",
)
"""What `main` runs: what widgets and magic do there, and the core with Colab's NumPy and pandas."""
ALIKE = (
    *(f"tests/panel/test_{name}.py" for name in ("arithmetic", "asking", "front", "graph_tab")),
    *(f"tests/panel/test_{name}.py" for name in ("hostile_page", "line", "losscurves", "pace")),
    *(f"tests/panel/test_{name}.py" for name in ("microscope", "readings", "tables")),
    *(f"tests/panel/test_{name}.py" for name in ("tape", "taping")),
    *("tests/plots/test_scene.py", "tests/plots/test_ticks.py"),
    "tests/training/test_link.py",
)
"""What of that meets the other packages only as its neighbours do: it is `make matrix`'s there."""


def length() -> str:
    """Return which of make's three lengths this is: ``quick``, ``test`` or ``matrix``."""
    return os.environ.get("LINREG_LENGTH", "test")


def at_length() -> bool:
    """Whether this is `make matrix`, which repeats at length what `make test` tries a few times."""
    return length() == "matrix"


def examples(count: int) -> int:
    """Return how many examples hypothesis is to try where `make test` tries so many."""
    return {"quick": max(5, count // 3), "test": count, "matrix": 20 * count}[length()]


def seeds(count: int, tried: int = 2) -> list[Any]:
    """Return seeds for a test: one in `make quick`, some in `make test`, all in `make matrix`."""
    first = 1 if length() == "quick" else tried
    rest = (pytest.param(seed, marks=pytest.mark.matrix) for seed in range(first, count))
    return [*range(min(first, count)), *rest]


@dataclass(frozen=True)
class Lane:
    """One Python with its packages, to start kernels on."""

    name: str
    """Also the name of its kernels' specification."""
    ipykernel: str
    """The version that its kernels are of."""
    python: Path
    paths: tuple[Path, ...] = ()
    """Folders that come before the packages."""
    subshells: bool = False
    """Whether a message can reach its kernels while a cell runs."""

    @property
    def environment(self) -> dict[str, str]:
        """The variables that a process of this lane needs, on top of the present ones."""
        return {
            # This checkout comes before whichever one is installed.
            "PYTHONPATH": os.pathsep.join(map(str, (*self.paths, ROOT))),
            # Folders of packages may hold extensions of the classic notebook.
            "JUPYTER_PATH": os.pathsep.join(str(path / "share/jupyter") for path in self.paths),
            "JUPYTER_CONFIG_PATH": os.pathsep.join(
                str(path / "etc/jupyter") for path in self.paths
            ),
            # Or the debugger that ipykernel loads warns of frozen modules.
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        }

    @property
    def missing(self) -> list[Path]:
        """What of it is not there."""
        return [path for path in (self.python, *self.paths) if not path.exists()]

    def check(self) -> None:
        """Raise a FileNotFoundError with words if the lane was not made."""
        if self.missing:
            message = f"The lane {self.name!r} is not made ({self.missing[0]}): run `make lanes`."
            raise FileNotFoundError(message)

    def without_stub(self) -> Lane:
        """Return the lane as any Jupyter of these versions, rather than Colab."""
        others = tuple(path for path in self.paths if path != STUB)
        return dataclasses.replace(self, name=f"{self.name}-elsewhere", paths=others)

    def __str__(self) -> str:
        return self.name


def _with_ipykernel(version: str, *, subshells: bool) -> Lane:
    name = f"ipykernel-{version}"
    return Lane(name, version, Path(sys.executable), (FOLDER / name,), subshells)


HERE = Lane("here", "7.4.0", Path(sys.executable), (), subshells=True)
"""The Python that runs the tests, with the versions of ``constraints.txt``."""
COLAB = Lane("colab", "6.17.1", FOLDER / "colab" / "bin" / "python", (STUB,))
"""Colab as its reader has it."""
COLAB_IPYMPL = dataclasses.replace(
    COLAB, name="colab-ipympl", paths=(STUB, FOLDER / "colab-ipympl")
)
"""Colab after ``%pip install ipympl``."""
KERNELS = (
    _with_ipykernel("6.17.1", subshells=False),
    _with_ipykernel("6.31.0", subshells=False),
    _with_ipykernel("7.3.0", subshells=True),
    HERE,
)
"""The tests' own Python with each ipykernel of the matrix."""
LANES = (*KERNELS, COLAB, COLAB_IPYMPL, COLAB.without_stub())


def install(folder: Path) -> None:
    """Write the kernel specifications of all lanes into a folder of Jupyter's data."""
    for lane in LANES:
        spec = folder / "kernels" / lane.name / "kernel.json"
        spec.parent.mkdir(parents=True)
        command = [str(lane.python), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        words = {"display_name": lane.name, "language": "python", "env": lane.environment}
        spec.write_text(json.dumps({"argv": command, **words}), encoding="utf-8")


def main() -> None:
    """Run the unit tests on Colab's versions, with the flags for pytest that were given.

    Most of them are written for any notebook, so ipympl is at hand and Colab's own package is not;
    what Colab does otherwise, tests/colab holds.
    """
    lane = COLAB_IPYMPL.without_stub()
    lane.check()
    marks = "not process" if at_length() else "not slow and not matrix and not process"
    ignored = () if at_length() else tuple(f"--ignore={path}" for path in ALIKE)
    # Its packages are older than some that they need, and these warn.
    options = ("-W=default", "--disable-warnings", f"-m={marks}")
    command = [str(lane.python), "-m", "pytest", *options, *ignored, *UNITS]
    # As many examples as `make test` tries here: what differs there is the versions.
    tried = "test" if at_length() else length()
    environment = {**os.environ, **lane.environment, "LINREG_LENGTH": tried}
    done = subprocess.run([*command, *sys.argv[1:]], cwd=ROOT, env=environment, check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
