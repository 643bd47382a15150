"""The verbs of a store about allocations: standing allocations and what people fixed in them.

What belongs here: which of them run in which kind of transaction. What does not: rows (``allocation_rows``), all
other verbs (``relational``).
"""

from collections.abc import Sequence

from scaling_assets.records.allocation import Allocation, PlanOverride
from scaling_assets.store import allocation_rows
from scaling_assets.store.designs import DesignVerbs
from scaling_assets.store.session import records, run


class AllocationVerbs(DesignVerbs):
    """Allocations and overrides of plans over any SQL database that can open a session."""

    def write_allocations(self, plan: str, allocations: Sequence[Allocation]) -> None:
        """Replace what is known of a plan; the history keeps what stood before."""
        with self.writing() as session:
            allocation_rows.replace(session, plan, allocations)

    def read_allocations(self, plan: str | None = None) -> list[Allocation]:
        """The standing allocations."""
        with self.reading() as session:
            return allocation_rows.read(session, plan)

    def record_plan_override(self, override: PlanOverride) -> None:
        """Keep who fixed a dimension of a plan, or lifted that, why and until when."""
        with self.writing() as session:
            run(
                session,
                "record_plan_override",
                plan=override.plan,
                dimension=override.dimension,
                amount=override.amount,
                reason=override.reason,
                author=override.author,
                expires_at=override.expires_at,
            )

    def plan_overrides(self, plan: str | None = None) -> list[PlanOverride]:
        """Every override of a plan, or of all, oldest first: in force or not."""
        with self.reading() as session:
            return [PlanOverride(**row) for row in records(session, "plan_overrides", plan=plan)]
