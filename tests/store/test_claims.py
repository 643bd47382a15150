"""What the contract says about audited claims, on either database."""

from dataclasses import replace

from scaling_assets.records.claim import AuditedClaim, Consistency
from scaling_assets.store import Store

WRONG = AuditedClaim(
    claim_id="c1", sheet="report", name="margin", kind="arithmetic", text="Margin: 43 % 'of' revenue\n",
    source="A report", place="p. 3", outcome=Consistency.INCONSISTENT, reason="it is 50 %", stated="43 %",
    stated_low=0.425, stated_high=0.435, derived=0.5, derived_low=1 / 3, derived_high=0.51, off=-0.07, off_pct=-14.0,
    method="interval arithmetic", experiment="locality", law_id="law1", is_simulated=True, note="n", data_version="v",
)  # fmt: skip
BARE = AuditedClaim(
    "c2", "report", "score", "composite", "741 %", "A report", "", Consistency.NOT_DERIVABLE, "no weights", "weights"
)  # fmt: skip


def test_claims_come_back_as_they_went_in(store: Store) -> None:
    other = replace(BARE, claim_id="c3", sheet="another")
    store.write_claims([WRONG, BARE, other])
    assert store.read_claims("report") == [WRONG, BARE]
    assert store.read_claims() == [other, WRONG, BARE]
    assert store.read_claims("unknown") == []


def test_an_audit_replaces_the_last_one_whole(store: Store) -> None:
    store.write_claims([WRONG, BARE])
    store.write_claims([replace(BARE, sheet="another")])
    store.publish()
    assert store.read_claims("report") == []
    found = store.query("select sheet, name, outcome, derived from claims")
    assert found[["sheet", "name", "outcome"]].values.tolist() == [["another", "score", "not_derivable"]]
    assert found["derived"].isna().all()
    store.write_claims([])
    assert store.read_claims() == []
