"""Named arrays in one buffer of bytes, and back: how all numbers travel to the page.

A buffer is the length of a head (uint32), the head and the arrays' bytes one after the other, row
by row. The head is JSON: to each array's name its type, as NumPy abbreviates it, and its shape,
``{"w":["f4",[2,3]]}``. All is little endian, and nothing is padded: the page copies each array out
of the buffer, in js/src/kernel/arrays.ts.
"""

from __future__ import annotations

import functools
import itertools
import json
import math
import struct
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, cast, get_args

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

ArrayType = Literal["f4", "f8", "i1", "i2", "i4"]
"""float32, float64, int8, int16, int32."""

_TYPES: dict[np.dtype[Any], ArrayType] = {np.dtype(name): name for name in get_args(ArrayType)}
_LENGTH = struct.Struct("<I")


class Head(NamedTuple):
    """What a buffer says of one of its arrays."""

    dtype: ArrayType
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """The bytes that the array takes."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


def pack(arrays: Mapping[str, Any]) -> bytes:
    """Return arrays as one buffer.

    Parameters
    ----------
    arrays : mapping of str to ndarray
        Of one of the ``ArrayType``, of any shape.

    Raises
    ------
    TypeError
        If an array is of another type, which the page could not read.
    """
    head = _head(*((name, array.dtype, array.shape) for name, array in arrays.items()))
    little = (array.astype(array.dtype.newbyteorder("<"), copy=False) for array in arrays.values())
    return b"".join([head, *(array.tobytes() for array in little)])


@functools.lru_cache(maxsize=64)  # arrays change at each update, their types and shapes seldom
def _head(*arrays: tuple[str, np.dtype[Any], tuple[int, ...]]) -> bytes:
    heads: dict[str, Head] = {}
    for name, dtype, shape in arrays:
        if dtype not in _TYPES:
            raise TypeError(f"{name} is of {dtype}; give {', '.join(map(str, _TYPES))}.")
        heads[name] = Head(_TYPES[dtype], shape)
    head = json.dumps(heads, ensure_ascii=False, separators=(",", ":")).encode()
    return _LENGTH.pack(len(head)) + head


def unpack(data: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a buffer by name; none for an empty one."""
    _, *parts = pieces(data)
    return {
        name: np.frombuffer(part, np.dtype(head.dtype).newbyteorder("<")).reshape(head.shape)
        for (name, head), part in zip(_heads(data).items(), parts, strict=True)
    }


def pieces(data: bytes) -> list[bytes]:
    """Cut a buffer into its head and the bytes of each of its arrays."""
    sizes = [head.size for head in _heads(data).values()]
    edges = [0, *itertools.accumulate(sizes, initial=len(data) - sum(sizes))]
    return [data[start:end] for start, end in itertools.pairwise(edges)]


def _heads(data: bytes) -> dict[str, Head]:
    if not data:
        return {}
    (length,) = _LENGTH.unpack_from(data)
    heads = json.loads(data[_LENGTH.size : _LENGTH.size + length])
    return {name: Head(*head) for name, head in cast("dict[str, Any]", heads).items()}
