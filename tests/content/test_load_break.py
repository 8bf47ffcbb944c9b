"""Reading a break: the good one whole, and every mistake with its line, its key and what to do."""

from __future__ import annotations

import copy
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from lynx.content.reading.breaks import load_break
from lynx.content.reading.schema import json_schema
from lynx.content.spec import BadSpec, Break, Problem
from lynx.truth.claims import Compare, Expect, Kind, Verdict
from lynx.truth.measures import Measure, Metric, Relative, Where, Worse

GOOD = Path(__file__).parent / "data" / "forget-the-skip"
PROGRAM = Path(__file__).parent / "data" / "the-learners-program"
TEXT = (GOOD / "break.yaml").read_text(encoding="utf-8")
VALUES: dict[str, Any] = yaml.load(
    TEXT, Loader=yaml.BaseLoader
)  # keys as written; the values do not matter here


def load(folder: Path, text: str | bytes) -> Break:
    folder.mkdir(exist_ok=True)
    for name in ("experiment.py", "oracle.py"):
        (folder / name).write_text("")
    (folder / "break.yaml").write_bytes(text.encode() if isinstance(text, str) else text)
    return load_break(folder, pack="test")


def problems(folder: Path, text: str | bytes) -> tuple[Problem, ...]:
    with pytest.raises(BadSpec) as caught:
        load(folder, text)
    for problem in caught.value.problems:
        assert problem.what.strip()
        assert re.fullmatch(re.escape(str(folder / "break.yaml")) + r":[1-9]\d*", problem.where)
        assert problem.line() in caught.value.listing() or len(caught.value.problems) > 50
    return caught.value.problems


def line_of(problem: Problem) -> int:
    return int(problem.where.rpartition(":")[2])


# -- the good one ---------------------------------------------------------------------------------


def test_the_good_break_is_read_whole() -> None:
    b = load_break(GOOD)
    assert (b.id, b.slug, b.phase, b.pack, b.folder) == ("90", "forget-the-skip", 10, "lynx", GOOD)
    assert b.text == TEXT.encode()
    assert b.title == {"en": "Forget the skip: a tall stack", "es": "Olvida el atajo: una pila alta"}
    assert b.teaches == ("residuals", "step-size")
    assert b.diff == "@@\n-        return x + h\n+        return h\n"
    assert (b.experiment.run, b.experiment.args["lr"]) == ("./experiment.py", 0.01)
    assert list(b.variants) == ["healthy", "broken", "baseline"]
    assert (b.variants["baseline"].on, b.variants["baseline"].args) == ("healthy", {"depth": 0})
    assert b.metrics == {"spread": Metric("spread", "nats", Worse.LOW, per_layer=True, log=True)}
    clip = b.controls["clip"]
    assert clip.measure == Measure("val_accuracy", "clip", "last")
    assert clip.predicts == {"vanishing": Expect(at_most=0.4), "step-size": Expect(at_least=0.6)}
    assert clip.says is not None
    assert b.controls["half"].variant.diff is not None
    assert b.controls["half"].predicts["vanishing"] == Expect(nan=True)
    assert b.asks["P3"]["es"] == "¿Llega a NaN?"
    assert b.says["nan-within-50"]["en"] == "Training becomes NaN within 50 steps"
    assert [hint["en"] for hint in b.hints] == [
        "Measure the gradient first.",
        "Then one step.",
        "Then read the block.",
    ]
    assert b.oracle is not None
    assert b.oracle.inputs[0].shape == ("batch", 8)
    assert b.oracle.inputs[1].below == 65
    assert b.oracle.shapes[2] == {"batch": 32}
    assert b.verify_by == ("healthy-trains",)
    assert b.wrong_fixes[0].says["es"] == "suma la entrada dos veces"
    assert (b.sources["course"].what["es"], b.sources["course"].where) == (
        "la página de un curso sobre esta avería",
        "lesson 10",
    )
    assert (b.elsewhere[0].source, b.elsewhere[0].differs["es"]) == ("course", "otro texto, 46 000 pasos")
    assert b.guard["en"].startswith("A test that")
    assert (b.needs.packages, b.needs.files, b.tolerance) == (("tensorboard",), ("data/words.txt",), 1e-6)
    assert b.neighbours == {"wide": {"width": 96}, "slow": {"lr": 0.005}}
    assert (b.language, b.languages, b.hint_ids) == ("en", ("es",), ("h1", "h2", "h3"))
    assert (b.next, b.budget, b.base) == ("91", 45.0, "starter")
    assert b.measured["seconds"] == 12.5
    assert b.measured["claims"]["nan-within-50"]["median"] == float("inf")
    assert b.measured["chain"][0][:5] == ["nan", "loss", "nan", 3, 1.0]  # words stay words
    assert not b.stale


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        (r"val loss ([0-9.]+)", True),
        (r"step (?P<step>\d+) val (\S+)", True),
        (r"step (?P<step>\d+) val (?P<value>\S+)", True),
        (r"step (?P<step>\d+)", False),
        (r"step (\d+) val (\S+)", False),
    ],
)
def test_a_printed_figure_has_one_group_and_may_tell_its_step(
    tmp_path: Path, pattern: str, fits: bool
) -> None:
    shutil.copytree(PROGRAM, tmp_path / "pack")
    page = (PROGRAM / "break.yaml").read_text(encoding="utf-8")
    changed = page.replace('"val loss ([0-9.]+)"', f"'{pattern}'")
    assert pattern in changed
    (tmp_path / "pack" / "break.yaml").write_text(changed, encoding="utf-8")
    if fits:
        assert load_break(tmp_path / "pack").experiment.metrics == {"val_loss": {"prints": pattern}}
    else:
        with pytest.raises(BadSpec, match="groups"):
            load_break(tmp_path / "pack")


def test_a_program_and_an_oracle_of_ones_own_are_read() -> None:
    b = load_break(PROGRAM)
    assert (b.experiment.run, b.experiment.script, b.experiment.steps) == ("", "train.py", 200)
    assert b.experiment.argv == ("--max_iters", "200", "--device=cpu")
    assert (b.experiment.clock, b.experiment.files) == ("adam", ("input.txt",))
    assert b.experiment.metrics == {"val_loss": {"prints": "val loss ([0-9.]+)"}}
    assert (b.needs.packages, b.needs.files, b.tolerance) == (("numpy",), ("input.txt",), 1e-6)
    assert b.neighbours == {"n1": {"batch": 16}}
    assert b.oracle is not None
    assert (b.oracle.call, b.oracle.steps, b.oracle.n) == ("", "./oracle.py:make", 4)
    assert b.oracle.property == "./oracle.py:holds"
    assert (b.language, b.title, b.hint_ids) == ("de", {"de": "Die Maske fehlt"}, ("measure", "look"))
    assert (b.blind_title, b.symptom, b.why, b.setup) == ({"de": "92"}, {}, {}, None)


def test_an_object_that_a_function_makes_is_read(tmp_path: Path) -> None:
    text = (PROGRAM / "break.yaml").read_text(encoding="utf-8")
    text = text.replace('{steps: "./oracle.py:make", n: 4, ', '{make: "./oracle.py:make", ')
    oracle = load(tmp_path, text).oracle
    assert oracle is not None
    assert (oracle.make, oracle.steps) == ("./oracle.py:make", None)


def test_predictions_of_each_kind_are_read() -> None:
    p1, p2, p3, p4, p5 = load_break(GOOD).predictions
    assert p1.measure == Measure("loss", "healthy", 100, relative_to=Relative(step=0))
    assert (p1.kind, p1.scale, p1.hit, p1.says) == (Kind.NUMBER, "log", 3.0, {"course": 0.8})
    assert [(o.name, o.when) for o in p2.options] == [
        ("falls", Expect(at_most=0.7)),
        ("nan", Expect(nan=True)),
        ("rises", Expect(at_least=1.3)),
        ("flat", Expect()),
    ]
    assert p2.options[3].means == {"en": "within a third", "es": "a menos de un tercio"}
    assert p2.measure.variant == "broken"
    assert [(o.name, o.when) for o in p3.options] == [("yes", Expect(at_most=50)), ("no", Expect())]
    assert p3.says == {"course": "yes"}  # unquoted, which YAML 1.1 reads as True
    assert p4.measure.first_step == Where(at_most=1.7)
    assert p4.says == {"course": float("inf")}
    assert (p5.kind, p5.steps, p5.says) == (Kind.CURVE, (0, 10, 100), {"course": {0: 2.4, 100: 1.6}})
    assert [one.step for one in p5.measures] == [0, 10, 100]
    assert p4.measures == (p4.measure,)


def test_claims_are_read() -> None:
    nan, larger, trains = load_break(GOOD).claims
    assert (nan.source, nan.expect, nan.verdict) == ("course", Expect(at_most=50), Verdict.REFUTED)
    assert larger.compare == Compare("healthy", "above", 1.5, "log")
    assert (trains.always, nan.always) == (True, False)
    assert (trains.healthy, trains.measure.rank, trains.measure.step) == (True, "steps", "max")


def test_where_names_the_line_of_a_key_or_of_its_nearest_parent() -> None:
    b = load_break(GOOD)
    lines = TEXT.splitlines()
    assert lines[int(b.where("claims.2.verdict").rpartition(":")[2]) - 1].strip() == "verdict: HOLDS"
    assert lines[int(b.where("predictions.0.hit").rpartition(":")[2]) - 1].strip() == "hit: 3"
    assert b.where("budget.nothing.here") == b.where("budget")
    assert b.where("no-such-key").endswith("break.yaml:1")


def test_short_form_of_the_experiment(tmp_path: Path) -> None:
    b = load(tmp_path, re.sub(r"experiment: \{.*\}", "experiment: ./experiment.py", TEXT))
    assert (b.experiment.run, b.experiment.args) == ("./experiment.py", {})


def test_journalled_bytes_are_read_without_the_folder(tmp_path: Path) -> None:
    b = load_break(tmp_path / "gone", pack="p", data=TEXT.encode())
    assert (b.id, b.pack, b.folder) == ("90", "p", tmp_path / "gone")


def test_crlf_and_bom_are_read(tmp_path: Path) -> None:
    b = load(tmp_path, b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert b.diff == load_break(GOOD).diff


def test_markup_is_text(tmp_path: Path) -> None:
    b = load(
        tmp_path, TEXT.replace("Then one step.", "[red]Then[/red] [link=file:///etc]one[/] {step} %s $HOME")
    )
    assert b.hints[1]["en"] == "[red]Then[/red] [link=file:///etc]one[/] {step} %s $HOME"


def test_braces_and_markup_in_messages_are_text(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, TEXT.replace("kind: yesno", 'kind: "{0.__class__} [red] {what}"'))
    assert "{0.__class__} [red] {what}" in found.what


def test_next_must_be_known_when_the_known_are_given() -> None:
    assert load_break(GOOD, known=["90", "91"]).next == "91"
    with pytest.raises(BadSpec) as caught:
        load_break(GOOD, known=["90"])
    assert caught.value.problems[0].key == "next"


def test_light_import() -> None:
    code = "import lynx.content.spec, lynx.content.catalog, lynx.content.packs, sys; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pydantic", "yaml", "git", "numpy", "scipy", "torch"} & set(loaded)


# -- every key, systematically --------------------------------------------------------------------

FREE = {"args", "init", "neighbours", "course"}  # what a source says is a number, a word or a curve


def paths_in(value: Any, at: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    found = [at] if at else []
    if at and at[-1] in FREE:
        return found
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for name, child in children:
        found += paths_in(child, (*at, name))
    return found


def holder(values: Any, path: tuple[str | int, ...]) -> Any:
    for part in path:
        values = values[part]
    return values


def written(values: Any) -> str:
    # Innermost collections on one line, so that a planted value stands on its key's own line.
    return yaml.safe_dump(values, sort_keys=False, allow_unicode=True, default_flow_style=None, width=10_000)


def typed(text: str = TEXT) -> Any:
    """The good spec as plain values, with types as Lynx reads them."""
    from lynx.content.reading.document import parse

    root = parse(text.encode(), Path("x")).root
    assert root is not None
    return root.plain()


ALL_PATHS = paths_in(typed())


def test_the_systematic_tests_cover_the_schema() -> None:
    """Every key of the schema stands in the fixture, so that each is planted below."""
    program = typed((PROGRAM / "break.yaml").read_text(encoding="utf-8"))
    seen = {str(part) for path in [*ALL_PATHS, *paths_in(program)] for part in path} | {
        "make",
        "what",
        "where",
    }
    schema = json_schema()
    for model in (schema, *schema["$defs"].values()):
        assert set(model["properties"]) <= seen, model["title"]


@pytest.mark.parametrize("path", ALL_PATHS, ids=lambda p: ".".join(map(str, p)))
def test_a_wrong_type_at_every_key_names_its_line(path: tuple[str | int, ...], tmp_path: Path) -> None:
    values = copy.deepcopy(typed())
    parent = holder(values, path[:-1])
    parent[path[-1]] = {"planted": 1} if isinstance(parent[path[-1]], list) else ["planted"]
    text = written(values)
    planted = next(n for n, line in enumerate(text.splitlines(), 1) if "planted" in line)
    key = ".".join(map(str, path))
    hits = [p for p in problems(tmp_path, text) if p.key == key or p.key.startswith(key + ".")]
    assert hits, "no problem names the key"
    assert {line_of(p) for p in hits} == {planted}


@pytest.mark.parametrize(
    "wrong", [True, 3.5, -1, None, "", "x\0y", "\x1b[31m", 10**30, "é" * 4000], ids=lambda v: repr(v)[:20]
)
@pytest.mark.parametrize("path", ALL_PATHS[::3], ids=lambda p: ".".join(map(str, p)))
@pytest.mark.sampled(2)
def test_odd_values_end_in_a_break_or_in_problems(
    path: tuple[str | int, ...], wrong: Any, tmp_path: Path
) -> None:
    values = copy.deepcopy(typed())
    holder(values, path[:-1])[path[-1]] = wrong
    try:
        read = load(tmp_path, written(values))
    except BadSpec as error:
        bad = error
    else:
        assert isinstance(read, Break)
        return
    assert bad.problems
    assert str(bad).replace("\n", "").isprintable()


def required(path: tuple[str | int, ...]) -> bool:
    node: Any = json_schema()
    for part in path[:-1]:
        node = _inside(node, part)
    return path[-1] in _resolve(node).get("required", ())


def _resolve(node: Any) -> Any:
    while "$ref" in node or "anyOf" in node:
        if "$ref" in node:
            node = json_schema()["$defs"][node["$ref"].rpartition("/")[2]]
        else:
            node = next((n for n in node["anyOf"] if "$ref" in n or n.get("type") in ("object", "array")), {})
    return node


def _inside(node: Any, part: str | int) -> Any:
    node = _resolve(node)
    if isinstance(part, int):
        return node["items"]
    if part in node.get("properties", {}):
        return node["properties"][part]
    return next(iter(node.get("patternProperties", {}).values()), None) or node["additionalProperties"]


REQUIRED = [path for path in ALL_PATHS if required(path)]


def test_there_are_required_keys() -> None:
    assert len(REQUIRED) > 60


@pytest.mark.parametrize("path", REQUIRED, ids=lambda p: ".".join(map(str, p)))
def test_a_missing_key_is_named_with_what_to_give(path: tuple[str | int, ...], tmp_path: Path) -> None:
    values = copy.deepcopy(typed())
    del holder(values, path[:-1])[path[-1]]
    (found,) = [p for p in problems(tmp_path, written(values)) if p.key == ".".join(map(str, path))]
    assert found.what == f"'{path[-1]}' is missing."
    assert len(found.remedy) > 10


MAPPINGS = [path for path in [(), *ALL_PATHS] if isinstance(holder(typed(), path), dict)]
OPEN = {
    "variants",
    "rivals",
    "controls",
    "metrics",
    "predicts",
    "options",
    "shapes",
    "sources",
    "says",
    *FREE,
}


@pytest.mark.parametrize(
    "path",
    [p for p in MAPPINGS if not p or (p[-1] not in OPEN and not (len(p) > 1 and p[-2] == "shapes"))],
    ids=lambda p: ".".join(map(str, p)),
)
def test_an_unknown_key_is_named_in_every_mapping(path: tuple[str | int, ...], tmp_path: Path) -> None:
    values = copy.deepcopy(typed())
    holder(values, path)["wombat"] = 1
    text = written(values)
    (found,) = [p for p in problems(tmp_path, text) if p.key == ".".join(map(str, (*path, "wombat")))]
    assert line_of(found) == next(n for n, line in enumerate(text.splitlines(), 1) if "wombat" in line)
    assert "wombat" in found.what
    assert "Known here" in found.remedy


# -- YAML's traps ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        ("lr: 1.0e-2", "lr: 1e-2", "experiment.args.lr", "Write 1.0e-2"),
        ("lr: 1.0e-2", "lr: 1E5", "experiment.args.lr", "Write 1.0e+5"),
        ("budget: 45", "budget: 1e3", "budget", "Write 1.0e+3"),
        ("budget: 45", "budget: 0,5", "budget", "Write 0.5"),
        ("budget: 45", "budget: 12:30", "budget", "750"),
        ("budget: 45", "budget: inf", "budget", "Write .inf"),
        ("budget: 45", "budget: 1.0e+999", "budget", "infinity"),
        ("phase: 10", 'phase: "10"', "phase", "Write 10"),
        ("phase: 10", "phase: 010", "phase", "8"),
        ("phase: 10", "phase: " + "9" * 5000, "phase", "40 digits"),
        ('id: "90"', "id: 90", "id", 'quotes: "90"'),
        ('id: "90"', "id: 00", "id", '"00" in quotes'),
        ("slug: forget-the-skip", "slug: no", "slug", 'quotes: "no"'),
        ("kind: choice", "kind: off", "kind", "as false. The form of the answer: number, choice"),
        ("says: The healthy side trains", "says: 12:30", "says", "750"),
        ("says: The healthy side trains", "says: yes", "says", 'quotes: "yes"'),
        ("says: The healthy side trains", "says: ", "says", "is empty"),
        ("says: The healthy side trains", "says: 3.5", "says", "a number"),
        ("on: broken", "on: off", "on", "as false. The version it starts from: healthy or broken."),
        ("at_most: 50}\n    says", "at_most: fifty}\n    says", "at_most", "should be a number"),
        ("at_most: 50}\n    says", "at_most: .nan}\n    says", "at_most", "nan: true"),
        ("nan: true}, rises", "nan: 1}, rises", "nan", "true or false"),
    ],
)
def test_yaml_traps(old: str, new: str, key: str, says: str, tmp_path: Path) -> None:
    assert TEXT.count(old) >= 1
    text = TEXT.replace(old, new, 1)
    (found,) = problems(tmp_path, text)
    assert found.key.endswith(key)
    assert says in found.line()
    assert line_of(found) == TEXT[: TEXT.index(old)].count("\n") + 1


def test_keys_are_text_even_where_yaml_knows_better(tmp_path: Path) -> None:
    b = load(tmp_path, TEXT.replace("falls: {at_most: 0.7}", "no: {at_most: 0.7}"))
    assert b.predictions[1].options[0].name == "no"


# -- what the keys owe each other -----------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "key", "says"),
    [
        (
            "variant: healthy, step: 100",
            "variant: helthy, step: 100",
            "predictions.0.measure.variant",
            "'healthy'",
        ),
        (
            "variant: healthy, step: 100",
            "variant: nobody, step: 100",
            "predictions.0.measure.variant",
            "baseline",
        ),
        (
            "relative_to: {step: 0}}\n    scale",
            "relative_to: {variant: nope}}\n    scale",
            "relative_to.variant",
            "nope",
        ),
        ("relative_to: {step: 0}}\n    scale", "relative_to: {}}\n    scale", "measure.relative_to", "empty"),
        (
            "relative_to: {step: 0}}\n    scale",
            "relative_to: {step: 201}}\n    scale",
            "relative_to.step",
            "past the end",
        ),
        ("to: healthy", "to: nobody", "claims.1.compare.to", "nobody"),
        ("to: healthy", "to: broken", "claims.1.compare.to", "itself"),
        ("margin: 1.5, scale: log", "margin: 0.5, scale: log", "claims.1.compare.margin", "factor"),
        ("direction: above, margin: 1.5, scale: log", "direction: same", "claims.1.compare.margin", "same"),
        ("direction: above", "direction: upwards", "claims.1.compare.direction", "above"),
        ("    compare: {to: healthy, direction: above, margin: 1.5, scale: log}\n", "", "claims.1", "expect"),
        (
            "      vanishing: {at_most: 0.4}",
            "      vanishin: {at_most: 0.4}",
            "predicts.vanishin",
            "'vanishing'",
        ),
        (
            "      vanishing: {at_most: 0.4}",
            "      vanishing: {at_least: 0.6}",
            "clip.predicts",
            "separates nothing",
        ),
        ("      vanishing: {at_most: 0.4}\n", "", "clip.predicts", "at least 2"),
        (
            "      vanishing: {at_most: 0.4}",
            "      vanishing: {}",
            "predicts.vanishing",
            "nothing is expected",
        ),
        ("    args: {clip_norm: 1.0}\n", "", "controls.clip", "changes nothing"),
        (
            "measure: {metric: val_accuracy, step: last}",
            "measure: {metric: val_accuracy, variant: broken}",
            "variant",
            "itself",
        ),
        ("{on: healthy, args: {depth: 0}}", "{on: healthy}", "variants.baseline", "changes nothing"),
        ("  baseline: {on", "  broken: {on", "variants.broken", "already names"),
        ("  baseline: {on", "  yours: {on", "variants.yours", "already names"),
        ("  baseline: {on", "  clip: {on", "controls.clip", "already names"),
        ("id: P2", "id: P1", "predictions.1.id", "twice"),
        ("id: gradient-larger", "id: nan-within-50", "claims.1.id", "twice"),
        ("verify_by: [healthy-trains]", "verify_by: [healthy-train]", "verify_by.0", "'healthy-trains'"),
        ("metric: first_nan_step}", "metric: first_nan_stp}", "metric", "'first_nan_step'"),
        ("metric: spread", "metric: sprea", "metric", "'spread'"),
        ("  spread: {unit", "  loss: {unit", "metrics.loss", "Lynx's own"),
        ("    scale: log\n    hit: 3\n", "    scale: log\n    hit: 1\n", "predictions.0.hit", "more than 1"),
        ("    hit: 10\n", "    hit: 0\n", "predictions.3.hit", "more than 0"),
        ("    hit: 10\n", "    hit: -2\n", "predictions.3.hit", "more than 0"),
        ("    hit: 10\n", "", "predictions.3.hit", "missing"),
        ("{course: flat}", "{course: flatt}", "predictions.1.says.course", "'flat'"),
        ("{course: flat}", "{course: 3}", "predictions.1.says.course", "no option"),
        ("{course: yes}", "{course: perhaps}", "predictions.2.says.course", "yes or no"),
        ("{course: 0.8}", "{course: flat}", "predictions.0.says.course", "no number"),
        ("{course: 0.8}", "{course: no}", "predictions.0.says.course", "Write a number"),
        ("{course: 0.8}", "{course: {0: 2}}", "predictions.0.says.course", "ask a curve"),
        ("{course: 0.8}", "{curse: 0.8}", "predictions.0.says.curse", "'course'"),
        (
            "{course: {0: 2.4, 100: 1.6}}",
            "{course: {0: 2.4, 99: 1.6}}",
            "predictions.4.says.course",
            "no curve",
        ),
        ("{course: {0: 2.4, 100: 1.6}}", "{course: 2.4}", "predictions.4.says.course", "no curve"),
        ("{course: {0: 2.4, 100: 1.6}}", "{course: {a: 2}}", "predictions.4.says.course", "neither a number"),
        ("steps: [0, 10, 100]", "steps: [0, 0, 100]", "predictions.4.measure.steps", "two steps"),
        ("steps: [0, 10, 100]", "steps: [0, 100, 10]", "predictions.4.measure.steps", "later than"),
        ("steps: [0, 10, 100]", "steps: [0, 100, 300]", "predictions.4.measure.steps.2", "200 steps"),
        ("steps: [0, 10, 100]", "steps: [0, 10, 100], step: 3", "predictions.4.measure.step", "exclude"),
        (
            "step: 100, relative_to: {step: 0}}\n    scale",
            "steps: [0, 1]}\n    scale",
            "measure.steps",
            "a curve",
        ),
        ("from: theory", "from: blog", "claims.2.from", "course, theory, measured"),
        ("{id: tall, from: course", "{id: tall, from: corse", "elsewhere.0.from", "'course'"),
        ("  course: {what", "  theory: {what: x}\n  course: {what", "sources.theory", "every break has it"),
        (
            "  - id: twice",
            '  - {id: twice, says: x, diff: "@@\\n-a\\n+b\\n"}\n  - id: twice',
            "wrong_fixes.1.id",
            "twice",
        ),
        (
            "args: {depth: 30, batch",
            "argv: [x], args: {depth: 30, batch",
            "experiment.argv",
            "belongs to a script",
        ),
        (
            "run: ./experiment.py, args",
            "run: ./experiment.py, script: t.py, args",
            "experiment.script",
            "exclude",
        ),
        ("run: ./experiment.py, args", "args", "experiment.run", "missing"),
        ("lr: 1.0e-2}}", "lr: 1.0e-2}, tolerance: 1.0e-3}", "experiment.tolerance", "given twice"),
        (
            "  call: net.block:Block",
            "  make: ./oracle.py:make\n  call: net.block:Block",
            "oracle.make",
            "exclude",
        ),
        (
            "  call: net.block:Block",
            "  property: ../o.py:f\n  call: net.block:Block",
            "oracle.property",
            "cannot be",
        ),
        (
            "  call: net.block:Block",
            "  property: ./o.py:f\n  call: net.block:Block",
            "oracle.property",
            "no file in",
        ),
        ("  cases: 20", "  n: 3\n  cases: 20", "oracle.n", "counts the steps"),
        ("files: [data/words.txt]", "files: [../words.txt]", "needs.files.0", "'..'"),
        ("language: en", "language: English", "language", "as a tag"),
        ("  course: {what", "  course: {wat: x, what", "sources.course.wat", "'what'"),
        ("{course: yes}", "{course: yes}\n    hit: 3", "predictions.2.hit", "belongs to a number"),
        (
            "    says: {course: flat}",
            "    says: {course: flat}\n    expect: {at_most: 1}",
            "predictions.1.expect",
            "belongs to a yesno",
        ),
        ("    expect: {at_most: 50}\n    says", "    says", "predictions.2.expect", "missing"),
        ("rises: {at_least: 1.3}", "FLAT: {at_least: 1.3}", "predictions.1.options", "capitals"),
        ("falls: {at_most: 0.7}, nan", "falls: {}, nan", "options.falls", "Put it last"),
        (
            "{falls: {at_most: 0.7}, nan: {nan: true}, rises: {at_least: 1.3}, flat: {means: within a third}}",
            "{flat: {}}",
            "options",
            "two options",
        ),
        ("falls: {at_most: 0.7}", "a|b: {at_most: 0.7}", "options.a|b", "cannot be a name"),
        ("first_step: {at_most: 1.7}", "first_step: {}", "measure.first_step", "threshold"),
        ("first_step: {at_most: 1.7}", "first_step: {at_most: 1.7}, step: 3", "measure.step", "every step"),
        ("first_step: {at_most: 1.7}", "first_step: {at_most: 1.7}, rank: steps", "measure.rank", "exclude"),
        (
            "step: 100, relative_to: {step: 0}}\n    options",
            "step: 201}\n    options",
            "measure.step",
            "200 steps",
        ),
        (
            "step: 100, relative_to: {step: 0}}\n    options",
            "step: -1}\n    options",
            "measure.step",
            "no step",
        ),
        (
            "step: 100, relative_to: {step: 0}}\n    options",
            "step: middle}\n    options",
            "measure.step",
            "median",
        ),
        ("layer: 1, step: 0", "layer: 0, step: 0", "measure.layer", "counted from 1"),
        ("expect: {at_least: 0.85}", "expect: {at_least: 0.85, at_most: 0.2}", "expect.at_least", "Swap"),
        ("expect: {at_least: 0.85}", "expect: {at_least: 0.85, equals: 0.9}", "expect.equals", "exclude"),
        ("expect: {at_least: 0.85}", "expect: {at_least: 0.85, within: 0.9}", "expect.within", "belongs"),
        ("expect: {at_least: 0.85}", "expect: {at_lest: 0.85}", "expect.at_lest", "'at_least'"),
        ("verdict: REFUTED", "verdict: WRONG", "claims.0.verdict", "HOLDS"),
        ("verdict: REFUTED", "verdict: INVALID", "claims.0.verdict", "HOLDS"),
        ("from: theory", "from: rumour", "claims.2.from", "course"),
        ("target: src/net/block.py", "target: /etc/passwd", "target", "not relative"),
        ("target: src/net/block.py", "target: ../block.py", "target", "'..'"),
        ("target: src/net/block.py", "target: src/.GiT/config", "target", "git's own"),
        ("target: src/net/block.py", "target: " + "a/" * 2500 + "b", "target", "too long"),
        ("target: src/net/block.py", 'target: "src/\\tnet.py"', "target", "control character"),
        ("pythonpath: [src]", "pythonpath: [src, ../lib]", "pythonpath.1", "'..'"),
        ("read: [theory/03-residuals.md]", "read: [/etc/passwd]", "read.0", "not relative"),
        ("base: starter", "base: ../other", "base", "'..'"),
        ("run: ./experiment.py", "run: ./missing.py", "experiment.run", "no file"),
        ("run: ./experiment.py", "run: ../experiment.py", "experiment.run", "'..'"),
        ("run: ./experiment.py", "run: /tmp/experiment.py", "experiment.run", "not relative"),
        ("run: ./experiment.py", "run: ./experiment.txt", "experiment.run", "NAME.py"),
        ("run: ./experiment.py", "run: deep mlp", "experiment.run", "built-in"),
        ("depth: 30", "depth-max: 30", "args.depth-max", "cannot be a name"),
        (
            "  @@\n  -        return x + h\n  +        return h\npythonpath",
            "  hello\npythonpath",
            "diff",
            "no hunk",
        ),
        (
            "-        return h\n      +        return x + x",
            "?        return h\n      +        return x + x",
            "wrong_fixes.0.diff",
            "none of a diff's",
        ),
        ("diff: |\n  @@\n  -", "diff: |\n  --- a/other.py\n  +++ b/other.py\n  @@\n  -", "diff", "other.py"),
        (
            "shapes: [{batch: 1}, {batch: 7}, {batch: 32}]",
            "shapes: [{batch: 1}, {batch: 7}]",
            "oracle.shapes",
            "own batch, 32",
        ),
        ("shapes: [{batch: 1}, {batch: 7}, {batch: 32}]", "shapes: []", "oracle.shapes", "batch"),
        ("{batch: 7}", "{batch: 7, time: 3}", "oracle.shapes.1", "time"),
        ("{batch: 7}", "{}", "oracle.shapes.1", "batch"),
        ("{batch: 7}", "{batch: 0}", "oracle.shapes.1.batch", "1 or more"),
        (
            "{shape: [batch, 8], dtype: float}",
            "{shape: [60000, 60000, batch]}",
            "oracle.shapes.0",
            "ten million",
        ),
        ("{shape: [batch, 8], dtype: float}", "{shape: [batch, 8], dtype: int}", "inputs.0.below", "below"),
        ("{shape: [batch, 8], dtype: float}", "{shape: [Batch, 8]}", "inputs.0.shape.0", "no dimension"),
        ("cases: 20", "cases: 0", "oracle.cases", "1 or more"),
        ("cases: 20", "cases: 2000", "oracle.cases", "1000 or less"),
        ("  tolerance: 1.0e-6", "  tolerance: 0.0", "oracle.tolerance", "more than 0"),
        ("call: net.block:Block", "call: net.block.Block", "oracle.call", "package.module:Name"),
        ("budget: 45", "budget: 0", "budget", "more than 0"),
        ("slug: forget-the-skip", "slug: Forget_It", "slug", "small letters"),
        ('why: "The identity keeps the direction."', "why: [x]", "why", "should be text"),
        ('"The loss stops early."', '"' + "x" * 3001 + '"', "symptom", "3000"),
        ('"Clips the gradient to norm 1."', '"a\\nb"', "controls.clip.says", "several lines"),
        ('"Then one step."', '"Then \\e[31m one"', "hints.1", "U+001B"),
        ('"Then one step."', '"Then \\u202e one"', "hints.1", "U+202E"),
    ],
)
def test_each_mistake_has_line_key_and_remedy(
    old: str, new: str, key: str, says: str, tmp_path: Path
) -> None:
    assert old in TEXT
    text = TEXT.replace(old, new, 1)
    found = problems(tmp_path, text)
    hit = next((p for p in found if p.key.endswith(key)), None)
    assert hit is not None, [p.line() for p in found]
    assert says in hit.line()
    assert len(found) == 1, [p.line() for p in found]


def test_the_line_is_that_of_the_key(tmp_path: Path) -> None:
    text = TEXT.replace("to: healthy", "to: nobody").replace("    hit: 10\n", "    hit: 0\n")
    for found, marker in zip(problems(tmp_path, text), ("hit: 0", "to: nobody"), strict=True):
        assert marker in text.splitlines()[line_of(found) - 1]


def test_nothing_decides_on_a_repair(tmp_path: Path) -> None:
    text = re.sub(r"oracle:\n(  .*\n)+verify_by: .*\n", "", TEXT)
    (found,) = problems(tmp_path, text)
    assert "verify_by" in found.remedy


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = TEXT
    edits = {
        "phase: 10": "phase: ten",
        "lr: 1.0e-2": "lr: 1e-2",
        "blind_title:": "blind_titel:",
        "target: src/net/block.py": "target: ../block.py",
        "  baseline: {on": "  broken: {on",
        "    hit: 3": "    hit: 0.5",
        "id: P2": "id: P1",
        "{course: yes}": "{course: perhaps}",
        "to: healthy": "to: nobody",
        "from: theory": "from: rumour",
        "verify_by: [healthy-trains]": "verify_by: [nothing]",
        "cases: 20": "cases: 0",
        "budget: 45": "budget: 45\nbudget: 46",
        'next: "91"': "next: *anchor",
    }
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new, 1)
    found = problems(tmp_path, text)
    assert {p.key for p in found} == {
        "phase",
        "experiment.args.lr",
        "blind_titel",
        "target",
        "variants.broken",
        "predictions.0.hit",
        "predictions.1.id",
        "predictions.2.says.course",
        "claims.1.compare.to",
        "claims.2.from",
        "verify_by.0",
        "oracle.cases",
        "budget",
        "next",
    }
    lines = [line_of(p) for p in found]
    assert lines == sorted(lines)


def test_many_mistakes_are_counted_and_the_list_is_cut(tmp_path: Path) -> None:
    text = TEXT.replace("budget:", "".join(f"extra{i}: 1\n" for i in range(200)) + "budget:")
    with pytest.raises(BadSpec) as caught:
        load(tmp_path, text)
    assert len(caught.value.problems) == 200
    assert caught.value.listing().count("\n") == 51
    assert "+150" in str(caught.value)


def test_messages_can_be_translated() -> None:
    problem = Problem("f:1", "k", "'{key}' is missing.", "Add it.", {"key": "k"})
    spanish = {"'{key}' is missing.": "Falta '{key}'.", "Add it.": "Añádela."}
    assert problem.line(lambda text: spanish[text]) == "f:1: Falta 'k'. Añádela."


def test_a_newer_format_is_refused_with_a_word_on_upgrading(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, TEXT.replace("schema: 2", "schema: 3").replace("phase: 10", "stage: 10"))
    assert found.key == "schema"
    assert "Upgrade" in found.remedy


def test_an_older_format_is_refused_with_the_command_that_brings_it_over(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, TEXT.replace("schema: 2", "schema: 1"))
    assert found.key == "schema"
    assert f"lynx mentor upgrade {tmp_path}" in found.remedy


@pytest.mark.parametrize("version", ["0", "-1"])
def test_a_format_that_never_was_is_refused(version: str, tmp_path: Path) -> None:
    (found,) = problems(tmp_path, TEXT.replace("schema: 2", f"schema: {version}"))
    assert (found.key, found.remedy) == ("schema", "Write schema: 2.")


def test_a_format_that_is_no_number_is_said(tmp_path: Path) -> None:
    (found,) = problems(tmp_path, TEXT.replace("schema: 2", "schema: one"))
    assert found.key == "schema"


# -- what lies at the path ------------------------------------------------------------------------


def refused(folder: Path) -> Problem:
    begin = time.process_time()
    with pytest.raises(BadSpec) as caught:
        load_break(folder)
    assert time.process_time() - begin < 30
    (found,) = caught.value.problems
    return found


def test_no_file(tmp_path: Path) -> None:
    assert "no such file" in refused(tmp_path).what


def test_a_fifo_is_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "break.yaml")
    assert "no regular file" in refused(tmp_path).what


def test_a_socket_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # socket paths are limited to some 100 characters
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("break.yaml")
        assert refused(tmp_path).what


def test_a_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "break.yaml").mkdir()
    assert refused(tmp_path).what


@pytest.mark.parametrize("elsewhere", ["/dev/zero", "/etc/passwd"])
def test_a_link_out_of_the_folder_is_refused(elsewhere: str, tmp_path: Path) -> None:
    (tmp_path / "break.yaml").symlink_to(elsewhere)
    assert "leaves the break's folder" in refused(tmp_path).what


def test_a_link_to_itself_is_refused(tmp_path: Path) -> None:
    (tmp_path / "break.yaml").symlink_to("break.yaml")
    assert refused(tmp_path).what


def test_a_link_inside_the_folder_is_read(tmp_path: Path) -> None:
    shutil.copytree(GOOD, tmp_path / "b")
    (tmp_path / "b" / "break.yaml").rename(tmp_path / "b" / "real.yaml")
    (tmp_path / "b" / "break.yaml").symlink_to("real.yaml")
    assert load_break(tmp_path / "b").id == "90"


def test_an_experiment_that_links_out_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere.py").write_text("")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "break.yaml").write_text(TEXT)
    (tmp_path / "b" / "experiment.py").symlink_to(tmp_path / "elsewhere.py")
    assert refused(tmp_path / "b").key == "experiment.run"


def test_a_file_of_50_megabytes_is_refused_unread(tmp_path: Path) -> None:
    diff = "".join(f"  +line {i}\n" for i in range(3_500_000))
    (tmp_path / "break.yaml").write_text(TEXT.replace("  @@\n", "  @@\n" + diff, 1))
    assert (tmp_path / "break.yaml").stat().st_size > 50_000_000
    assert "1 MB" in refused(tmp_path).what


def test_a_journalled_text_past_the_limit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSpec, match="1 MB"):
        load_break(tmp_path, data=b"a" * 50_000_000)
