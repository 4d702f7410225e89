"""A release is checked before it is one, and what GitHub runs is what there is at home."""

from __future__ import annotations

import os
import re
import subprocess
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from packaging.specifiers import SpecifierSet

import hatch_build
import linreg_widget
from tests import release
from tests.lessons import LESSONS

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CHANGELOG = "# Changelog\n\n## 1.2.0 (2026-12-01)\n\nNews.\n\n## 1.1.0 (2026-01-01)\n"


# ---- version, changelog, tag -------------------------------------------------------------------


def problems(version: str, changelog: str = CHANGELOG, tag: str | None = None) -> list[str]:
    return [*release.version_problems(version, changelog, tag, version)]


def test_a_version_is_fine_where_changelog_and_tag_have_it() -> None:
    assert problems("1.2.0") == []
    assert problems("1.2.0", tag="v1.2.0") == []


def test_before_its_tag_a_version_may_be_unreleased() -> None:
    changelog = "# Changelog\n\n## 1.2.0 (unreleased)\n"
    assert problems("1.2.0", changelog) == []
    (told,) = problems("1.2.0", changelog, "v1.2.0")
    assert "says 'unreleased' of the day of '1.2.0'" in told


@pytest.mark.parametrize("day", ["", " (soon)", " (2026-13-01)", " (1.12.2026)", " (20261201)"])
def test_a_tagged_version_has_a_day(day: str) -> None:
    (told,) = problems("1.2.0", f"# Changelog\n\n## 1.2.0{day}\n", "v1.2.0")
    assert "has one, as in '## 1.2.0 (2026-01-31)'" in told


@pytest.mark.parametrize("tag", ["1.2.0", "v1.2", "v1.2.1", "V1.2.0", "v1.2.0rc1", ""])
def test_another_tag_is_refused(tag: str) -> None:
    (told,) = problems("1.2.0", tag=tag)
    assert told == f"The tag is {tag!r}, and the version '1.2.0': its tag must be 'v1.2.0'."


@pytest.mark.parametrize("version", ["1.1.0", "1.3.0", "1.2.0.dev1"])
def test_the_newest_heading_is_the_packages(version: str) -> None:
    (told,) = problems(version)
    assert told.startswith(f"CHANGELOG.md begins with '1.2.0', and the package is {version!r}")


@pytest.mark.parametrize("version", ["1.2.0-beta", "01.2.0", "v1.2.0", "1.2.0.RC1"])
def test_a_version_is_written_as_pypi_writes_it(version: str) -> None:
    assert any(f"{version!r} is written" in told for told in problems(version))


def test_what_is_no_version_is_refused() -> None:
    assert any("is none that PyPI takes" in told for told in problems("one"))


def test_a_changelog_without_a_heading_is_refused() -> None:
    (told,) = problems("1.2.0", "# Changelog\n\nNothing yet.\n")
    assert "has no heading such as '## 1.2.0" in told


def test_the_citation_has_the_version() -> None:
    (told,) = release.version_problems("1.2.0", CHANGELOG, None, "1.1.0")
    assert told == "CITATION.cff names '1.1.0', and the package is '1.2.0': write '1.2.0'."


def test_this_version_stands_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    version = linreg_widget.__version__
    assert [*release.version_problems(version, changelog, None, str(cited["version"]))] == []
    assert cited["license"] == PROJECT["license"]
    assert cited["repository-code"] == PROJECT["urls"]["Source"]


# ---- floors ------------------------------------------------------------------------------------


def floors(*dependencies: str, **others: Any) -> list[str]:
    project = {
        "dependencies": dependencies,
        "requires-python": ">=3.11",
        "classifiers": ["Programming Language :: Python :: 3.11", "Typing :: Typed"],
    }
    pins = {"new": {"the-tool": "3.0"}, "colab": {"the-tool": "2.1"}}
    return [*release.floor_problems(project | others, pins)]


def test_a_floor_that_all_tested_versions_keep_is_fine() -> None:
    assert floors("The_Tool>=2.1") == []
    assert floors("the.tool>=2,<4") == []


def test_a_floor_above_what_colab_has_is_refused() -> None:
    (told,) = floors("the-tool>=2.2")
    assert told.startswith("'the-tool>=2.2' refuses 2.1, which colab has")


def test_a_bound_below_what_tests_run_on_is_refused() -> None:
    (told,) = floors("the-tool>=2,<3")
    assert told.startswith("'the-tool>=2,<3' refuses 3.0, which new has")


def test_a_dependency_without_a_floor_or_without_a_pin_is_refused() -> None:
    assert ["has no floor" in told for told in floors("the-tool")] == [True]
    assert ["does not pin 'other'" in told for told in floors("other>=1")] == [True, True]


@pytest.mark.parametrize("python", [">=3.10", ">=3.12"])
def test_the_oldest_python_is_the_same_in_both_places(python: str) -> None:
    (told,) = floors("the-tool>=2", **{"requires-python": python})
    assert told.startswith(f"requires-python is {python!r}, and the classifiers begin with 3.11")


def test_these_floors_are_below_what_tests_run_on() -> None:
    pins = {
        name: release.pins_of((ROOT / name).read_text(encoding="utf-8")) for name in release.PINNED
    }
    assert [*release.floor_problems(PROJECT, pins)] == []


# ---- what was built, and what ran ----------------------------------------------------------------


@pytest.fixture
def built(tmp_path: Path) -> Path:
    """Return a folder with an sdist and a wheel of the version 1.2.0, which hold the bundle."""
    write(tmp_path, dict.fromkeys(hatch_build.BUNDLE, "//"))
    return tmp_path


def write(folder: Path, files: dict[str, str]) -> None:
    with zipfile.ZipFile(folder / "linreg_widget-1.2.0-py3-none-any.whl", "w") as wheel:
        for name, text in files.items():
            wheel.writestr(name, text)
    with tarfile.open(folder / "linreg_widget-1.2.0.tar.gz", "w:gz") as sdist:
        for name, text in files.items():
            path = folder / "source"
            path.write_text(text, encoding="utf-8")
            sdist.add(path, f"linreg_widget-1.2.0/{name}")
            path.unlink()


def test_both_archives_hold_the_bundle(built: Path) -> None:
    assert [*release.content_problems(built, "1.2.0")] == []
    (told,) = release.content_problems(built, "1.2.1")
    assert told.startswith("There is no linreg_widget-1.2.1-py3-none-any.whl in ")


@pytest.mark.parametrize("bundle", [{}, {hatch_build.BUNDLE[0]: ""}])
def test_an_archive_without_the_bundle_is_refused(bundle: dict[str, str], built: Path) -> None:
    others = dict.fromkeys(hatch_build.BUNDLE[1:], "{}")
    write(built, {**bundle, **others})
    told = [*release.content_problems(built, "1.2.0")]
    assert [one.split(":")[0] for one in told] == [
        "linreg_widget-1.2.0-py3-none-any.whl has no linreg_widget/static/panel.js",
        "linreg_widget-1.2.0.tar.gz has no linreg_widget/static/panel.js",
    ]


def test_a_lesson_counts_only_if_it_ran_the_wheel(tmp_path: Path) -> None:
    versions = "linreg_widget  1.2.0\nPython         3.11.7"
    where = tmp_path / "lib" / "linreg_widget" / "__init__.py"
    good = f"{where}\n{versions}"

    def found(told: str, fronts: list[int]) -> list[str]:
        return [*release.run_problems(told, fronts, tmp_path, "1.2.0")]

    assert found(good, [100_000]) == []
    for told, fronts, words in (
        (f"{__file__}\n{versions}", [100_000], f"The lesson ran {__file__}, not the wheel in "),
        (good.replace("1.2.0", "1.2.01"), [100_000], "The lesson ran another version than 1.2.0"),
        (good, [], "The lesson's widgets gave [] characters to the page"),
        (good, [100_000, 3], "The lesson's widgets gave [100000, 3] characters"),
    ):
        (said,) = found(told, fronts)
        assert said.startswith(words)


def test_all_that_is_wrong_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(release, "_wrong", [])

    def two() -> Iterator[str]:
        yield "too early."
        yield "too late."

    release._report("day", two())
    release._report("night", iter(()))
    assert capsys.readouterr().out == "day: too early.\nday: too late.\nnight: fine\n"
    assert release._wrong == ["too early.", "too late."]


# ---- what GitHub runs and asks -----------------------------------------------------------------


def read(path: Path) -> Any:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


def jobs() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{path.stem}: {name}", job)
        for path in WORKFLOWS
        for name, job in read(path)["jobs"].items()
    ]


def steps() -> list[tuple[str, dict[str, Any]]]:
    return [(name, step) for name, job in jobs() for step in job["steps"]]


def test_a_target_of_make_is_one_that_help_explains() -> None:
    targets = {*re.findall(r"^([a-z]+):.*## ", MAKEFILE, re.MULTILINE)}
    assert {"test", "release", "audit", "colab", "newest"} <= targets
    asked = [
        line for _, step in steps() if "run" in step for line in step["run"].strip().splitlines()
    ]
    for line in asked:
        found = re.fullmatch(r"make (?P<target>\w+)(?P<settings>( [A-Z]+=\S+)*)", line)
        assert found is not None, f"{line!r} is not a command that runs at home"
        assert found["target"] in targets, line
        for name in re.findall(r"([A-Z]+)=", found["settings"]):
            assert re.search(rf"^{name} \?=", MAKEFILE, re.MULTILINE), line
    used = {line.split()[1] for line in asked}
    assert used == {"test", "quick", "matrix", "newest", "audit", "release", "site"}


def test_tests_run_on_three_systems() -> None:
    found: set[str] = set()
    for name, job in jobs():
        if not name.startswith("test: "):
            continue
        matrix = job.get("strategy", {}).get("matrix", {})
        of_matrix = [
            *matrix.get("system", ()),
            *(one["system"] for one in matrix.get("include", ())),
        ]
        found |= {*of_matrix} if of_matrix else {job["runs-on"]}
    assert found == {"ubuntu-latest", "macos-latest", "windows-latest"}


def test_pythons_are_those_that_the_package_is_for() -> None:
    asked = re.findall(
        r'python(?:-version)?: (?:\[)?((?:"3\.\d+"(?:, )?)+)',
        "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS),
    )
    versions = {one for found in asked for one in re.findall(r"3\.\d+", found)}
    assert all(SpecifierSet(PROJECT["requires-python"]).contains(one) for one in versions)
    told = re.findall(r"Python :: (3\.\d+)", "\n".join(PROJECT["classifiers"]))
    assert versions == {*told}


def unpinned(text: str) -> list[str]:
    """Return the lines that use what others can change; a pin is a commit, then its version."""
    used = re.findall(r"^\s*-?\s*uses:.*$", text, re.MULTILINE)
    pinned = r"\s*(?:- )?uses: (?:actions|pypa)/[\w/-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+"
    return [line.strip() for line in used if not re.fullmatch(pinned, line)]


def test_actions_are_pinned_to_commits_with_their_versions_beside_them() -> None:
    commits: dict[tuple[str, str], str] = {}
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        assert unpinned(text) == [], path.name
        for action, commit, version in re.findall(r"uses: (\S+)@(\w+) # (\S+)", text):
            known = commits.setdefault((action, version), commit)
            assert known == commit, f"{path.name}: {action} {version} is two commits"
    assert len(commits) == len({action for action, _ in commits}), "one version of each"
    assert len(commits) == 9
    (watched,) = read(ROOT / ".github" / "dependabot.yml")["updates"]
    assert watched["package-ecosystem"] == "github-actions", "or a pin grows old unseen"


@pytest.mark.parametrize(
    "line",
    [
        "- uses: actions/checkout@v6",
        "  uses: pypa/gh-action-pypi-publish@release/v1",
        f"- uses: actions/checkout@{'a' * 40}",
        f"- uses: actions/checkout@{'a' * 39} # v6.1.0",
        f"- uses: somebody/else@{'a' * 40} # v1.0.0",
        "- uses: docker://alpine",
    ],
)
def test_what_is_not_pinned_is_found(line: str) -> None:
    assert unpinned(f"steps:\n  {line}\n") == [line.strip()]


def test_nobody_may_do_more_than_the_job_needs() -> None:
    for path in WORKFLOWS:
        assert read(path)["permissions"] == {"contents": "read"}, path.name
    more = {name: job["permissions"] for name, job in jobs() if "permissions" in job}
    assert more == {
        "release: build": {"contents": "read", "id-token": "write", "attestations": "write"},
        "release: publish": {"id-token": "write"},
        "pages: deploy": {"pages": "write", "id-token": "write"},
    }
    for name, step in steps():
        if step.get("uses", "").startswith("actions/checkout"):
            assert step["with"]["persist-credentials"] is False, name
        # What others write, as the names of branches and titles, is never part of a command.
        assert "${{" not in step.get("run", ""), name
    assert "secrets." not in "".join(path.read_text(encoding="utf-8") for path in WORKFLOWS)


def test_only_a_tag_publishes_and_only_what_was_tested_checked_and_attested() -> None:
    workflow = read(ROOT / ".github" / "workflows" / "release.yml")
    assert workflow[True] == {"push": {"tags": ["v*"]}}, "`on` is YAML 1.1's True"
    build, publish = workflow["jobs"]["build"], workflow["jobs"]["publish"]
    ran = [step.get("run", step.get("uses", "").partition("@")[0]) for step in build["steps"][3:]]
    assert ran == [
        "make test",
        'make release TAG="$TAG"',
        "actions/attest-build-provenance",
        "actions/upload-artifact",
    ]
    assert build["env"]["TAG"] == "${{ github.ref_name }}"
    assert publish["needs"] == "build"
    assert publish["environment"] == "pypi"
    attested, kept = build["steps"][5]["with"]["subject-path"], build["steps"][6]["with"]["path"]
    assert attested == kept == "dist/linreg_widget-*", "and not the notebooks of `make colab`"


@pytest.mark.parametrize("path", FORMS, ids=lambda path: path.stem)
def test_a_form_is_one_that_github_shows(path: Path) -> None:
    form = read(path)
    if path.stem == "config":
        assert form["blank_issues_enabled"] is False
        assert all({"name", "url", "about"} == {*link} for link in form["contact_links"])
        return
    assert {"name", "description", "body"} <= {*form}
    fields = form["body"]
    ids = [field["id"] for field in fields]
    assert len({*ids}) == len(ids)
    for field in fields:
        assert field["type"] in ("textarea", "input", "dropdown")
        assert field["attributes"]["label"]
        assert ("options" in field["attributes"]) == (field["type"] == "dropdown")
    (versions,) = [field for field in fields if field["id"] == "versions"]
    assert "linreg_widget.versions()" in versions["attributes"]["description"]
    assert versions["attributes"]["render"] == "text"


def test_the_form_about_lessons_lists_them() -> None:
    form = read(ROOT / ".github" / "ISSUE_TEMPLATE" / "lesson.yml")
    (which,) = [field for field in form["body"] if field["id"] == "lesson"]
    assert which["attributes"]["options"][:-1] == [path.stem for path in LESSONS]


@pytest.mark.process
def test_what_newest_installs_has_no_constraints_and_an_environment_of_its_own() -> None:
    said = subprocess.run(
        ["make", "--dry-run", "newest"],
        cwd=ROOT,
        env={name: value for name, value in os.environ.items() if not name.startswith("MAKE")},
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    (editable,) = re.findall(r"^.* --editable '\.\[test\]'$", said, re.MULTILINE)
    assert editable.startswith(".venv/newest/bin/python -m pip ")
    assert "--constraint constraints.txt" not in said
    assert "--constraint constraints-colab.txt" in said, "Colab has what Colab has"
    assert "\n.venv/newest/bin/mypy\n" in said
