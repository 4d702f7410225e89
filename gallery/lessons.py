"""A lesson as its page shows it."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .executing import VIEW
from .lesson_names import CROPS, RATE, SCALES, TABLE
from .texts import apart, code_html, markdown_html, output_html
from .widgets import Panel, Part, Picture, States

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbformat import NotebookNode

_MINUTES = {
    "five": 5,
    "ten": 10,
    "twelve": 12,
    "fifteen": 15,
    "twenty": 20,
    "twenty-five": 25,
    "thirty": 30,
    "forty": 40,
}
_EXERCISE = ("exercise", "answer", "check", "solution")
_TYPED = "Here you can only read it; in the notebook you type your answer, and it is checked."
ONLY_IN_NOTEBOOKS = {
    CROPS: {"loader": "To run a cell twice, you need the notebook."},
    RATE: {"edge": "To change the rates and run the cell, you need the notebook."},
    SCALES: {
        "valley": "Here the valley is a picture. In the notebook you choose its axes.",
    },
    TABLE: {
        "typed": "To put another table into the cell, you need the notebook.",
        "own": "To put a table of your own into the cell, you need the notebook.",
        "magic-frame": "Variables and options of the magic are there in the notebook.",
    },
}
"""What cells ask for that only a notebook can do, by lesson and cell. Exercises do so too."""


class Block(NamedTuple):
    """What the page shows of a cell."""

    kind: str
    """"text", "code", or of an exercise "exercise", "answer", "check", "solution"."""
    name: str
    """The cell's id."""
    html: str
    """The text, or the code."""
    output: str = ""
    widgets: tuple[tuple[Part, ...], ...] = ()
    is_awaited: bool = False
    """Whether readers have just been asked to guess this output."""
    only: str = ""
    """A sentence about what needs the notebook; "" if the page can do everything."""


class Sheet:
    """The cells of a notebook that was run.

    Parameters
    ----------
    cells : sequence of NotebookNode
        Those that the page shows.
    states : States
        The notebook's widgets.
    pages : mapping
        The pages of all lessons, by name.

    Attributes
    ----------
    blocks : list of Block
        What is to be shown.
    """

    def __init__(
        self, cells: Sequence[NotebookNode], states: States, pages: Mapping[str, str]
    ) -> None:
        self._states = states
        self.blocks = _awaited([_block(cell, states, pages) for cell in cells])

    @property
    def widgets(self) -> list[tuple[Part, ...]]:
        """All widgets, in their order."""
        return [widget for block in self.blocks for widget in block.widgets]

    @property
    def models(self) -> dict[str, Any]:
        """The panels, by their models' ids."""
        panels = [part for widget in self.widgets for part in widget if isinstance(part, Panel)]
        return {panel.model: self._states.model(panel.model) for panel in panels}

    @property
    def pictures(self) -> list[Picture]:
        """All pictures."""
        return [part for widget in self.widgets for part in widget if isinstance(part, Picture)]


class Lesson(Sheet):
    """A lesson that was run.

    Parameters
    ----------
    name : str
        Its file's, without the ending.
    notebook : NotebookNode
        The lesson; see ``executing.opened``.
    pages : mapping
        The pages of all lessons, by name.

    Attributes
    ----------
    number : int
    page : str
        Its page's file.
    title, subtitle, question : str
        From its first cell.
    minutes : int
        How long it takes, as that cell says.
    needs : str
        What a reader must already know, as that cell says.
    objectives : list of str
        What a reader can do after it, as HTML.
    times : list of tuple
        The sections' numbers, and their minutes.
    opening : str
        The rest of that cell, as HTML.
    colab : str
        Where its badge goes.
    """

    def __init__(self, name: str, notebook: NotebookNode, pages: Mapping[str, str]) -> None:
        first, *others = notebook.cells[: notebook.metadata.own]
        super().__init__(others, States(notebook), pages)
        only = ONLY_IN_NOTEBOOKS.get(name, {})
        self.blocks = [
            one._replace(only=_TYPED if one.kind == "answer" else only.get(one.name, ""))
            for one in self.blocks
        ]
        self.name = name
        self.page = pages[name]
        self.number = int(name.partition("_")[0])
        badge, text = apart(first.source)
        self.colab = badge
        title = _only(r"^# (.+)$", text, name)
        self.title, _, subtitle = title.partition(": ")
        self.subtitle = subtitle[:1].upper() + subtitle[1:]
        question = _only(r"\*\*([^*]+\?)\*\*", text, name)
        self.question = self.subtitle if self.subtitle.endswith("?") else " ".join(question.split())
        self.minutes = _number(_only(r"about\s+([a-z-]+|\d+)\s+minutes", text, name), name)
        needs = _only(r"\b(?:You need|minutes and needs) ([^\0]+?)\.\s", text, name)
        self.needs = _inline(needs, pages)
        found = re.findall(r"^- (.+)[,.]$", text, re.MULTILINE)
        self.objectives = [_inline(one, pages) for one in found]
        numbers, minutes = (
            [cell.strip() for cell in row.split("|")[2:-1]]
            for row in _only(r"^\| section \|[^\0]+?^\| minutes .+$", text, name).splitlines()[::2]
        )
        self.times = list(zip(numbers, map(int, minutes), strict=True))[:-1]
        self.opening = markdown_html(text.replace(f"# {title}", ""), pages)

    def anchor_of(self, cell: str) -> str:
        """Return the id that a cell has on the page."""
        block = next(one for one in self.blocks if one.name == cell)
        return f"cell-{cell}" if block.kind in ("text", "exercise", "solution") else cell

    def place_of(self, cell: str) -> str:
        """Return the lesson's number and the heading above a cell: "4.2 Without zero_()"."""
        place = next(at for at, one in enumerate(self.blocks) if one.name == cell)
        above = [one.html for one in self.blocks[:place]]
        if self.blocks[place].html.startswith("<h2"):  # else it ends with the next section's
            above.append(self.blocks[place].html.partition("</h2>")[0] + "</h2>")
        *_, heading = re.findall(r"<h2.*?>(.+?)</h2>", "".join(above))
        words = html.unescape(re.sub(r"<[^>]+>", "", heading)).replace(". ", " ", 1)
        return f"{self.number}{'.' if words[0].isdigit() else ' '}{words}"

    @property
    def sections(self) -> list[tuple[str, str]]:
        """The ids and texts of its headings."""
        found = re.findall(r'<h2 id="([^"]+)">(.+?)</h2>', "".join(one.html for one in self.blocks))
        return [(name, html.unescape(re.sub(r"<[^>]+>", "", text))) for name, text in found]


def _inline(text: str, pages: Mapping[str, str]) -> str:
    """Return a part of a sentence as HTML."""
    shown = markdown_html(" ".join(text.split()), pages).strip()
    return shown.removeprefix("<p>").removesuffix("</p>")


def _only(pattern: str, text: str, name: str) -> str:
    found: list[str] = re.findall(pattern, text, re.MULTILINE)
    if not found:
        raise ValueError(f"the first cell of {name} has nothing like {pattern!r}, for its card.")
    return found[0]


def _number(word: str, name: str) -> int:
    if word.isdecimal():
        return int(word)
    if word not in _MINUTES:
        raise ValueError(
            f"{name} takes about {word!r} minutes, which no card can show: write digits, or one of "
            f"{', '.join(_MINUTES)}."
        )
    return _MINUTES[word]


def _awaited(blocks: Sequence[Block]) -> list[Block]:
    """Return blocks, those marked whose output answers the question that ends the text above.

    A question whose answer is folded below it does not wait for an output.
    """
    marked, asks = [], False
    for block in blocks:
        if block.kind == "text":
            asks = "<strong>Your turn" in block.html.rpartition("</details>")[2]
        is_code = block.kind == "code"
        marked.append(block._replace(is_awaited=is_code and asks and bool(block.output)))
        asks = asks and not (is_code and block.output)
    return marked


def _block(cell: NotebookNode, states: States, pages: Mapping[str, str]) -> Block:
    part = cell.id.partition("-")[0]
    kind = part if part in _EXERCISE else "text"
    if cell.cell_type == "markdown":
        return Block(kind, cell.id, markdown_html(cell.source, pages))
    shown = [
        output.data[VIEW]["model_id"] for output in cell.outputs if VIEW in output.get("data", {})
    ]
    return Block(
        "code" if kind == "text" else kind,
        cell.id,
        code_html(cell.source),
        output_html(cell.outputs),
        tuple(tuple(states.parts_of(view)) for view in shown),
    )
