"""What `--json` printed, as annotations of a GitHub workflow on standard output, and a summary where GitHub wants one.

python annotate.py RESULT.json      the result of lynx mentor check, scan, guard or any other command
"""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PLACE = re.compile(r"^(?P<file>[^:]+):(?P<line>\d+)$")


def found(result: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """(level, file, line, text) of everything that somebody should look at; file and line may be empty."""
    if error := result.get("error"):
        yield "error", "", "", f"{error['message']} {error.get('remedy') or ''}".strip()
    for one in result.get("breaks", []):
        for problem in one.get("problems", []):
            match = PLACE.match(str(problem.get("where", "")))
            file, line = (match["file"], match["line"]) if match else ("", "")
            name = f"break {one['id']}, {problem['where']}" if not match else f"break {one['id']}"
            yield "error", file, line, f"{name}: {problem['what']} {problem.get('remedy') or ''}".strip()
    for one in result.get("mutants", []):
        if one.get("state") == "missed":
            text = f"{one['operator']}: no test would see this bug. {said(one)}"
            yield "warning", one["file"], str(one["line"]), text


def said(mutant: dict[str, Any]) -> str:
    """Which checks would see it."""
    seen_by = mutant.get("seen_by") or []
    return f"Seen by: {', '.join(seen_by)}." if seen_by else ""


def escaped(text: str) -> str:
    """As a workflow command takes it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def main(path: str) -> None:
    """Print the annotations; add the summary."""
    try:
        result = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        result = {"error": {"message": f"lynx printed no JSON: {error}"}}
    rows = list(found(result))
    for level, file, line, text in rows:
        place = f" file={escaped(file)},line={line}" if file else ""
        print(f"::{level}{place}::{escaped(text)}")
    if summary := os.environ.get("GITHUB_STEP_SUMMARY"):
        lines = [f"- {file}:{line} {text}" if file else f"- {text}" for _, file, line, text in rows]
        with Path(summary).open("a", encoding="utf-8") as out:
            out.write("\n".join(["### Lynx", *(lines or ["Nothing to look at."]), ""]))


if __name__ == "__main__":
    main(sys.argv[1])
