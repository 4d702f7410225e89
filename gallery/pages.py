"""The site: a page for each lesson, the index, and what they share.

All addresses are relative, and no script fetches anything. So the site works from disk, from any
server, and in any of its folders.
"""

from __future__ import annotations

import hashlib
import shutil
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from jinja2 import Environment, FileSystemLoader, StrictUndefined

import linreg_widget
from linreg_widget.panel.front import packed_script

from .confusions import CONFUSIONS
from .courses import CHAPTERS, COURSES
from .executing import LESSONS
from .glossary import GLOSSARY
from .lessons import Lesson, Sheet
from .manual import write_manual
from .widgets import Panel, Picture, States, Words, as_script

if TYPE_CHECKING:
    from nbformat import NotebookNode

HERE = Path(__file__).parent
ROOT = HERE.parent
STATIC = Path(linreg_widget.__file__).parent / "static"
PAGES = {path.stem: f"{path.stem}.html" for path in LESSONS}


class Site(NamedTuple):
    """What was written."""

    folder: Path
    lessons: list[Lesson]


def write_site(folder: Path, lessons: dict[str, NotebookNode], hero: NotebookNode) -> Site:
    """Write the site into a folder, replacing what is there; the cards' pictures come later.

    Parameters
    ----------
    folder : Path
    lessons : dict
        The lessons after they were run, by name.
    hero : NotebookNode
        The notebook of the index's own widget, run.
    """
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "pictures").mkdir(parents=True)
    read = [Lesson(name, notebook, PAGES) for name, notebook in lessons.items()]
    own = Sheet(hero.cells[: hero.metadata.own], States(hero), PAGES)
    pages = templates()
    common: dict[str, Any] = {
        **about(),
        "lessons": read,
        "is_panel": lambda part: isinstance(part, Panel),
        "is_picture": lambda part: isinstance(part, Picture),
        "is_words": lambda part: isinstance(part, Words),
        "address_of": lambda picture: f"pictures/{_name_of(picture)}",
        "card_of": card_of,
    }
    for sheet in [own, *read]:
        for picture in sheet.pictures:
            (folder / "pictures" / _name_of(picture)).write_bytes(picture.png)
    for place, lesson in enumerate(read):
        text = pages.get_template("lesson.html").render(
            common,
            lesson=lesson,
            before=read[place - 1] if place else None,
            after=read[place + 1] if place + 1 < len(read) else None,
        )
        (folder / lesson.page).write_text(text, encoding="utf-8")
    text = pages.get_template("index.html").render(common, hero=own)
    (folder / "index.html").write_text(text, encoding="utf-8")
    words = sorted(GLOSSARY, key=lambda term: term.word.lower())
    text = pages.get_template("glossary.html").render(
        common, words=words, pages=PAGES, numbers={lesson.name: lesson.number for lesson in read}
    )
    (folder / "glossary.html").write_text(text, encoding="utf-8")
    by_name = {lesson.name: lesson for lesson in read}
    text = pages.get_template("confusions.html").render(
        common, confusions=CONFUSIONS, pages=PAGES, by_name=by_name
    )
    (folder / "confusions.html").write_text(text, encoding="utf-8")
    text = pages.get_template("teachers.html").render(common, courses=COURSES, chapters=CHAPTERS)
    (folder / "teachers.html").write_text(text, encoding="utf-8")
    write_manual(folder, pages, common, PAGES)
    write_shared(folder)
    return Site(folder, read)


def templates() -> Environment:
    """Return the templates of all pages."""
    return Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def about() -> dict[str, Any]:
    """Return what every page says of the project."""
    return {"home": _home(), "version": linreg_widget.__version__, "as_script": as_script}


def write_shared(folder: Path) -> None:
    """Write the styles and scripts that all pages share."""
    for file in (HERE / "static").iterdir():
        shutil.copy(file, folder)
    shutil.copy(STATIC / "panel.css", folder)
    script = packed_script((STATIC / "panel.js").read_text(encoding="utf-8"))
    (folder / "panel.js").write_text(script, encoding="utf-8")


def card_of(lesson: Lesson, theme: str) -> str:
    """Return the file of a card's picture, in the site's folder."""
    return f"pictures/{lesson.name}-{theme}.png"


def _name_of(picture: Picture) -> str:
    return f"{hashlib.sha256(picture.png).hexdigest()[:16]}.png"


def _home() -> str:
    """Return where the project is."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source: str = project["urls"]["Source"]
    return source
