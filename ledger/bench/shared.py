"""Submissions to two API processes on one PostgreSQL, where one is found."""

from collections.abc import Iterator
from contextlib import ExitStack

from ledger.bench.measure import Figure
from ledger.bench.postgres import PostgresUnavailable, running_postgres
from ledger.bench.serving import running
from ledger.bench.setting import Bench
from ledger.bench.submissions import Place, rate_of, submitted

__all__ = ["shared"]

_NAME = "submit.c64.postgresql"


def shared(bench: Bench) -> Iterator[Figure]:
    """Two processes that take turns by the head's row lock, and publish into one folder. The server is durable."""
    bench.say("Submissions to two processes on one PostgreSQL")
    each, rounds = max(4, bench.size.requests // 64), bench.size.rounds
    try:
        with ExitStack() as stack:
            home = stack.enter_context(bench.scratch("postgresql"))
            server = stack.enter_context(running_postgres(durable=True))
            url = server.url(stack.enter_context(server.database()))
            place = Place(home, 64, each * (rounds + 1), database=url)
            both = [
                stack.enter_context(running(["api"], place.environment, home / f"log-{number}")) for number in (1, 2)
            ]
            yield rate_of(_NAME, submitted(place, both, each, rounds), bench.bare, rounds)
    except PostgresUnavailable as reason:
        yield Figure(_NAME, 0, "records/s", bench.bare, 0, 0, note=f"Not measured, no PostgreSQL was found: {reason}.")
