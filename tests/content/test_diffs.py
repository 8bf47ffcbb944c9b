"""What passes for a diff of one file, and which paths may be named."""

from __future__ import annotations

import difflib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lynx.content.reading import diffs, paths

TARGET = "src/net/block.py"


@pytest.mark.parametrize(
    "diff",
    [
        "@@\n-a\n+b\n",
        "@@\n-a\n",
        "@@\n a\n+b\n",
        "@@ -1,2 +1,2 @@\n-a\n+b\n c\n",
        "@@ -1 +1 @@ def f():\n-a\n+b\n",
        "@@ -0,0 +1 @@\n+a\n",
        "@@ class A:\n-a\n+b\n",
        "--- a/src/net/block.py\n+++ b/src/net/block.py\n@@\n-a\n+b\n",
        "--- src/net/block.py\t2026-11-22\n+++ src/net/block.py\t2026-11-22\n@@\n-a\n+b\n",
        "diff --git a/src/net/block.py b/src/net/block.py\nindex 1..2 100644\n--- a/src/net/block.py\n"
        "+++ b/src/net/block.py\n@@ -1 +1 @@\n-a\n+b\n\\ No newline at end of file\n",
        "@@\n-a\n+b\n@@\n-c\n+d\n",
        "@@\r\n-a\r\n+b\r\n",
        "@@\n-a\n\n+b\n",
        "@@\n--- a comment in SQL\n+-- another\n",
        "@@\n-é\n+→\n",
    ],
)
def test_diffs_that_are_fine(diff: str) -> None:
    assert diffs.refusal(diff, TARGET) is None


@pytest.mark.parametrize(
    ("diff", "says"),
    [
        ("", "no hunk"),
        ("-a\n+b\n", "no hunk"),
        ("@@\n", "changes nothing"),
        ("@@\n a\n", "changes nothing"),
        ("@@\n-a\n+a\n", "changes nothing"),
        ("@@\n+b\n", "only adds"),
        ("@@\na\n", "none of a diff's"),
        ("@@@ -1 -1 +1 @@@\n-a\n+b\n", "no hunk header"),
        ("@@ -1,3 +1,1 @@\n-a\n+b\n", "does not count"),
        ("@@ -1,99999999999 +1 @@\n-a\n+b\n", ""),
        ("--- a/other.py\n+++ b/other.py\n@@\n-a\n+b\n", "other.py"),
        ("--- /dev/null\n+++ b/src/net/block.py\n@@ -0,0 +1 @@\n+b\n", "/dev/null"),
        ("--- a/src/net/block.py\n+++ b/../../etc/passwd\n@@\n-a\n+b\n", "etc/passwd"),
        ("@@\n-a\n+b\n--- a/x.py\n+++ b/x.py\n@@\n-c\n+d\n", "second file"),
        ("@@\n-a\n+b\ndiff --git a/x b/x\n--- a/x\n+++ b/x\n@@\n-c\n+d\n", "none of a diff's"),
        ("rename from a\nrename to b\n@@\n-a\n+b\n", "more than change lines"),
        ("old mode 100644\nnew mode 100755\n@@\n-a\n+b\n", "more than change lines"),
        ("GIT binary patch\n@@\n-a\n+b\n", "more than change lines"),
        ("hello\n@@\n-a\n+b\n", "no header"),
    ],
)
def test_diffs_that_are_refused(diff: str, says: str) -> None:
    refused = diffs.refusal(diff, TARGET)
    if not says:  # numbers past nine digits make no numbered header; then the rest of the line is a comment
        assert refused is None
        return
    assert refused is not None
    template, advice, fields = refused
    assert says in template.format(**fields)
    assert advice.format(**fields)


lines = st.lists(st.sampled_from(["a", "b", "", "  c", "-- d", "++ e", "@@ f", "\\ g"]), max_size=12)


@given(lines, lines, st.integers(0, 3))
def test_what_difflib_writes_is_accepted(old: list[str], new: list[str], context: int) -> None:
    made = list(difflib.unified_diff(old, new, "a/" + TARGET, "b/" + TARGET, n=context, lineterm=""))
    if not made or any(line.startswith("--- ") for line in made[2:]):
        return  # equal texts, or a removed "-- d" that may stand before an added "++ e" and read as a header
    assert diffs.refusal("\n".join(made) + "\n", TARGET) is None


@pytest.mark.parametrize(
    "path", ["a.py", "src/a b.py", "src/ünï.py", ".hidden/x.py", "a/..b/c", ".gitignore", "git/x", "."]
)
def test_paths_that_are_fine(path: str) -> None:
    assert paths.refusal(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/a",
        "~/a",
        "~root/a",
        "C:/a",
        "a\\b",
        "../a",
        "a/../b",
        "a/..",
        "..",
        "a//b",
        "a/",
        "./a",
        "a/./b",
        ".git/config",
        "src/.git",
        ".GIT/config",
        "src/.Git/x",
        ".git./x",
        ".git /x",
        ".git::$INDEX_ALLOCATION/x",
        "git~1/x",
        "GIT~1/x",
        ".g\u200cit/x",
        ".\ufeffgit/x",
        "\uff0egit/x",
        "a\nb",
        "a\tb",
        "a\0b",
        "a\x1b[31m",
        "a\u202eb",
        "x" * 256,
        "a/" * 3000 + "b",
    ],
)
def test_paths_that_are_refused(path: str) -> None:
    refused = paths.refusal(path)
    assert refused is not None
    assert all(refused)
