"""Small pictures for a lesson: points, lines and arrows on two axes, drawn by its own code.

A picture is SVG within the output. It takes the colour of its letters from the page around it, so
it is at home in light and dark themes, and it carries its description, for readers who cannot see
it and for pages that show no pictures.
"""

from __future__ import annotations

import html
import math
from typing import TYPE_CHECKING, Literal, Self

from linreg_widget.wording import said

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Colour = Literal["blue", "orange", "green", "purple", "plain"]

# Each stands out by 3 to 1 or more from white and from the dark pages' grey.
_COLOURS = {
    "blue": "#2f7fd0",
    "orange": "#d2691e",
    "green": "#2e9b5b",
    "purple": "#a259c4",
    "plain": "currentColor",
}
_LEFT, _RIGHT, _TOP, _BOTTOM = 58, 24, 26, 44
_FRAME = 'fill="none" stroke="currentColor" stroke-opacity="0.5"'
_TICKS = 5


class Picture:
    """Two axes, and what is drawn between them.

    Parameters
    ----------
    words : str
        What there is to be seen, for those who cannot see it.
    x, y : pair of float
        The ends of the axes.
    labels : pair of str
        What the axes measure. An axis without a label has no numbers; without any there are none.
    title : str
    log : bool
        Whether the upright axis is logarithmic.
    size : pair of int
        Width and height, in pixels.

    Examples
    --------
    >>> picture = Picture("One point on a line.", x=(0, 2), y=(0, 2), labels=("rain", "mangoes"))
    >>> picture.points([1], [1]).line([(0, 0), (2, 2)])
    Picture: One point on a line.
    """

    def __init__(  # noqa: PLR0913 - each is a choice of its own, given by name
        self,
        words: str,
        *,
        x: tuple[float, float],
        y: tuple[float, float],
        labels: tuple[str, str] = ("", ""),
        title: str = "",
        log: bool = False,
        size: tuple[int, int] = (480, 300),
    ) -> None:
        self.words = words
        self._x, self._y, self._log, self._size = x, y, log, size
        self._drawn = [self._axes(labels, title)]

    def points(
        self,
        x: Iterable[float],
        y: Iterable[float],
        colour: Colour = "blue",
        names: Sequence[str] = (),
    ) -> Self:
        """Draw points, with their names beside them."""
        for number, (across, up) in enumerate(zip(x, y, strict=True)):
            left, top = self._place(across, up)
            self._drawn.append(
                f'<circle cx="{left:.1f}" cy="{top:.1f}" r="4" fill="{_COLOURS[colour]}"/>'
            )
            if names:
                self._drawn.append(_letters(left + 7, top + 4, names[number]))
        return self

    def line(
        self,
        points: Iterable[tuple[float, float]],
        colour: Colour = "orange",
        *,
        dashed: bool = False,
        width: float = 2,
    ) -> Self:
        """Draw a line through points; what lies outside of the axes is cut off."""
        places = " ".join(f"{left:.1f},{top:.1f}" for left, top in self._places(points))
        dashes = ' stroke-dasharray="6 4"' if dashed else ""
        self._drawn.append(
            f'<polyline points="{places}" fill="none" stroke="{_COLOURS[colour]}" '
            f'stroke-width="{width}" stroke-linejoin="round"{dashes}{self._clip}/>'
        )
        return self

    def arrow(
        self,
        start: tuple[float, float],
        end: tuple[float, float],
        colour: Colour = "orange",
    ) -> Self:
        """Draw an arrow from one point to another."""
        (left, top), (to_left, to_top) = self._places([start, end])
        angle = math.atan2(to_top - top, to_left - left)
        wings = [
            (to_left - 9 * math.cos(angle + turn), to_top - 9 * math.sin(angle + turn))
            for turn in (-0.45, 0.45)
        ]
        head = " ".join(f"{x:.1f},{y:.1f}" for x, y in [wings[0], (to_left, to_top), wings[1]])
        ink = f'stroke="{_COLOURS[colour]}" stroke-width="2" fill="none"'
        self._drawn += [
            f'<line x1="{left:.1f}" y1="{top:.1f}" x2="{to_left:.1f}" y2="{to_top:.1f}" {ink}/>',
            f'<polyline points="{head}" {ink}/>',
        ]
        return self

    def box(
        self,
        corner: tuple[float, float],
        opposite: tuple[float, float],
        colour: Colour = "plain",
        words: str = "",
    ) -> Self:
        """Draw a box between two corners, with words in its middle."""
        (left, top), (right, bottom) = self._places([corner, opposite])
        left, right, top, bottom = (
            min(left, right),
            max(left, right),
            min(top, bottom),
            max(top, bottom),
        )
        self._drawn.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" rx="3" '
            f'height="{bottom - top:.1f}" fill="{_COLOURS[colour]}" fill-opacity="0.12" '
            f'stroke="{_COLOURS[colour]}"/>'
        )
        if words:
            middle = (left + right) / 2, (top + bottom) / 2 + 4
            self._drawn.append(_letters(*middle, words, "middle"))
        return self

    def write(
        self, x: float, y: float, words: str, anchor: Literal["start", "middle", "end"] = "start"
    ) -> Self:
        """Write words at a point."""
        self._drawn.append(_letters(*self._place(x, y), words, anchor))
        return self

    def __repr__(self) -> str:
        return f"Picture: {self.words}"

    def _repr_html_(self) -> str:
        width, height = self._size
        clip = (
            f'<clipPath id="{self._name}"><rect x="{_LEFT}" y="{_TOP}" '
            f'width="{width - _LEFT - _RIGHT}" height="{height - _TOP - _BOTTOM}"/></clipPath>'
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
            f'aria-label="{html.escape(self.words)}" font-size="12" '
            f'style="width:100%;max-width:{width}px;height:auto;font-family:sans-serif">'
            f"<defs>{clip}</defs>{''.join(self._drawn)}</svg>"
        )

    @property
    def _name(self) -> str:
        # Made of the size only: the same id then means the same rectangle, on every page.
        return f"linreg-within-{self._size[0]}-{self._size[1]}"

    @property
    def _clip(self) -> str:
        return f' clip-path="url(#{self._name})"'

    def _places(self, points: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
        return [self._place(*point) for point in points]

    def _place(self, x: float, y: float) -> tuple[float, float]:
        """Return where a point is, in pixels from the left and from the top."""
        width, height = self._size
        across = (x - self._x[0]) / (self._x[1] - self._x[0])
        low, high, value = (*self._y, y) if not self._log else map(_log10, (*self._y, y))
        up = (value - low) / (high - low)
        far = 1e4  # beyond the page, and still a number that an SVG can hold
        left = _LEFT + across * (width - _LEFT - _RIGHT)
        top = height - _BOTTOM - up * (height - _TOP - _BOTTOM)
        return max(-far, min(far, left)), max(-far, min(far, top))

    def _axes(self, labels: tuple[str, str], title: str) -> str:
        width, height = self._size
        foot, end = height - _BOTTOM, width - _RIGHT
        parts = [
            f'<path d="M{_LEFT} {_TOP}V{foot}H{end}" {_FRAME}/>' if any(labels) else "",
            _letters((_LEFT + end) / 2, height - 6, labels[0], "middle"),
            _letters(4, 14, labels[1]),
            _letters(end, 14, title, "end"),
        ]
        if labels[0]:
            for value in _steps(*self._x):
                left, _ = self._place(value, self._y[0])
                parts.append(_letters(left, foot + 16, said(round(value, 9)), "middle"))
        if labels[1]:
            for value in _powers(*self._y) if self._log else _steps(*self._y):
                _, top = self._place(self._x[0], value)
                parts.append(_letters(_LEFT - 6, top + 4, said(round(value, 9)), "end"))
        return "".join(parts)


class beside:  # noqa: N801 - it reads as a function
    """Several pictures beside each other, or below where there is no room.

    Parameters
    ----------
    *pictures : Picture
    """

    def __init__(self, *pictures: Picture) -> None:
        self.pictures = pictures

    def __repr__(self) -> str:
        return "\n".join(map(repr, self.pictures))

    def _repr_html_(self) -> str:
        drawn = (picture._repr_html_() for picture in self.pictures)
        cells = "".join(f'<div style="flex:1 1 300px;min-width:0">{one}</div>' for one in drawn)
        return f'<div style="display:flex;flex-wrap:wrap;gap:12px">{cells}</div>'


def _letters(x: float, y: float, words: str, anchor: str = "start") -> str:
    if not words:
        return ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="currentColor" text-anchor="{anchor}">'
        f"{html.escape(words)}</text>"
    )


def _log10(value: float) -> float:
    return math.log10(value) if value > 0 else -400


def _steps(low: float, high: float) -> list[float]:
    """Return round numbers between two, about five of them."""
    rough = (high - low) / _TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [number * step for number in range(first, last + 1)]


def _powers(low: float, high: float) -> list[float]:
    """Return the powers of ten between two numbers."""
    first, last = math.ceil(math.log10(low) - 1e-9), math.floor(math.log10(high) + 1e-9)
    every = max(1, math.ceil((last - first) / _TICKS))
    return [10.0**power for power in range(first, last + 1, every)]
