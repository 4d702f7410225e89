"""What a release needs, checked in one go: ``make release``, and ``make release TAG=v1.0.0``.

First what is written: that one version stands everywhere, that the changelog has it, and a date
once it is tagged; that no floor of ``pyproject.toml`` is above a version on which tests run. Then
the sdist and the wheel are built and looked through. Last, the wheel is installed into an empty
environment, and a lesson runs there, without this checkout.

All that is wrong is said, not only the first of it.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import venv
import zipfile
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

import hatch_build
import linreg_widget

ROOT = Path(__file__).resolve().parents[1]
LESSON = ROOT / "notebooks" / "01_crop_yields.ipynb"
PINNED = ("constraints.txt", "constraints-colab.txt")
NEWEST = re.compile(r"^## (?P<version>\S+)(?: \((?P<when>[^)]*)\))?$", re.MULTILINE)
IN_THE_ENVIRONMENT = ("ipykernel", "nbclient")

# Runs in the empty environment: it prints where the package is, and what its page gets.
_RUN = """
import json, sys
import nbformat
from nbclient import NotebookClient

notebook = nbformat.read(sys.argv[1], as_version=4)
told = nbformat.v4.new_code_cell(
    "import linreg_widget; print(linreg_widget.__file__); print(linreg_widget.versions())"
)
notebook.cells.append(told)
NotebookClient(notebook, timeout=600, kernel_name="python3").execute()
states = notebook.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"].values()
fronts = [len(one["state"]["_esm"]) for one in states if "_esm" in one["state"]]
print(json.dumps({"told": told.outputs[0].text, "fronts": fronts}))
"""


def version_problems(
    version: str, changelog: str, tag: str | None, cited: str = ""
) -> Iterator[str]:
    """Yield what is wrong with a version.

    Parameters
    ----------
    version : str
        The package's.
    changelog : str
        The text of CHANGELOG.md.
    tag : str or None
        The tag of the commit that is to be released.
    cited : str
        The version that CITATION.cff names.
    """
    try:
        if str(Version(version)) != version:
            yield f"The version {version!r} is written {str(Version(version))!r} by PyPI: use that."
    except InvalidVersion:
        yield f"The version {version!r} is none that PyPI takes: write it as in 1.0.0."
    if cited and cited != version:
        yield f"CITATION.cff names {cited!r}, and the package is {version!r}: write {version!r}."
    newest = NEWEST.search(changelog)
    if newest is None:
        yield f"CHANGELOG.md has no heading such as '## {version} (2026-01-31)': write one."
        return
    if newest["version"] != version:
        yield (
            f"CHANGELOG.md begins with {newest['version']!r}, and the package is {version!r}: "
            "write what has changed, or set __version__."
        )
    if tag is None:
        return
    if tag != f"v{version}":
        yield f"The tag is {tag!r}, and the version {version!r}: its tag must be 'v{version}'."
    if not _is_day(newest["when"]):
        yield (
            f"CHANGELOG.md says {newest['when'] or 'nothing'!r} of the day of {version!r}: a "
            f"tagged version has one, as in '## {version} (2026-01-31)'."
        )


def _is_day(words: str | None) -> bool:
    try:
        return words is not None and date.fromisoformat(words).isoformat() == words
    except ValueError:
        return False


def floor_problems(
    project: Mapping[str, Any], pins: Mapping[str, Mapping[str, str]]
) -> Iterator[str]:
    """Yield what is wrong with the versions that the package asks for.

    A floor above what Google Colab has installed forces its readers to restart; a bound that no
    tested version keeps was never tried.

    Parameters
    ----------
    project : mapping
        The table ``project`` of pyproject.toml.
    pins : mapping
        The versions of each file of constraints, by the packages' normal names.
    """
    for line in project["dependencies"]:
        wanted = Requirement(line)
        if not any(one.operator in (">=", "~=", "==") for one in wanted.specifier):
            yield f"{line!r} has no floor: write the oldest version that works, as in '>=1.0'."
        for file, versions in pins.items():
            pinned = versions.get(canonicalize_name(wanted.name))
            if pinned is None:
                yield f"{file} does not pin {wanted.name!r}: add the version that tests run on."
            elif not wanted.specifier.contains(pinned, prereleases=True):
                yield (
                    f"{line!r} refuses {pinned}, which {file} has: lower the floor, or renew "
                    "what tests run on."
                )
    named = sorted(
        Version(words)
        for one in project["classifiers"]
        if re.fullmatch(r"3\.\d+", words := one.rpartition(":: ")[2])
    )
    python = SpecifierSet(project["requires-python"])
    if not named or not python.contains(str(named[0])) or python.contains(_before(named[0])):
        yield (
            f"requires-python is {str(python)!r}, and the classifiers begin with "
            f"{named[0] if named else 'no Python'}: both must name the oldest Python."
        )


def _before(version: Version) -> str:
    return f"{version.major}.{version.minor - 1}.99"


def pins_of(text: str) -> dict[str, str]:
    """Return the versions of a file of constraints, by the packages' normal names."""
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(name): version for name, version in (s.split("==") for s in lines)}


def content_problems(folder: Path, version: str) -> Iterator[str]:
    """Yield what is wrong with what was built into a folder.

    Parameters
    ----------
    folder : Path
    version : str
    """
    wheel = folder / f"linreg_widget-{version}-py3-none-any.whl"
    sdist = folder / f"linreg_widget-{version}.tar.gz"
    for path in (wheel, sdist):
        if not path.is_file():
            yield f"There is no {path.name} in {folder}: it was not built, or has another version."
            return
    with zipfile.ZipFile(wheel) as archive:
        sizes = {one.filename: one.file_size for one in archive.infolist()}
    with tarfile.open(sdist) as source:
        packed = {one.name.partition("/")[2]: one.size for one in source.getmembers()}
    for path, found in ((wheel, sizes), (sdist, packed)):
        for name in hatch_build.BUNDLE:
            if not found.get(name):
                yield f"{path.name} has no {name}: run `make build`, which bundles the front end."


def run_problems(told: str, fronts: list[int], environment: Path, version: str) -> Iterator[str]:
    """Yield what is wrong with how a lesson ran in the empty environment.

    Parameters
    ----------
    told : str
        Where the package was, then its ``versions()``.
    fronts : list of int
        The lengths of the front ends that its widgets gave to the page.
    environment : Path
    version : str
    """
    where, _, versions = told.partition("\n")
    if not Path(where).is_relative_to(environment):
        yield f"The lesson ran {where}, not the wheel in {environment}."
    if f"linreg_widget  {version}\n" not in f"{versions}\n":
        yield f"The lesson ran another version than {version}:\n{versions}"
    if not fronts or min(fronts) < 1000:
        yield f"The lesson's widgets gave {fronts} characters to the page, in place of the panel."


def main() -> None:
    """Read the command line, and check."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description=__doc__)
    parser.add_argument("--tag", help="the tag of this commit, as in v1.0.0")
    parser.add_argument("--into", type=Path, default=ROOT / "dist", help="where to build")
    options = parser.parse_args()
    version = linreg_widget.__version__

    def text(name: str) -> str:
        return (ROOT / name).read_text(encoding="utf-8")

    project = tomllib.loads(text("pyproject.toml"))["project"]
    cited = str(yaml.safe_load(text("CITATION.cff"))["version"])
    _report("version", version_problems(version, text("CHANGELOG.md"), options.tag, cited))
    _report("floors", floor_problems(project, {name: pins_of(text(name)) for name in PINNED}))
    _report("build", _built(options.into))
    _report("contents", content_problems(options.into, version))
    built = [*map(str, sorted(options.into.glob(f"linreg_widget-{version}*")))]
    wheel = built[0]
    _report("twine", _failed("twine", "check", "--strict", *built))
    _report("check-wheel-contents", _failed("check_wheel_contents", wheel))
    _report("workflows", _workflow_problems())
    with tempfile.TemporaryDirectory() as folder:
        _report("a lesson from the wheel", _lesson_from(Path(wheel), Path(folder).resolve()))
    if _wrong:
        raise SystemExit(f"linreg_widget {version} is not fit to be released.")
    sys.stdout.write(f"linreg_widget {version} is fit to be released: {', '.join(built)}\n")


_wrong: list[str] = []


def _report(name: str, problems: Iterator[str]) -> None:
    """Print what was found, as soon as it was."""
    found = [*problems]
    _wrong.extend(found)
    sys.stdout.write("".join(f"{name}: {one}\n" for one in found) or f"{name}: fine\n")
    sys.stdout.flush()


def _run(command: list[str], **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        **options,
    )


def _failed(module: str, *arguments: str) -> Iterator[str]:
    """Yield what a tool printed if it was not content."""
    done = _run([sys.executable, "-m", module, *arguments])
    if done.returncode:
        yield done.stdout.strip()


def _workflow_problems() -> Iterator[str]:
    """Yield what zizmor finds in what GitHub runs: mistakes, and weaknesses."""
    zizmor = shutil.which("zizmor", path=str(Path(sys.executable).parent))
    if zizmor is None:
        yield "zizmor is not installed: run `make release`, which installs it."
        return
    done = _run([zizmor, "--offline", "--no-progress", str(ROOT / ".github")])
    if done.returncode:
        yield done.stdout.strip()


def _built(into: Path) -> Iterator[str]:
    """Build the sdist, and the wheel from it, in the place of older ones."""
    for old in into.glob("linreg_widget-*"):
        old.unlink()
    yield from _failed("build", "--no-isolation", "--outdir", str(into), str(ROOT))


def _lesson_from(wheel: Path, folder: Path) -> Iterator[str]:
    """Install a wheel into an empty environment, and run a lesson there."""
    # Nothing of this checkout, and nobody's Jupyter settings or kernels.
    kept = {name: words for name, words in os.environ.items() if not name.startswith("JUPYTER")}
    kept.pop("PYTHONPATH", None)
    kept |= {f"JUPYTER_{name}_DIR": str(folder / name) for name in ("CONFIG", "DATA", "RUNTIME")}
    kept |= {"IPYTHONDIR": str(folder / "ipython"), "JUPYTER_PATH": str(folder / "none")}
    venv.create(folder / "venv", with_pip=True, symlinks=os.name != "nt")
    python = folder / "venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    install = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pinned = ["--constraint", str(ROOT / "constraints.txt")]
    done = _run([*install, *pinned, str(wheel), *IN_THE_ENVIRONMENT], env=kept)
    if done.returncode:
        yield f"pip could not install the wheel:\n{done.stdout}"
        return
    done = _run([str(python), "-c", _RUN, str(LESSON)], env=kept, cwd=folder)
    if done.returncode:
        yield f"{LESSON.name} does not run:\n{done.stdout}"
        return
    told = json.loads(done.stdout.splitlines()[-1])
    yield from run_problems(
        told["told"], told["fronts"], folder / "venv", linreg_widget.__version__
    )


if __name__ == "__main__":
    main()
