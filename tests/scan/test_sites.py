"""Sites: an edit changes its own bytes alone, in every layout that a file may have."""

from __future__ import annotations

import ast

import pytest

from lynx.scan.sites import Unreadable, find

PLAIN = """import torch


class Größe(torch.nn.Module):
    @property
    def maß(self): return 1

    def train_one(self, opt, batches):
        # Größe
        for x, y in batches:
            opt.zero_grad(
                set_to_none=True,  # ß
            )
            é = self(x); opt.zero_grad(); self(y)
            é.backward()
"""


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("indent", ["    ", "\t"], ids=["spaces", "tabs"])
@pytest.mark.parametrize("form", ["utf-8", "bom", "latin-1", "no-last-newline"])
def test_every_other_byte_stays(end: str, indent: str, form: str) -> None:
    if form == "latin-1" and end == "\r":
        return  # Python looks for the encoding in a line that ends in \n
    text = PLAIN.replace("    ", indent).replace("\n", end)
    if form == "latin-1":
        text = f"# -*- coding: latin-1 -*-{end}" + text
    if form == "no-last-newline":
        text = text.rstrip()
    source = text.encode({"latin-1": "latin-1", "bom": "utf-8-sig"}.get(form, "utf-8"))
    sites = find(source, "m.py")
    assert [site.operator for site in sites] == ["zero-grad-dropped"] * 2
    first, second = (site.apply(source) for site in sites)
    call = f"opt.zero_grad({end}{indent * 4}set_to_none=True,  # ß{end}{indent * 3})"
    encoding = "latin-1" if form == "latin-1" else "utf-8"
    assert first == source.replace(call.encode(encoding), b"pass")
    assert second == source.replace(b"opt.zero_grad();", b"pass;")
    for mutant in (first, second):
        ast.parse(mutant)


def test_a_site_says_where_it_is_and_what_it_does() -> None:
    first, second = find(PLAIN.encode(), "pkg/m.py")
    assert (first.path, first.line, first.end_line, first.column) == ("pkg/m.py", 11, 13, 13)
    assert first.scope == second.scope == "Größe.train_one"
    assert second.before == "            é = self(x); opt.zero_grad(); self(y)"
    assert second.after == "            é = self(x); pass; self(y)"
    assert first.key != second.key


def test_a_key_outlives_edits_elsewhere_and_tells_twins_apart() -> None:
    twins = b"import torch\nopt.zero_grad()\nopt.zero_grad()\n"
    a, b = find(twins, "m.py")
    assert a.key != b.key
    moved = find(b"import torch\nx = 1\n\nopt.zero_grad()\nopt.zero_grad()\n", "m.py")
    assert [site.key for site in moved] == [a.key, b.key]


def test_a_file_that_changed_is_refused() -> None:
    (site,) = find(b"import torch\nopt.zero_grad()\n", "m.py")
    with pytest.raises(ValueError, match=r"m\.py:2"):
        site.apply(b"import torch\n\nopt.zero_grad()\n")


def test_a_file_that_python_cannot_read_is_named_by_its_line() -> None:
    with pytest.raises(Unreadable, match=r"pkg/m\.py:2"):
        find(b"import torch\ndef f(:\nopt.zero_grad()\n", "pkg/m.py")
    with pytest.raises(Unreadable, match=r"pkg/m\.py"):
        find(b"import torch\nopt.zero_grad()  # \xff\n", "pkg/m.py")
    assert find(b"def f(:\n", "m.py") == []  # nothing in it could be a site


def test_a_file_of_something_else_is_not_looked_at() -> None:
    assert find(b"things.zero_grad()\n", "m.py")  # names gradients
    assert find(b"frame = load()\nframe.eval()\n", "m.py") == []
