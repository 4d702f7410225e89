"""Markdown, formulas, code and outputs as HTML.

The lessons are ours, and so is the HTML in them; what a program printed is text.
"""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from IPython.lib.lexers import IPython3Lexer
from latex2mathml.converter import convert
from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath
from pygments import highlight
from pygments.formatters import HtmlFormatter

from .executing import VIEW

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbformat import NotebookNode

_MARK = re.compile(r"<!--.*?-->", re.DOTALL)
_BADGE = re.compile(r"^\[!\[[^\]]*\]\([^)]*\)\]\(([^)]*)\)\n+")
_TABLE = re.compile(r"<table>.*?</table>", re.DOTALL)
_STYLE = re.compile(r"<style\b.*?</style>", re.DOTALL)


class _Renderer(IPythonRenderer):
    """Formulas as MathML, which needs no script; headings with plain ids."""

    def block_math(self, body: str) -> str:
        # latex2mathml knows the environment by its other name only.
        return convert(body.replace("{aligned}", "{split}"), display="block")

    def inline_math(self, body: str) -> str:
        return convert(body)

    def heading(self, text: str, level: int, **_: Any) -> str:
        words = html.unescape(re.sub(r"<[^>]+>", "", text))
        name = re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")
        return f'<h{level} id="{name}">{text}</h{level}>\n'


def markdown_html(source: str, lessons: Mapping[str, str]) -> str:
    """Return a text cell as HTML.

    Parameters
    ----------
    source : str
    lessons : mapping
        The pages of the lessons, by name: where a text names one, it links there.
    """
    renderer = _Renderer(escape=False, exclude_anchor_links=True)
    text = MarkdownWithMath(renderer=renderer).render(_MARK.sub("", source))
    for name, page in lessons.items():
        text = text.replace(f"<code>{name}</code>", f'<a href="{page}"><code>{name}</code></a>')
    return _TABLE.sub(r'<div class="scrolls">\g<0></div>', _named(text))


def apart(source: str) -> tuple[str, str]:
    """Return where the badge of a lesson leads, which is a picture from elsewhere, and the rest."""
    found = _BADGE.match(source)
    return (found[1], source[found.end() :]) if found else ("", source)


def code_html(source: str) -> str:
    """Return a cell's code, coloured."""
    coloured: str = highlight(source, IPython3Lexer(), HtmlFormatter())
    return coloured


def output_html(outputs: Sequence[NotebookNode]) -> str:
    """Return all that a cell has printed and shown, except widgets."""
    parts: list[str] = []
    printed = ""
    for output in outputs:
        if output.output_type == "stream":
            printed += output.text
            continue
        parts, printed = [*parts, _printed(printed)], ""
        if output.output_type == "error":
            parts.append(_printed(f"{output.ename}: {output.evalue}"))
        elif "text/html" in output.data:
            shown = _STYLE.sub("", output.data["text/html"]).replace(' border="1"', "")
            parts.append(f'<div class="scrolls">{_named(shown)}</div>')
        elif VIEW in output.data:
            continue  # the widget itself is shown
        elif "image/png" in output.data:
            parts.append(f'<img src="data:image/png;base64,{output.data["image/png"]}" alt="">')
        elif "text/plain" in output.data:
            parts.append(_printed(output.data["text/plain"]))
    return "".join([*parts, _printed(printed)])


def _named(table: str) -> str:
    """Return a table without headers that name nothing."""
    return table.replace("<th></th>", "<td></td>")


def _printed(text: str) -> str:
    return f"<pre>{html.escape(text.rstrip())}</pre>" if text.strip() else ""
