"""SHA-256 by the interpreter's own code: `hashlib` loads OpenSSL for it, a quarter of a light command's memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from hashlib import sha256 as sha256
    from hmac import compare_digest as same
    from typing import BinaryIO
else:
    from _operator import _compare_digest as same  # what `hmac` takes where there is no OpenSSL

    try:
        from _sha2 import sha256  # Python 3.12
    except ImportError:
        try:
            from _sha256 import sha256
        except ImportError:
            from hashlib import sha256

__all__ = ["mac", "of_file", "same", "sha256"]
BLOCK = 64  # bytes that it takes at a time


def of_file(file: BinaryIO) -> bytes:
    """The hash of what is left of a file, read a piece at a time."""
    made = sha256()
    while piece := file.read(1 << 18):
        made.update(piece)
    return made.digest()


def mac(secret: bytes, message: bytes) -> bytes:
    """HMAC-SHA-256 (RFC 2104)."""
    whole = (sha256(secret).digest() if len(secret) > BLOCK else secret).ljust(BLOCK, b"\0")
    inner = sha256(bytes(byte ^ 0x36 for byte in whole) + message).digest()
    return sha256(bytes(byte ^ 0x5C for byte in whole) + inner).digest()
