"""A lesson's questions on paper: its "Your turn", its exercises and its three questions of choice.

The sheet is used beside the notebook, so it does not repeat the notebook's text. With answers, it
has what the lesson says right after each question.
"""

from __future__ import annotations

import ast
import html
import itertools
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .texts import apart, markdown_html

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from nbformat import NotebookNode


class Words(NamedTuple):
    """The words that lessons of one language use for their parts, and that their sheets print."""

    turn: str
    exercise: str
    lesson: str
    questions: str
    name: str
    answered: str
    solution: str
    guess: str


WORDS = {
    "en": Words(
        *("Your turn", "Exercise", "Lesson", "Three questions"),
        *("Name", "With answers", "One solution", "guess"),
    ),
    "de": Words(
        *("Du bist dran", "Übung", "Lektion", "Drei Fragen"),
        *("Name", "Mit Antworten", "Eine Lösung", "schätz"),
    ),
}

_MARK = re.compile(r"<!--.*?-->", re.DOTALL)
_DETAILS = re.compile(r"<details><summary>.*?</summary>(.*?)</details>", re.DOTALL)
_LANGUAGE = re.compile(r'\blang="(\w+)"')

_PAGE = """\
<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; \
img-src data:">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 18mm 17mm 16mm; }}
html {{ color-scheme: light; }}
body {{ max-width: 176mm; margin: 0 auto; padding: 8mm; background: #fff; color: #111; }}
body {{ font: 11pt/1.45 system-ui, "DejaVu Sans", sans-serif; }}
header {{ display: flex; gap: 8mm; align-items: baseline; border-bottom: 1.5pt solid #111; }}
h1 {{ flex: 1; margin: 0 0 2mm; font-size: 16pt; }}
header span {{ white-space: nowrap; font-size: 9.5pt; }}
h2 {{ margin: 7mm 0 2mm; font-size: 12.5pt; break-after: avoid; }}
p, ul, ol, pre {{ margin: 0 0 2mm; }}
ul, ol {{ padding-left: 6mm; }}
table {{ border-collapse: collapse; }}
td, th {{ padding: 0.5mm 2.5mm; border: 0.5pt solid #999; text-align: start; }}
pre, code {{ font: 9.5pt/1.4 ui-monospace, "DejaVu Sans Mono", monospace; }}
pre {{ padding: 2mm; border: 0.5pt solid #bbb; white-space: pre-wrap; }}
.asked {{ margin: 0 0 5mm; break-inside: avoid; }}
.room {{ height: 8mm; border-bottom: 0.6pt solid #888; }}
.answer {{ padding: 1mm 0 0 4mm; border-left: 2pt solid #2a7a3b; break-inside: avoid; }}
.choices {{ padding: 0; list-style: none; }}
.choices li {{ padding-left: 7mm; text-indent: -7mm; }}
.choices b {{ display: inline-block; width: 7mm; text-indent: 0; font-weight: 400; }}
.why {{ color: #444; font-size: 9.5pt; }}
@media print {{ body {{ max-width: none; padding: 0; }} }}
</style>
</head>
<body>
<header><h1>{title}</h1><span>{label}</span></header>
{body}
</body>
</html>
"""


def worksheet(notebook: NotebookNode, name: str, *, answers: bool) -> str:
    """Return the page.

    Parameters
    ----------
    notebook : NotebookNode
        A lesson.
    name : str
        Its file's, without the ending.
    answers : bool
        Whether to print the answers.
    """
    _, first = apart(notebook.cells[0].source)
    found = re.search(r"^# (.+)$", first, re.MULTILINE)
    title = found[1] if found else name
    number = int(name.partition("_")[0])
    language = language_of(notebook)
    words = WORDS[language]
    parts = _parts(notebook.cells, words, answers=answers)
    return _PAGE.format(
        language=language,
        title=html.escape(f"{words.lesson} {number}. {title}"),
        label=words.answered if answers else f"{words.name}: ______________________",
        body="\n".join([*parts, *_choices(notebook, words, answers=answers)]),
    )


def language_of(notebook: NotebookNode) -> str:
    """Return the language of a lesson: the one that its widgets speak."""
    sources = (cell.source for cell in notebook.cells if cell.cell_type == "code")
    spoken = [name for source in sources for name in _LANGUAGE.findall(source)]
    return spoken[0] if spoken and spoken[0] in WORDS else "en"


def choices_of(notebook: NotebookNode) -> list[dict[str, Any]]:
    """Return a lesson's questions of choice, as its cell ``quiz`` has them."""
    cell = next((cell for cell in notebook.cells if cell.id == "quiz"), None)
    for call in ast.walk(ast.parse(cell.source if cell else "")):
        if isinstance(call, ast.keyword) and call.arg == "ask":
            asked: list[dict[str, Any]] = ast.literal_eval(call.value)
            return asked
    return []


def pdf_of(pages: Sequence[Path]) -> list[Path]:
    """Print pages as PDF files beside them, by Chromium, and return these."""
    from playwright.sync_api import sync_playwright  # with Chromium, which only this needs

    from tests.browser.chromium import FLAGS, chromium_path

    made = []
    with sync_playwright() as playwright:
        path = chromium_path(playwright)
        browser = playwright.chromium.launch(executable_path=path, args=[*FLAGS])
        page = browser.new_page()
        for source in pages:
            made.append(source.with_suffix(".pdf"))
            page.goto(source.resolve().as_uri())
            page.pdf(path=made[-1], prefer_css_page_size=True, print_background=True)
        browser.close()
    return made


class _Asked(NamedTuple):
    """A question of a lesson."""

    heading: str
    """That of its section."""
    text: str
    answer: str
    """What its own cell answers, or ""."""
    is_last: bool
    """Whether the cell asks nothing after it, so that the next text may answer."""
    is_exercise: bool = False


def _parts(cells: Sequence[NotebookNode], words: Words, *, answers: bool) -> Iterator[str]:
    """Yield what is on the sheet: headings of sections in which something is asked, and that."""
    written = heading = ""
    for place, cell in enumerate(cells):
        if cell.cell_type != "markdown" or cell.id.startswith("solution-"):
            heading = _headings(cell, heading)
            continue
        for one in _asked(cell.id, _MARK.sub("", cell.source), heading, words):
            if one.heading != written:
                yield _html(f"## {one.heading}")
                written = one.heading
            below = '<div class="room"></div>' * (5 if one.is_exercise else 2)
            if answers:
                told = one.answer or (_told(cells, place, words) if one.is_last else "")
                below = f'<div class="answer">{_html(_closed(told))}</div>' if told else ""
            yield f'<div class="asked">{_html(_closed(one.text))}{below}</div>'
        heading = _headings(cell, heading)


def _headings(cell: NotebookNode, before: str) -> str:
    """Return the last heading up to the end of a cell."""
    found = re.findall(r"^## (.+)$", cell.source, re.MULTILINE)
    return found[-1] if cell.cell_type == "markdown" and found else before


def _asked(name: str, source: str, heading: str, words: Words) -> Iterator[_Asked]:
    """Yield what a text cell asks."""
    if name.startswith("exercise-") or name == "in-words":
        folded, text = _DETAILS.search(source), _DETAILS.sub("", source)
        is_exercise = name.startswith("exercise-")
        yield _Asked(
            heading, text, folded[1] if folded else "", is_last=True, is_exercise=is_exercise
        )
        return
    turn = f"**{words.turn}.**"
    parts = re.split(rf"(?m)^(?=## )|(?={re.escape(turn)})", source)
    last = max((at for at, part in enumerate(parts) if part.startswith(turn)), default=-1)
    for at, part in enumerate(parts):
        if part.startswith("## "):
            heading = part.partition("\n")[0].removeprefix("## ")
        elif part.startswith(turn):
            folded = _DETAILS.search(part)
            question, *others = _DETAILS.sub("", part).strip().split("\n\n")
            points = [*itertools.takewhile(lambda one: re.match(r"\d\.|- |\|", one), others)]
            rest = "\n\n".join(others[len(points) :])
            if points and "?" in rest:  # it asks about what the list has
                points, rest = [*points, rest], ""
            elif not question.endswith("?"):
                rest = ""  # it is the lesson's
            answer = folded[1] if folded else rest
            yield _Asked(heading, "\n\n".join([question, *points]), answer, is_last=at == last)


def _told(cells: Sequence[NotebookNode], place: int, words: Words) -> str:
    """Return what the lesson answers in later cells: a solution, or as the next text begins.

    That text answers only a question or a guess. It ends where it asks something itself.
    """
    name = cells[place].id.removeprefix("exercise-")
    asked = cells[place].source.rpartition(f"**{words.turn}.**")[2].lower()
    for cell in cells[place + 1 :]:
        if cell.cell_type != "markdown":
            continue
        text = _MARK.sub("", cell.source)
        if cells[place].id.startswith("exercise-") and cell.id != f"solution-{name}":
            continue
        if folded := _DETAILS.match(text):
            return folded[1]
        answers = text[:1] != "#" and ("?" in asked or words.guess in asked)
        return text.split("\n\n")[0].partition(f"**{words.turn}.**")[0] if answers else ""
    return ""


def _closed(text: str) -> str:
    """Return a text without a last sentence that ends in a colon: what it announces is not here."""
    text = text.strip()
    if not text.endswith(":"):
        return text
    *before, _ = re.split(r"(?<=[.?!)])\s+(?=[^\s])", text)
    return " ".join(before) if before else f"{text[:-1]}."


def _choices(notebook: NotebookNode, words: Words, *, answers: bool) -> Iterator[str]:
    asked = choices_of(notebook)
    if asked:
        yield f"<h2>{words.questions}</h2>"
    for one in asked:
        yield _choice(one, answers=answers)


def _choice(one: dict[str, Any], *, answers: bool) -> str:
    lines = []
    for place, choice in enumerate(one["choices"]):
        box = "☒" if answers and place == one["right"] else "☐"
        why = ""
        if answers and one["why"]:
            why = f'<br><span class="why">{html.escape(one["why"][place])}</span>'
        lines.append(f"<li><b>{box}</b>{html.escape(choice)}{why}</li>")
    question = html.escape(one["question"])
    return f'<div class="asked"><p>{question}</p><ul class="choices">{"".join(lines)}</ul></div>'


def _html(text: str) -> str:
    return markdown_html(text.strip(), {})
