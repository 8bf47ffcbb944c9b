"""The match ladder on the files that tools get wrong: twins, drift, endings, encodings."""

from __future__ import annotations

import codecs
import subprocess
import time
from pathlib import Path

import pytest

from lynx.repo.patch import PatchRefused, apply, function_at, holds, reverse, unified

FORWARD = b"""\
class Plain(Module):
    def forward(self, x):
        h = self.fc(x)
        return x + h


class ResidualBlock(Module):
    def forward(self, x):
        h = self.fc(self.norm(x))
        return x + h
"""
DROP = "@@\n-        return x + h\n+        return h\n"
WITHIN = "ResidualBlock.forward"


def refused(*args: object, **kwargs: object) -> PatchRefused:
    with pytest.raises(PatchRefused) as caught:
        apply(*args, **kwargs)  # type: ignore[arg-type]
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_unique_match_is_exact_and_a_moved_one_shifted() -> None:
    one = FORWARD[FORWARD.index(b"class ResidualBlock") :]
    assert apply(one, DROP).rung == "exact"
    numbered = "@@ -4,1 +4,1 @@\n-        return x + h\n+        return h\n"
    assert apply(one, numbered).rung == "exact"
    moved = apply(b"import math\n" + one, numbered)
    assert (moved.rung, moved.lines) == ("shifted", (5, 5))
    assert moved.data == b"import math\n" + one.replace(b"x + h", b"h")


def test_twins_are_refused_even_where_the_line_number_fits() -> None:
    numbered = "@@ -10,1 +10,1 @@\n-        return x + h\n+        return h\n"
    error = refused(FORWARD, numbered)
    assert error.code == "patch-ambiguous"
    assert "return x + h" in str(error)


def test_within_tells_twins_apart() -> None:
    patched = apply(FORWARD, DROP, within=WITHIN)
    assert (patched.rung, patched.lines) == ("within", (10, 10))
    assert patched.data == FORWARD[: -len(b"x + h\n")] + b"h\n"


def test_a_twin_elsewhere_never_stands_in_for_the_named_function() -> None:
    drifted = FORWARD[: -len(b"x + h\n")] + b"h + x\n"  # the one place left is the wrong one
    assert refused(drifted, DROP, within=WITHIN).code == "patch-missing"


def test_a_named_function_that_is_gone_allows_no_guess() -> None:
    renamed = FORWARD.replace(b"ResidualBlock", b"Block")
    assert refused(renamed, DROP, within=WITHIN).code == "patch-ambiguous"


HUNK = """@@
         h = self.fc(self.norm(x))
-        return x + h
+        return h
"""


def test_without_its_named_function_a_hunk_keeps_its_whole_context() -> None:
    """The one line that is left may be anybody's: only all that the break knew around it tells whose."""
    one = FORWARD[FORWARD.index(b"class ResidualBlock") :]
    drifted = one.replace(b"self.norm(x))", b"self.norm(x))  # pre")
    assert apply(drifted, HUNK, within=WITHIN).rung == "reduced"
    gone = drifted.replace(b"ResidualBlock", b"Block")
    assert refused(gone, HUNK, within=WITHIN).code == "patch-missing"
    assert apply(one.replace(b"ResidualBlock", b"Block"), HUNK, within=WITHIN).rung == "exact"
    assert apply(gone, HUNK).rung == "reduced"  # a break that names no function may go by less


def test_already_in_is_said_only_where_the_whole_context_says_so() -> None:
    """A file in which `return h` stands in other surroundings never held the change."""
    other = b"class Other(Module):\n    def forward(self, x):\n        h = self.conv(x)\n        return h\n"
    assert refused(other, HUNK).code == "patch-missing"


def test_context_is_reduced_until_one_place_is_left() -> None:
    assert apply(FORWARD, HUNK).rung == "exact"
    one = FORWARD[FORWARD.index(b"class ResidualBlock") :].replace(b"self.norm(x)", b"self.norm(x)  # pre")
    assert apply(one, HUNK).rung == "reduced"
    both = FORWARD.replace(b"self.norm(x)", b"self.norm(x)  # pre")
    assert refused(both, HUNK).code == "patch-ambiguous"


CONTEXT = "@@\n a1\n a2\n a3\n-x\n+y\n b1\n b2\n b3\n"


@pytest.mark.parametrize(
    ("mine", "twin"),
    [
        ("- a2 a3 x b1 b2 -", "- - - x - - -"),  # both ends drifted: two lines a side are left
        ("- a2 a3 x b1 b2 b3", "- a2 a3 x b1 b2 -"),  # the last one alone tells
        ("a1 a2 a3 x b1 b2 -", "- a2 a3 x b1 b2 -"),  # the first one alone
        ("- - a3 x - - -", "- - - x - b2 b3"),
    ],
)
def test_less_context_is_tried_in_every_split(mine: str, twin: str) -> None:
    here, there = ("\n".join(text.split()) + "\n" for text in (mine, twin))
    for source, wanted in ((here + there, here.replace("x", "y") + there), (there + here, None)):
        patched = apply(source.encode(), CONTEXT)
        assert patched.rung == "reduced"
        assert patched.data.decode() == (wanted or there + here.replace("x", "y"))


def test_less_context_that_fits_twice_is_refused() -> None:
    source = "- a2 a3 x b1 - -\n- - a3 x b1 b2 -\n".replace(" ", "\n").encode()
    assert refused(source, CONTEXT).code == "patch-ambiguous"


INSERT = "@@\n         h = self.fc(self.norm(x))\n+        h = relu(h)\n         return x + h\n"
OTHER = FORWARD[FORWARD.index(b"class ResidualBlock") :].replace(b"ResidualBlock", b"Other") + b"\n\n"


def test_the_base_tells_between_which_two_lines_a_new_one_goes() -> None:
    ours = OTHER + FORWARD
    assert refused(ours, INSERT).code == "patch-ambiguous"
    merged = apply(ours, INSERT, base=FORWARD)
    assert merged.rung == "merged"
    assert merged.data == OTHER + FORWARD.replace(b"norm(x))\n", b"norm(x))\n        h = relu(h)\n")
    # A line of the learner's between the two: before or after it, nothing tells.
    parted = FORWARD[: -len(b"        return x + h\n")] + b"        # mine\n        return x + h\n"
    assert refused(OTHER + parted, INSERT, base=FORWARD, within=WITHIN).code == "patch-missing"
    assert (
        refused(OTHER + OTHER.replace(b"Other", b"More") + parted, INSERT, base=FORWARD).code
        == "patch-ambiguous"
    )


@pytest.mark.parametrize("cookies", [("latin-1", "utf-8"), ("utf-8", "latin-1")])
def test_a_base_in_another_encoding_tells_nothing(cookies: tuple[str, str]) -> None:
    base, ours = (f"# coding: {cookie}\n".encode() for cookie in cookies)
    assert apply(ours + OTHER + FORWARD, INSERT, base=ours + FORWARD).rung == "merged"
    assert refused(ours + OTHER + FORWARD, INSERT, base=base + FORWARD).code == "patch-ambiguous"


@pytest.mark.parametrize("second", ["      b)", "                  b)", "b)"])
def test_a_block_whose_lines_moved_apart_is_no_moved_block(second: str) -> None:
    diff = "@@\n-    x = f(a,\n-          b)\n+    x = 0\n"
    moved = f"def g(a, b):\n        x = f(a,\n{second}\n".encode()
    assert refused(moved, diff, within="g").code == "patch-missing"
    whole = b"def g(a, b):\n        x = f(a,\n              b)\n"
    assert apply(whole, diff, within="g").data == b"def g(a, b):\n        x = 0\n"


def test_hunks_may_touch_and_none_may_be_missing() -> None:
    assert apply(b"a\nb\n", "@@\n-a\n+A\n@@\n-b\n+B\n").data == b"A\nB\n"
    error = refused(b"a\nc\n", "@@\n-a\n+A\n@@\n-b\n+B\n")
    assert error.code == "patch-missing"
    assert "“b”" in str(error)
    assert refused(b"a\nc\n", "@@\n-b\n+B\n@@\n-a\n+A\n").code == "patch-missing"


def test_a_refusal_names_the_line_that_was_looked_for_and_where() -> None:
    drifted = FORWARD[: -len(b"x + h\n")] + b"h + x\n"
    inside = str(refused(drifted, HUNK, within=WITHIN))
    assert "“return x + h”" in inside
    assert WITHIN in inside
    assert "b.py" in str(refused(b"x\n", "@@\n-q\n+y\n", target="b.py"))
    assert WITHIN not in str(refused(b"x\n", "@@\n-q\n+y\n", within=WITHIN, target="b.py"))


def test_three_lines_of_context_are_written_unless_asked_otherwise() -> None:
    before = b"".join(b"line%d\n" % n for n in range(20))
    after = before.replace(b"line9\n", b"nine\n")
    assert [line for line in unified(before, after, "f").splitlines() if line[:1] == " "] == [
        f" line{n}" for n in (6, 7, 8, 10, 11, 12)
    ]
    assert unified(before, after, "f", context=1).count("\n ") == 2


def test_the_base_carries_the_change_to_where_its_lines_went() -> None:
    ours = FORWARD.replace(b"h = self.fc(self.norm(x))", b"h = self.mlp(self.norm(x))").replace(
        b"class Plain", b"import math\n\n\nclass Plain"
    )
    assert refused(ours, HUNK).code == "patch-ambiguous"
    # The line after the drifted one is tied to its own class by the end of the file.
    merged = apply(ours, HUNK, base=FORWARD)
    assert merged.rung == "merged"
    assert merged.data == ours[: -len(b"x + h\n")] + b"h\n"


def test_a_merge_is_refused_where_the_learner_changed_the_same_lines() -> None:
    ours = FORWARD.replace(b"return x + h", b"return h + x")
    assert refused(ours, HUNK, base=FORWARD, within=WITHIN).code == "patch-missing"


def test_a_block_moved_to_another_indentation_is_found_within() -> None:
    tabs = FORWARD.replace(b"    ", b"\t")
    patched = apply(tabs, DROP, within=WITHIN)
    assert patched.data == tabs[: -len(b"x + h\n")] + b"h\n"


def test_already_in_is_said() -> None:
    one = FORWARD[FORWARD.index(b"class ResidualBlock") :]
    broken = apply(one, HUNK).data
    assert refused(broken, HUNK).code == "patch-already"
    assert refused(apply(FORWARD, DROP, within=WITHIN).data, DROP, within=WITHIN).code == "patch-already"


@pytest.mark.parametrize("end", [b"\r\n", b"\r", b"\n"])
def test_added_lines_take_the_ending_of_those_they_replace(end: bytes) -> None:
    source = b"a = 1" + end + b"b = 2" + end + b"c = 3"
    more = "@@\n a = 1\n-b = 2\n+b = 4\n+d = 5\n"
    assert apply(source, more).data == end.join([b"a = 1", b"b = 4", b"d = 5", b"c = 3"])


def test_mixed_endings_stay_line_by_line() -> None:
    source = b"a\r\nb\nc\r\nd\n"
    patched = apply(source, "@@\n-b\n+B\n-c\n+C\n").data
    assert patched == b"a\r\nB\nC\r\nd\n"
    assert reverse(patched, "@@\n-b\n+B\n-c\n+C\n") == source


@pytest.mark.parametrize(
    ("source", "diff", "after"),
    [
        (b"a\nb", "@@\n-b\n+c\n", b"a\nc"),
        (b"a\nb", "@@\n-b\n+c\n+d\n", b"a\nc\nd"),
        (b"a\nb", "@@\n a\n-b\n", b"a"),
        (b"a\nb", "@@\n b\n+c\n", b"a\nb\nc"),
        (b"a\nb", "@@\n-b\n\\ No newline at end of file\n+b\n", b"a\nb\n"),
        (b"a\nb\n", "@@\n-b\n+b\n\\ No newline at end of file\n", b"a\nb"),
        (b"a", "@@\n-a\n", b""),
        (b"", "@@ -0,0 +1 @@\n+a\n", b"a\n"),
    ],
)
def test_the_end_of_a_file_without_a_newline(source: bytes, diff: str, after: bytes) -> None:
    assert apply(source, diff).data == after
    if source and after:
        assert reverse(after, diff) == source


def test_a_bom_a_form_feed_and_odd_line_separators_stay() -> None:
    source = codecs.BOM_UTF8 + "x = 1\n\f\ns = 'a\u2028b\x85c\x0bd'\ny = 2\n".encode()
    patched = apply(source, "@@\n-x = 1\n+x = 3\n")
    assert patched.data == source.replace(b"x = 1", b"x = 3")
    again = apply(source, unified(source, source.replace(b"'a", b"'b"), "s.py"))
    assert again.data == source.replace(b"'a", b"'b")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "shift_jis", "gb18030", "koi8-r", "utf-8"])
def test_declared_encodings(encoding: str) -> None:
    word = {"shift_jis": "表示", "gb18030": "变量", "koi8-r": "слово"}.get(encoding, "año")
    source = f"# -*- coding: {encoding} -*-\nnombre = '{word}'\nz = 1\n".encode(encoding)
    patched = apply(source, f"@@\n-nombre = '{word}'\n+nombre = '{word}{word}'\n")
    assert patched.data.decode(encoding).splitlines()[1] == f"nombre = '{word}{word}'"
    assert reverse(patched.data, f"@@\n-nombre = '{word}'\n+nombre = '{word}{word}'\n") == source


@pytest.mark.parametrize(
    "source",
    [
        "nombre = 'año'\n".encode("latin-1"),
        b"# coding: utf-7\nx = '+AOk-'\n",
        b"# coding: hex\n00\n",
        b"# coding: nonsense\nx = 1\n",
        b"x = 1\0\n",
        "x = 1\n".encode("utf-16"),
    ],
)
def test_what_is_no_text_in_its_own_encoding_is_refused(source: bytes) -> None:
    assert refused(source, "@@\n-x = 1\n+x = 2\n").code in {"undecodable", "patch-missing"}


def test_a_change_the_encoding_cannot_hold_is_refused() -> None:
    assert refused(b"# coding: ascii\nx = 1\n", "@@\n-x = 1\n+x = 'ñ'\n").code == "patch-encoding"


def test_a_change_of_the_cookie_is_refused() -> None:
    source = "# coding: latin-1\nx = 'ñ'\n".encode("latin-1")
    assert refused(source, "@@\n-# coding: latin-1\n+# coding: cp437\n").code == "patch-no-effect"


@pytest.mark.parametrize(
    ("diff", "code"),
    [
        ("", "diff-unreadable"),
        ("return h\n", "diff-unreadable"),
        ("@@\n context only\n", "diff-unreadable"),
        ("@@\n-a\n+a\n", "diff-unreadable"),
        ("@@ -1,3 +1,1 @@\n-x\n", "diff-unreadable"),
        ("@@ -1,1 +1,1 @@\n-x\n+y\n+z\n", "diff-unreadable"),
        ("@@\n-x\n+y\nnonsense\n", "diff-unreadable"),
        ("@@\n\\ No newline at end of file\n", "diff-unreadable"),
        ("diff --git a/a b/b\nrename from a\nrename to b\n", "diff-unreadable"),
        ("--- a/other.py\n+++ b/other.py\n@@\n-x\n+y\n", "diff-other-file"),
        ("--- a/t.py\n+++ b/u.py\n@@\n-x\n+y\n", "diff-other-file"),
        ("--- /dev/null\n+++ b/t.py\n@@ -0,0 +1 @@\n+y\n", "diff-other-file"),
        ("--- a/t.py\n+++ b/t.py\n@@\n-x\n+y\n--- a/v.py\n+++ b/v.py\n@@\n-x\n+y\n", "diff-other-file"),
        ('--- "a/\\303\\261.py"\n+++ "b/\\303\\261.py"\n@@\n-x\n+y\n', "diff-other-file"),
        ("@@\n-" + "x" * 50_000_000 + "\n+y\n", "diff-too-large"),
        ("@@ -" + "9" * 5000 + ",1 +1 @@\n-q\n+y\n", "patch-missing"),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else None,
)
def test_hostile_diffs_end_in_one_sentence(diff: str, code: str) -> None:
    began = time.process_time()
    error = refused(b"x\n", diff, target="t.py")
    assert error.code == code
    assert len(str(error)) < 1000
    assert time.process_time() - began < 2


def test_control_characters_never_reach_the_message() -> None:
    error = refused(b"x\n", "@@\n-\x1b[31m\x07evil\u202e\n+y\n")
    assert str(error).isprintable()


@pytest.mark.parametrize("name", ["t.py", "a/t.py", "ñandú/año.py", "with space.py"])
def test_file_headers_of_the_target_are_accepted(name: str) -> None:
    assert (
        apply(b"x\n", f"--- a/{name}\n+++ b/{name}\t2026-01-01\n@@ -1 +1 @@\n-x\n+y\n", target=name).data
        == b"y\n"
    )
    assert apply(b"x\n", unified(b"x\n", b"y\n", name), target=name).data == b"y\n"


def test_a_removed_line_that_looks_like_a_header() -> None:
    source = b"-- a\n++ b\nc\n"
    after = apply(source, "@@\n--- a\n+-- d\n ++ b\n").data
    assert after == b"-- d\n++ b\nc\n"


def test_several_hunks_must_come_in_order() -> None:
    source = b"".join(b"line%d\n" % n for n in range(30))
    diff = "@@\n-line3\n+three\n@@\n-line20\n+twenty\n"
    swapped = "@@\n-line20\n+twenty\n@@\n-line3\n+three\n"
    assert apply(source, diff).data == source.replace(b"line3\n", b"three\n").replace(
        b"line20\n", b"twenty\n"
    )
    assert refused(source, swapped).code == "patch-missing"


@pytest.mark.parametrize("functions", [4_000, pytest.param(32_000, marks=pytest.mark.exhaustive)])
def test_a_megabyte_is_quick(functions: int) -> None:
    filler = b"".join(b"def f%d(x):\n    return x + 1\n\n" % n for n in range(functions))
    source = filler + FORWARD
    began = time.process_time()
    patched = apply(source, HUNK, within=WITHIN, base=source.replace(b"f17(", b"g17("))
    assert len(source) > 31 * functions
    assert patched.data.endswith(b"return h\n")
    assert reverse(patched.data, HUNK, within=WITHIN) == source
    assert time.process_time() - began < functions / 1600


def test_like_lines_by_the_hundred_thousand_are_no_trap() -> None:
    source = b"x\n" * 300_000
    diff = "@@\n" + " x\n" * 100_000 + "-y\n+z\n"
    began = time.process_time()
    refused(source, diff, base=source + b"y\n")
    assert time.process_time() - began < 20


def test_git_agrees_with_what_unified_writes(tmp_path: Path) -> None:
    before = b"".join(b"line %d\n" % n for n in range(40)) + b"end"
    after = (
        before.replace(b"line 3\n", b"line three\n")
        .replace(b"line 30\n", b"")
        .replace(b"end", b"end\nmore\n")
    )
    (tmp_path / "f.py").write_bytes(before)
    (tmp_path / "d").write_text(unified(before, after, "f.py"))
    subprocess.run(["git", "apply", "--unidiff-zero", "d"], cwd=tmp_path, check=True)
    assert (tmp_path / "f.py").read_bytes() == after
    assert apply(before, unified(before, after, "f.py")).data == after


def test_function_at_names_the_innermost() -> None:
    assert function_at(FORWARD, 9) == "ResidualBlock.forward"
    assert function_at(FORWARD, 7) == "ResidualBlock"
    assert function_at(FORWARD, 5) is None
    assert function_at(b"def broken(:\n", 1) is None
    nested = b"@decorated\ndef outer():\n    def inner():\n        pass\n"
    assert (function_at(nested, 1), function_at(nested, 4)) == ("outer", "outer.inner")


def test_holds_sees_the_bug_through_other_changes() -> None:
    broken = apply(FORWARD, DROP, within=WITHIN).data
    assert holds(broken, FORWARD, broken)
    assert holds(broken.replace(b"\n", b"\r\n"), FORWARD, broken)
    assert holds(b"import math\n" + broken, FORWARD, broken)
    assert not holds(FORWARD, FORWARD, broken)
    assert not holds(b"import math\n" + FORWARD, FORWARD, broken)
    assert not holds(broken.replace(b"return h\n", b"return h + x\n"), FORWARD, broken)
    assert holds(b"# before all\n" + broken, FORWARD, broken)
    assert not holds(b"# before all\n" + FORWARD, FORWARD, broken)
    assert not holds(b"\xff" + broken, FORWARD, broken)
    assert not holds(broken, FORWARD, b"\xff")
