"""The interpreter's own SHA-256 is the one that everybody knows, and so is the HMAC made of it."""

from __future__ import annotations

import hashlib
import hmac
import io
import subprocess
import sys

from hypothesis import given
from hypothesis import strategies as st

from lynx.store import hashed


@given(st.binary(max_size=300), st.binary(max_size=300))
def test_it_says_what_hashlib_says(one: bytes, other: bytes) -> None:
    assert hashed.sha256(one).hexdigest() == hashlib.sha256(one).hexdigest()
    assert hashed.of_file(io.BytesIO(one + other)) == hashlib.sha256(one + other).digest()
    assert hashed.mac(one, other) == hmac.digest(one, other, "sha256")


def test_a_file_of_many_pieces() -> None:
    data = bytes(range(256)) * 5000
    assert hashed.of_file(io.BytesIO(data)) == hashlib.sha256(data).digest()


def test_openssl_is_not_loaded_for_it() -> None:
    code = "import sys; from lynx.store import hashed; print('_hashlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
