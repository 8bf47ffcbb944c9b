"""The text of a new break: everything that can be known filled in, every blank in <angle brackets>. Pure.

A skeleton loads; `lynx mentor check` names each blank that is left.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from lynx.errors import N_, SOURCE_LANGUAGE
from lynx.mentor import factory

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from lynx.mentor.guess import Guess

SCHEMA_FILE = "break.schema.json"
SCRIPT = "script:"  # before the path of a program that is the experiment
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
    experiment: str  # deep_mlp, ./experiment.py, or script: and a program of the repository's
    schema_path: str  # from the break's folder
    oracle: Guess | None = None
    language: str = SOURCE_LANGUAGE  # the mentor's own


def module_of(target: str, pythonpath: str) -> str:
    """The dotted name under which the target is imported."""
    path = PurePosixPath(target)
    if pythonpath != ".":
        path = path.relative_to(pythonpath)
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)


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
    if facts.experiment.startswith(SCRIPT):
        return PROGRAM.format(script=_plain(facts.experiment.removeprefix(SCRIPT)))
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
# why: why this break teaches its concept
# guard: {what: the test that would have caught it}
budget: 60 # seconds that a learner's run may take
"""


PROGRAM = """\
# The repository's own program, run untouched, in a private view; losses, gradients and rates are recorded as it trains.
experiment:
  script: {script}
  argv: [] # its options, each in quotes: small and quick, such as "--batch_size", "8"
  steps: 50 # after which it is ended
  # metrics: {{val_loss: {{prints: "val loss ([0-9.]+)"}}}} # a figure that it prints
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
