"""Lessons install the package by themselves: before a release and after it, and with no index."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import venv
import zipfile
from importlib import util
from pathlib import Path
from typing import Any

import nbformat
import pytest
from hatchling.builders.wheel import WheelBuilder
from IPython.core.interactiveshell import InteractiveShell
from nbclient import NotebookClient
from traitlets.config import Config

import linreg_widget
from gallery import colab
from gallery.executing import LESSONS
from tests.lanes import COLAB, COLAB_IPYMPL, STUB

ROOT = Path(__file__).parents[1]
FIRST = next(path for path in LESSONS if path.stem == "01_crop_yields")
OURS = ("linreg_widget", "_editable_impl_linreg_widget")
HOLLOW = "linreg_widget-99.0-py3-none-any.whl"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel of this checkout, whose bundle is there."""
    folder = tmp_path_factory.mktemp("dist")
    (path,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    return Path(path)


# ---- what is written ---------------------------------------------------------------------------


def test_all_lessons_have_the_same_first_cell() -> None:
    """``python -m gallery.colab --first-cell`` writes it."""
    for lesson in LESSONS:
        cells = nbformat.read(lesson, as_version=4).cells
        first = next(cell for cell in cells if cell.cell_type == "code")
        assert (first.id, first.source) == (colab.CELL, colab.FIRST_CELL), lesson.name


def test_the_first_cell_is_written_once_and_nothing_else_changes(tmp_path: Path) -> None:
    lessons = [Path(shutil.copy(lesson, tmp_path)) for lesson in LESSONS]
    before = []
    for lesson in lessons:
        notebook = nbformat.read(lesson, as_version=4)
        before.append(nbformat.from_dict(notebook))
        notebook.cells[1].source = "# an older cell"
        nbformat.write(notebook, lesson)
    assert colab.set_first_cells(lessons) == lessons
    assert colab.set_first_cells(lessons) == []
    for lesson, old in zip(lessons, before, strict=True):
        old.cells[1].source = colab.FIRST_CELL
        assert nbformat.read(lesson, as_version=4) == old
        assert lesson.read_text(encoding="utf-8") == nbformat.writes(old) + "\n"


def test_a_lesson_that_begins_with_other_code_is_refused(tmp_path: Path, wheel: Path) -> None:
    lesson = tmp_path / "other.ipynb"
    cells = [nbformat.v4.new_markdown_cell("# It"), nbformat.v4.new_code_cell("1", id="one")]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), lesson)
    for act in (colab.set_first_cells, lambda lessons: colab.carrier(lessons[0], wheel)):
        with pytest.raises(SystemExit, match=r"other\.ipynb begins with the code cell 'one'"):
            act([lesson])
    nbformat.write(nbformat.v4.new_notebook(cells=cells[:1]), lesson)
    with pytest.raises(SystemExit, match="begins with no code"):
        colab.set_first_cells([lesson])


def test_a_lesson_that_carries_its_package_differs_in_nothing_but_the_way_to_it(
    wheel: Path, tmp_path: Path
) -> None:
    written = colab.write_carriers(tmp_path / "new" / "colab", wheel)
    assert [path.name for path in written] == [path.name for path in LESSONS]
    for lesson, path in zip(LESSONS, written, strict=True):
        old, new = (nbformat.read(one, as_version=4) for one in (lesson, path))
        nbformat.validate(new)
        title, first = new.cells[:2]
        assert title.source.startswith("# "), "no badge: it leads to the repository"
        assert old.cells[0].source.endswith(title.source)
        assert first.metadata == {"cellView": "form", "jupyter": {"source_hidden": True}}
        assert new.cells[2:] == old.cells[2:]
        assert new.metadata == old.metadata


def test_the_wheel_has_to_be_there(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"There is no wheel at .*x\.whl: run `make build`"):
        colab.write_carriers(tmp_path, tmp_path / "x.whl")
    assert not [*tmp_path.iterdir()]


def test_the_command_writes_where_it_is_told(
    wheel: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    colab.main(["--wheel", str(wheel), "--into", str(tmp_path)])
    assert f"{FIRST.name} carries {wheel.name}" in capsys.readouterr().out
    assert len([*tmp_path.glob("*.ipynb")]) == len(LESSONS)


# ---- what the cells do -------------------------------------------------------------------------


@pytest.fixture
def installed() -> list[str]:
    """What pip was asked for."""
    return []


@pytest.fixture
def shell(installed: list[str]) -> Any:
    """Return a shell whose ``%pip`` only notes what it is asked for."""
    make: Any = InteractiveShell
    shell = make(config=Config({"HistoryManager": {"enabled": False}}))
    shell.register_magic_function(installed.append, magic_name="pip")
    return shell


def missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package look as if it were not there."""
    known = util.find_spec
    monkeypatch.setattr(
        util, "find_spec", lambda name, *rest: None if name == OURS[0] else known(name, *rest)
    )


def test_the_carried_bytes_are_the_wheel(
    wheel: Path, shell: Any, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing(monkeypatch)
    shell.run_cell(colab.carried_cell(wheel)).raise_error()
    (asked,) = installed
    command, path = asked.removesuffix('"').split('"')
    assert command == "install -q "
    assert (
        Path(path).name
        == wheel.name
        == f"linreg_widget-{linreg_widget.__version__}-py3-none-any.whl"
    )
    assert Path(path).read_bytes() == wheel.read_bytes()
    shutil.rmtree(Path(path).parent)


def test_the_first_cell_asks_for_the_index_and_for_the_notebooks_folder(
    shell: Any, installed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    missing(monkeypatch)
    shell.run_cell(colab.FIRST_CELL).raise_error()
    assert installed == ["install -q --find-links . linreg_widget"]


def test_nothing_is_installed_where_the_package_is_there(
    wheel: Path, shell: Any, installed: list[str]
) -> None:
    for source in (colab.FIRST_CELL, colab.carried_cell(wheel)):
        shell.run_cell(source).raise_error()
    assert installed == []
    assert not {"wheel", "path"} & {*shell.user_ns}, "the lesson's names are its own"


def test_a_carried_cell_has_no_line_that_an_editor_is_slow_with(wheel: Path) -> None:
    assert max(map(len, colab.carried_cell(wheel).splitlines())) <= 120


# ---- on Colab's versions, with no linreg_widget ------------------------------------------------


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make an environment that has all of the lane's packages but ours; return its Python.

    ipympl, jedi and comm are there too, though Colab lacks them, so that pip needs no index.
    """
    COLAB.check()
    COLAB_IPYMPL.check()
    folder = tmp_path_factory.mktemp("fresh")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    (lane,) = COLAB.python.parents[1].glob("lib/python*/site-packages")
    here = Path(util.find_spec("jedi").origin).parents[1]  # type: ignore[union-attr, arg-type]
    beside = [one for name in ("jedi", "comm") for one in here.glob(f"{name}*")]
    for one in (*lane.iterdir(), *COLAB_IPYMPL.paths[-1].iterdir(), *beside):
        if not one.name.startswith((*OURS, "__pycache__")) and not (packages / one.name).exists():
            (packages / one.name).symlink_to(one)
    return folder / "bin" / "python"


@pytest.fixture
def environment(fresh: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Return the variables of a process there: without this checkout, and without an index."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    no_index = {"PIP_NO_INDEX": "1", "PIP_CONFIG_FILE": os.devnull, "PIP_NO_CACHE_DIR": "1"}
    quick = {"PIP_NO_COMPILE": "1", "PYTHONDONTWRITEBYTECODE": "1"}
    return {**os.environ, **no_index, **quick, "PYTHONPATH": str(STUB)}


def version_after(cell: str, python: Path, folder: Path, environment: dict[str, str]) -> str:
    """Return the version that a cell has installed, into a folder beside the environment's own."""
    target = folder / "installed"
    code = f"""
import sys
from IPython.core.interactiveshell import InteractiveShell

sys.path.append({str(target)!r})
shell = InteractiveShell.instance()
before = shell.run_cell('import importlib.util; importlib.util.find_spec("linreg_widget")').result
shell.run_cell({cell!r}).raise_error()
import importlib.metadata, json
print(json.dumps([before is None, importlib.metadata.version("linreg_widget")]))
"""
    target.mkdir()
    done = subprocess.run(
        [python, "-c", code],
        cwd=folder,
        env={**environment, "PIP_TARGET": str(target)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    was_missing, version = json.loads(done.stdout.splitlines()[-1])
    assert was_missing
    return str(version)


@pytest.fixture
def index(tmp_path: Path) -> Path:
    """Return an index that has a later version of the package, which is hollow."""
    folder = tmp_path / "index" / "linreg-widget"
    folder.mkdir(parents=True)
    about = "linreg_widget-99.0.dist-info"
    with zipfile.ZipFile(folder / HOLLOW, "w") as archive:
        archive.writestr("linreg_widget/__init__.py", "")
        archive.writestr(
            f"{about}/METADATA", "Metadata-Version: 2.1\nName: linreg_widget\nVersion: 99.0\n"
        )
        archive.writestr(
            f"{about}/WHEEL",
            "Wheel-Version: 1.0\nGenerator: by hand\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        )
        archive.writestr(f"{about}/RECORD", "")
    (folder / "index.html").write_text(f'<a href="{HOLLOW}">{HOLLOW}</a>', encoding="utf-8")
    return folder.parent


@pytest.mark.slow
@pytest.mark.process
def test_before_the_release_the_wheel_beside_the_notebook_is_installed(
    wheel: Path, fresh: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    shutil.copy(wheel, tmp_path)
    environment |= {"PIP_NO_DEPS": "1"}  # into a folder apart, where pip looks for no others
    version = version_after(colab.FIRST_CELL, fresh, tmp_path, environment)
    assert version == linreg_widget.__version__


@pytest.mark.slow
@pytest.mark.process
def test_after_the_release_the_index_has_a_newer_one(
    wheel: Path, fresh: Path, environment: dict[str, str], tmp_path: Path, index: Path
) -> None:
    shutil.copy(wheel, tmp_path)
    environment |= {"PIP_INDEX_URL": index.as_uri(), "PIP_NO_DEPS": "1"}
    del environment["PIP_NO_INDEX"]
    assert version_after(colab.FIRST_CELL, fresh, tmp_path, environment) == "99.0"


@pytest.mark.kernel
@pytest.mark.matrix
def test_a_lesson_by_itself_installs_what_it_carries_and_runs(
    wheel: Path, fresh: Path, environment: dict[str, str], tmp_path: Path
) -> None:
    spec = Path(os.environ["JUPYTER_DATA_DIR"], "kernels", "colab-fresh", "kernel.json")
    spec.parent.mkdir(parents=True)
    command = [str(fresh), "-m", "ipykernel_launcher", "-f", "{connection_file}"]
    words = {"argv": command, "display_name": "colab-fresh", "language": "python"}
    spec.write_text(json.dumps(words), encoding="utf-8")
    (lesson,) = colab.write_carriers(tmp_path / "upload", wheel, [FIRST])
    notebook = nbformat.read(lesson, as_version=4)
    where = nbformat.v4.new_code_cell("import linreg_widget; print(linreg_widget.__file__)")
    notebook.cells.append(where)
    client = NotebookClient(
        notebook,
        timeout=600,
        kernel_name="colab-fresh",
        resources={"metadata": {"path": str(lesson.parent)}},
        extra_arguments=["--log-level=ERROR"],
    )
    try:
        client.execute(env=environment)
    finally:
        shutil.rmtree(spec.parent)
    (path,) = [one.text.strip() for one in notebook.cells[-1].outputs]
    assert Path(path).is_relative_to(fresh.parents[1]), "not this checkout"
    assert "widget" in {cell.id for cell in notebook.cells if cell.get("outputs")}
    assert [*lesson.parent.iterdir()] == [lesson]
