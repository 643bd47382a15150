"""Waiting lines: how long work waits for a free server, how many servers keep a promise, how much load they take.

What belongs here: formulas of M/M/c and M/G/c queues over arrays. What does not: where rates and times come
from, tables for people (``capacity``), scaling of throughput with workers (``laws.concurrency``).

The offered load a = rate x service time is in erlangs; c servers are stable for a < c. Erlang (1917), "Solution of
some problems in the theory of probabilities of significance in automatic telephone exchanges", Elektroteknikeren 13.
All arguments broadcast, so that draws of a rate or a time go through at once. Times in one unit, rates in its
reciprocal. A queue that is not stable waits for ever: probabilities are 1, times infinite, never an error.

Variability is (ca2 + cs2) / 2, the mean of the squared coefficients of variation of the times between arrivals and of
service times: 1 for M/M/c (exact), 1/2 for M/D/c. For any other value waits are approximate (the Allen-Cunneen
formula; Allen 1990, Probability, Statistics and Queueing Theory, 2nd ed.): the probability of waiting is Erlang's, the
wait of those who wait is exponential with its mean times the variability. The mean wait of M/G/1 is exact so.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

HALVINGS = 60  # of the interval in which a largest rate lies: it is known to its last digit
MOST_SERVERS = 100_000  # a search that needs more than this is a wrong unit


@dataclass(frozen=True)
class Promise:
    """A service level: at most a ``share`` of the work spends more than ``limit`` waiting (or waiting and served).

    "The 95th percentile of the wait is at most 2 s" is ``Promise(2.0, 0.05)``. ``share`` lies between 0 and 1,
    ``limit`` is in the unit of the service time. ``of`` "response" needs variability 1.
    """

    limit: float
    share: float
    of: Literal["wait", "response"] = "wait"

    def __post_init__(self) -> None:
        if not (self.limit >= 0 and 0 < self.share < 1):
            raise ValueError("a promise has a limit of 0 or more and a share between 0 and 1")

    def broken(
        self, rate: ArrayLike, service_time: ArrayLike, servers: int, variability: float = 1.0
    ) -> np.ndarray:
        """The share of work that takes longer than the limit."""
        if self.of == "wait":
            return waits_longer(self.limit, rate, service_time, servers, variability)
        if variability != 1.0:
            raise ValueError("the time in the system has a known distribution for variability 1 alone")
        return responds_later(self.limit, rate, service_time, servers)


def erlang_b(load: ArrayLike, servers: int) -> np.ndarray:
    """Share of arrivals that find all servers taken and are turned away (M/G/c/c), at ``load`` erlangs.

    B(0) = 1, B(c) = a B(c - 1) / (c + a B(c - 1)): no factorial, no overflow for thousands of servers
    (Jagerman 1974, Bell System Technical Journal 53).
    """
    a = np.asarray(load, dtype=float)
    blocked = np.ones_like(a)
    for c in range(1, servers + 1):
        blocked = a * blocked / (c + a * blocked)
    return blocked


def erlang_c(load: ArrayLike, servers: int) -> np.ndarray:
    """Probability that an arrival has to wait (M/M/c): B / (1 - (a/c) (1 - B)); 1 from a = c on."""
    a = np.asarray(load, dtype=float)
    return _waits(erlang_b(a, servers), a, servers)


def _waits(blocked: np.ndarray, a: np.ndarray, servers: int) -> np.ndarray:
    busy = a / servers if servers else np.full_like(a, np.inf)
    with np.errstate(all="ignore"):
        return np.where(busy < 1, blocked / (1 - busy * (1 - blocked)), 1.0)


def mean_wait(rate: ArrayLike, service_time: ArrayLike, servers: int, variability: float = 1.0) -> np.ndarray:
    """Mean time before service starts, over all work: C(c, a) S / (c - a) x variability; infinite if unstable."""
    a = np.asarray(rate, dtype=float) * service_time
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(
            a < servers, erlang_c(a, servers) * service_time * variability / (servers - a), np.inf
        )


def waits_longer(
    time: ArrayLike, rate: ArrayLike, service_time: ArrayLike, servers: int, variability: float = 1.0
) -> np.ndarray:
    """P(wait > time), first come first served: C(c, a) exp(-(c - a) time / (S variability))."""
    a = np.asarray(rate, dtype=float) * service_time
    return _exceeds(
        erlang_c(a, servers), a, np.asarray(time, dtype=float) / service_time, servers, variability
    )


def _exceeds(
    waiting: np.ndarray, a: np.ndarray, times: np.ndarray, servers: int, variability: float
) -> np.ndarray:
    """From the probability of waiting, with the time in service times."""
    with np.errstate(all="ignore"):
        left = np.exp(-np.maximum(servers - a, 0.0) * times / variability) if variability > 0 else times <= 0
    return np.where(a < servers, waiting * left, 1.0)


def wait_quantile(
    share: float, rate: ArrayLike, service_time: ArrayLike, servers: int, variability: float = 1.0
) -> np.ndarray:
    """The wait that ``share`` of the work exceeds (.05: the 95th percentile); 0 where fewer wait at all."""
    a = np.asarray(rate, dtype=float) * service_time
    with np.errstate(divide="ignore", invalid="ignore"):
        found = np.log(erlang_c(a, servers) / share) * service_time * variability / (servers - a)
    return np.where(a < servers, np.maximum(found, 0.0), np.inf)


def responds_later(time: ArrayLike, rate: ArrayLike, service_time: ArrayLike, servers: int) -> np.ndarray:
    """P(wait + service > time) of M/M/c: the convolution of the wait with an exponential service.

    exp(-t/S) (1 + C (1 - exp(-(c - 1 - a) t/S)) / (c - 1 - a)); the fraction is t/S where c - 1 = a.
    """
    a = np.asarray(rate, dtype=float) * service_time
    t = np.asarray(time, dtype=float) / service_time
    spare = servers - 1 - a
    with np.errstate(all="ignore"):
        grown = np.where(np.abs(spare * t) < 1e-8, t, -np.expm1(-spare * t) / spare)
        found = np.exp(-t) * (1 + erlang_c(a, servers) * grown)
    return np.where(a < servers, np.minimum(found, 1.0), 1.0)


def fewest_servers(
    rate: float, service_time: float, promise: Promise, variability: float = 1.0, most: int = MOST_SERVERS
) -> int | None:
    """The smallest number of servers that keeps the promise; None when not even ``most`` do.

    Each further server lowers both probabilities, so the first that keeps it is the answer. Erlang's recursion
    is carried along: the search costs one step a server. A time in the system can never fall below the service
    itself: None at once when exp(-limit / S) exceeds the share.
    """
    if promise.of == "response" and np.exp(-promise.limit / service_time) > promise.share:
        return None
    a = np.asarray(rate * service_time, dtype=float)
    blocked, stable = np.ones_like(a), int(np.floor(a)) + 1
    for c in range(1, most + 1):
        blocked = a * blocked / (c + a * blocked)
        if c < stable:
            continue
        if promise.of == "wait":
            share = _exceeds(
                _waits(blocked, a, c), a, np.asarray(promise.limit / service_time), c, variability
            )
        else:
            share = promise.broken(rate, service_time, c, variability)
        if share <= promise.share:
            return c
    return None


def largest_rate(
    service_time: ArrayLike, servers: int, promise: Promise, variability: float = 1.0
) -> np.ndarray:
    """The highest arrival rate at which ``servers`` keep the promise; NaN when no rate does.

    The share that waits too long rises with the rate: halved until nothing is left between.
    """
    s = np.asarray(service_time, dtype=float)
    low, high = np.zeros_like(s), servers / s
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        kept = promise.broken(middle, s, servers, variability) <= promise.share
        low, high = np.where(kept, middle, low), np.where(kept, high, middle)
    never = promise.broken(np.zeros_like(s), s, servers, variability) > promise.share
    return np.where(never, np.nan, low)
