"""Names in a plot: drawn in a font that has their characters, or replaced by a short stand-in.

matplotlib's own font, DejaVu Sans, has Latin, Greek, Cyrillic and much more, on every machine. For
other characters, one of the machine's fonts is used. If no font has them, or this matplotlib cannot
shape them (before 3.11 it places characters one by one from left to right, so Arabic falls apart),
the plot shows a stand-in instead of boxes: "run 2", or "w[target 1, feature 3]". The page shows the
same stand-in next to the full name.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import TYPE_CHECKING

from matplotlib import font_manager, ft2font

from linreg_widget.table import clean
from linreg_widget.wording import width

if TYPE_CHECKING:
    from collections.abc import Iterable

    from matplotlib.font_manager import FontEntry
    from matplotlib.text import Text

FONT = "DejaVu Sans"
"""The font of all plots; it comes with matplotlib."""

# Fonts whose glyphs do not show the characters that they are for.
_UNFIT = re.compile(r"Last ?Resort|\.|cm[a-z]+10$|STIX(Non|Siz)|Adobe Blank|Wingdings|Webdings")
_UNDRAWN = frozenset(["Cc", "Cn", "Co", "Cs"])  # control, unassigned, private use, surrogates
_SHAPED = frozenset(["Cf", "Mc", "Me", "Mn"])  # joiners and marks, which attach to other characters
_RIGHT_TO_LEFT = frozenset(["R", "AL", "AN"])
_TOWER = re.compile("[\u0300-\u036f]{4}")  # stacked marks, which would reach into other lines
# Isolates around a name in a longer text. Fonts lack them, but have the left-to-right mark, which
# keeps names in order, too.
_ISOLATES = re.compile("[\u2068\u2069]")
_LEFT_TO_RIGHT = "\u200e"
# Direction marks, soft hyphens and variation selectors: hints that need no glyph.
_HINTS = re.compile("[\u00ad\u061c\u180e\u200e\u200f\u202a-\u202e\u2066\u2067\ufe00-\ufe0f]")


class Fonts:
    """The fonts that plots can draw names with.

    Parameters
    ----------
    entries : iterable of FontEntry
        The machine's fonts, as matplotlib's font manager lists them.
    shapes : bool
        Whether matplotlib shapes text: joins Arabic letters, and puts marks onto their letters.
    """

    def __init__(self, entries: Iterable[FontEntry], *, shapes: bool) -> None:
        upright = [one for one in entries if one.style == "normal" and not _UNFIT.match(one.name)]
        upright.sort(key=lambda one: (_plainness(one.name), one.name, abs(_weight(one) - 400)))
        self._files = {one.name: one.fname for one in reversed(upright)}
        self._order = [name for name in dict.fromkeys(one.name for one in upright) if name != FONT]
        self._shapes = shapes
        self._known: dict[str, tuple[str, ...]] = {}
        self._nowhere: set[str] = set()

    def families(self, name: str) -> tuple[str, ...]:
        """Return the fonts that together can draw a name, the plots' own first; () if none can."""
        if name.isascii():
            return (FONT,) if name.isprintable() else ()
        if name not in self._known:
            if len(self._known) > 1000:
                self._known.clear()
            self._known[name] = self._found(name)
        return self._known[name]

    # ---- inside ----------------------------------------------------------------------------------

    def _found(self, name: str) -> tuple[str, ...]:
        characters = frozenset(name) - {" "}
        if _TOWER.search(name) or not all(map(self._can_be_drawn, characters)):
            return ()
        missing = characters - self._covered(FONT, characters)
        chosen, partly = [FONT], {}
        if missing & self._nowhere:
            return ()
        if missing:
            for family in self._order:
                partly[family] = self._covered(family, missing)
                if partly[family] == missing:  # best: letters and marks of a script from one font
                    return (FONT, family)
            self._nowhere |= missing.difference(*partly.values())
        while missing:
            best = max(partly, key=lambda family: len(partly[family] & missing), default="")
            if not best or not partly[best] & missing:
                return ()
            chosen.append(best)
            missing -= partly[best]
        return tuple(chosen)

    def _can_be_drawn(self, character: str) -> bool:
        kind = unicodedata.category(character)
        needs_shaping = kind in _SHAPED or unicodedata.bidirectional(character) in _RIGHT_TO_LEFT
        return kind not in _UNDRAWN and (self._shapes or not needs_shaping)

    def _covered(self, family: str, characters: frozenset[str]) -> frozenset[str]:
        """Return the characters for which a font has a visible glyph."""
        try:
            font = ft2font.FT2Font(self._files[family])
            font.set_size(9, 72)
            return frozenset(one for one in characters if _has(font, one))
        except (KeyError, OSError, RuntimeError, ValueError):
            return frozenset()  # damaged, or deleted since matplotlib listed it


def write(text: Text, name: str, stand_in: str, most: int) -> bool:
    """Let a text show a name or its stand-in; return whether it shows the name.

    Parameters
    ----------
    text : Text
    name : str
        Any text, "" included.
    stand_in : str
        ASCII.
    most : int
        The room, in columns of letters; an East Asian letter takes two.
    """
    words = cut(_readable(name), most)
    families = installed().families(words)
    text.set_text(words if families else stand_in)
    text.set_fontfamily(list(families or (FONT,)))
    return bool(families)


def _readable(name: str) -> str:
    """Return a name as plots write it: composed, on one line, without invisible hints."""
    if name.isascii() and name.isprintable():
        return name
    return unicodedata.normalize("NFC", _ISOLATES.sub(_LEFT_TO_RIGHT, _HINTS.sub("", clean(name))))


def cut(name: str, most: int) -> str:
    """Shorten a name that is too long, between characters as readers see them.

    >>> cut("learning rate", 9), cut("学習率", 6), cut("学習率の", 6)
    ('learning…', '学習率', '学習…')
    """
    widths = [*map(width, name)]
    if sum(widths) <= most:
        return name
    end = room = 0
    while room + widths[end] < most:
        room += widths[end]
        end += 1
    while end and (widths[end] == 0 or name[end - 1] == "\u200d"):
        end -= 1  # a mark stays with its letter, and joined emoji with each other
    return f"{name[:end].rstrip()}…"


@functools.cache
def installed() -> Fonts:
    """Return the fonts of this machine."""
    shapes = hasattr(ft2font, "__libraqm_version__")  # since matplotlib 3.11
    return Fonts(font_manager.fontManager.ttflist, shapes=shapes)


def _has(font: ft2font.FT2Font, character: str) -> bool:
    if not font.get_char_index(ord(character)):
        return False
    glyph = font.load_char(ord(character))
    # A glyph of a colour font may have an empty outline; joiners have none and need none.
    return bool(glyph.height) or unicodedata.category(character) in ("Cf", "Zs")


def _plainness(family: str) -> int:
    """Return a sort key: plain fonts before serif, fixed-width and handwriting fonts."""
    return sum(word in family.lower() for word in ("serif", "mono", "song", "ming", "kai", "hand"))


def _weight(entry: FontEntry) -> int:
    known = font_manager.weight_dict
    return entry.weight if isinstance(entry.weight, int) else known.get(entry.weight, 400)
