"""The JSON Schema that editors complete from."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lynx.content.reading.schema import json_schema, meaning

KEYS = """
schema id slug phase title blind_title teaches read target within diff pythonpath experiment variants rivals
controls predictions claims symptom hidden_cause hints oracle base wrong_fixes why next
verify_by budget metrics setup level language sources elsewhere needs tolerance neighbours guard
"""


def test_the_top_level_has_the_keys_of_the_design() -> None:
    assert set(json_schema()["properties"]) == set(KEYS.split())
    assert json_schema()["additionalProperties"] is False


def every_property() -> list[tuple[str, str, dict[str, Any]]]:
    models = {"break": json_schema(), **json_schema()["$defs"]}
    return [(m, key, held) for m, model in models.items() for key, held in model["properties"].items()]


@pytest.mark.parametrize(
    ("model", "key", "held"), every_property(), ids=lambda v: v if isinstance(v, str) else ""
)
def test_every_key_has_a_description(model: str, key: str, held: dict[str, Any]) -> None:
    assert len(held["description"]) > 10
    assert held["description"].endswith(".")
    # Descriptions are remedies too, and remedies are templates.
    assert not set("{}") & set(held["description"])


def test_every_mapping_refuses_other_keys() -> None:
    for model in json_schema()["$defs"].values():
        assert model["additionalProperties"] is False
        assert model["description"]


def test_it_is_json() -> None:
    assert json.loads(json.dumps(json_schema())) == json_schema()
    assert json_schema()["$schema"].startswith("https://json-schema.org/")


def test_short_forms_are_in_it() -> None:
    experiment = json_schema()["properties"]["experiment"]
    assert {"type": "string"} in experiment["anyOf"]


def test_meaning_follows_lists_mappings_and_choices() -> None:
    assert "direction" in meaning(("claims", 3, "compare"))[1]
    assert meaning(("controls", "any", "measure", "metric"))[0].startswith("What is measured")
    assert meaning(("no", "such", "key")) == ("", ())
