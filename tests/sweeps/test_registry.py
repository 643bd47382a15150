"""The registry is the test list: what every workload kind must declare."""

import json

import pytest
from pydantic import ValidationError

from scaling_assets.sweeps import WORKLOADS, WorkloadKind


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_kind_declares_itself(name: str) -> None:
    kind = WORKLOADS[name]
    assert isinstance(kind, WorkloadKind)
    assert kind.name == name
    assert kind.version
    assert isinstance(kind.is_simulated, bool)
    assert json.dumps(kind.Settings.model_json_schema())


@pytest.mark.parametrize("name", sorted(WORKLOADS))
def test_settings_refuse_what_they_do_not_know(name: str) -> None:
    with pytest.raises(ValidationError, match="extra_forbidden"):
        WORKLOADS[name].Settings.model_validate({"no_such_setting": 1})
