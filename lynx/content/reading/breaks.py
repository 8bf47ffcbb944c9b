"""From a folder to a `Break`: read safely, find every mistake, build.

Pydantic takes a tenth of a second to import: light commands import this module in a function's body.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, ValidationError

from lynx.content.reading import checks, kept, parts, proof, schema, texts, translation, upgrade
from lynx.content.reading.building import build
from lynx.content.reading.document import Document, Node, parse
from lynx.content.reading.mistakes import Mistake, dotted, in_plain_words, numbers_as_text
from lynx.content.spec import BadSpec, Break, Problem
from lynx.errors import N_

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from pathlib import Path

MOST = 200  # mistakes of one kind put into words; it bounds the time a hostile file takes

M = TypeVar("M", bound=BaseModel)


def load_break(
    folder: Path,
    *,
    pack: str = "lynx",
    data: bytes | None = None,
    known: Collection[str] | None = None,
    held: kept.Kept | None = None,
) -> Break:
    """Read `folder`: break.yaml, its translations and its proof; or `data`, all of that as it was journalled
    (then nothing is read); `held` is what was gathered of either already.

    `known` are the ids and slugs of all breaks at hand; where it is given, `next` must be among them.
    Raises BadSpec with every mistake at once.
    """
    path = folder / kept.FILE
    if held is None:
        held = kept.gather(folder) if data is None else kept.unpacked(data)
    document, root = _parsed(held.spec, path)
    if data is not None and upgrade.is_old(root.plain()):
        held = upgrade.upgraded(held.spec, path).bundle  # a break under way since before plays on
        document, root = _parsed(held.spec, path)
    values = root.plain()
    _refuse_other(values, root, path)
    model, misshapen = _shape(values, root)
    looked_in = folder if data is None else None
    mistakes = list(islice(checks.all_mistakes(_draft(values), looked_in, known), MOST))
    for loc in _free(values):
        mistakes += numbers_as_text(loc, root.at(loc))
    problems = _placed(document, root, misshapen, mistakes)
    own = texts.places(values, texts.BREAK)
    spoilt = {mistake.at[0] for mistake in misshapen if mistake.at}
    translated, more = _translations(held, values.get("language"), own, document, spoilt)
    words = texts.Words(
        str(values.get("language")), own.texts, {t: one.texts for t, one in translated.items()}
    )
    measured, of, worse = (
        proof.read(held.proof, folder / proof.FILE) if held.proof is not None else ({}, "", [])
    )
    problems += [*more, *worse, *(p for bad in held.unreadable for p in bad.problems)]
    if problems or model is None:
        raise BadSpec(path, problems)
    found = build(model, words, folder=folder, pack=pack, kept=held, lines=root.lines())
    now = proof.digest(values, held.others)
    return replace(
        found,
        hash=now,
        measured=measured,
        stale=held.proof is not None and of != now,
        texts={texts.dotted(key): words(*key) for key in own.texts},
        text_ids={texts.dotted(key): key for key in own.texts},
        text_keys={texts.dotted(key): dotted(loc) for key, loc in own.at.items()},
        translated={tag: one.located() for tag, one in translated.items()},
    )


def _parsed(data: bytes, path: Path) -> tuple[Document, Node]:
    document = parse(data, path)
    if document.root is None:
        raise BadSpec(path, document.problems)
    return document, document.root


def _translations(
    held: kept.Kept,
    language: object,
    own: texts.Places,
    document: Document,
    spoilt: Collection[str | int],
) -> tuple[dict[str, translation.Translation], list[Problem]]:
    """The translations by language, and what is wrong in them; names below a key that is `spoilt` in break.yaml
    are not looked for.
    """
    problems: list[Problem] = []
    found: dict[str, translation.Translation] = {}
    for tag, data in held.translations.items():
        path = document.path.with_name(f"{tag}.yaml")
        if tag == language:
            problems.append(
                Problem(
                    f"{path}:1",
                    "",
                    N_("the file translates {file} into the language it is written in, {language}."),
                    N_("Remove it, or mend 'language' in {file}."),
                    {"file": document.path.name, "language": tag},
                )
            )
            continue
        one = found[tag] = translation.read(data, path, own, document)
        root = one.document.root
        if root is None:
            problems += one.document.problems
        else:
            unknown = [mistake for mistake in one.unknown if mistake.at[0] not in spoilt]
            problems += _placed(one.document, root, list(one.misshapen), unknown)
    return found, problems


def _refuse_other(values: Mapping[str, Any], root: Node, path: Path) -> None:
    """Another format has other keys, so nothing else is worth saying about the file."""
    version = values.get("schema")
    if not isinstance(version, int) or isinstance(version, bool) or version == schema.SCHEMA:
        return
    if version > schema.SCHEMA:
        template = N_("the break is written in format {version}, and this Lynx reads up to {ours}.")
        advice = N_("Upgrade Lynx: pip install --upgrade lynx-tutor")
    elif version == schema.SCHEMA - 1:
        template = N_("the break is written in format {version}, and this Lynx reads {ours}.")
        advice = N_("Bring it over: lynx mentor upgrade {folder}")
    else:
        template = N_("there is no format {version}; this Lynx reads {ours}.")
        advice = N_("Write schema: {ours}.")
    fields = {"version": version, "ours": schema.SCHEMA, "folder": path.parent}
    raise BadSpec(path, [Problem(f"{path}:{root.at(('schema',)).line}", "schema", template, advice, fields)])


def _shape(values: Any, root: Node) -> tuple[schema.BreakModel | None, list[Mistake]]:
    try:
        return schema.BreakModel.model_validate(values), []
    except ValidationError as error:
        details = error.errors(include_url=False, include_input=False)
        return None, [in_plain_words(detail, root, schema.meaning) for detail in details[:MOST]]


def _draft(values: Mapping[str, Any]) -> checks.Draft:
    experiment = values.get("experiment")
    return checks.Draft(
        values=values,
        experiment=_try(
            parts.ExperimentModel, {"run": experiment} if isinstance(experiment, str) else experiment
        ),
        oracle=_try(parts.OracleModel, values.get("oracle")),
        metrics=_named(parts.MetricModel, values.get("metrics")),
        variants=_named(parts.VariantModel, values.get("variants")),
        controls=_named(parts.ControlModel, values.get("controls")),
        predictions=_numbered(parts.PredictionModel, values.get("predictions")),
        claims=_numbered(parts.ClaimModel, values.get("claims")),
    )


def _try(model: type[M], value: Any) -> M | None:
    try:
        return model.model_validate(value)
    except ValidationError:
        return None


def _named(model: type[M], held: Any) -> dict[str, M]:
    """The entries of a mapping whose shape is right."""
    tried = {name: _try(model, value) for name, value in held.items()} if isinstance(held, dict) else {}
    return {name: entry for name, entry in tried.items() if entry is not None}


def _numbered(model: type[M], held: Any) -> dict[int, M]:
    """The items of a list whose shape is right, by index."""
    tried = [_try(model, value) for value in held] if isinstance(held, list) else []
    return {index: item for index, item in enumerate(tried) if item is not None}


def _free(values: Mapping[str, Any]) -> list[tuple[str | int, ...]]:
    """Where mappings with free values stand."""
    found: list[tuple[str | int, ...]] = [("experiment", "args"), ("oracle", "init"), ("neighbours",)]
    for section in ("variants", "controls"):
        held = values.get(section)
        found += [(section, name, "args") for name in held] if isinstance(held, dict) else []
    return [loc for loc in found if _has(values, loc)]


def _has(values: Any, loc: tuple[str | int, ...]) -> bool:
    for part in loc:
        if not isinstance(values, dict) or part not in values:
            return False
        values = values[part]
    return True


def _placed(
    document: Document, root: Node, misshapen: list[Mistake], mistakes: list[Mistake]
) -> list[Problem]:
    """All problems by line, without those that only echo an earlier one about the same key."""
    lost = document.spoilt
    kept = [m for m in misshapen if not _under(dotted(m.at), lost)]
    lost = lost | {dotted(m.at) for m in kept}
    kept += [m for m in mistakes if not _under(dotted(m.at), lost)]
    found = document.problems + [
        Problem(f"{document.path}:{root.at(m.at).line}", dotted(m.at), m.template, m.advice, m.fields)
        for m in kept
    ]
    return sorted(found, key=lambda p: int(p.where.rpartition(":")[2]))


def _under(key: str, spoilt: set[str]) -> bool:
    """Whether a complaint about `key` or a key above it has been made."""
    while key:
        if key in spoilt:
            return True
        key = key.rpartition(".")[0]
    return False
