from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
import view_samples as samples

from lynx.loop.stages import Stage
from lynx.view.language import use
from lynx.view.results import to_json


def wire(result: Any) -> dict[str, Any]:
    return json.loads(json.dumps(to_json(result), allow_nan=False))


@pytest.mark.parametrize(
    ("result", "promised"),
    [
        (samples.status(), {"break", "stage", "target", "notes", "hints", "next"}),
        (samples.started(), {"break", "stage", "target", "notes", "workspace"}),
        (samples.ran(), {"break", "measures", "predictions", "claims"}),
        (samples.verified(), {"verdict", "same_as_reference", "oracle"}),
        (samples.hinted(), {"level", "of", "text"}),
        (samples.listed(), {"breaks"}),
        (samples.checked(), {"breaks"}),
        (samples.shown(), {"metric", "series"}),
        (samples.shown(None), {"metrics"}),
        (samples.controls(), {"rivals", "controls"}),
        (samples.controlled(), {"survived", "ruled_out"}),
        (samples.debrief(), {"hidden_cause", "fix"}),
        (samples.reset(), {"outcome", "kept"}),
        (samples.written(), {"path", "chapters"}),
    ],
)
def test_the_promised_fields_are_there(result: Any, promised: set[str]) -> None:
    assert promised <= set(wire(result))


def test_the_fields_of_a_run() -> None:
    told = wire(samples.ran())
    measure = {"id", "metric", "variant", "step", "layer", "values", "median", "min", "max", "seeds"}
    assert all(measure == set(one) for one in told["measures"])
    assert told["measures"][0]["median"] == 0.0004
    assert (told["measures"][0]["min"], told["measures"][0]["max"]) == (0.0003, 0.0005)
    prediction = {"id", "predicted", "confidence", "says", "measured", "result"}
    assert all(prediction <= set(one) for one in told["predictions"])
    assert [one["result"] for one in told["predictions"]] == ["miss", "hit", "miss", "miss"]
    assert {"id", "verdict", "k", "n"} <= set(told["claims"][0])


def test_numbers_that_json_lacks_are_words() -> None:
    told = wire(samples.ran())
    assert told["measures"][3]["median"] == "inf"
    assert told["predictions"][3]["measured"] == "inf"
    assert told["claims"][0]["median"] == "inf"


def test_hints_are_counted_and_texts_translated() -> None:
    assert wire(samples.status())["hints"] == {"shown": 2, "of": 3}
    use("es")
    assert wire(samples.hinted())["text"].startswith("Imprime")


def test_blind_hides_in_json_too() -> None:
    text = json.dumps(
        [
            wire(replace(samples.ran(), blind=True)),
            wire(samples.verified(blind=True)),
            wire(samples.status(blind=True, target=None, title={"en": "A deep MLP"})),
        ]
    )
    assert "blocks.py" not in text
    assert "nan-within-50" not in text
    told = wire(replace(samples.ran(), blind=True, stage=Stage.DONE))
    assert told["claims"]


def test_verify_names_the_next_command() -> None:
    assert wire(samples.verified("fixed", stage=Stage.EXPLAINING))["next"].startswith("lynx explain --text")


def test_a_checks_own_form_is_kept() -> None:
    told = wire(samples.checked())["breaks"][0]
    assert {"id", "ok", "problems", "claims", "seconds"} <= set(told)
    assert {"id", "declared", "verdict", "k", "n", "p"} <= set(told["claims"][0])
