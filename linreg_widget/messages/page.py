"""The messages that a page needs to speak another language than English."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from .languages import ENGLISH, catalogue

_SAID = Path(__file__).parents[1] / "static" / "said.json"


@cache
def templates_of_page(language: str) -> list[str]:
    """Return the page's messages, in the order of its bundle; an empty list for English.

    A message without a translation is empty, and the page says it in English.
    """
    if language == ENGLISH:
        return []
    messages, names = catalogue(language), json.loads(_SAID.read_text(encoding="utf-8"))
    places = (name.partition(".") for name in names)
    return [messages.get(section, {}).get(key, "") for section, _, key in places]
