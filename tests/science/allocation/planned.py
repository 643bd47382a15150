"""Plans and laws for these tests: short to write, with known parameters."""

from scaling_assets.records.law import Law
from scaling_assets.records.plan import Plan
from tests.science.planted import law

WIDE = ((1e-9, 1e18),)
CHINCHILLA = (482.01, 2085.43, 1.81686, 0.34781, 0.36585)  # Besiroglu et al. 2024, arXiv:2404.10102


def power(name: str, exponent: float, coefficient: float = 1.0, sd: float = 0.0) -> Law:
    return law(experiment=name, parameters=(coefficient, exponent), sd=(0.0, sd), domain=WIDE)


def usl(name: str, gamma: float, sigma: float, kappa: float, sd: float = 0.0) -> Law:
    return law(
        "usl", (gamma, sigma, kappa), sd=(gamma * sd, sigma * sd, kappa * sd), experiment=name, domain=WIDE
    )


def chinchilla(parameters: tuple[float, ...] = CHINCHILLA, sd: float = 0.0) -> Law:
    spread = [abs(p) * sd for p in parameters]
    return law("chinchilla", parameters, sd=spread, experiment="llm", axes=("n", "d"), domain=WIDE * 2)


def dimension(
    name: str, cost: float | None = 1.0, maximum: float = 8.0, **changes: object
) -> dict[str, object]:
    priced = {} if cost is None else {"cost": cost}
    return {"name": name, "law": {"experiment": name, "metric": "y"}, "unit": "units", "maximum": maximum,
            "control": 1} | priced | changes  # fmt: skip


def plan(*dimensions: dict[str, object], budget: float | None = None, **changes: object) -> Plan:
    return Plan(name="p", title="P", budget=budget, currency="usd", dimensions=dimensions, **changes)


def compute(budget: float | None, *, served: float = 0.0, **changes: object) -> Plan:
    """Parameters and tokens under a budget of FLOP: 6 N D, and 2 N for every token served."""
    reference = {"law": {"experiment": "llm", "metric": "y"}, "control": None, "cost": None, "step": 0}
    dims = [
        dimension("n", minimum=1e7, maximum=1e13, **reference),
        dimension("d", minimum=1e7, maximum=1e15, **reference),
    ]
    products = [{"name": "training", "of": ["n", "d"], "factor": 6, "cost": 1}]
    if served:
        products.append({"name": "serving", "of": ["n"], "factor": 2, "times": served, "cost": 1})
    return plan(*dims, budget=budget, products=products, combine="sum", direction="lower", **changes)
