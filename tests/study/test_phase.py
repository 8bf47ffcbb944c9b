"""The phase, its pages, and the definition of done proved by what lies in the workspace."""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from lynx.content.catalog import data_dir
from lynx.content.exams import exam_ids
from lynx.content.phases import phase_ids
from lynx.content.reading.phases import load_phase
from lynx.errors import ExitCode, Fault, Refused
from lynx.loop.session import Env, Session
from lynx.study import checks, phase, rules
from lynx.view.results import exit_code, to_json

LABS = {
    "three-inits": "01-init-ablation",
    "both-norms": "02-norm-ablation",
    "fifty-blocks": "03-residual-depth",
}
CLAIMS = {
    "three-inits": ("uniform-fails", "kaiming-trains"),
    "both-norms": ("layer-trains", "rms-trains", "rms-faster"),
    "fifty-blocks": ("with-trains", "without-fails"),
}


def item(session: Session, id_: str) -> checks.CheckItem:
    return next(i for i in checks.items(session, load_phase("10")) if i.id == id_)


def write(session: Session, id_: str, **changes: Any) -> None:
    claims = {c: {"verdict": "HOLDS", "k": 3, "n": 3, "median": 1.0} for c in CLAIMS[id_]}
    data = {
        "seeds": [0, 1, 2],
        "changed": {},
        "claims": claims,
        "predictions": {"P2": {"measured": 0.7}},
        **changes,
    }
    folder = session.workspace.top / "phase-10/lab" / LABS[id_]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "result.json").write_text(json.dumps(data))


def test_every_phase_reads() -> None:
    assert "10" in phase_ids()
    for id_ in phase_ids():
        one = load_phase(id_)
        for file in [c.file for c in one.chapters] + [x.file for x in one.laboratories]:
            assert one.page(file, "en").startswith("# ")
            assert one.page(file, "es").startswith("# ")
        assert one.done
    assert load_phase("10") == load_phase("10")


def test_laboratories_name_what_there_is() -> None:
    """Every measure speaks of a variant that is trained, every command can be typed."""
    for lab in load_phase("10").laboratories:
        names = {one.name for one in lab.trained}
        for measure in [p.measure for p in lab.predictions] + [c.measure for c in lab.claims]:
            assert measure.variant in names
        assert set(lab.asks) == {p.id for p in lab.predictions}


def test_an_unknown_phase_is_refused_with_those_there_are() -> None:
    with pytest.raises(Refused) as caught:
        load_phase("99")
    assert "10" in caught.value.remedy.format(**caught.value.fields)


def test_a_broken_phase_says_where(tmp_path: Path) -> None:
    (tmp_path / "phase.yaml").write_text("schema: 2\nlanguage: en\nid: '10'\ntitle: {en: x}\n")
    with pytest.raises(Fault) as caught:
        load_phase("10", tmp_path)
    assert "phase.yaml:4: title: " in str(caught.value)


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_chapter_is_read_and_leads_on(session: Session, language: str) -> None:
    env = Env(session.env.cwd, session.env.environ, lang=language)
    page = phase.read(session, "10/00", env)
    assert page.markdown.startswith(f"# {page.title[language]}")
    assert page.next == "lynx lab 10/00"
    assert page.before is None
    last = phase.read(session, "10/04", env)
    assert last.next == "lynx drill"
    assert last.before == "10/03"
    with pytest.raises(Refused, match="no chapter 07"):
        phase.read(session, "10/07", env)


def test_the_first_thing_to_do_is_to_read(session: Session) -> None:
    assert phase.phase(session, "10", session.env).next == "lynx read 10/00"
    phase.read(session, "10/00", session.env)
    assert phase.phase(session, "10", session.env).next == "lynx lab 10/01"


def test_it_shows_without_a_workspace(tmp_path: Path) -> None:
    view = phase.phase(None, "10", Env(tmp_path, dict(os.environ)))
    assert view.next == "lynx read 10/00"
    assert all(i.ok is None for i in view.items)
    assert json.dumps(to_json(view), allow_nan=False)


@pytest.mark.parametrize("id_", LABS)
def test_a_laboratory_counts_as_the_sheet_has_it_and_over_three_seeds(session: Session, id_: str) -> None:
    assert item(session, id_).ok is False
    write(session, id_)
    assert item(session, id_).ok is True
    write(session, id_, seeds=[0])
    assert item(session, id_).ok is False
    write(session, id_, changed={"steps": 5})
    assert "steps 5" in str(item(session, id_).found)
    assert item(session, id_).ok is False
    write(session, id_, claims={})
    assert item(session, id_).ok is False
    (session.workspace.top / "phase-10/lab" / LABS[id_] / "result.json").write_text("{ nonsense")
    assert item(session, id_).ok is False
    assert item(session, id_).command.startswith("lynx lab 10/0")


@pytest.mark.parametrize("id_", LABS)
def test_one_seed_that_comes_out_otherwise_is_enough_to_fail(session: Session, id_: str) -> None:
    first = CLAIMS[id_][0]
    claims = {c: {"k": 3, "n": 3} for c in CLAIMS[id_]} | {first: {"k": 2, "n": 3}}
    write(session, id_, claims=claims)
    assert item(session, id_).ok is False


@pytest.mark.parametrize(("k", "ok"), [(0, False), (1, False), (2, True), (3, True)])
def test_most_timings_decide_which_norm_is_faster(session: Session, k: int, ok: bool) -> None:
    both = {"layer-trains": {"k": 3, "n": 3}, "rms-trains": {"k": 3, "n": 3}}
    write(session, "both-norms", claims={**both, "rms-faster": {"k": k, "n": 3}})
    assert item(session, "both-norms").ok is ok


def test_the_modules_own_tests_decide(session: Session) -> None:
    top = session.workspace.top
    assert item(session, "modules").ok is None
    for test in (top / "tests").glob("test_*.py"):
        if test.name != "test_optim.py":
            test.unlink()
    one = load_phase("10")
    proof = next(d.proof for d in one.done if d.id == "modules")
    assert checks.look(session, one, proof, True).ok is True
    path = top / "src/minimodel/optim.py"
    path.write_text(path.read_text().replace("p.data -= self.lr * v", "p.data += self.lr * v"))
    seen = checks.look(session, one, proof, True)
    assert seen.ok is False
    assert "tests/test_optim.py::" in str(seen.found[0].fields["name"])
    (top / "src/minimodel/nn/norm.py").unlink()
    assert "norm" in str(checks.look(session, one, proof, True).found)
    assert not list(top.rglob("__pycache__"))


def test_twenty_drills_and_sixteen_right(session: Session) -> None:
    def record(n: int, right: bool, outcome: str | None = "trains") -> None:
        for _ in range(n):
            number = len(session.journal.events(kind="drill")) + 1
            answer = "trains" if right else "does-not-learn"
            session.journal.record(
                None, "drill",
                {"cell": "5-gelu-kaiming-rms-residual-0.01", "number": number, "review_of": None,
                 "answer": answer,
                 "confidence": 70, "outcomes": [], "outcome": outcome, "right": right, "link": None},
            )  # fmt: skip

    record(19, True)
    assert item(session, "predictions").ok is False
    record(1, True, outcome=None)  # does not count
    assert item(session, "predictions").ok is False
    record(1, True)
    assert item(session, "predictions").ok is True
    record(4, False)
    assert item(session, "predictions").ok is True
    record(1, False)
    assert item(session, "predictions").ok is False


def test_one_curve_that_was_a_hit_and_how_the_rule_fared(session: Session) -> None:
    assert item(session, "trajectory").ok is False
    for result, hits in (("near", 2), ("hit", 3)):
        kept = {"cell": "x", "result": result, "hits": hits, "rule_hits": 4}
        session.journal.record(None, "drill-curve", kept)
        seen = item(session, "trajectory")
        assert seen.ok is (result == "hit")
    fields = {name: seen.found[0].fields[name] for name in ("hits", "n", "points", "mine", "rule")}
    assert fields == {"hits": 1, "n": 2, "points": 8, "mine": 5, "rule": 8}


def test_a_break_that_was_revealed_is_not_done(session: Session) -> None:
    attempt = session.journal.start(
        break_id="00", stage="done", blind=0, target="x", original="", broken="", spec="", folder="",
        pack="lynx",
        notes="n", heading="## 00", card={"title": {"en": "x"}, "hints": []},
    )  # fmt: skip
    assert item(session, "break-00").ok is True
    session.journal.record(attempt.id, "reveal", {})
    assert item(session, "break-00").ok is False


def test_the_check_ends_in_zero_only_when_everything_holds(session: Session) -> None:
    for test in (session.workspace.top / "tests").glob("test_*.py"):
        if test.name != "test_optim.py":
            test.unlink()
    checked = phase.check(session, "10")
    assert exit_code(checked) is ExitCode.NOT_YET
    assert {i.id for i in checked.items if i.ok} == {"modules"}
    assert all(i.command for i in checked.items)
    done = type(checked)(
        "10", checked.title, tuple(type(i)(i.id, i.says, True, (), i.command) for i in checked.items)
    )
    assert exit_code(done) is ExitCode.DONE


def test_a_translation_that_knows_another_chapter_is_named(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(data_dir("phases") / "10", tmp_path / "10"))
    text = (
        (folder / "es.yaml").read_text(encoding="utf-8").replace('  "04":\n    title', '  "14":\n    title')
    )
    (folder / "es.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(Fault, match=r"es.yaml:\d+: '14' is not among the texts at phase.yaml:\d+"):
        load_phase("10", folder)
    (folder / "es.yaml").unlink()
    phase = load_phase("10", folder)
    assert set(phase.title) == {"en"}
    (folder / "theory" / "00-motivation.es.md").unlink()
    assert phase.page("theory/00-motivation", "es") == phase.page("theory/00-motivation", "en")


THERE = ("modules", "engine", "parts", "tokeniser", "loop")  # files of the starter, whose tests decide


@pytest.mark.parametrize("id_", phase_ids())
def test_any_phase_can_be_checked(session: Session, id_: str) -> None:
    """Every proof is looked at: what nobody has done does not hold, what is there does."""
    found = checks.items(session, load_phase(id_))
    assert {one.id: one.ok for one in found if one.id not in THERE} == {
        one.id: False for one in found if one.id not in THERE
    }
    assert json.dumps(to_json(phase.phase(session, id_, session.env)), allow_nan=False)


@pytest.mark.parametrize(
    ("old", "new", "named"),
    [
        ("hold: [uniform-fails, kaiming-trains]", "hold: [uniform-fails, kaiming-train]", "kaiming-train"),
        ("shown: [P2]", "shown: [P9]", "P9"),
        ('proof: {break: "00"}', 'proof: {break: "77"}', "77"),
        ('proof: {laboratory: "03"', 'proof: {laboratory: "09"', "09"),
    ],
)
def test_a_proof_of_what_the_phase_does_not_have_is_named(
    tmp_path: Path, old: str, new: str, named: str
) -> None:
    folder = Path(shutil.copytree(data_dir("phases") / "10", tmp_path / "10"))
    text = (folder / "phase.yaml").read_text(encoding="utf-8")
    assert old in text
    (folder / "phase.yaml").write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(Fault, match=rf"phase.yaml:\d+: done\..*'{named}' is not in this phase"):
        load_phase("10", folder)


def test_no_code_knows_the_number_of_a_phase() -> None:
    """What is particular to one phase is data of it; examples in help and docstrings say PHASE/NN."""
    code = Path(checks.__file__).parents[1]
    literal = re.compile(r"""["'](?:10|07|08|09|12)["']|phases/(?!<)\d\d|phase-\d\d["'/]""")
    found = [
        f"{path.relative_to(code)}:{number}"
        for path in code.rglob("*.py")
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if literal.search(line) and not line.lstrip().startswith(('"""', "#"))
    ]
    assert found == []


def test_a_phase_that_is_done_leads_to_the_next_and_the_last_to_the_progress(session: Session) -> None:
    known = phase_ids()
    for test in (session.workspace.top / "tests").glob("test_*.py"):
        test.unlink()  # they pass or fail elsewhere
    for here, there in zip(known, [*(f"lynx phase {id_}" for id_ in known[1:]), "lynx progress"], strict=True):
        assert phase.check(session, here).next == there


@pytest.mark.parametrize("id_", phase_ids())
def test_behind_the_last_chapter_comes_what_the_phase_has(session: Session, id_: str) -> None:
    one = load_phase(id_)
    last = one.chapters[-1]
    following = phase.read(session, f"{id_}/{last.id}", session.env).next
    lab = next((f"lynx lab {id_}/{x.id}" for x in one.laboratories if x.read == last.file), None)
    drill = "lynx drill" if id_ == rules.phase_id() else None
    sat = f"lynx exam {id_}" if id_ in exam_ids() else None
    assert following == (lab or drill or sat or f"lynx break {one.breaks[0]}")
