"""Which relative paths a spec may name: inside the repository, and never its git directory."""

from __future__ import annotations

import unicodedata

from lynx.content.reading.document import FORBIDDEN
from lynx.errors import N_

MAX_PATH = 4_096
MAX_PART = 255

# Default-ignorable characters that HFS+ drops from names, so that ".g\u200cit" opens ".git" (CVE-2014-9390).
_IGNORED = {*range(0x200B, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF}


def refusal(path: str) -> tuple[str, str] | None:
    """Why `path` will not do and what to write instead, as templates; None for a plain relative path."""
    inside = N_("Give a path inside the repository, such as src/model.py.")
    if not path or len(path) > MAX_PATH or any(len(part.encode()) > MAX_PART for part in path.split("/")):
        return N_("the path is empty or too long."), inside
    if FORBIDDEN.search(path) or "\n" in path or "\t" in path:
        return N_("the path has a control character."), inside
    if path.startswith(("/", "~")) or (len(path) > 1 and path[1] == ":"):
        return N_("the path is not relative."), inside
    if "\\" in path:
        return N_("the path has a backslash."), N_("Separate folders by '/'.")
    parts = path.split("/")
    if ".." in parts:
        return N_("the path leaves the repository by '..'."), inside
    if "" in parts or ("." in parts and path != "."):
        return N_("the path has an empty part or a '.'."), N_("Write it plainly, such as src/model.py.")
    if any(is_git(part) for part in parts):
        return N_("the path leads into git's own folder."), inside
    return None


def is_git(part: str) -> bool:
    """Whether git, or a file system that folds case or drops characters, takes `part` for `.git`."""
    visible = "".join(c for c in part if ord(c) not in _IGNORED)
    folded = unicodedata.normalize("NFKC", visible).casefold().partition(":")[0].rstrip(" .")
    return folded in {".git", "git~1"}
