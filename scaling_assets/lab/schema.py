"""JSON Schema of the declarations, so that editors complete and check them while they are written.

What belongs here: the records' own schemas with the settings of every gate kind, claim kind and workload merged
in. What does not: validation (``load``): a schema cannot say everything that is checked there.
"""

import copy
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from scaling_assets.lab.declare_plans import ALLOCATION
from scaling_assets.records.claim import ClaimSheet
from scaling_assets.records.experiment import Experiment
from scaling_assets.records.plan import Plan
from scaling_assets.science.allocation import STRATEGIES
from scaling_assets.science.claims import CLAIM_KINDS
from scaling_assets.science.gates import GATES
from scaling_assets.science.laws import FAMILIES
from scaling_assets.science.planning import PLAN_KINDS
from scaling_assets.sweeps import WORKLOADS

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]


def experiment_schema() -> Schema:
    """JSON Schema (2020-12) of ``experiments/<name>.yaml``."""
    schema = Experiment.model_json_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    families = {"enum": sorted(FAMILIES)}
    question = definitions["LawQuestion"]["properties"]
    question["families"]["items"] = families
    question["declared"] = {"anyOf": [families, {"type": "null"}], "default": None}
    definitions["Gate"] = _by_kind(
        "Gate", definitions["Gate"], {k: g.Settings for k, g in GATES.items()}, definitions
    )
    definitions["Workload"] = _by_kind(
        "Workload", definitions["Workload"], {k: w.Settings for k, w in WORKLOADS.items()}, definitions
    )
    return {"$schema": DIALECT, **schema}


def plan_schema() -> Schema:
    """JSON Schema (2020-12) of ``plans/<name>.yaml``: an allocation, or one alternative a plan kind."""
    definitions: dict[str, Schema] = {}
    alternatives = []
    models: dict[str, type[BaseModel]] = {ALLOCATION: Plan}
    models |= {name: kind.Question for name, kind in PLAN_KINDS.items()}
    for kind, model in models.items():
        schema = model.model_json_schema(ref_template=f"#/$defs/{kind}.{{model}}")
        for inner, definition in schema.pop("$defs", {}).items():
            definitions[f"{kind}.{inner}"] = definition
        schema["properties"]["kind"] = {"const": kind}
        if model is Plan:
            schema["properties"]["strategy"] = {"enum": sorted(STRATEGIES), "default": "frontier"}
        definitions[kind] = schema
        alternatives.append({"$ref": f"#/$defs/{kind}"})
    return {"$schema": DIALECT, "title": "Plan", "oneOf": alternatives, "$defs": definitions}


def claims_schema() -> Schema:
    """JSON Schema (2020-12) of ``claims/<name>.yaml``."""
    schema = ClaimSheet.model_json_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    kinds = {name: kind.Settings for name, kind in CLAIM_KINDS.items()}
    definitions["Claim"] = _by_kind("Claim", definitions["Claim"], kinds, definitions)
    return {"$schema": DIALECT, **schema}


def _by_kind(
    name: str, base: Schema, kinds: Mapping[str, type[BaseModel]], definitions: dict[str, Schema]
) -> Schema:
    """One alternative per kind: the record's fields and the kind's own, and no others.

    A workload's settings may stand under ``quick`` and ``full`` instead, so none is required there.
    """
    alternatives = []
    for kind, settings in kinds.items():
        own = settings.model_json_schema(ref_template=f"#/$defs/{name}.{kind}.{{model}}")
        for inner, definition in own.pop("$defs", {}).items():
            definitions[f"{name}.{kind}.{inner}"] = definition
        fields = copy.deepcopy(base["properties"])
        fields["kind"] = {"const": kind}
        required = [*base.get("required", []), *own.get("required", [])]
        part = {"type": "object", "properties": own["properties"], "additionalProperties": False}
        # A setting that is called like one of the record's own fields can only be given under 'settings'.
        fields["settings"] = part
        for mode in {"quick", "full"} & fields.keys():
            fields[mode] = part
            required = base.get("required", [])
        definitions[f"{name}.{kind}"] = {
            "title": f"{name} of kind {kind}",
            "description": own.get("description", ""),
            "type": "object",
            "properties": {**own["properties"], **fields},
            "required": sorted(set(required)),
            "additionalProperties": False,
        }
        alternatives.append({"$ref": f"#/$defs/{name}.{kind}"})
    return {"oneOf": alternatives, "description": base.get("description", "")}
