"""What the site has beside the lessons: how-to pages, how it works, and the reference.

A page of text is a file in ``howto/`` or ``explained/``: Markdown, with a title, then a sentence
that says what it is for. ``tests/test_howto.py`` runs its code, and a ``text`` block after a block
of code is what that code prints. A name of the package in backticks becomes a link to its page.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonConsoleLexer, PythonLexer

import linreg_widget

from .reference import GROUPS, Entry, entries, page_of, place_of
from .texts import markdown_html

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

HERE = Path(__file__).parent
_TASKS = (
    *("own-data", "own-update", "hold-out", "compare", "share-a-run", "page-for-the-class"),
    *("hide-and-lock", "colab", "many-machines", "export"),
)
_PRINTED = re.compile(r"^```text\n.*?^```$", re.MULTILINE | re.DOTALL)
_NAMES = re.compile(rf"(?<![`\w])({'|'.join(linreg_widget.__all__)})(?![`\w])")
_CODE = re.compile(r"(?<!<pre>)<code>([^<]+)</code>")


class Guide(NamedTuple):
    """A page of text."""

    name: str
    title: str
    summary: str
    """The sentence below the title, in Markdown."""
    body: str
    """The rest, in Markdown."""

    @property
    def page(self) -> str:
        """Its file in the site."""
        return f"{self.name}.html"


def _guide(name: str, path: Path) -> Guide:
    title, summary, body = path.read_text(encoding="utf-8").split("\n\n", 2)
    return Guide(name, title.removeprefix("# "), summary, body)


GUIDES = tuple(_guide(f"howto-{task}", HERE / "howto" / f"{task}.md") for task in _TASKS)
"""The how-to pages, in their order."""
EXPLAINED = _guide("how-it-works", HERE / "explained" / "how-it-works.md")
"""The page that explains what is behind the widget."""


def pages_of_manual() -> list[str]:
    """Return the files of all these pages."""
    names = [page_of(name) for of_kind in GROUPS.values() for name in of_kind]
    guides = [guide.page for guide in (*GUIDES, EXPLAINED)]
    return ["howto.html", *guides, "reference.html", *names]


def linked(text: str, pages: Mapping[str, str], *, here: str = "") -> str:
    """Return Markdown as HTML in which names of the package are links to the reference.

    Parameters
    ----------
    text : str
    pages : mapping
        The pages of the lessons, by name.
    here : str
        The public name whose page this is: its members may be called by their own names.
    """

    def link(found: re.Match[str]) -> str:
        code = found[1]
        place = place_of(code) or (place_of(f"{here}.{code}") if here else None)
        page, _, anchor = (place or "").partition("#")
        if not place or (here and page == page_of(here) and not anchor):
            return found[0]
        return f'<a href="{place}">{found[0]}</a>'

    text = _PRINTED.sub('<div class="printed">\n\n\\g<0>\n\n</div>', text)
    return _CODE.sub(link, markdown_html(text, pages))


def _signature_html(entry: Entry) -> str:
    if entry.kind in ("property", "field"):
        source = f"{entry.anchor}: {entry.signature}" if entry.signature else entry.anchor
    else:
        source = entry.signature
    coloured: str = highlight(source, PythonLexer(), HtmlFormatter(nowrap=True))
    return coloured.rstrip("\n")


def _example_html(code: str) -> str:
    coloured: str = highlight(code, PythonConsoleLexer(), HtmlFormatter())
    return coloured


def _listing_html(code: str) -> str:
    coloured: str = highlight(code, PythonLexer(), HtmlFormatter())
    return coloured


def write_manual(
    folder: Path, templates: Environment, common: dict[str, Any], pages: Mapping[str, str]
) -> None:
    """Write the how-to pages, the explanation and the reference.

    Parameters
    ----------
    folder : Path
        The site's.
    templates : Environment
    common : dict
        What all templates are given.
    pages : mapping
        The pages of the lessons, by name.
    """

    def write(file: str, template: str, **own: Any) -> None:
        text = templates.get_template(template).render(common, **own)
        (folder / file).write_text(text, encoding="utf-8")

    def text_html(text: str, here: str = "") -> str:
        return linked(text, pages, here=here)

    def inline_html(text: str, here: str = "") -> str:
        return text_html(text, here).strip().removeprefix("<p>").removesuffix("</p>")

    def kind_html(text: str, here: str = "") -> str:
        return inline_html(text if "`" in text else _NAMES.sub(r"`\1`", text), here)

    shown: dict[str, Any] = {"text_html": text_html, "inline_html": inline_html}
    write("howto.html", "guides.html", guides=GUIDES, **shown)
    for at, guide in enumerate(GUIDES):
        before, after = ((*GUIDES, None)[at - 1], (*GUIDES, None)[at + 1])
        write(guide.page, "guide.html", guide=guide, before=before, after=after, **shown)
    write(EXPLAINED.page, "guide.html", guide=EXPLAINED, before=None, after=None, **shown)
    by_name = {entry.name: entry for entry in entries()}
    shown |= {
        "kind_html": kind_html,
        "page_of": page_of,
        "signature_html": _signature_html,
        "example_html": _example_html,
        "listing_html": _listing_html,
        "groups": {title: [by_name[name] for name in names] for title, names in GROUPS.items()},
    }
    write("reference.html", "reference.html", **shown)
    for entry in entries():
        write(page_of(entry.name), "name.html", entry=entry, **shown)
