"""The diff of a recorded edit: as little context as tells it from everything else in the file. Pure."""

from __future__ import annotations

from lynx.errors import N_, LynxError, Refused
from lynx.repo import patch


def shortest(original: bytes, broken: bytes, target: str) -> tuple[str, str | None]:
    """The diff with the least context that goes in once, comes out again, and does not go in twice.

    Without file headers and line numbers, which drift; `within` is the function around the first change.
    Raises Refused when no amount of context makes the change unique.
    """
    within = _within(original, broken)
    for name in dict.fromkeys((within, None)):
        for context in (0, 1, 2, 3, 6, 12):
            diff = _bare(patch.unified(original, broken, target, context=context))
            if _proved(original, broken, diff, name, target):
                return diff, name
    raise Refused(
        N_("The edit in {target} cannot be told from other places of the file."),
        code="edit-ambiguous",
        remedy=N_(
            "Change a line that stands once in its function; what is only added after the last line could "
            "be added again."
        ),
        target=target,
    )


def _bare(diff: str) -> str:
    lines = diff.splitlines(keepends=True)[2:]
    return "".join("@@\n" if line.startswith("@@ -") else line for line in lines)


def _proved(original: bytes, broken: bytes, diff: str, within: str | None, target: str) -> bool:
    try:
        done = patch.apply(original, diff, within=within, target=target)
        undone = patch.reverse(broken, diff, within=within, target=target)
    except LynxError:
        return False
    if done.data != broken or undone != original:
        return False
    try:
        return patch.apply(broken, diff, within=within, target=target).rung not in ("exact", "shifted")
    except LynxError:
        return True


def _within(original: bytes, broken: bytes) -> str | None:
    """The function around the first line that changes."""
    a, b = original.splitlines(), broken.splitlines()
    same = 0
    while same < min(len(a), len(b)) and a[same] == b[same]:
        same += 1
    return patch.function_at(original, min(same, max(len(a) - 1, 0)) + 1)
