"""An explanation stands on controls and claims that exist, the same ones in every language."""

from __future__ import annotations

from dataclasses import replace

from lynx.content.spec import Break
from lynx.mentor import licences


def saying(break_: Break, en: str, es: str) -> Break:
    return replace(break_, texts={**break_.texts, "why": {"en": en, "es": es}, "hidden_cause": {}})


def test_controls_and_decided_claims_may_be_named(sound: Break) -> None:
    for name in licences.standing(sound):
        assert not list(licences.unlicensed(saying(sound, f"So [{name}].", f"Así [{name}].")))
    assert set(sound.controls) < set(licences.standing(sound))


def test_another_name_is_a_problem_in_each_language(sound: Break) -> None:
    found = list(licences.unlicensed(saying(sound, "So [no-such].", "Así [no-such].")))
    assert ["no-such" in p.what for p in found] == [True, True]


def test_a_translation_names_the_same(sound: Break) -> None:
    (control, *_) = sound.controls
    (found,) = licences.unlicensed(saying(sound, f"So [{control}].", "Así [diff]."))
    assert "names other controls" in found.what


def test_a_sentence_without_a_name_is_pointed_at(sound: Break) -> None:
    (control, *_) = sound.controls
    (found,) = licences.unsupported(saying(sound, f"One [{control}]. Two.", f"Uno [{control}]. Dos [open]."))
    assert found.fields["sentence"] == "Two."
