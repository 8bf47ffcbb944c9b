"""`pack.yaml` above breaks: which languages their mentor promises. One is enough, and none need be said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

from lynx.content.reading.document import parse
from lynx.content.reading.files import read
from lynx.content.reading.kinds import LanguageTag  # noqa: TC001 - pydantic reads it
from lynx.content.reading.mistakes import in_plain_words
from lynx.content.reading.parts import Model
from lynx.content.reading.schema import meaning_in
from lynx.content.spec import BadSpec, Problem
from lynx.errors import N_

if TYPE_CHECKING:
    from pathlib import Path

FILE = "pack.yaml"
UP = 5  # folders above a break in which the file is looked for


class PackModel(Model):
    """What holds of every break of a pack."""

    languages: list[LanguageTag] = Field(
        min_length=1,
        max_length=50,
        description=N_("The languages that every break of the pack is complete in, such as [en, es]."),
    )


def promised(folder: Path) -> tuple[str, ...]:
    """The languages promised for the break in `folder` by the nearest pack.yaml above it; () without one.

    Raises BadSpec for a pack.yaml that cannot be read.
    """
    for above in [folder, *folder.resolve().parents][: UP + 1]:
        path = above / FILE
        if path.is_file():
            return _languages(path)
        if (above / ".git").exists():  # what lies above a repository is somebody else's
            break
    return ()


def _languages(path: Path) -> tuple[str, ...]:
    document = parse(read(path), path)
    if document.root is None or document.problems:
        raise BadSpec(path, document.problems)
    root = document.root
    try:
        return tuple(PackModel.model_validate(root.plain()).languages)
    except ValidationError as error:
        mistakes = [in_plain_words(d, root, _meaning) for d in error.errors(include_url=False)]
        problems = [
            Problem(f"{path}:{root.at(m.at).line}", "", m.template, m.advice, m.fields) for m in mistakes
        ]
        raise BadSpec(path, problems) from error


def _meaning(loc: tuple[Any, ...]) -> tuple[str, tuple[str, ...]]:
    return meaning_in(PackModel.model_json_schema(), loc)
