"""Data that is already in Python to a Sheet: data frames, dicts, rows, arrays and tensors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from linreg_widget.errors import TableError
from linreg_widget.messages import say

from .columns import listed, quoted, repeated
from .numerals import is_value
from .precision import EXACT, Note
from .sheet import Column, Sheet

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_FINER = ("ns", "ps", "fs", "as")  # than Python's own dates, so that NumPy makes integers of them
_GAPS = frozenset(["nan", "NaT", "<NA>"])
_EPOCH = 1970  # the year from which NumPy counts
_FIRST_YEAR, _LAST_YEAR = 1000, 9999  # that are written with four digits


def from_columns(
    labels: Sequence[str],
    columns: list[Column],
    row_names: tuple[str, ...],
    outputs: int | None = None,
) -> Sheet:
    """Make a sheet of columns, the last ``outputs`` of which are the targets."""
    return replace(_sheet(labels, columns, row_names), outputs=outputs)


def from_data(data: Any) -> Sheet:
    """Make a sheet of a data frame, columns by name, rows, or an array or tensor ``(n, k)``."""
    if isinstance(data, Mapping):
        return _from_mapping(data)
    if isinstance(data, list) and data and all(map(_is_row, data)):
        return _from_rows(data)
    if hasattr(data, "toarray"):
        raise TableError(say("sources.sparse", what=type(data).__name__))
    if isinstance(data, np.ndarray) and data.dtype.names:
        return _from_mapping({name: data[name] for name in data.dtype.names})
    if _is_array(data):
        return _sheet(None, _split(data, say("sources.array"), flat=False))
    _refuse_open_file(data)
    if isinstance(data, list | tuple):
        raise TableError(
            say(
                "sources.ambiguous",
                type=type(data).__name__,
                length=len(data),
                how=say("sources.how"),
            )
        )
    sheet = _from_frame(data)
    if sheet is None and hasattr(data, "__array__"):
        return _sheet(None, _split(data, say("sources.array"), flat=False))
    if sheet is None:
        raise TableError(
            say("sources.not_a_table", type=type(data).__name__, how=say("sources.how"))
        )
    return sheet


def as_pair(data: Any) -> tuple[Any, Any] | None:
    """Return inputs and targets if `data` is a pair of them, a data set with both, else None."""
    if isinstance(data, Mapping):
        return _from_bunch(data)
    if isinstance(data, list) and not all(hasattr(part, "shape") for part in data):
        return None  # [[1, 2], [3, 4]] are two rows
    parts = getattr(data, "tensors", data)
    if isinstance(parts, list | tuple) and len(parts) == 2:
        return parts[0], parts[1]
    return None


def _from_bunch(data: Mapping[Any, Any]) -> tuple[Any, Any] | None:
    """Return the inputs and targets of a Bunch, as scikit-learn's ``load_...`` returns it."""
    if not {"data", "target", "DESCR"} <= {*data}:
        return None
    inputs, targets = data["data"], data["target"]
    if isinstance(inputs, np.ndarray) and inputs.ndim == 2:
        names = [str(name) for name in data.get("feature_names", ())]
        if len(names) == inputs.shape[1]:
            inputs = dict(zip(names, inputs.T, strict=True))
    if isinstance(targets, np.ndarray):
        wide = targets[:, np.newaxis] if targets.ndim == 1 else targets
        names = [str(name) for name in data.get("target_names", ())]
        if len(names) != wide.shape[1]:  # the names of classes
            names = ["target"] if wide.shape[1] == 1 else []
        targets = dict(zip(names, wide.T, strict=True)) if names else targets
    return inputs, targets


def from_pair(inputs: Any, targets: Any) -> Sheet:
    """Make a sheet of inputs ``(n, d)`` and targets ``(n, t)`` or ``(n,)``, side by side."""
    targets, notes = _aligned(inputs, targets)
    parts: list[Sheet] = []
    for name, part in (("inputs", inputs), ("targets", targets)):
        plain = _is_array(part) or isinstance(part, list | tuple)
        sheet = _from_mapping(part) if isinstance(part, dict) else None
        sheet = sheet or (None if plain else _from_frame(part))
        parts.append(sheet or _sheet(None, _split(part, name, flat=True)))
    left, right = parts
    rows, others = (len(part.columns[0]) if part.columns else None for part in parts)
    if None not in (rows, others) and rows != others:
        raise TableError(say("sources.rows", rows=rows, others=others))
    labels = [
        label
        for part in parts
        for label in (("",) * len(part.columns) if part.labels is None else part.labels)
    ]
    both = _sheet(labels if any(labels) else None, left.columns + right.columns, left.row_names)
    return replace(
        both,
        indexed=left.indexed,
        framed=left.framed,
        outputs=len(right.columns),
        notes=notes,
    )


def _aligned(inputs: Any, targets: Any) -> tuple[Any, tuple[Note, ...]]:
    """Put targets into the order of the inputs, if both have an index, and note it."""
    indexes: list[Any] = [getattr(part, "index", None) for part in (inputs, targets)]
    ours, theirs = indexes
    if not (hasattr(ours, "equals") and hasattr(theirs, "equals")) or ours.equals(theirs):
        return targets, ()
    if len(ours) != len(theirs):
        return targets, ()  # which is refused for that
    if ours.is_unique and theirs.is_unique and ours.isin(theirs).all():
        return targets.loc[ours], (Note("", say("notices.aligned")),)
    row = next(at for at in range(len(ours)) if ours[at] != theirs[at])
    raise TableError(
        say("sources.indexes", row=row + 1, ours=quoted(ours[row]), theirs=quoted(theirs[row]))
    )


def _sheet(
    labels: Sequence[str] | None, columns: list[Column], row_names: tuple[str, ...] = ()
) -> Sheet:
    def place(row: int) -> str:
        return say(
            "sources.row",
            row=row + 1,
            named=bool(row_names),
            name=quoted(row_names[row]) if row_names else "",
        )

    return Sheet(None if labels is None else tuple(labels), columns, place, row_names)


def _is_row(data: Any) -> bool:
    """Tell whether something may be a row of a table: a dict, a sequence, a row of a database."""
    return isinstance(data, Mapping | list | tuple) or (
        isinstance(data, np.ndarray) and data.ndim == 1
    )


def _from_rows(rows: list[Any]) -> Sheet:
    """Make a sheet of a list of rows: dicts, tuples with names, or sequences below a header."""
    first, *others = rows
    lengths = [len(row) for row in rows if not isinstance(row, Mapping)]
    if len(lengths) == len(rows) and len({*lengths}) > 1:
        at = next(at for at, length in enumerate(lengths) if length != lengths[0])
        raise TableError(say("sources.ragged", row=at + 1, has=lengths[at], first=lengths[0]))
    plain = isinstance(first, list | tuple) and not hasattr(first, "_fields")
    named = plain and bool(others) and all(isinstance(cell, str) for cell in first)
    named = named and not any(is_value(cell.strip()) for cell in first[1:])
    return _of_pandas(others, columns=list(first)) if named else _of_pandas(rows)


def _of_pandas(data: Any, **how: Any) -> Sheet:
    """Make a sheet of what pandas makes of it."""
    import pandas as pd

    try:
        frame = pd.DataFrame(data, **how)
    except (TypeError, ValueError) as error:
        raise TableError(say("sources.rows_unread", why=error, how=say("sources.how"))) from None
    sheet = _from_frame(frame)
    assert sheet is not None  # noqa: S101 - it is a DataFrame
    return replace(sheet, framed=False)


def _from_mapping(data: Mapping[Any, Any]) -> Sheet:
    if data and all(isinstance(values, Mapping) for values in data.values()):
        return _of_pandas(dict(data))  # as df.to_dict() returns them
    columns = []
    for label, values in data.items():
        array = _array(values, say("sources.column", name=quoted(label)))
        if array.ndim != 1:
            raise TableError(say("sources.long", name=quoted(label), shape=array.shape))
        columns.append(_column(array))
    lengths = {len(column) for column in columns}
    if len(lengths) > 1:
        shown = ", ".join(
            f"{quoted(label)} {len(column)}"
            for label, column in list(zip(data, columns, strict=True))[:8]
        )
        raise TableError(say("sources.lengths", shown=shown))
    return _sheet([_label(label) for label in data], columns)


def _from_frame(data: Any) -> Sheet | None:
    """Make a sheet of anything that narwhals supports, also of a series; None of anything else."""
    import narwhals as nw

    try:
        native = nw.from_native(data, allow_series=True)
        if isinstance(native, nw.LazyFrame):
            native = native.collect()
        names = [native.name] if isinstance(native, nw.Series) else native.columns
    except TypeError:
        return None
    except ValueError as error:  # narwhals refuses repeated names, pandas allows them
        twice = repeated(str(name) for name in getattr(data, "columns", ()))
        what = say("sources.twice", names=listed(twice)) if twice else str(error)
        raise TableError(say("sources.frame", what=what)) from None
    # To pandas, the labels None and nan are one.
    if len([one for one in names if one is None or one != one]) > 1:  # noqa: PLR0124
        what = say("sources.twice", names=listed(["nan"]))
        raise TableError(say("sources.frame", what=what))
    native_columns = getattr(native.to_native(), "columns", None)
    made_up = type(native_columns).__name__ == "RangeIndex"
    labels = None if made_up else [_label(name) for name in names]
    series = (
        [native] if isinstance(native, nw.Series) else [native.get_column(name) for name in names]
    )
    index = nw.maybe_get_index(native)
    row_names: tuple[str, ...] = ()
    if index is not None and not _just_counts(index):
        row_names = tuple(_moments(index) or map(_label, index))
    sheet = _sheet(labels, [_from_series(one) for one in series], row_names)
    unnamed = labels is not None and len(labels) > 1 and not labels[0]
    return replace(sheet, indexed=unnamed, framed=True)


def _just_counts(index: Any) -> bool:
    """Tell whether a pandas index is the default one: 0, 1, 2, ..."""
    return type(index).__name__ == "RangeIndex" and (index.start, index.step) == (0, 1)


def _from_series(series: Any) -> Column:
    """Return a column of numbers if its type is numeric or Boolean, else the values as texts."""
    import narwhals as nw

    wide = str(series.dtype) in ("Int128", "UInt128")  # which NumPy has not, nor narwhals 1.9
    if not wide and (series.dtype.is_numeric() or series.dtype == nw.Boolean):
        return _column(np.asarray(series.to_numpy()))
    if texts := _moments(series.to_native()):
        return ["" if text in _GAPS else text for text in texts]
    missing = series.is_null().to_list()
    values = series.to_list()
    if any(missing):
        values = [None if gone else value for value, gone in zip(values, missing, strict=True)]
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return _column(array)


def _moments(values: Any) -> list[str] | None:
    """Return a series or an index of pandas' dates and times as texts; None of anything else.

    They are those of ``str(Timestamp)``, without a time that is midnight.
    """
    kind = getattr(values, "dtype", None)
    if not isinstance(kind, np.dtype) or kind.kind != "M":
        return None
    array = values.to_numpy()
    known = array[~np.isnat(array)]
    years = known.astype("datetime64[Y]").astype(np.int64) + _EPOCH
    if not len(years) or years.min() < _FIRST_YEAR or years.max() > _LAST_YEAR:
        return None
    whole = bool((known == known.astype("datetime64[s]")).all())
    texts = np.datetime_as_string(array, unit="s" if whole else "ns").tolist()
    if not whole:  # pandas writes no decimals, six or nine
        texts = [text.removesuffix("000").removesuffix(".000000") for text in texts]
    lines = "\n".join([*texts, ""]).replace("T00:00:00\n", "\n")
    return lines.replace("T", " ").replace("Na \n", "NaT\n").split("\n")[:-1]


def _label(label: Any) -> str:
    """Return a data frame's label as text; "" for a name that pandas made up."""
    if isinstance(label, tuple):
        return " ".join(_label(part) for part in label)
    text = "" if label is None else str(label)
    made_up = text.startswith("Unnamed: ") and re.fullmatch(r"Unnamed: \d+", text)
    return "" if made_up else text.removesuffix(" 00:00:00")


def _is_array(data: Any) -> bool:
    return isinstance(data, np.ndarray) or (hasattr(data, "detach") and not hasattr(data, "read"))


def _refuse_open_file(data: Any) -> None:
    """Refuse what is open for reading, which has a detach() like a tensor."""
    if hasattr(data, "read"):
        raise TableError(say("sources.stream", type=type(data).__name__))


def _on_cpu(tensor: Any, what: str) -> Any:
    """Return a tensor of any device as one whose numbers NumPy can read."""
    try:
        here = tensor.detach().cpu().resolve_conj().resolve_neg()
    except (RuntimeError, TypeError) as error:  # a "meta" tensor has no numbers
        raise TableError(
            say("sources.no_array", what=what, why=error, how=say("sources.how"))
        ) from None
    return here.float() if str(here.dtype) == "torch.bfloat16" else here  # unknown to NumPy


def _array(values: Any, what: str) -> NDArray[Any]:
    """Return anything array-like, also a tensor on any device, as an array."""
    _refuse_open_file(values)
    if hasattr(values, "toarray"):
        raise TableError(say("sources.sparse", what=what))
    if hasattr(values, "detach"):
        values = _on_cpu(values, what)
    if isinstance(values, np.memmap):
        return values  # which still knows its file
    if isinstance(values, np.ma.MaskedArray):
        if not np.ma.is_masked(values):
            return values.data
        return np.ma.filled(values if values.dtype.kind == "f" else values.astype(float), np.nan)
    if isinstance(values, str | bytes) or np.isscalar(values):
        raise TableError(
            say("sources.single", what=what, value=quoted(values), how=say("sources.how"))
        )
    try:
        if hasattr(values, "__array__"):
            return np.asarray(values)
        array = np.asarray(listed := list(values))
        # NumPy makes floats of whole numbers beyond int64.
        large = array.dtype == np.float64 and (np.abs(array) >= EXACT).any()
        return np.array(listed, dtype=object) if large else array
    except (TypeError, ValueError) as error:
        raise TableError(
            say("sources.no_array", what=what, why=error, how=say("sources.how"))
        ) from None


def _split(data: Any, what: str, *, flat: bool) -> list[Column]:
    """Split an array ``(n, k)``, or ``(n,)`` if `flat` allows it, into columns."""
    array = _array(data, what)
    if array.ndim == 1 and flat:
        array = array[:, np.newaxis]
    if array.ndim != 2:
        raise TableError(say("sources.two", what=what, shape=array.shape))
    return [_column(array[:, position]) for position in range(array.shape[1])]


def _column(array: NDArray[Any]) -> Column:
    """Return an array ``(n,)`` as a column: Booleans as 0 and 1, texts stripped."""
    kind = array.dtype.kind
    if kind in "iuf":
        return array
    if kind == "b":
        return array.view(np.uint8)  # no copy
    if kind == "c" and not array.imag.any():
        return array.real
    if kind in "mM" and np.datetime_data(array.dtype)[0] in _FINER:
        array = array.astype(f"{array.dtype.type.__name__}[us]")
    values = array.astype(object).tolist() if kind in "OUSMmV" else array.tolist()
    if kind == "O" and not any(map(_is_text_or_beyond, values)):
        try:
            return array.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            pass
    return [_cell(value) for value in values]


def _is_text_or_beyond(value: Any) -> bool:
    """Tell whether a value is a text, a date, or a whole number that float64 does not hold."""
    others = str | bytes | np.datetime64 | np.timedelta64  # which float() takes, from NumPy
    return isinstance(value, others) or (type(value) is int and abs(value) > EXACT)


def _cell(value: Any) -> str:
    if type(value) is str:
        return "" if value in _GAPS else value.removesuffix(" 00:00:00").strip()
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    if isinstance(value, complex | np.complexfloating):  # "1j" would be 1 in a unit j
        value = f"{value:.6g}"
    text = str(value)
    return "" if value is None or text in _GAPS else text.removesuffix(" 00:00:00").strip()
