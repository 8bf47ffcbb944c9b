"""Write verbs.csv and manifest.json:  PYTHONPATH=src python -m minimodel.corpus.generate [--check]

Regular forms come from rules, irregular ones stand here in full. Spanish past is the pretérito
indefinido. `--check` writes nothing and fails when the files differ from what would be written.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sys
from collections import Counter
from dataclasses import dataclass

from minimodel.corpus.encoders import SPLITS, bayes_ceiling, shared_forms
from minimodel.corpus.table import DATA, LANGUAGES, PERSONS, TENSES, Row

MANIFEST = DATA.with_name("manifest.json")
VERSION = 1
Forms = tuple[str, str, str]

PRESENT = {"ar": ("o", "as", "a"), "er": ("o", "es", "e"), "ir": ("o", "es", "e")}
PAST = {"ar": ("é", "aste", "ó"), "er": ("í", "iste", "ió"), "ir": ("í", "iste", "ió")}
FUTURE = ("é", "ás", "á")
PARTICIPLE = {"ar": "ado", "er": "ido", "ir": "ido"}


@dataclass(frozen=True)
class Spanish:
    """A verb; what is left out follows the rules of its ending."""

    infinitive: str
    present: Forms | None = None
    past: Forms | None = None
    participle: str | None = None
    future_stem: str | None = None

    def form(self, tense: str, person: int) -> str:
        stem, ending = self.infinitive[:-2], self.infinitive[-2:]
        if tense == "infinitive":
            return self.infinitive
        if tense == "present":
            return self.present[person] if self.present else stem + PRESENT[ending][person]
        if tense == "past":
            return self.past[person] if self.past else stem + PAST[ending][person]
        if tense == "past participle":
            return self.participle or stem + PARTICIPLE[ending]
        return (self.future_stem or self.infinitive) + FUTURE[person]


@dataclass(frozen=True)
class English:
    """A verb; without `past` and `participle` it is regular."""

    base: str
    past: str | None = None
    participle: str | None = None

    @property
    def kind(self) -> str:
        return "irregular" if self.past else "regular"

    def form(self, tense: str, person: int) -> str:
        soft_y = self.base.endswith("y") and self.base[-2] not in "aeiou"  # study, but play
        if tense == "present" and person == 2:
            return self.base[:-1] + "ies" if soft_y else self.base + "s"
        if tense in ("past", "past participle"):
            irregular = self.past if tense == "past" else self.participle
            if irregular:
                return irregular
            if soft_y:
                return self.base[:-1] + "ied"
            return self.base + ("d" if self.base.endswith("e") else "ed")
        return f"will {self.base}" if tense == "simple future" else self.base


VERBS = (
    (English("walk"), Spanish("caminar")),
    (English("talk"), Spanish("hablar")),
    (English("work"), Spanish("trabajar")),
    (English("cook"), Spanish("cocinar")),
    (English("listen"), Spanish("escuchar")),
    (English("wait"), Spanish("esperar")),
    (English("study"), Spanish("estudiar")),
    (
        English("play"),
        Spanish("jugar", present=("juego", "juegas", "juega"), past=("jugué", "jugaste", "jugó")),
    ),
    (English("close"), Spanish("cerrar", present=("cierro", "cierras", "cierra"))),
    (English("open"), Spanish("abrir", participle="abierto")),
    (English("live"), Spanish("vivir")),
    (English("receive"), Spanish("recibir")),
    (English("eat", "ate", "eaten"), Spanish("comer")),
    (English("drink", "drank", "drunk"), Spanish("beber")),
    (English("write", "wrote", "written"), Spanish("escribir", participle="escrito")),
    (English("take", "took", "taken"), Spanish("tomar")),
    (English("sing", "sang", "sung"), Spanish("cantar")),
    (
        English("see", "saw", "seen"),
        Spanish("ver", present=("veo", "ves", "ve"), past=("vi", "viste", "vio"), participle="visto"),
    ),
    (
        English("know", "knew", "known"),
        Spanish("saber", ("sé", "sabes", "sabe"), ("supe", "supiste", "supo"), future_stem="sabr"),
    ),
    (English("give", "gave", "given"), Spanish("dar", ("doy", "das", "da"), ("di", "diste", "dio"))),
)


def rows() -> tuple[Row, ...]:
    """All forms, by verb, tense and person."""
    return tuple(
        Row(en.base, en.kind, tense, person, en.form(tense, i), es.form(tense, i))
        for en, es in VERBS
        for tense in TENSES
        for i, person in enumerate(PERSONS)
    )


def table_text(all_rows: tuple[Row, ...]) -> str:
    """The rows as they stand in verbs.csv."""
    out = io.StringIO()
    columns = ["verb", "kind", "tense", "person", *LANGUAGES]
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(vars(row) for row in all_rows)
    return out.getvalue()


def manifest_text(all_rows: tuple[Row, ...], table: str) -> str:
    """What the file holds and what its splits leak; verbs.csv must be in place already."""
    manifest = {
        "version": VERSION,
        "file": DATA.name,
        "sha256": hashlib.sha256(table.encode()).hexdigest(),
        "rows": len(all_rows),
        "verbs": len(VERBS),
        "kinds": dict(Counter(en.kind for en, _ in VERBS)),
        "tenses": list(TENSES),
        "persons": {"1": "I / yo", "2": "you / tú", "3": "he, she / él, ella"},
        "spanish_past": "pretérito indefinido",
        "ceilings": {language: round(bayes_ceiling(language), 4) for language in LANGUAGES},
        "leaks": {
            "what": "Infinitives and participles are the same for all three persons, as are futures and "
            "many past and present forms in English: a split by row puts a form on both sides. A split "
            "by verb shares endings only.",
            "share_of_validation_rows_whose_form_and_tense_are_in_training_at_seed_0": {
                f"{language}, split by {split}": round(shared_forms(language, split), 4)
                for language in LANGUAGES
                for split in SPLITS
            },
        },
    }
    return json.dumps(manifest, ensure_ascii=False, indent=2) + "\n"


def check(all_rows: tuple[Row, ...]) -> None:
    """ValueError unless the table is what it is said to be."""
    expected = len(VERBS) * len(TENSES) * len(PERSONS)
    if len({(r.verb, r.tense, r.person) for r in all_rows}) != expected:
        raise ValueError("a verb, tense and person comes twice")
    if Counter(en.kind for en, _ in VERBS) != {"regular": 12, "irregular": 8}:
        raise ValueError("the verbs must be 12 regular and 8 irregular")


def main(arguments: list[str]) -> int:
    """Write the files, or with --check compare them; 0 when they are right."""
    all_rows = rows()
    check(all_rows)
    table = table_text(all_rows)
    if "--check" not in arguments:
        DATA.write_text(table, encoding="utf-8", newline="")
        MANIFEST.write_text(manifest_text(all_rows, table), encoding="utf-8", newline="")
    same_table = DATA.read_bytes() == table.encode()
    same_manifest = MANIFEST.read_bytes() == manifest_text(all_rows, table).encode()
    print(f"{DATA.name}: {'ok' if same_table else 'differs'}, {len(all_rows)} rows")
    print(f"{MANIFEST.name}: {'ok' if same_manifest else 'differs'}")
    return 0 if same_table and same_manifest else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
