"""Every word that a lesson introduces is in the glossary, is bold there only, and is used after."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import linreg_widget
from gallery.glossary import GLOSSARY, Term
from linreg_widget.lesson.controls import CONTROLS
from tests.lessons import LESSONS, texts_of

CATALOGUE = Path(linreg_widget.__file__).parent / "messages" / "en.json"
LABELS = {
    text
    for section in json.loads(CATALOGUE.read_text(encoding="utf-8")).values()
    for text in section.values()
} | {name.replace("_", " ").capitalize() for name in CONTROLS}
# In bold, and no words of the field: signposts, and one sentence that must not be overlooked.
SIGNPOSTS = re.compile(
    r".*\?|Your turn\.?|Exercise \d: .*|In words\.?|A real question\.?|⟩|Full|Start again at 1e-5|"
    r"Our model is worse than no model at all\.",
)
WORDS = {term.word for term in GLOSSARY}  # "least squares" is a label, too
STANDARD = {
    *("gradient descent", "stochastic gradient descent", "mini-batch", "full-batch", "autograd"),
    *("backpropagation", "chain rule", "partial derivative", "transpose", "iteration"),
    *("hyperparameter", "optimizer", "residual", "overfitting", "validation", "extrapolation"),
}


def prose_of(text: str) -> str:
    """Return a text without marks, code and formulas, its white space made plain."""
    plain = re.sub(r"<!--.*?-->|```.*?```|\$\$.*?\$\$|`[^`\n]*`", " ", text, flags=re.DOTALL)
    return " ".join(plain.split())


PROSE = [
    (path.stem, cell, prose_of(text)) for path in LESSONS for cell, text in texts_of(path).items()
]
PLACES = [(lesson, cell) for lesson, cell, _ in PROSE]


def bold_words() -> Iterator[tuple[str, str, str]]:
    """Yield each word of the field that stands in bold, with its lesson and cell."""
    for lesson, cell, text in PROSE:
        for word in re.findall(r"\*\*(.+?)\*\*", text):
            if not SIGNPOSTS.fullmatch(word) and (word in WORDS or word not in LABELS):
                yield lesson, cell, word


def spellings(term: Term) -> set[str]:
    return {term.word, *term.forms}


def uses(term: Term, text: str, words: set[str]) -> bool:
    either = "|".join(re.escape(word) for word in words)
    return bool(re.search(rf"(?<![\w-])(?:{either})(?![\w-])", text, re.IGNORECASE))


def test_every_bold_word_is_in_the_glossary_at_its_cell() -> None:
    known = {
        (term.lesson, term.cell, spelling) for term in GLOSSARY for spelling in spellings(term)
    }
    bold = [*bold_words()]
    assert len(bold) > 40
    assert [one for one in bold if one not in known] == []


@pytest.mark.parametrize("term", GLOSSARY, ids=lambda term: term.word)
def test_a_word_is_introduced_once_and_used_after_that(term: Term) -> None:
    introduced = [
        (lesson, cell) for lesson, cell, word in bold_words() if word in {term.word, *_plural(term)}
    ]
    assert introduced == [(term.lesson, term.cell)]
    after = PROSE[PLACES.index((term.lesson, term.cell)) + 1 :]
    assert any(uses(term, text, spellings(term)) for _, _, text in after)


def _plural(term: Term) -> set[str]:
    """The forms that are the word itself in another number, or the verb's other form."""
    stem = term.word[:5].lower()
    return {form for form in term.forms if form.lower().startswith(stem) and " " not in form}


@pytest.mark.parametrize("word", sorted(STANDARD))
def test_a_standard_word_is_not_used_before_it_is_introduced(word: str) -> None:
    (term,) = (term for term in GLOSSARY if term.word == word)
    before = PROSE[: PLACES.index((term.lesson, term.cell))]
    early = [
        (lesson, cell)
        for lesson, cell, text in before
        if cell not in ("title", "further", "next")
        and uses(term, text, {term.word, *_plural(term)})
    ]
    assert early == []


def test_the_glossary_has_each_word_once_in_one_sentence() -> None:
    words = [term.word for term in GLOSSARY]
    assert len({word.lower() for word in words}) == len(words)
    assert {*words} >= STANDARD
    for term in GLOSSARY:
        assert re.fullmatch(r"[A-Z][^.]*\.", term.meaning), term.word
