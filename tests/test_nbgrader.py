"""Lessons with points, through nbgrader itself: released, answered, handed in and graded."""

from __future__ import annotations

import csv
import os
import subprocess
from copy import deepcopy
from pathlib import Path

import nbformat
import pytest

from gallery import classroom
from tests.lanes import FOLDER, HERE
from tests.lessons import LESSONS

pytestmark = [pytest.mark.kernel, pytest.mark.matrix, pytest.mark.process]

PROGRAMS = FOLDER / "nbgrader" / "bin"
NAMES = ("01_crop_yields", "03_the_learning_rate")
CONFIG = """
c = get_config()
c.CourseDirectory.course_id = "course"
c.ExecutePreprocessor.timeout = 300
"""


def nbgrader(course: Path, *arguments: str) -> str:
    """Run nbgrader in a course's folder, and return what it says."""
    environment = {
        **os.environ,
        **HERE.environment,
        "PATH": os.pathsep.join((str(PROGRAMS), os.environ["PATH"])),
        "HOME": str(course),
    }
    done = subprocess.run(
        [PROGRAMS / "nbgrader", *arguments],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("name", NAMES)
def test_the_right_answers_get_all_points_and_others_none(name: str, tmp_path: Path) -> None:
    assert PROGRAMS.exists(), "nbgrader is not there: run `make .venv/lanes/nbgrader/.made`."
    (path,) = (path for path in LESSONS if path.stem == name)
    lesson, file = nbformat.read(path, as_version=4), f"{name}.ipynb"
    (tmp_path / "nbgrader_config.py").write_text(CONFIG, encoding="utf-8")
    source = tmp_path / "source" / name
    source.mkdir(parents=True)
    nbformat.write(classroom.graded(lesson), source / file)
    nbgrader(tmp_path, "generate_assignment", name)

    released = nbformat.read(tmp_path / "release" / name / file, as_version=4)
    key = {cell.id: cell.source for cell in classroom.key(lesson).cells}
    most = 0
    for cell in released.cells:
        if cell.id.startswith("solution-"):
            assert "Solution" not in cell.source  # taken out
        if cell.id.startswith("answer-"):
            assert "None" in cell.source
        most += cell.metadata.get("nbgrader", {}).get("points", 0)
    assert most > 0
    for student in ("right", "blank", "wrong"):
        handed_in = deepcopy(released)
        for cell in handed_in.cells:
            if cell.id.startswith("answer-") and student == "right":
                cell.source = key[cell.id]
            elif cell.id.startswith("answer-") and student == "wrong":
                cell.source = cell.source.replace("= None", "= 'nonsense'")
        folder = tmp_path / "submitted" / student / name
        folder.mkdir(parents=True)
        nbformat.write(handed_in, folder / file)

    right = tmp_path / "submitted" / "right" / name / file
    assert "Success! Your notebook passes all" in nbgrader(tmp_path, "validate", str(right))
    nbgrader(tmp_path, "autograde", name)
    nbgrader(tmp_path, "export")
    with (tmp_path / "grades.csv").open(encoding="utf-8") as table:
        scores = {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)}
    assert scores == {"right": most, "blank": 0, "wrong": 0}
