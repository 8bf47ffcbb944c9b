"""No message without translation, no place of a template lost, the compiled catalogue the committed one."""

from __future__ import annotations

import io
import json
import string

import pytest
from babel.messages.pofile import read_po

from lynx.loop import spoken
from lynx.view.language import LOCALE, _, languages, use
from lynx.view.locale import update
from lynx.view.locale.messages import messages, of_source

OTHERS = languages()[1:]


def po_of(language: str) -> bytes:
    return (LOCALE / language / "LC_MESSAGES" / "lynx.po").read_bytes()


def places(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name is not None}


@pytest.mark.parametrize("language", OTHERS)
def test_every_message_is_translated(language: str) -> None:
    catalog = read_po(io.BytesIO(po_of(language)))
    known = {m.id if isinstance(m.id, str) else m.id[0] for m in catalog if m.id}
    wanted = {m.text for m in messages()}
    assert wanted - known == set(), "run: python -m lynx.view.locale.update, and translate what it lists"
    assert update.untranslated(catalog) == []


@pytest.mark.parametrize("language", OTHERS)
def test_no_place_of_a_template_is_lost(language: str) -> None:
    for message in read_po(io.BytesIO(po_of(language))):
        if not message.id:
            continue
        forms = [message.id] if isinstance(message.id, str) else list(message.id)
        texts = [message.string] if isinstance(message.string, str) else list(message.string)
        allowed = places(forms[-1])
        for text in texts:
            assert places(text) == allowed, message.id
        assert forms[0].count("\n") == texts[0].count("\n"), message.id


@pytest.mark.parametrize("language", OTHERS)
def test_the_compiled_catalogue_is_the_one_committed(language: str) -> None:
    compiled = (LOCALE / language / "LC_MESSAGES" / "lynx.mo").read_bytes()
    assert compiled == update.mo_bytes(po_of(language))


def test_the_words_that_notes_may_say_are_those_of_the_catalogues() -> None:
    catalogs = [read_po(io.BytesIO(po_of(language))) for language in OTHERS]
    assert json.loads(spoken.FILE.read_text(encoding="utf-8")) == update.spoken_words(catalogs)


def test_translations_are_found_at_run_time() -> None:
    use("es")
    assert _("Next:") == "Siguiente:"
    use("en")
    assert _("Next:") == "Next:"


def test_an_update_keeps_what_is_translated_and_drops_what_is_gone(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "lynx.po"
    one = of_source('_("Next:")\n_("Old one")\nngettext("{n} seed", "{n} seeds", 3)\n', "lynx/x.py")
    first = update.updated(path, "es", one)
    first.get("Next:").string = "Siguiente:"
    path.write_bytes(update.po_bytes(first))
    two = of_source('_("Next:")\nN_("New one")\n', "lynx/x.py")
    second = update.updated(path, "es", two)
    assert {m.id for m in second if m.id} == {"Next:", "New one"}
    assert update.untranslated(second) == ["New one"]
    assert update.po_bytes(second) == update.po_bytes(second)


def test_what_counts_as_a_message() -> None:
    source = '''
@command(app, LEARN)
def reset(world):
    """Give it back."""
def helper():
    """Not a message."""
_("one" " joined")
_(variable)
f(N_("two"), ngettext("a", "b", n))
'''
    found = [(m.text, m.plural) for m in of_source(source, "x.py")]
    assert sorted(found) == [("Give it back.", ""), ("a", "b"), ("one joined", ""), ("two", "")]
