"""The verb corpus against a list written by hand, and its encoders."""

from __future__ import annotations

import hashlib
import json

import numpy as np
import pytest

from minimodel.corpus import PERSONS, TENSES, bayes_ceiling, load_verbs, shared_forms, tense_dataset
from minimodel.corpus.encoders import ending
from minimodel.corpus.generate import MANIFEST, main
from minimodel.corpus.table import DATA

# Written out by hand, not by rule. A verb a line: infinitive, three present forms, three past forms,
# participle, three future forms.
ENGLISH = """
walk     walk walk walks          walked walked walked        walked     walk
talk     talk talk talks          talked talked talked        talked     talk
work     work work works          worked worked worked        worked     work
cook     cook cook cooks          cooked cooked cooked        cooked     cook
listen   listen listen listens    listened listened listened  listened   listen
wait     wait wait waits          waited waited waited        waited     wait
study    study study studies      studied studied studied     studied    study
play     play play plays          played played played        played     play
close    close close closes       closed closed closed        closed     close
open     open open opens          opened opened opened        opened     open
live     live live lives          lived lived lived           lived      live
receive  receive receive receives received received received  received   receive
eat      eat eat eats             ate ate ate                 eaten      eat
drink    drink drink drinks       drank drank drank           drunk      drink
write    write write writes       wrote wrote wrote           written    write
take     take take takes          took took took              taken      take
sing     sing sing sings          sang sang sang              sung       sing
see      see see sees             saw saw saw                 seen       see
know     know know knows          knew knew knew              known      know
give     give give gives          gave gave gave              given      give
"""
SPANISH = """
walk    caminar  camino caminas camina    caminé caminaste caminó     caminado  caminaré caminarás caminará
talk    hablar   hablo hablas habla       hablé hablaste habló        hablado   hablaré hablarás hablará
work    trabajar trabajo trabajas trabaja trabajé trabajaste trabajó  trabajado trabajaré trabajarás trabajará
cook    cocinar  cocino cocinas cocina    cociné cocinaste cocinó     cocinado  cocinaré cocinarás cocinará
listen  escuchar escucho escuchas escucha escuché escuchaste escuchó  escuchado escucharé escucharás escuchará
wait    esperar  espero esperas espera    esperé esperaste esperó     esperado  esperaré esperarás esperará
study   estudiar estudio estudias estudia estudié estudiaste estudió  estudiado estudiaré estudiarás estudiará
play    jugar    juego juegas juega       jugué jugaste jugó          jugado    jugaré jugarás jugará
close   cerrar   cierro cierras cierra    cerré cerraste cerró        cerrado   cerraré cerrarás cerrará
open    abrir    abro abres abre          abrí abriste abrió          abierto   abriré abrirás abrirá
live    vivir    vivo vives vive          viví viviste vivió          vivido    viviré vivirás vivirá
receive recibir  recibo recibes recibe    recibí recibiste recibió    recibido  recibiré recibirás recibirá
eat     comer    como comes come          comí comiste comió          comido    comeré comerás comerá
drink   beber    bebo bebes bebe          bebí bebiste bebió          bebido    beberé beberás beberá
write   escribir escribo escribes escribe escribí escribiste escribió escrito   escribiré escribirás escribirá
take    tomar    tomo tomas toma          tomé tomaste tomó           tomado    tomaré tomarás tomará
sing    cantar   canto cantas canta       canté cantaste cantó        cantado   cantaré cantarás cantará
see     ver      veo ves ve               vi viste vio                visto     veré verás verá
know    saber    sé sabes sabe            supe supiste supo           sabido    sabré sabrás sabrá
give    dar      doy das da               di diste dio                dado      daré darás dará
"""
IRREGULAR = {"eat", "drink", "write", "take", "sing", "see", "know", "give"}


def by_hand() -> dict[tuple[str, str, str], tuple[str, str]]:
    table = {}
    for en_line, es_line in zip(ENGLISH.split("\n")[1:-1], SPANISH.split("\n")[1:-1], strict=True):
        verb, *en = en_line.split()
        same, infinitive, *es = es_line.split()
        assert verb == same
        for i, person in enumerate(PERSONS):
            english = (verb, en[i], en[3 + i], en[6], f"will {en[7]}")
            spanish = (infinitive, es[i], es[3 + i], es[6], es[7 + i])
            for tense, pair in zip(TENSES, zip(english, spanish, strict=True), strict=True):
                table[verb, tense, person] = pair
    return table


def test_every_form_is_the_one_on_the_list() -> None:
    rows = load_verbs()
    assert len(rows) == 300
    assert {(r.verb, r.tense, r.person): (r.english, r.spanish) for r in rows} == by_hand()


def test_kinds() -> None:
    kinds = {(row.verb, row.kind) for row in load_verbs()}
    assert len(kinds) == 20
    assert {verb for verb, kind in kinds if kind == "irregular"} == IRREGULAR


def test_the_files_are_what_the_generator_writes(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0
    assert "differs" not in capsys.readouterr().out


def test_the_manifest_tells_the_truth() -> None:
    manifest = json.loads(MANIFEST.read_text(encoding="utf-8"))
    assert manifest["sha256"] == hashlib.sha256(DATA.read_bytes()).hexdigest()
    assert (manifest["rows"], manifest["verbs"], manifest["kinds"]) == (
        300,
        20,
        {"regular": 12, "irregular": 8},
    )


def test_ceilings() -> None:
    assert bayes_ceiling("spanish") == 1.0
    # By hand, of 15 rows a verb: bare form, "-s" and the past settle 3 + 4 for a regular verb (infinitive =
    # present = future, past = participle: 2 + 2 + 3) and 10 for one whose participle differs (3 + 3 + 4).
    assert bayes_ceiling("english") == pytest.approx((12 * 7 + 8 * 10) / 300)


def test_no_classifier_is_needed_to_see_the_ceiling() -> None:
    """Rows that look alike and differ in tense: none in Spanish, "walked" among them in English."""
    seen: dict[tuple[str, str], set[str]] = {}
    for row in load_verbs():
        seen.setdefault((ending(row.english), row.person), set()).add(row.tense)
    assert seen["lked", "1"] == {"past", "past participle"}


@pytest.mark.parametrize("language", ["spanish", "english"])
@pytest.mark.parametrize("split", ["row", "verb"])
def test_each_row_is_encoded_so_that_it_can_be_read_back(language: str, split: str) -> None:
    data = tense_dataset(language, split, seed=3)
    assert len(data.rows_train) == 240 and len(data.rows_val) == 60
    assert {*data.rows_train, *data.rows_val} == set(load_verbs())
    for x, y, rows in (
        (data.x_train, data.y_train, data.rows_train),
        (data.x_val, data.y_val, data.rows_val),
    ):
        assert x.shape == (len(rows), 4 * len(data.alphabet) + 3) and x.dtype == np.float32
        assert (x.sum(axis=1) == 5).all() and set(np.unique(x)) == {0.0, 1.0}
        for vector, target, row in zip(x, y, rows, strict=True):
            letters = vector[:-3].reshape(4, -1).argmax(axis=1)
            assert "".join(data.alphabet[i] for i in letters) == ending(row.form(language))
            assert PERSONS[vector[-3:].argmax()] == row.person
            assert TENSES[target] == row.tense


def test_splits_by_verb_share_no_verb_and_splits_by_row_leak() -> None:
    data = tense_dataset(split="verb", seed=1)
    assert not {r.verb for r in data.rows_train} & {r.verb for r in data.rows_val}
    assert shared_forms("spanish", "verb") == 0.0
    # Two tenses of five are the same for all persons, and nearly all of those held out leak.
    assert 0.25 < shared_forms("spanish", "row") < 0.55
    assert shared_forms("english", "row") > 0.7


def test_the_seed_decides_the_split() -> None:
    first, again, other = (tense_dataset(seed=s).rows_val for s in (0, 0, 1))
    assert first == again and first != other


def test_short_forms_are_padded_and_long_ones_cut() -> None:
    assert ending("va") == "  va" and ending("will see") == " see" and ending("hablará") == "lará"


@pytest.mark.parametrize(
    "wrong", [{"language": "french"}, {"split": "person"}, {"held_out": 0.0}, {"held_out": 1.0}]
)
def test_wrong_arguments_are_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        tense_dataset(**wrong)  # type: ignore[arg-type]
