"""Arrays as bytes, to be read from a process one does not trust: no pickle, checked lengths."""

from __future__ import annotations

import json
import struct
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from lynx.runs.child.adapters import Array

_LENGTH = struct.Struct(">I")
_KINDS = "fiub"


def pack_arrays(meta: Any, arrays: dict[str, Array]) -> bytes:
    """A JSON header (meta, names, dtypes, shapes) and the raw numbers. TypeError for arrays of objects."""
    listed, blocks = [], []
    for name, array in arrays.items():
        array = np.asarray(array)
        if array.dtype.kind not in _KINDS:
            raise TypeError(f"{name} holds {array.dtype}, not numbers")
        plain = array.astype(array.dtype.newbyteorder("<"), order="C", copy=False)
        listed.append([name, plain.dtype.str, list(array.shape)])
        blocks.append(plain.tobytes())
    header = json.dumps([meta, listed]).encode()
    return b"".join([_LENGTH.pack(len(header)), header, *blocks])


def unpack_arrays(blob: bytes) -> tuple[Any, dict[str, Array]]:
    """What `pack_arrays` packed; arrays are fresh copies. ValueError for anything else."""
    try:
        (length,) = _LENGTH.unpack_from(blob)
        meta, listed = json.loads(blob[_LENGTH.size : _LENGTH.size + length])
        arrays, start = {}, _LENGTH.size + length
        for name, code, shape in listed:
            dtype = np.dtype(code)
            if dtype.kind not in _KINDS or any(n < 0 for n in shape):
                raise ValueError(f"{name} is no array of numbers")
            count = int(np.prod(shape, dtype=np.int64)) if shape else 1
            end = start + count * dtype.itemsize
            if end > len(blob):
                raise ValueError(f"{name} is cut short")
            arrays[name] = np.frombuffer(blob[start:end], dtype).reshape(shape).copy()
            start = end
    except (struct.error, TypeError, KeyError) as error:
        raise ValueError(f"not arrays: {error}") from error
    return meta, arrays
