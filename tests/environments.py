"""Other versions and other Pythons, each an environment of its own, for `make matrix`.

- ``floors``: the oldest version of each package that ``pyproject.toml`` allows, all at once.
- ``python-3.12``, ``python-3.13``: the Pythons that the classifiers name beside the oldest, with
  the versions of ``constraints.txt``.

``python -m tests.environments make floors`` makes one in ``.venv/lanes``, ``run floors`` runs tests
there. A Python that this machine does not have is left out, in words. So is torch where no small
build of it is to be had: its plain wheels for Linux are made for CUDA, with gigabytes of libraries.
PyTorch's own index, in ``PIP_EXTRA_INDEX_URL``, has builds without, named ``+cpu``. Without the
oldest torch, the floors are tried with the torch of the tests; without any, a Python is tried with
what needs none: reading tables, least squares, wording.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.version import Version

from tests.lanes import FOLDER, ROOT

__all__ = ["PYTHONS", "floors", "main", "pythons_of", "tests_of"]

TOOLS = ("hatchling", "hypothesis", "ipykernel", "pytest", "pytest-xdist")
"""What tests need beside the package, in the newest versions that fit."""
FOR_FRAMES = ("polars", "scikit-learn==1.3.1")
"""For the tests of tables; the second of the floors' time, since newer ones need a newer NumPy."""

WITHOUT_TORCH = (*("tests/table", "tests/insight", "tests/test_wording.py"),)
"""Tests of what needs no torch; files among them that do are passed over."""
WITH_TORCH = (
    *("tests/test_model.py", "tests/test_settings.py", "tests/test_wording.py", "tests/table"),
    *(f"tests/{wing}" for wing in ("insight", "recording", "microscope", "plots", "widget")),
    *("tests/magic", "tests/training/test_bits.py", "tests/training/test_article.py"),
)
"""Tests of the wings that meet another NumPy, pandas, matplotlib, ipywidgets or torch."""


def project() -> dict[str, Any]:
    """Return the table ``project`` of pyproject.toml."""
    table: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return table


def floors() -> dict[str, str]:
    """Return the oldest version of each package that the package stands on, by name."""
    found = {}
    for line in project()["dependencies"]:
        wanted = Requirement(line)
        (oldest,) = (one.version for one in wanted.specifier if one.operator == ">=")
        found[wanted.name] = oldest
    return found


def pythons_of(classifiers: list[str]) -> list[str]:
    """Return the Pythons that the classifiers name, but for the oldest, which all tests run on."""
    named = [words for one in classifiers if re.fullmatch(r"3\.\d+", words := one.split(":: ")[-1])]
    return sorted(named, key=Version)[1:]


PYTHONS = pythons_of(project()["classifiers"])
NAMES = ("floors", *(f"python-{version}" for version in PYTHONS))


def interpreter(version: str) -> str | None:
    """Return a Python of this version: from PATH, or one that pyenv keeps."""
    on_path = shutil.which(f"python{version}")
    if on_path and "shims" not in on_path:  # pyenv's run only what is switched on
        return on_path
    root = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"))
    kept = sorted(root.glob(f"versions/{version}.*/bin/python"), key=lambda path: path.parts[-3])
    return str(kept[-1]) if kept else None


def torches(name: str) -> Iterator[str]:
    """Yield the torch that an environment is to have, the one that is wanted most first."""
    pinned = re.search(
        r"^torch==(\S+)$", (ROOT / "constraints.txt").read_text("utf-8"), re.MULTILINE
    )
    newest = pinned[1] if pinned else ""
    if name == "floors":
        yield f"torch=={floors()['torch']}+cpu"
        yield f"torch=={newest}+cpu"
        yield f"torch=={newest}"  # what this environment has itself
    elif sys.platform.startswith("linux"):
        yield f"torch=={newest}+cpu"
    else:
        yield f"torch=={newest}"


def make(name: str) -> str:
    """Make an environment, in the place of what is there; return what it is, in words.

    Parameters
    ----------
    name : str
        One of `NAMES`.
    """
    folder = FOLDER / name
    shutil.rmtree(folder, ignore_errors=True)
    found = sys.executable if name == "floors" else interpreter(name.removeprefix("python-"))
    if found is None:
        return f"{name}: this machine has none, so nothing is tested on it."
    subprocess.run([found, "-m", "venv", str(folder)], check=True)
    oldest = [f"{one}=={version}" for one, version in floors().items() if one != "torch"]
    packages = [*oldest, *FOR_FRAMES] if name == "floors" else [*floors(), "polars", "scikit-learn"]
    others = [one for one in packages if one != "torch"]
    pinned = () if name == "floors" else ("--constraint", str(ROOT / "constraints.txt"))
    if _pip(folder, *pinned, *others, *TOOLS):
        raise SystemExit(f"{name}: pip could not install {' '.join(others)}.")
    torch = next((one for one in torches(name) if not _pip(folder, one, quiet=True)), None)
    return f"{name}: made, {f'with {torch}' if torch else 'without torch: no small build is here'}."


def _pip(folder: Path, *wanted: str, quiet: bool = False) -> int:
    command = [str(_python(folder)), "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    binary = ["--no-compile", "--only-binary=:all:"]
    shown = subprocess.DEVNULL if quiet else None
    done = subprocess.run([*command, *binary, *wanted], check=False, stderr=shown)
    return done.returncode


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def has_torch(folder: Path) -> bool:
    """Tell whether an environment has torch."""
    seen = "import importlib.util as u, sys; sys.exit(u.find_spec('torch') is None)"
    return not subprocess.run([str(_python(folder)), "-c", seen], check=False).returncode


def tests_of(*, torch: bool) -> list[str]:
    """Return what is run in an environment, with what is passed over."""
    if torch:
        return [*WITH_TORCH]
    needy = [path for path in _files(WITHOUT_TORCH) if _needs_torch(path)]
    return [*WITHOUT_TORCH, *(f"--ignore={path.relative_to(ROOT)}" for path in needy)]


def _files(places: tuple[str, ...]) -> Iterator[Path]:
    for place in places:
        path = ROOT / place
        yield from sorted(path.rglob("test_*.py")) if path.is_dir() else [path]


def _needs_torch(path: Path) -> bool:
    """Tell whether a file of tests loads torch, by itself or by what it imports."""
    code = (
        "import importlib, sys; sys.modules['torch'] = None\n"
        "try: importlib.import_module(sys.argv[1])\nexcept ImportError: sys.exit(1)"
    )
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
    done = subprocess.run(
        [sys.executable, "-c", code, module], cwd=ROOT, check=False, capture_output=True
    )
    return bool(done.returncode)


def run(name: str, flags: list[str]) -> int:
    """Run an environment's tests, with flags for pytest; return pytest's exit code."""
    folder = FOLDER / name
    if not _python(folder).exists():
        sys.stdout.write(f"{name}: not made, so nothing is tested on it.\n")
        return 0
    marks = "not slow and not matrix and not process"
    if name == "floors":  # hypothesis draws arrays for newer NumPys
        marks += " and not hypothesis"
    # What is old warns of itself, and of what is new.
    options = ["-W=default", "--disable-warnings", f"-m={marks}", "-p", "no:cacheprovider"]
    # NumPy 1 writes np.float32(2) as 2, so that some parameters have the same names.
    options += ["-o", "strict_parametrization_ids=false"]
    torch = has_torch(folder)
    command = [str(_python(folder)), "-m", "pytest", *options, *tests_of(torch=torch), *flags]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "LINREG_LENGTH": "quick"}
    sys.stdout.write(f"{name}{'' if torch else ', without torch'}:\n")
    sys.stdout.flush()
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def main() -> None:
    """Read the command line: ``make NAME`` or ``run NAME [flags for pytest]``."""
    act, name, *flags = sys.argv[1:]
    if name not in NAMES:
        raise SystemExit(f"{name!r} is none of {', '.join(NAMES)}.")
    if act == "make":
        sys.stdout.write(f"{make(name)}\n")
    else:
        sys.exit(run(name, flags))


if __name__ == "__main__":
    main()
