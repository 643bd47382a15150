-- Purpose: changes of laws over time, with what people decided about them
-- Grain: one line a change; status open, acknowledged or rebaselined
-- Reads: ledger.changes, ledger.change_parts, ledger.change_decisions
-- Used by: people, report
create view changes as
select
    changes.experiment, changes.change_id, coalesce(decided.status, 'open') as status, changes.severity,
    changes.question, changes.metric, changes.segment, changes.hardware, changes.by_column, changes.point,
    changes.earliest, changes.latest, changes.kind, changes.direction, changes.effect, main.name as part,
    main.difference, main.low, main.high, main.unit, changes.ratio, changes.level, changes.p_value,
    changes.previous, changes.newest, changes.n_points, changes.is_shown, changes.is_simulated, changes.reported_at,
    decided.author, decided.reason as decision_reason, decided.decided_at, changes.reason, changes.method,
    changes.series_id, changes.position
from ledger.changes as changes
left join ledger.change_parts as main
    on main.experiment = changes.experiment and main.change_id = changes.change_id and main.position = 0
left join (
    select experiment, change_id, status, author, reason, decided_at
    from ledger.change_decisions
    where (experiment, change_id, decided_at) in (
        select experiment, change_id, max(decided_at) from ledger.change_decisions group by experiment, change_id
    )
) as decided
    on decided.experiment = changes.experiment and decided.change_id = changes.change_id;
