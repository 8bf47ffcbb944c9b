"""What a break's page owes its readers, read off the spec and the healthy bytes alone. Pure.

Each rule yields problems; none of them runs anything. `faults` turns a key into file:line.
"""

from __future__ import annotations

import difflib
import re
from typing import TYPE_CHECKING

from lynx.content.reading.texts import digest
from lynx.content.spec import Break, Problem, Text
from lynx.errors import N_, LynxError
from lynx.loop.spoken import spoken
from lynx.mentor import told_before
from lynx.truth.claims import Expect, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

BLANK = re.compile(r"<[^<>]*>")  # a text that `record` and `new` leave to be written: <what goes here>
SENTENCE = 3  # blanks in a text from which it is a sentence, and not a name that needs no translation
MIN_LINE = 4  # characters; a shorter line of a diff gives nothing away
MIN_CONTEXT = 12  # characters of an unchanged line before quoting it counts as pointing at the place


def problem(break_: Break, key: str, template: str, advice: str, **fields: object) -> Problem:
    """A problem at the line of `key`."""
    return Problem(break_.where(key), key, template, advice, fields)


def from_error(break_: Break, key: str, error: LynxError) -> Problem:
    """What another room refused, at the line of the key that made it so."""
    return Problem(break_.where(key), key, error.message, error.remedy, error.fields)


def page_problems(break_: Break) -> Iterator[Problem]:
    """Everything that can be said before the target is known."""
    yield from blanks(break_)
    yield from healthy_claims(break_)
    yield from rival_problems(break_)
    yield from oracle_shapes(break_)
    yield from told_before.in_break(break_)


# -- texts ---------------------------------------------------------------------------------------


def texts(break_: Break) -> Iterator[tuple[str, Text]]:
    """Every text of the page with its key, by id: predictions.P1.ask."""
    yield from break_.texts.items()


def in_text(
    break_: Break, name: str, language: str, template: str, advice: str, /, **fields: object
) -> Problem:
    """A problem at the line of a text, in the file of its language."""
    return Problem(break_.where_text(name, language), name, template, advice, fields)


def blanks(break_: Break) -> Iterator[Problem]:
    """Texts that a skeleton left to be written, each by its name."""
    for name, text in texts(break_):
        for lang, words in text.items():
            if BLANK.fullmatch(words.strip()):
                yield in_text(
                    break_,
                    name,
                    lang,
                    N_("'{name}' is still to be written: {words}."),
                    N_("Write it in the place of the brackets."),
                    name=name,
                    words=words.strip(),
                )
    for i, concept in enumerate(break_.teaches):
        if BLANK.fullmatch(concept.strip()):
            yield problem(
                break_,
                f"teaches.{i}",
                N_("'teaches' still has a blank: {words}."),
                N_("Name the concepts it teaches."),
                words=concept,
            )


def untranslated(break_: Break, language: str) -> Iterator[Problem]:
    """Texts that a language lacks, that were made from another text than today's, or that say the same."""
    there = break_.translated.get(language)
    for name, text in texts(break_):
        source = text[break_.language]
        if language not in text:
            yield in_text(
                break_,
                name,
                break_.language,
                N_("'{name}' is not translated into {language}."),
                N_("lynx mentor translate {id} {language} puts it into {language}.yaml, to be filled in."),
                name=name,
                language=language,
                id=break_.id,
            )
        elif there is not None and there.stale(name, digest(source)):
            yield in_text(
                break_,
                name,
                language,
                N_("'{name}' was translated before its text was changed."),
                N_("lynx mentor translate {id} {language} shows both; mend it, then add --renewed."),
                name=name,
                language=language,
                id=break_.id,
            )
        elif text[language] == source and _is_sentence(name, source):
            yield in_text(
                break_,
                name,
                language,
                N_("'{name}' is the same in {own} and in {language}."),
                N_("Translate it, or leave it out of {language}.yaml."),
                name=name,
                own=break_.language,
                language=language,
            )


def _is_sentence(name: str, source: str) -> bool:
    """Whether a text reads otherwise in every language; what only mentors read may stay as it is."""
    if name.startswith("wrong_fixes.") or BLANK.fullmatch(source):
        return False
    return source.count(" ") >= SENTENCE


def hint_leaks(break_: Break, healthy: bytes, broken: bytes) -> Iterator[Problem]:
    """No hint but the last may quote a line of the diff or name the number of a changed line."""
    numbers = changed_lines(healthy, broken)
    quotes = [(line, _tokens(line)) for line in _telling_lines(break_.diff)]
    for i, hint in enumerate(break_.hints[:-1]):
        for lang, words in hint.items():
            key = f"hints.{break_.hint_ids[i] if i < len(break_.hint_ids) else i}"
            said = _tokens(words.replace("`", " "))
            code = [_tokens(span) for span in re.findall(r"`([^`]+)`", words)]
            for line, tokens in quotes:
                found = tokens in code if len(tokens) == 1 else _contains(said, tokens)
                if found:
                    yield in_text(
                        break_,
                        key,
                        lang,
                        N_("hint {level} ({lang}) contains a line of the diff: “{line}”."),
                        N_("Only the last hint may give the place away; say what to measure or compare."),
                        level=i + 1,
                        lang=lang,
                        line=line,
                    )
                    break
            for number in _named_lines(words):
                if number in numbers:
                    yield in_text(
                        break_,
                        key,
                        lang,
                        N_("hint {level} ({lang}) names the changed line, {number}."),
                        N_("Only the last hint may give the place away; leave the number out."),
                        level=i + 1,
                        lang=lang,
                        number=number,
                    )
                    break


def changed_lines(healthy: bytes, broken: bytes) -> set[int]:
    """The numbers, from 1, of the lines that differ, on either side."""
    a, b = healthy.splitlines(), broken.splitlines()
    numbers: set[int] = set()
    matcher = difflib.SequenceMatcher(None, a, b, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag != "equal":
            numbers |= set(range(i1 + 1, i2 + 1)) | set(range(j1 + 1, j2 + 1))
    return numbers


def _named_lines(words: str) -> list[int]:
    """The numbers of lines that a text names: line 3, línea 3, model.py:3, #L3."""
    line = "|".join(re.escape(word) for word, meaning in spoken().items() if meaning == "line")
    pattern = rf"(?:\b(?:{line})\s*(?:n(?:o|ro|º|°)?\.?\s*)?#?|\.py:|#L)(\d{{1,6}})\b"
    return [int(number) for number in re.findall(pattern, words, re.IGNORECASE)]


def _tokens(text: str) -> list[str]:
    return re.findall(r"\w+|[^\w\s]", text)


def _contains(said: list[str], wanted: list[str]) -> bool:
    width = len(wanted)
    return any(said[i : i + width] == wanted for i in range(len(said) - width + 1))


def _telling_lines(diff: str) -> list[str]:
    """The diff's lines, without their mark, that give the place away when quoted."""
    found = []
    for line in diff.splitlines():
        if line.startswith(("--- ", "+++ ", "@@", "diff ", "index ", "\\")):
            continue
        text = line[1:].strip()
        least = MIN_LINE if line[:1] in "+-" else MIN_CONTEXT
        if len(text) >= least and text not in found and any(c.isalnum() for c in text):
            found.append(text)
    return found


# -- evidence that can be wanted before it is measured -----------------------------------------------


def healthy_claims(break_: Break) -> Iterator[Problem]:
    """Something must say that the healthy side is healthy, or no comparison with it means anything."""
    if not any(claim.healthy for claim in break_.claims):
        yield problem(
            break_,
            "claims",
            N_("no claim says that the healthy side is healthy."),
            N_("Mark one with `healthy: true`, such as its accuracy or loss at the end of the run."),
        )
    for i, claim in enumerate(break_.claims):
        if claim.healthy and claim.verdict is not Verdict.HOLDS:
            yield problem(
                break_,
                f"claims.{i}.verdict",
                N_("'{id}' checks the healthy side and is declared {verdict}."),
                N_("What makes a run healthy must hold: word it so that it does."),
                id=claim.id,
                verdict=claim.verdict,
            )


def rival_problems(break_: Break) -> Iterator[Problem]:
    """Controls whose rivals predict one and the same, and rivals that no control puts to the test."""
    tested: set[str] = set()
    for name, control in break_.controls.items():
        tested |= set(control.predicts)
        if not any(disjoint(a, b) for a in control.predicts.values() for b in control.predicts.values()):
            yield problem(
                break_,
                f"controls.{name}.predicts",
                N_("control '{name}' separates nothing: no two of its rivals exclude each other."),
                N_(
                    "Give at least two rivals whose values cannot both occur, such as at_most 0.4 and "
                    "at_least 0.6."
                ),
                name=name,
            )
    for name in break_.rivals:
        if name not in tested:
            yield problem(
                break_,
                f"rivals.{name}",
                N_("no control puts the rival '{name}' to the test."),
                N_("Add a control about which it predicts something, or leave it out."),
                name=name,
            )


def disjoint(a: Expect, b: Expect) -> bool:
    """Whether no value meets both expectations."""
    if _only_nan(a) or _only_nan(b):
        return not (a.nan and b.nan) and a != Expect() and b != Expect()
    low = max(_low(a), _low(b))
    high = min(_high(a), _high(b))
    return low > high


def _only_nan(expect: Expect) -> bool:
    return expect == Expect(nan=True)


def _low(expect: Expect) -> float:
    if expect.equals is not None:
        return expect.equals - expect.within
    return expect.at_least if expect.at_least is not None else float("-inf")


def _high(expect: Expect) -> float:
    if expect.equals is not None:
        return expect.equals + expect.within
    return expect.at_most if expect.at_most is not None else float("inf")


def oracle_shapes(break_: Break) -> Iterator[Problem]:
    """Code that treats one size apart passes an oracle that never asks for it: the experiment's must be
    there.
    """
    oracle = break_.oracle
    if oracle is None:
        return
    for name, size in sizes_of(break_).items():
        given = [shape[name] for shape in oracle.shapes if name in shape]
        if given and size not in given:
            yield problem(
                break_,
                "oracle.shapes",
                N_("no shape of the oracle has the experiment's own {name}, {size}."),
                N_("Add one with {name}: {size}; code that treats that size apart would pass otherwise."),
                name=name,
                size=size,
            )
    if len(oracle.shapes) == 1:
        yield problem(
            break_,
            "oracle.shapes",
            N_("the oracle asks for one shape only, which code may treat apart."),
            N_("Give three or more, such as batch: 1, 4 and 7, besides the experiment's own."),
        )


def sizes_of(break_: Break) -> Mapping[str, int]:
    """The experiment's arguments that a dimension of the oracle could be named after."""
    return {
        name: value
        for name, value in break_.experiment.args.items()
        if isinstance(value, int) and not isinstance(value, bool)
    }
