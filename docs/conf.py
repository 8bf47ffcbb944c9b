"""The site: `sphinx-build -W --keep-going -b html docs build/site` (`pip install -e '.[docs]'`).

Pages are written for GitHub, too: links between them are links between files. What leads out of this folder is turned
here into a page of the site or, where there is none, into the file on GitHub.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from lynx import __version__

project = "Lynx"
author = "Lynx contributors"
project_copyright = "2026, Lynx contributors"
release = __version__
extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["man"]
html_theme = "furo"
html_title = "Lynx"
html_extra_path = ["schema"]  # break-2.json, where an editor's modeline may point

TOP = Path(__file__).parent.parent
SOURCE = "https://github.com/lynx-tutor/lynx/blob/main"
SHOWN = {"contributing": "CONTRIBUTING.md", "changelog": "CHANGELOG.md"}  # page -> the file of the repository
LINK = re.compile(r"\]\((?!https?:|#|mailto:)([^)#\s]+)(#[^)\s]*)?\)")


def linked(text: str, base: Path) -> str:
    """`text`, which lies in `base`, with its links as the site has them."""

    def other(match: re.Match[str]) -> str:
        path, anchor = (base / match[1]).resolve(), match[2] or ""
        name = path.relative_to(TOP).as_posix() if path.is_relative_to(TOP) else match[1]
        page = next((page for page, file in SHOWN.items() if file == name), None)
        if page is not None:
            return f"]({page}.md{anchor})"
        if path.parent == TOP / "docs":
            return f"]({path.name}{anchor})"
        return match[0] if path.is_relative_to(TOP / "docs") else f"]({SOURCE}/{name}{anchor})"

    return LINK.sub(other, text)


def read(_app: Any, page: str, source: list[str]) -> None:
    """What Sphinx reads of a page."""
    if page in SHOWN:
        source[0] = linked((TOP / SHOWN[page]).read_text(encoding="utf-8"), TOP)
    else:
        source[0] = linked(source[0], TOP / "docs")


def setup(app: Any) -> None:
    """Called by Sphinx."""
    app.connect("source-read", read)
