"""A lesson's picture says what is seen, fits its frame, and is at home in both themes."""

from __future__ import annotations

import math
import re
import xml.etree.ElementTree as ET

import pytest

from linreg_widget.lesson.pictures import Picture, beside

SVG = "{http://www.w3.org/2000/svg}"


def drawn(picture: Picture) -> ET.Element:
    return ET.fromstring(picture._repr_html_())  # noqa: S314 - drawn here


def a_picture(**options: object) -> Picture:
    settings: dict[str, object] = {"x": (0, 10), "y": (0, 100), "labels": ("rain", "mangoes")}
    return Picture("Points <on> a line.", **(settings | options))  # type: ignore[arg-type]


def test_it_is_an_image_with_words_in_the_page_and_in_plain_text() -> None:
    picture = a_picture()
    svg = drawn(picture)
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Points <on> a line."
    assert repr(picture) == "Picture: Points <on> a line."


def test_letters_and_axes_take_the_pages_colour() -> None:
    svg = drawn(a_picture(title="both").write(5, 50, "here"))
    letters = svg.findall(f"{SVG}text")
    assert {"rain", "mangoes", "both", "here"} <= {one.text for one in letters}
    assert {one.get("fill") for one in letters} == {"currentColor"}


def test_points_lie_where_the_axes_say() -> None:
    svg = drawn(a_picture().points([0, 10], [0, 100], names=["low", "high"]))
    low, high = svg.findall(f"{SVG}circle")
    axes = re.fullmatch(r"M(\d+) (\d+)V(\d+)H(\d+)", svg.findall(f"{SVG}path")[0].get("d") or "")
    assert axes
    left, top, foot, end = map(float, axes.groups())
    assert (float(low.get("cx") or 0), float(low.get("cy") or 0)) == (left, foot)
    assert (float(high.get("cx") or 0), float(high.get("cy") or 0)) == (end, top)


def test_what_grows_beyond_all_numbers_still_is_a_line() -> None:
    svg = drawn(a_picture().line([(0, 1), (1, math.inf), (2, -1e300)]))
    (line,) = svg.findall(f"{SVG}polyline")
    assert "inf" not in (line.get("points") or "")
    assert (line.get("clip-path") or "").startswith("url(#")


@pytest.mark.parametrize(
    ("axis", "shown"),
    [
        ({"y": (0, 100)}, ["0", "20", "40", "60", "80", "100"]),
        ({"y": (-1, 1)}, ["−1", "−0.5", "0", "0.5", "1"]),
        ({"y": (0, 60_000)}, ["0", "20,000", "40,000", "60,000"]),
        ({"y": (50, 50_000), "log": True}, ["100", "1,000", "10,000"]),
    ],
)
def test_its_axis_has_round_numbers(axis: dict[str, object], shown: list[str]) -> None:
    svg = drawn(a_picture(**axis, labels=("", "mangoes")))
    numbers = [one.text for one in svg.findall(f"{SVG}text") if one.get("text-anchor") == "end"]
    assert numbers == shown


def test_a_drawing_without_labels_has_no_axes() -> None:
    svg = drawn(a_picture(labels=("", "")).box((1, 10), (2, 20), words="batch"))
    assert svg.findall(f"{SVG}path") == []
    assert [one.text for one in svg.findall(f"{SVG}text")] == ["batch"]


def test_an_arrow_ends_at_its_point() -> None:
    svg = drawn(a_picture().arrow((0, 0), (10, 100)))
    (shaft,), (head,) = svg.findall(f"{SVG}line"), svg.findall(f"{SVG}polyline")
    assert f"{shaft.get('x2')},{shaft.get('y2')}" in (head.get("points") or "").split()


def test_several_stand_beside_each_other() -> None:
    both = beside(a_picture(), a_picture())
    assert both._repr_html_().count("<svg") == 2
    assert repr(both).count("Picture: ") == 2
