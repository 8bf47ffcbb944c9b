"""A curve, drawn by the learner in the notes, through the whole loop: locked, scored point by point, told again."""

from __future__ import annotations

import json
import shutil

from lynx.content.catalog import data_dir
from lynx.store import trust
from lynx.truth.claims import Result
from lynx.view.data import to_json
from tests.loop.learner import BUG, LINE, Learner

CURVE = """\
  - id: P5
    ask: The gradient without the plus after 1, 10 and 50 layers
    kind: curve
    measure: {metric: gradient, variant: broken, steps: [1, 10, 50]}
    scale: log
    hit: 10
    says: {explainer: {50: 0}}
claims:
"""


def with_curve(learner: Learner) -> Learner:
    folder = learner.top / "breaks" / "10" / "70-curve"
    shutil.copytree(next((data_dir("breaks") / "10").glob("03-*")), folder)
    text = (folder / "break.yaml").read_text(encoding="utf-8").replace('id: "03"', 'id: "70"')
    text = text.replace("slug: gradient-test", "slug: curve").replace("\nclaims:\n", f"\n{CURVE}")
    (folder / "break.yaml").write_text(text, encoding="utf-8")
    trust.trust(folder, trust.user_home(learner.env.environ))
    learner.begin("70")
    return learner


def test_a_curve_is_locked_scored_and_told(new: Learner) -> None:
    learner = with_curve(new)
    assert "- steps: 1, 10, 50\n- prediction:\n" in learner.text
    learner.fill()
    block = "- steps: 1, 10, 50\n- prediction:\n- confidence:\n- because:\n"
    learner.rewrite(
        block,
        "- steps: 1, 10, 50\n- prediction: 1: 0,4, 10: 1e-4, 50: 5\n- confidence: 70\n- because: it falls\n",
    )
    ran = learner.run((0, 1, 2))
    one = ran.scored[-1]
    assert one.predicted == {1: 0.4, 10: 1e-4, 50: 5.0}
    assert isinstance(one.answer, dict)
    assert list(one.answer) == [1, 10, 50]
    assert one.answer[1] > one.answer[10] > one.answer[50] > 0
    assert one.edited is None
    wire = json.loads(json.dumps(to_json(ran), allow_nan=False))
    row = wire["predictions"][-1]
    assert row["predicted"] == {"1": 0.4, "10": 1e-4, "50": 5.0}
    assert row["says"] == {"explainer": {"50": 0.0}}
    assert [point["step"] for point in row["points"]] == [1, 10, 50]
    assert row["points"][2]["result"] == "miss"
    assert [m["step"] for m in wire["measures"] if m["id"] == "P5"] == [1, 10, 50]
    assert one.result in (Result.NEAR, Result.MISS)
    assert "- measured: 1: " in learner.text
    learner.edit(BUG, LINE)
    assert learner.verify().verdict == "fixed"
    told = learner.explain().scored[-1]
    assert (told.predicted, told.answer, told.result) == (one.predicted, one.answer, one.result)
    assert [m.values for m in told.curve] == [m.values for m in one.curve]
    assert learner.attempt().break_id == "70"


def test_a_curve_without_a_value_for_each_step_is_named(new: Learner) -> None:
    learner = with_curve(new)
    learner.fill()
    learner.rewrite(
        "- steps: 1, 10, 50\n- prediction:\n- confidence:\n- because:\n",
        "- steps: 1, 10, 50\n- prediction: 1: 0.4, 10: 0.1\n- confidence: 70\n- because: it falls\n",
    )
    from lynx.loop.observe import PredictionsMissing

    try:
        learner.run()
    except PredictionsMissing as missing:
        (problem,) = missing.problems
    assert problem.id == "P5"
    assert "a number for each step; write 1: …, 10: …, 50: …" in problem.what.format(**problem.fields)
    assert problem.line == learner.line_of("P5", "prediction")
