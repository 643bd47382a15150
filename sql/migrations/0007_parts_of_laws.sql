-- Purpose: parameters, evidence and draws belong to a law, whichever versions hold it; where two versions held the
-- same law, one of both copies goes
delete from ledger.law_parameters
where (experiment, law_id, version) not in (
    select experiment, law_id, min(version) from ledger.law_parameters group by experiment, law_id
);
delete from ledger.law_evidence
where (experiment, law_id, version) not in (
    select experiment, law_id, min(version) from ledger.law_evidence group by experiment, law_id
);
delete from ledger.law_draws
where (experiment, law_id, version) not in (
    select experiment, law_id, min(version) from ledger.law_draws group by experiment, law_id
);
