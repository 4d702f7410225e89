"""Packed arrays: what comes out is what went in, in the bytes that the page reads."""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linreg_widget.panel.codec import pack, pieces, unpack

ARRAYS = st.dictionaries(
    st.text(max_size=8),
    st.tuples(
        st.sampled_from(["float32", "float64", "int32"]),
        st.lists(st.integers(0, 4), max_size=3),
        st.binary(min_size=8 * 64, max_size=8 * 64),
    ),
    max_size=4,
)


def made(dtype: str, shape: list[int], data: bytes) -> Any:
    size = int(np.prod(shape, dtype=int))
    return np.frombuffer(data, dtype, size).reshape(shape)


@given(ARRAYS)
def test_any_arrays_come_back_bit_by_bit(wanted: dict[str, tuple[str, list[int], bytes]]) -> None:
    arrays = {name: made(*parts) for name, parts in wanted.items()}
    data = pack(arrays)
    found = unpack(data)
    assert [*found] == [*arrays]
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        assert found[name].tobytes() == array.tobytes()
    assert b"".join(pieces(data)) == data
    assert [len(piece) for piece in pieces(data)[1:]] == [a.nbytes for a in arrays.values()]


def test_the_bytes_are_those_that_the_page_is_tested_with() -> None:
    """js/test/arrays.test.ts reads them."""
    data = pack({"w": np.array([[1, -2]], np.float32), "n": np.array(7, np.int32)})
    found = b"IAAAAHsidyI6WyJmNCIsWzEsMl1dLCJuIjpbImk0IixbXV19AACAPwAAAMAHAAAA"
    assert base64.b64encode(data) == found


def test_rows_are_written_one_after_the_other_whatever_their_order_in_memory() -> None:
    array = np.arange(6.0).reshape(2, 3)
    assert pack({"x": array.T[::-1]}) == pack({"x": np.ascontiguousarray(array.T[::-1])})


def test_nothing_is_unpacked_from_nothing() -> None:
    assert unpack(b"") == {}
    assert unpack(pack({})) == {}


@pytest.mark.parametrize("dtype", ["int64", "float16", ">f4", "bool", "complex64"])
def test_a_type_that_the_page_cannot_read_is_refused(dtype: str) -> None:
    with pytest.raises(TypeError, match=r"w is of .*; give float32, float64, int8, int16, int32\."):
        pack({"w": np.zeros(2, dtype)})
