"""Any text gives a Table or a TableError; what was written reads back equal."""

from typing import Any

import numpy as np
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from hypothesis.strategies import DrawFn

from linreg_widget.errors import TableError
from linreg_widget.table.table import Table, crop_yields
from tests.lanes import examples

many = settings(max_examples=examples(150), suppress_health_check=[HealthCheck.too_slow])

TABLEISH = st.text(
    st.sampled_from('0123456789.,;|\t\n\r "#-+()[]abcy_:=\\é−\u00a0\u2028\x00\ud800eE%<>'),
    max_size=80,
)
CELLS = [
    "1",
    "2.5",
    "-3e2",
    "1,5",
    "1,234",
    "1.234,5",
    "NA",
    "inf",
    "1e39",
    "1e999",
    "A",
    "Region",
    "#",
    "#note",
    "43%",
    "x\\|y",
    "$1,200",
    "5 km",
    "5km",
    "9[1]",
    "TRUE",
    "no",
    "2.155",
    "#N/A",
    "１２",
    "2020-01-31",
    "Total",
    "id",
]
MARKS = [
    ",",
    ";",
    "\t",
    "|",
    " ",
    "  ",
    "\n",
    "\r\n",
    "\n\n",
    "|---|---|",
    "+--+",
    "----",
    "│",
    "┆",
    "═══",
    "(2 rows)",
    "shape: (2, 2)",
    '"',
    '""',
]
PIECES = st.lists(
    st.sampled_from([*CELLS, *MARKS, "", "1 234", "Rain (mm)", '"a, b"', '"5"" pipe"', "# note"]),
    max_size=40,
).map("".join)
CROPS = [crop_yields().to_csv(separator) for separator in (",", ";", "\t", "|")]
TARGETS = st.sampled_from([None, 1, 2, -1, [0], "y", "Mangoes", ["2"], ["0", "1"], [0, 0], [9], []])


HOW = st.fixed_dictionaries(
    {},
    optional={
        "encode": st.sampled_from([True, "Region", 0]),
        "drop": st.sampled_from(["A", "Region", 0, -1]),
        "features": st.sampled_from(["Rain", [0], "A,b"]),
        "missing": st.just("drop"),
        "decimal": st.sampled_from([".", ","]),
        "thousands": st.sampled_from([" ", "'"]),
    },
)


def read(text: str, targets: object = None, how: Any = None) -> None:
    """Read `text`; to raise anything but a TableError fails the test."""
    try:
        table = Table.parse(text, targets, **(how or {}))  # type: ignore[arg-type]
    except TableError as error:
        message = str(error)
        assert message.endswith((".", "?"))
        assert len(message) < 500
    else:
        assert np.isfinite(table.inputs).all()
        assert np.isfinite(table.targets).all()
        assert repr(table)


@many
@given(st.text(st.characters(), max_size=200), TARGETS)
def test_any_text_is_a_table_or_refused(text: str, targets: object) -> None:
    read(text, targets)


@many
@given(st.one_of(TABLEISH, PIECES), TARGETS, HOW)
@example("a\n", None, {})
@example('"', None, {})
@example("\ufeff", None, {})
@example("1\ud800,2", None, {})
def test_any_text_that_looks_like_a_table_is_one_or_refused(
    text: str, targets: object, how: Any
) -> None:
    read(text, targets, how)


@st.composite
def mutated(draw: DrawFn) -> str:
    """A written table, with up to four places cut, doubled or overwritten."""
    text = draw(st.sampled_from(CROPS))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = draw(st.integers(start, min(start + 30, len(text))))
        middle = draw(st.one_of(st.just(""), st.just(text[start:end] * 2), TABLEISH, PIECES))
        text = text[:start] + middle + text[end:]
    return text


@many
@given(mutated(), TARGETS, HOW)
def test_a_table_with_a_slip_in_it_is_a_table_or_refused(
    text: str, targets: object, how: Any
) -> None:
    read(text, targets, how)


WHOLE = st.integers(0, 9_999_999)
SIGNS = st.sampled_from(
    ["${}", "€ {}", "{} kr", "{}%", "{} km", "{}kg", "{} °C", "{} m²", "CHF {}"]
)
NOTES = st.sampled_from(["", "", "[1]", " [a]", "*", "†"])


def grouped(number: int, mark: str) -> str:
    """Write a whole number with its thousands parted."""
    return f"{number:,}".replace(",", mark)


@settings(max_examples=examples(50))
@given(
    st.lists(st.tuples(WHOLE, NOTES), min_size=2, max_size=6),
    SIGNS,
    st.sampled_from([",", ".", " ", "'", "\u202f"]),
    st.sampled_from([";", "\t"]),
)
def test_numbers_are_the_same_with_signs_footnotes_and_thousands(
    numbers: list[tuple[int, str]], sign: str, thousands: str, separator: str
) -> None:
    """In every dialect; if it is not known which, that is refused and never guessed."""
    cells = [sign.format(grouped(number, thousands)) + note for number, note in numbers]
    rows = [f"{cell}{separator}{row}" for row, cell in enumerate(cells)]
    text = "\n".join([f"a{separator}y", *rows])
    expected = [np.float32(number) for number, _ in numbers]
    how: Any = {"thousands": thousands if thousands in ",.'" else " "}
    table = Table.parse(text, **how)
    assert table.inputs[:, 0].tolist() == expected
    assert table.row_names == ()
    try:
        unaided = Table.parse(text)
    except TableError as error:
        assert "which may mean" in str(error)  # noqa: PT017 - either is right
    else:
        assert unaided.inputs[:, 0].tolist() == expected


NAMES = st.one_of(
    st.sampled_from(
        ["x", "Rain (mm)", "a,b", "a;b", "a|b", 'say "x"', "#1", "2019", "NA", "+", "---"]
    )
    | st.sampled_from(
        ["log(x)", "f (x) ()", "a\\|b", "5 # 2", "sep=;", "true", "inf", "(mm)", ")("]
    ),
    st.text(min_size=1, max_size=12),
    st.text(st.sampled_from(' ,;|\t"#()[]ab1-+.='), min_size=1, max_size=8),
)
UNITS = st.sampled_from(["", "", "mm", "W/(m²·K)", "%", "a, b", "[s]"])
NUMBERS = st.one_of(
    st.floats(width=32, allow_nan=False, allow_infinity=False),
    st.integers(-999, 999).map(lambda number: number / 8),
    st.sampled_from([0.0, -0.0, 1e-45, -1e-40, 3.4028235e38, 0.1, 16777217.0, 73.0, 1e38]),
)


@st.composite
def tables(draw: DrawFn) -> Table:
    """A Table with any names, units, row names and float32 numbers that there may be."""
    n, d, t = draw(st.integers(1, 5)), draw(st.integers(1, 4)), draw(st.integers(1, 3))
    names = draw(
        st.lists(
            NAMES, min_size=d + t, max_size=d + t, unique_by=lambda name: " ".join(name.split())
        )
    )
    units = [draw(UNITS) for _ in names]
    values = draw(arrays.arrays(np.float32, (n, d + t), elements=NUMBERS.map(np.float32)))
    row_names = draw(st.just(()) | st.lists(st.one_of(NAMES, st.just("")), min_size=n, max_size=n))
    try:
        return Table(
            values[:, :d],
            values[:, d:],
            tuple(names[:d]),
            tuple(names[d:]),
            tuple(row_names),
            tuple(units[:d]),
            tuple(units[d:]),
        )
    except TableError:  # blank once cleaned, or alike
        return crop_yields()


def markdown(table: Table) -> str:
    """Write a table as Markdown has it: with outer bars, a rule, and cells padded."""
    rows = table.to_csv("|").splitlines()
    header, *others = [f"| {row} |" for row in rows]
    columns = table.features + table.outputs + bool(table.row_names)
    return "\n".join([header, "|" + ":--|" * columns, *others])


@many
@given(tables(), st.sampled_from([",", "\t", ";", "|", "markdown", "frame"]))
def test_a_written_table_reads_back_equal(table: Table, separator: str) -> None:
    if separator == "frame":
        again = Table.of(table.to_frame(), table.outputs)
    else:
        text = markdown(table) if separator == "markdown" else table.to_csv(separator)
        again = Table.parse(text, table.outputs)
    assert again == table
    assert again.inputs.tobytes() == table.inputs.tobytes()
    assert again.targets.tobytes() == table.targets.tobytes()
    assert hash(again) == hash(table)
