"""The exported JSON Schemas accept every shipped declaration and refuse spoiled ones.

The validator below knows the keywords that our schemas use, and fails on any other, so that a new
keyword cannot be passed over in silence.
"""

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from scaling_assets.lab import claims_schema, experiment_schema, plan_schema
from scaling_assets.lab.yaml_file import read_yaml
from scaling_assets.science.claims import CLAIM_KINDS
from scaling_assets.science.gates import GATES
from scaling_assets.sweeps import WORKLOADS

CHECKOUT = Path(__file__).parents[2]
LABS = (CHECKOUT / "labs/reference", CHECKOUT / "scaling_assets/lab/template")
SCHEMAS = {"experiments": experiment_schema(), "plans": plan_schema(), "claims": claims_schema()}
FILES = sorted(path for lab in LABS for folder in SCHEMAS for path in (lab / folder).glob("*.yaml"))

TYPES: dict[str, Any] = {"object": dict, "array": list, "string": str, "number": (int, float), "integer": int,
                         "boolean": bool, "null": type(None)}  # fmt: skip
SILENT = {"title", "description", "default", "$defs", "$schema"}


def errors(value: Any, schema: dict[str, Any], top: dict[str, Any], at: str = "") -> list[str]:
    """What is wrong with a value, by JSON Schema 2020-12 as far as our schemas use it."""
    found: list[str] = []
    for keyword, wanted in schema.items():
        if keyword in SILENT:
            continue
        found += [f"{at or '.'}: {problem}" for problem in check(keyword, wanted, value, schema, top)]
        found += nested(keyword, wanted, value, schema, top, at)
    return found


def check(keyword: str, wanted: Any, value: Any, schema: dict[str, Any], top: dict[str, Any]) -> list[str]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match keyword:
        case "type":
            good = isinstance(value, TYPES[wanted]) and (wanted == "boolean" or not isinstance(value, bool))
            good = good or (wanted == "integer" and is_number and float(value).is_integer())
        case "const":
            good = value == wanted
        case "enum":
            good = value in wanted
        case "pattern":
            good = not isinstance(value, str) or re.search(wanted, value) is not None
        case "minimum":
            good = not is_number or value >= wanted
        case "maximum":
            good = not is_number or value <= wanted
        case "exclusiveMinimum":
            good = not is_number or value > wanted
        case "exclusiveMaximum":
            good = not is_number or value < wanted
        case "minItems":
            good = not isinstance(value, list) or len(value) >= wanted
        case "maxItems":
            good = not isinstance(value, list) or len(value) <= wanted
        case "minLength":
            good = not isinstance(value, str) or len(value) >= wanted
        case "required":
            good = not isinstance(value, dict) or set(wanted) <= set(value)
        case "anyOf":
            good = any(not errors(value, s, top) for s in wanted)
        case "oneOf":
            good = sum(not errors(value, s, top) for s in wanted) == 1
        case (
            "$ref"
            | "properties"
            | "additionalProperties"
            | "items"
            | "prefixItems"
            | "propertyNames"
            | "patternProperties"
        ):
            good = True  # see nested
        case "maxProperties":
            good = not isinstance(value, dict) or len(value) <= wanted
        case "minProperties":
            good = not isinstance(value, dict) or len(value) >= wanted
        case _:
            raise AssertionError(f"the schemas use {keyword!r}, which this test does not know")
    return [] if good else [f"{keyword} {json.dumps(wanted, default=str)[:80]}"]


def nested(
    keyword: str, wanted: Any, value: Any, schema: dict[str, Any], top: dict[str, Any], at: str
) -> list[str]:
    if keyword == "$ref":
        return errors(value, top["$defs"][wanted.removeprefix("#/$defs/")], top, at)
    if isinstance(value, dict):
        known = schema.get("properties", {})
        patterns = schema.get("patternProperties", {})
        if keyword == "properties":
            return [
                e for k in known.keys() & value.keys() for e in errors(value[k], known[k], top, f"{at}.{k}")
            ]
        if keyword == "patternProperties":
            return [e for p, s in patterns.items() for k in value if re.search(p, k)
                    for e in errors(value[k], s, top, f"{at}.{k}")]  # fmt: skip
        if keyword == "propertyNames":
            return [e for k in value for e in errors(k, wanted, top, f"{at}.{k}")]
        if keyword == "additionalProperties":
            extra = [k for k in value if k not in known and not any(re.search(p, k) for p in patterns)]
            if wanted is False:
                return [f"{at}.{k}: not allowed" for k in extra]
            return (
                []
                if wanted is True
                else [e for k in extra for e in errors(value[k], wanted, top, f"{at}.{k}")]
            )
    if isinstance(value, list):
        first = schema.get("prefixItems", [])
        if keyword == "prefixItems":
            return [
                e
                for i, (v, s) in enumerate(zip(value, wanted, strict=False))
                for e in errors(v, s, top, f"{at}.{i}")
            ]
        if keyword == "items" and isinstance(wanted, dict):
            return [e for i, v in enumerate(value[len(first) :]) for e in errors(v, wanted, top, f"{at}.{i}")]
    return []


@pytest.mark.parametrize("path", FILES, ids=lambda p: f"{p.parents[1].name}-{p.stem}")
def test_shipped_declarations_are_valid(path: Path) -> None:
    schema = SCHEMAS[path.parent.name]
    data = read_yaml(path, path.name).data
    if data.get("gates"):  # a oneOf says little: name the alternative's own complaints
        for gate in data["gates"]:
            assert errors(gate, schema["$defs"][f"Gate.{gate['kind']}"], schema) == []
    for claim in data.get("claims") or ():
        assert errors(claim, schema["$defs"][f"Claim.{claim['kind']}"], schema) == []
    if "workload" in data:
        assert errors(data["workload"], schema["$defs"][f"Workload.{data['workload']['kind']}"], schema) == []
    assert errors(data, schema, schema) == []


def test_the_reference_lab_is_among_them() -> None:
    assert len(FILES) >= 17


SPOIL: dict[str, Any] = {
    "unknown field": lambda d: d.update(titel="x"),
    "missing field": lambda d: d.pop("mode"),
    "wrong word": lambda d: d.update(mode="other"),
    "unknown family": lambda d: d["laws"][0].update(families=["powr"]),
    "unknown kind": lambda d: d["gates"][0].update(kind="other"),
    "unknown setting": lambda d: d["gates"][0].update(treshold=1),
    "missing setting": lambda d: d["gates"][0].pop("threshold"),
    "setting of another kind": lambda d: d["gates"][0].update(at={"workers": 1}),
    "wrong setting": lambda d: d["gates"][0].update(operator="=>"),
    "unknown workload": lambda d: d.update(workload={"kind": "other"}),
    "unknown workload setting": lambda d: d.update(workload={"kind": "simulate", "trooth": 1}),
    "unknown quick setting": lambda d: d.update(workload={"kind": "simulate", "quick": {"trooth": 1}}),
}


@pytest.mark.parametrize("spoil", SPOIL.values(), ids=SPOIL)
def test_spoiled_declarations_are_refused(spoil: Any) -> None:
    path = CHECKOUT / "scaling_assets/lab/template/experiments/worker_count.yaml"
    data = copy.deepcopy(read_yaml(path, path.name).data)
    spoil(data)
    assert errors(data, SCHEMAS["experiments"], SCHEMAS["experiments"])


def test_every_kind_has_its_alternative() -> None:
    definitions = SCHEMAS["experiments"]["$defs"]
    assert {k for k in definitions if k.startswith("Gate.") and k.count(".") == 1} == {
        f"Gate.{k}" for k in GATES
    }
    for kind, gate in GATES.items():
        assert gate.Settings.model_fields.keys() <= definitions[f"Gate.{kind}"]["properties"].keys()
    claims = SCHEMAS["claims"]["$defs"]
    for kind, claim in CLAIM_KINDS.items():
        assert claim.Settings.model_fields.keys() <= claims[f"Claim.{kind}"]["properties"].keys()
    for kind, workload in WORKLOADS.items():
        assert workload.Settings.model_fields.keys() <= definitions[f"Workload.{kind}"]["properties"].keys()


def test_schemas_are_plain_json() -> None:
    for schema in SCHEMAS.values():
        assert json.loads(json.dumps(schema)) == schema
        for ref in re.findall(r'"\$ref": "#/\$defs/([^"]+)"', json.dumps(schema)):
            assert ref in schema["$defs"]
