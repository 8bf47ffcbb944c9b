"""The text of a new break: everything that can be known filled in, every blank in <angle brackets>. Pure.

A skeleton loads; `lynx mentor check` names each blank that is left.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from lynx.errors import N_, SOURCE_LANGUAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

SCHEMA_FILE = "break.schema.json"
_YAML_BREAKS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")


@dataclass(frozen=True)
class Facts:
    """What is known of a break before a word of it is written."""

    id: str
    slug: str
    phase: int
    target: str
    diff: str  # without file headers; "" when there is no edit to record
    within: str | None
    base: str  # "starter" or "."
    pythonpath: str  # src, or . for modules at the root
    experiment: str  # deep_mlp, or ./experiment.py
    schema_path: str  # from the break's folder
    oracle: Oracle | None = None
    language: str = SOURCE_LANGUAGE  # the mentor's own


@dataclass(frozen=True)
class Oracle:
    """A first guess at the oracle, read off the healthy source."""

    call: str
    init: Mapping[str, Any] = field(default_factory=dict)
    inputs: Sequence[str] = ()  # names of the call's arguments


def module_of(target: str, pythonpath: str) -> str:
    """The dotted name under which the target is imported."""
    path = PurePosixPath(target)
    if pythonpath != ".":
        path = path.relative_to(pythonpath)
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def oracle_of(source: bytes, within: str | None, module: str) -> Oracle | None:
    """The class or function around the change, with its arguments; None where nothing public is around it."""
    try:
        body: list[ast.stmt] = ast.parse(source).body
    except (SyntaxError, ValueError):
        return None
    if within is None:
        return None
    node = next((n for n in body if getattr(n, "name", None) == within.split(".")[0]), None)
    if isinstance(node, ast.FunctionDef):
        return Oracle(f"{module}:{node.name}", inputs=_arguments(node)[0])
    if isinstance(node, ast.ClassDef):
        methods = {n.name: n for n in node.body if isinstance(n, ast.FunctionDef)}
        init = _arguments(methods["__init__"])[1] if "__init__" in methods else {}
        call = methods.get("forward") or methods.get("__call__")
        return Oracle(f"{module}:{node.name}", init, _arguments(call)[0] if call else ("x",))
    return None


def _arguments(function: ast.FunctionDef) -> tuple[tuple[str, ...], dict[str, Any]]:
    """The positional arguments that must be given, and a first value for each."""
    given = [*function.args.posonlyargs, *function.args.args]
    needed = [a for a in given[: len(given) - len(function.args.defaults)] if a.arg not in ("self", "cls")]
    return tuple(a.arg for a in needed), {a.arg: 8 for a in needed}


def text(facts: Facts, say: Callable[[str], str] = str) -> str:
    """break.yaml, whose first line tells an editor where the schema is; `say` translates what is left to write."""
    blank = {name: say(words).replace("\\", "").replace('"', "'") for name, words in BLANKS.items()}
    parts = [
        f"# yaml-language-server: $schema={facts.schema_path}",
        HEAD.format(
            language=facts.language, id=_quoted(facts.id), slug=facts.slug, phase=facts.phase, **blank
        ),
        _target(facts),
        _experiment(facts),
        QUESTIONS.format(**blank),
        _oracle(facts),
        TAIL,
    ]
    return "\n".join(parts)


def blanks(yaml: str) -> int:
    """How many texts are still to be written."""
    return len(re.findall(r"<[^<>\n]*>", yaml))


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _target(facts: Facts) -> str:
    lines = [f"target: {_plain(facts.target)}"]
    if facts.within:
        lines.append(f"within: {facts.within}")
    lines.append(block("diff", facts.diff) if facts.diff else NO_DIFF)
    lines.append(f"pythonpath: [{_plain(facts.pythonpath)}]")
    lines.append(f"base: {facts.base}")
    return "\n".join(lines) + "\n"


def _plain(value: str) -> str:
    return value if re.fullmatch(r"[A-Za-z0-9._/][A-Za-z0-9._/-]*", value) else _quoted(value)


def block(key: str, value: str) -> str:
    """A text of several lines as a YAML literal block, or quoted where a block could not hold it."""
    if _YAML_BREAKS.search(value):
        escaped = "".join(
            f"\\u{ord(c):04x}" if _YAML_BREAKS.match(c) else {"\n": "\\n", "\t": "\\t"}.get(c, c)
            for c in value.replace("\\", "\\\\").replace('"', '\\"')
        )
        return f'{key}: "{escaped}"'
    body = "\n".join(f"  {line}" for line in value.removesuffix("\n").split("\n"))
    return f"{key}: |\n{body}"


def _experiment(facts: Facts) -> str:
    if facts.experiment.startswith("./"):
        return (
            "# A file beside this one with `def run(probe, *, steps, lr, batch, seed)`; `args` are its "
            "arguments.\n"
            f"experiment: {{run: {facts.experiment}, args: {{steps: 100, lr: 1.0e-2, batch: 32}}}}\n"
        )
    return (
        "# One of Lynx's own experiments, and its arguments.\n"
        f"experiment: {{run: {facts.experiment}, args: {{steps: 200, lr: 1.0e-2, batch: 64}}}}\n"
    )


def _oracle(facts: Facts) -> str:
    batch = 32 if facts.experiment.startswith("./") else 64
    if facts.oracle is None:
        return NO_ORACLE
    init = ", ".join(f"{name}: {value}" for name, value in facts.oracle.init.items())
    inputs = ", ".join("{shape: [batch, 8], dtype: float}" for _ in facts.oracle.inputs)
    shapes = ", ".join(f"{{batch: {size}}}" for size in (1, 4, 7, batch))
    return ORACLE.format(
        call=facts.oracle.call, init=init, inputs=inputs, shapes=shapes if facts.oracle.inputs else ""
    )


# What is left to be written, in the words of the mentor's own language.
BLANKS: Mapping[str, str] = {
    "title": N_("<title: what was done, in one line>"),
    "concept": N_("<concept>"),
    "one_ask": N_("<question: the loss at the end with the bug, as a fraction of the first loss>"),
    "other_ask": N_("<question: what the loss does with the bug>"),
    "healthy": N_("<claim: the healthy code brings the loss below half of the first>"),
    "worse": N_("<claim: with the bug the loss ends higher>"),
    "setup": N_("<what trains, on what, and what changed>"),
    "cause": N_("<why it goes wrong>"),
    "first_hint": N_("<first hint: what to measure next>"),
    "last_hint": N_("<last hint: where to look>"),
}

HEAD = """\
schema: 2
language: {language}
id: {id}
slug: {slug}
phase: {phase}
title: "{title}"
teaches: ["{concept}"]
# read: [theory/03-residuals.md] # chapters of the phase
# blind_title: what is seen, and not why # for blind mode, together with `symptom`
# sources: # whose claims are tested: claims come `from: blog`, predictions say `says: {{blog: 0.8}}`
#   blog: {{what: a blog post on residuals, where: "https://…"}}
"""

NO_DIFF = """\
# The bug, as a diff of the target; after a bare @@ no line numbers are needed.
diff: |
  @@
  -<the healthy line, as it stands in the target>
  +<the line in its place>"""

QUESTIONS = """\
predictions:
  - id: P1
    ask: "{one_ask}"
    kind: number # number and curve (with scale and hit), choice (with options) or yesno (with expect)
    measure: {{metric: loss, variant: broken, step: last, relative_to: {{step: first}}}}
    scale: log
    hit: 3
  - id: P2
    ask: "{other_ask}"
    kind: choice # the first option that fits is right; `means: in words` may stand beside the bounds
    measure: {{metric: loss, variant: broken, step: last, relative_to: {{step: first}}}}
    options: {{nan: {{nan: true}}, falls: {{at_most: 0.5}}, rises: {{at_least: 1.3}}, flat: {{}}}}

claims:
  - id: healthy-trains
    says: "{healthy}"
    from: measured # a name of `sources`, theory or measured
    measure: {{metric: loss, variant: healthy, step: last, relative_to: {{step: first}}}}
    expect: {{at_most: 0.5}}
    healthy: true # when this fails, no comparison with the healthy side counts
    verdict: HOLDS
  - id: broken-is-worse
    says: "{worse}"
    from: measured
    measure: {{metric: loss, variant: broken, step: last}}
    compare: {{to: healthy, direction: above, margin: 0}}
    verdict: HOLDS

# Explanations that somebody could believe, and a control about which two of them expect different things.
# rivals:
#   lost-signal: Without the line the signal is lost.
#   step-size: Without the line the same step is too long.
# controls:
#   small-steps:
#     says: The bug stays; every step is ten times shorter.
#     on: broken # or healthy
#     args: {{lr: 1.0e-3}} # or a diff of its own
#     measure: {{metric: loss, step: last, relative_to: {{step: first}}}}
#     predicts: {{lost-signal: {{at_least: 0.9}}, step-size: {{at_most: 0.5}}}}
#     expect: {{at_most: 0.5}}

setup: "{setup}" # what the learner reads before predicting
# symptom: what goes wrong, as somebody sees it who does not know why # for blind mode
hidden_cause: "{cause}"
hints:
  - "{first_hint}"
  - "{last_hint}"
"""

ORACLE = """\
# The repaired callable must agree with the healthy one: outputs, gradients, in every shape.
oracle:
  call: {call}
  init: {{{init}}}
  inputs: [{inputs}]
  shapes: [{shapes}]
  weights: copied # or seeded, where the bug is in the initial weights
  cases: 50
# Fixes that look right and are not; each diff applies to the broken file.
# wrong_fixes:
#   - says: adds it twice
#     diff: |
#       @@
#       -        return h
#       +        return x + x + h
"""

NO_ORACLE = """\
# How a repair is recognised: a class or function of the target, and random inputs for it.
oracle:
  call: "module:name"
  init: {}
  inputs: [{shape: [batch, 8], dtype: float}]
  shapes: [{batch: 1}, {batch: 4}, {batch: 7}, {batch: 32}]
  weights: copied
  cases: 50
"""

TAIL = """\
# why: why this break teaches its concept
# guard: {what: the test that would have caught it}
budget: 60 # seconds that a learner's run may take
"""


def experiment(module: str, name: str | None) -> str:
    """experiment.py: what the break trains or evaluates, with its one blank."""
    imported = f"from {module} import {name}" if name else f"import {module}"
    return EXPERIMENT.format(imported=imported)


EXPERIMENT = '''\
"""What this break trains or evaluates. Lynx runs it on the healthy and on the broken code, under the same
seed.
"""

import numpy as np

{imported}  # noqa: F401 - the code under test: it must be used below


def run(probe, *, steps, lr, batch, seed):
    rng = np.random.default_rng(seed)  # draw every random number from here
    for step in probe.steps(steps):
        raise NotImplementedError("train or evaluate here")
        probe.record(loss=0.0)  # one number a metric; probe.watch(model), before the loop, records norms
'''
