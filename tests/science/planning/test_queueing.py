"""Erlang's formulas against direct sums, a printed table, Pollaczek and Khinchine, and a simulated queue."""

from fractions import Fraction
from heapq import heapreplace
from math import factorial

import numpy as np
import pytest

from scaling_assets.science.planning.queueing import (
    Promise,
    erlang_b,
    erlang_c,
    fewest_servers,
    largest_rate,
    mean_wait,
    responds_later,
    wait_quantile,
    waits_longer,
)


def exact(load: Fraction, servers: int) -> tuple[float, float]:
    """Erlang B and C from their sums, in fractions."""
    terms = [load**k / factorial(k) for k in range(servers + 1)]
    queue = terms[-1] * servers / (servers - load)
    return float(terms[-1] / sum(terms)), float(queue / (sum(terms[:-1]) + queue))


@pytest.mark.parametrize(("load", "servers"), [("1/2", 1), ("2", 3), ("19/2", 10), ("95", 100)])
def test_both_formulas_equal_their_sums(load, servers):
    blocked, waits = exact(Fraction(load), servers)
    assert float(erlang_b(float(Fraction(load)), servers)) == pytest.approx(blocked, rel=1e-12)
    assert float(erlang_c(float(Fraction(load)), servers)) == pytest.approx(waits, rel=1e-12)


PRINTED = [(5, 1.36, 0.01), (10, 4.46, 0.01), (20, 12.0, 0.1), (50, 37.9, 0.1), (100, 84.1, 0.1)]


@pytest.mark.parametrize(("servers", "load", "digit"), PRINTED)
def test_the_printed_table_of_one_per_cent_blocking(servers, load, digit):
    """The load at 1 % blocking, as tables of teletraffic print it: true within the last printed digit."""
    assert float(erlang_b(load - digit / 2, servers)) < 0.01 < float(erlang_b(load + digit / 2, servers))


def test_one_server_waits_as_often_as_it_is_busy():
    assert float(erlang_c(0.7, 1)) == pytest.approx(0.7)
    assert float(mean_wait(0.7, 1.0, 1)) == pytest.approx(0.7 / 0.3)
    assert float(mean_wait(0.7, 1.0, 1, variability=0.5)) == pytest.approx(0.7 / (2 * 0.3))  # M/D/1, exact
    assert float(responds_later(2.0, 0.7, 1.0, 1)) == pytest.approx(np.exp(-0.3 * 2.0))  # M/M/1


def test_thousands_of_servers_do_not_overflow():
    assert 0 < float(erlang_c(1950.0, 2000)) < 1
    assert float(erlang_b(1e4, 20_000)) == pytest.approx(0.0)


def test_a_queue_without_room_waits_for_ever():
    assert float(erlang_c(3.0, 3)) == 1.0 and np.isinf(mean_wait(3.0, 1.0, 3))
    assert float(waits_longer(100.0, 3.5, 1.0, 3)) == 1.0 and np.isinf(wait_quantile(0.05, 3.5, 1.0, 3))


def test_the_quantile_inverts_the_tail():
    rate, service, servers = 8.0, 1.0, 10
    at = wait_quantile(0.05, rate, service, servers, variability=0.7)
    assert float(waits_longer(at, rate, service, servers, variability=0.7)) == pytest.approx(0.05)
    assert float(wait_quantile(0.9, rate, service, servers)) == 0.0  # fewer than 90 % wait at all


def simulated(rate: float, service: np.ndarray, servers: int, rng: np.random.Generator) -> np.ndarray:
    """Waits of work that comes at random and is served in its order."""
    arrivals = np.cumsum(rng.exponential(1 / rate, len(service)))
    free = [0.0] * servers
    waits = np.empty(len(service))
    for i, (arrived, takes) in enumerate(zip(arrivals, service, strict=True)):
        starts = max(arrived, free[0])
        waits[i] = starts - arrived
        heapreplace(free, starts + takes)
    return waits[len(waits) // 10 :]


def test_a_simulated_queue_waits_as_the_formulas_say():
    rng = np.random.default_rng(11)
    service = rng.exponential(1.0, 150_000)
    waits = simulated(2.1, service, 3, rng)
    assert np.mean(waits > 0) == pytest.approx(float(erlang_c(2.1, 3)), rel=0.03)
    assert waits.mean() == pytest.approx(float(mean_wait(2.1, 1.0, 3)), rel=0.06)
    assert np.mean(waits > 1.5) == pytest.approx(float(waits_longer(1.5, 2.1, 1.0, 3)), rel=0.06)
    late = np.mean(waits + service[-len(waits) :] > 3.0)
    assert late == pytest.approx(float(responds_later(3.0, 2.1, 1.0, 3)), rel=0.06)


def test_a_simulated_queue_with_even_service_is_near_the_approximation():
    rng = np.random.default_rng(12)
    waits = simulated(2.4, np.ones(100_000), 3, rng)
    assert waits.mean() == pytest.approx(float(mean_wait(2.4, 1.0, 3, variability=0.5)), rel=0.04)


@pytest.mark.parametrize("of", ["wait", "response"])
@pytest.mark.parametrize("rate", [0.3, 5.0, 42.0, 350.0])
def test_the_fewest_servers_keep_the_promise_and_one_less_does_not(of, rate):
    promise = Promise(limit=4.0, share=0.05, of=of)
    found = fewest_servers(rate, 1.2, promise)
    assert promise.broken(rate, 1.2, found) <= 0.05
    assert found == 1 or promise.broken(rate, 1.2, found - 1) > 0.05
    least = largest_rate(1.2, found, promise)
    assert least >= rate and (found == 1 or largest_rate(1.2, found - 1, promise) < rate)


def test_a_promise_below_the_service_itself_is_never_kept():
    promise = Promise(limit=1.0, share=0.05, of="response")  # exp(-1) of the work takes longer alone
    assert fewest_servers(1.0, 1.0, promise) is None
    assert np.isnan(largest_rate(1.0, 500, promise))


def test_the_largest_rate_takes_draws_and_is_exact_without_waiting():
    rates = largest_rate(np.array([1.0, 2.0]), 4, Promise(limit=0.0, share=0.2))
    assert rates[0] == pytest.approx(2 * rates[1])  # only rate x service time counts
    assert float(erlang_c(rates[0], 4)) == pytest.approx(0.2)


def test_general_service_has_no_response_time_here():
    with pytest.raises(ValueError, match="variability 1"):
        Promise(1.0, 0.1, of="response").broken(0.5, 1.0, 1, variability=0.5)
    with pytest.raises(ValueError, match="share between"):
        Promise(1.0, 0.0)
