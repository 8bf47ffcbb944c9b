"""A file of Lynx's own with its translations beside it: checked against a model, its texts in every language."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import ValidationError

from lynx.content.reading import texts
from lynx.content.reading.document import Document, parse
from lynx.content.reading.files import read as read_bytes
from lynx.content.reading.kept import tongues
from lynx.content.reading.translation import unknown_in
from lynx.errors import N_, Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from lynx.content.reading.parts import Model

    M = TypeVar("M", bound=Model)


def whole(
    path: Path,
    kind: type[M],
    patterns: Sequence[str],
    unproved: Callable[[M, Document], list[str]] = lambda _model, _document: [],
) -> tuple[M, texts.Words]:
    """The file as its model, and its texts. Raises Fault with every mistake of it and of its translations.

    `unproved` names what the model alone cannot know to be wrong.
    """
    document = parse(read_bytes(path), path)
    if document.root is None or document.problems:
        raise faulty(path, [problem.line() for problem in document.problems])
    values = document.root.plain()
    try:
        model = kind.model_validate(values)
    except ValidationError as error:
        raise faulty(
            path,
            [
                f"{path}:{document.root.at(e['loc']).line}: {'.'.join(map(str, e['loc']))}: {e['msg']}"
                for e in error.errors(include_url=False)
            ],
        ) from error
    if lines := unproved(model, document):
        raise faulty(path, lines)
    return model, _words(values, values["language"], document, patterns)


def _words(values: dict[str, Any], language: str, document: Document, patterns: Sequence[str]) -> texts.Words:
    """The texts in every language that there is a file for."""
    own = texts.places(values, patterns)
    others = {}
    for tag in tongues(document.path.parent):
        path = document.path.with_name(f"{tag}.yaml")
        there = parse(read_bytes(path), path)
        lines = [problem.line() for problem in there.problems]
        held = there.root.plain() if there.root else {}
        held.pop("made_from", None)
        for mistake in unknown_in(held, own, document):
            line = there.root.at(mistake.at).line if there.root else 1
            lines.append(f"{path}:{line}: {mistake.template.format(**mistake.fields)}")
        if lines:
            raise faulty(path, lines)
        others[tag] = texts.places(held, patterns).texts
    return texts.Words(language, own.texts, others)


def faulty(path: Path, lines: list[str]) -> Fault:
    """Every mistake of a file, as one error."""
    return Fault(
        N_("{path} cannot be used:{listing}"),
        code="bad-phase",
        path=path,
        listing="".join(f"\n  {line}" for line in lines),
    )
