"""The text of a new break: everything that can be known filled in, every blank in <angle brackets>. Pure.

A skeleton loads; `lynx mentor check` names each blank that is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lynx.mentor import factory

if TYPE_CHECKING:
    from lynx.mentor.guess import Guess

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
    oracle: Guess | None = None


def module_of(target: str, pythonpath: str) -> str:
    """The dotted name under which the target is imported."""
    path = PurePosixPath(target)
    if pythonpath != ".":
        path = path.relative_to(pythonpath)
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


def text(facts: Facts) -> str:
    """break.yaml, whose first line tells an editor where the schema is."""
    parts = [
        f"# yaml-language-server: $schema={facts.schema_path}",
        HEAD.format(id=_quoted(facts.id), slug=facts.slug, phase=facts.phase),
        _target(facts),
        _experiment(facts),
        QUESTIONS,
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
    if facts.oracle.built is not None:
        unknown = ", ".join(facts.oracle.built.unknown)
        return MAKE.format(open=OPEN.format(names=unknown) if unknown else "")
    init = ", ".join(f"{name}: {value}" for name, value in facts.oracle.init.items())
    inputs = ", ".join(str(one) for one in facts.oracle.inputs)
    sized = any("batch" in one.shape for one in facts.oracle.inputs)
    shapes = ", ".join(f"{{batch: {size}}}" for size in (1, 4, 7, batch)) if sized else ""
    return ORACLE.format(call=facts.oracle.call, init=init, inputs=inputs, shapes=shapes)


HEAD = """\
schema: 1
id: {id}
slug: {slug}
phase: {phase}
title:
  en: "<title: what was done, in one line>"
  es: "<título: qué se hizo, en una línea>"
blind_title: # gives the cause away to nobody
  en: "<blind title: what is seen, in one line>"
  es: "<título a ciegas: qué se ve, en una línea>"
teaches: ["<concept>"]
read: [] # chapters of the phase, such as theory/03-residuals.md
"""

NO_DIFF = """\
# The bug, as a diff of the target; after a bare @@ no line numbers are needed.
diff: |
  @@
  -<the healthy line, as it stands in the target>
  +<the line in its place>"""

QUESTIONS = """\
# What somebody could believe, and a control about which two of them expect different things.
rivals:
  one:
    en: "<an explanation that somebody could believe>"
    es: "<una explicación que alguien podría creer>"
  other:
    en: "<another one, which the control tells apart>"
    es: "<otra, que el control distingue>"
controls:
  small-steps:
    says:
      en: "<what the control changes, in plain words>"
      es: "<qué cambia el control, en palabras llanas>"
    on: broken # or healthy
    args: {lr: 1.0e-3} # or a diff of its own
    measure: {metric: loss, step: last, relative_to: {step: first}}
    predicts:
      one: {at_least: 0.9}
      other: {at_most: 0.5}
    expect: {at_most: 0.5}

predictions:
  - id: P1
    ask:
      en: "<question: the loss at the end with the bug, as a fraction of the first loss>"
      es: "<pregunta: la pérdida al final con el error, como fracción de la primera>"
    kind: number # number (with scale and hit), choice (with options) or yesno (with expect)
    measure: {metric: loss, variant: broken, step: last, relative_to: {step: first}}
    scale: log
    hit: 3
  - id: P2
    ask:
      en: "<question: what the loss does with the bug>"
      es: "<pregunta: qué hace la pérdida con el error>"
    kind: choice
    measure: {metric: loss, variant: broken, step: last, relative_to: {step: first}}
    options: {nan: {nan: true}, falls: {at_most: 0.5}, rises: {at_least: 1.3}, flat: {}}

claims:
  - id: healthy-trains
    says:
      en: "<claim: the healthy code brings the loss below half of the first>"
      es: "<afirmación: el código sano baja la pérdida a menos de la mitad de la primera>"
    from: measured # course page, theory or measured
    measure: {metric: loss, variant: healthy, step: last, relative_to: {step: first}}
    expect: {at_most: 0.5}
    healthy: true # when this fails, no comparison with the healthy side counts
    verdict: HOLDS
  - id: broken-is-worse
    says:
      en: "<claim: with the bug the loss ends higher>"
      es: "<afirmación: con el error la pérdida acaba más alta>"
    from: measured
    measure: {metric: loss, variant: broken, step: last}
    compare: {to: healthy, direction: above, margin: 0}
    verdict: HOLDS

setup: # what the learner reads before predicting
  en: "<what trains, on what, and what changed>"
  es: "<qué se entrena, con qué, y qué cambió>"
symptom: # what blind mode tells
  en: "<what goes wrong, as somebody sees it who does not know why>"
  es: "<qué va mal, como lo ve quien no sabe por qué>"
hidden_cause:
  en: "<why it goes wrong>"
  es: "<por qué va mal>"
hints:
  - en: "<first hint: what to measure next>"
    es: "<primera pista: qué medir ahora>"
  - en: "<second hint: what to compare>"
    es: "<segunda pista: qué comparar>"
  - en: "<last hint: where to look>"
    es: "<última pista: dónde mirar>"
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
#   - says: {{en: adds it twice, es: la suma dos veces}}
#     diff: |
#       @@
#       -        return h
#       +        return x + x + h
"""

MAKE = f"""\
# What {factory.FILE} builds must answer on the repaired code as on the sound one: outputs, gradients, what it holds.
{{open}}oracle:
  make: ./{factory.FILE}:make
  cases: 50
"""

OPEN = "# Nothing in the code tells what these are; write them there: {names}.\n"

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
why:
  en: "<why this break teaches its concept>"
  es: "<por qué esta avería enseña su concepto>"
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
