"""Each sentence of an explanation names the control or claim that licenses it, and that one exists. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lynx.content.licensed import ASIDE, CAUSAL, names, sentences
from lynx.errors import N_
from lynx.mentor.rules import BLANK, in_text
from lynx.truth.claims import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lynx.content.spec import Break, Problem


def unlicensed(break_: Break) -> Iterator[Problem]:
    """Names that are no control and no decided claim, and translations that name others."""
    known = standing(break_)
    for key in CAUSAL:
        text = break_.texts.get(key, {})
        own = names(text.get(break_.language, ""))
        for language, words in text.items():
            for name in sorted(names(words) - known.keys() - {*ASIDE}):
                yield in_text(
                    break_,
                    key,
                    language,
                    N_("'{key}' stands on '{name}', which is no control and no decided claim of this break."),
                    N_("Name one of: {known}"),
                    key=key,
                    name=name,
                    known=", ".join(known) or "–",
                )
            if names(words) != own:
                yield in_text(
                    break_,
                    key,
                    language,
                    N_("'{key}' names other controls in {own} than in {language}."),
                    N_("Let both stand on the same: {names}"),
                    key=key,
                    own=break_.language,
                    language=language,
                    names=", ".join(sorted(own)) or "–",
                )


def unsupported(break_: Break) -> Iterator[Problem]:
    """Sentences of an explanation that name nothing."""
    for key in CAUSAL:
        for language, words in break_.texts.get(key, {}).items():
            for sentence, found in sentences(words):
                if not found and not BLANK.fullmatch(sentence):
                    yield in_text(
                        break_,
                        key,
                        language,
                        N_("'{key}' does not say what this stands on: “{sentence}”"),
                        N_(
                            "End it with the controls or claims that show it, such as [{example}], or with [{aside}]."
                        ),
                        key=key,
                        sentence=sentence,
                        example=next(iter(standing(break_)), "a-control"),
                        aside="] [".join(ASIDE),
                    )


def standing(break_: Break) -> dict[str, None]:
    """What an explanation may stand on: controls, and claims that came out one way or the other."""
    decided = (claim.id for claim in break_.claims if claim.verdict in (Verdict.HOLDS, Verdict.REFUTED))
    return dict.fromkeys((*break_.controls, *decided))
