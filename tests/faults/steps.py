"""Stops at the numbered points of the commit road, each alone, and pairs whose second stop is in the recovery."""

import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from copy import copy
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ledger.errors import LedgerUnsafe
from ledger.rules.submission import read_submission
from ledger.workflows import committer as committer_module
from ledger.workflows.commit import commit
from ledger.workflows.committer import Committer
from ledger.workflows.config import Config
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger, policy_of
from ledger.workflows.receipts import receipts
from tests.api.people import Producer, admit, config_of
from tests.faults.clients import Client
from tests.faults.family import Family, Trial
from tests.faults.road import Died, Failed, Road, walking
from tests.faults.seen import Checked, Seen, check, noon
from tests.faults.servers import postgres
from tests.postgres import PostgresServer

__all__ = ["FAMILIES", "Prepared", "Stop", "alone", "pairs", "prepared", "stopped", "stops", "walk"]

_IN_A_GROUP = 3
_PATIENCE = 30  # seconds until a service that does not answer counts as one that hangs


@dataclass(frozen=True, slots=True)
class Stop:
    """Where the road stops, in which form, and whether the process lives on."""

    point: int
    persisted: bool
    goes_on: bool

    def road(self) -> Road:
        return Road(self.point, persisted=self.persisted, how=Failed if self.goes_on else Died)


@dataclass(slots=True)
class Prepared:
    """A ledger with a few producers in it, of which every trial gets a copy."""

    config: Config
    producers: Sequence[Producer]
    policy: str
    place: Path
    server: PostgresServer | None = None

    @contextmanager
    def copied(self) -> Iterator[tuple[Config, list[Client]]]:
        """A copy of the ledger, and clients who have seen nothing yet."""
        home = self.place / "trial"
        shutil.copytree(self.config.home, home)
        seen = Seen(self.policy)
        clients = [Client(replace(who, issuer=copy(who.issuer)), seen) for who in self.producers]
        try:
            if self.server is None:
                yield replace(self.config, home=home), clients
            else:
                with self.server.database(_TEMPLATE) as name:
                    yield replace(self.config, home=home, database_url=self.server.url(name)), clients
        finally:
            shutil.rmtree(home)


_TEMPLATE = "faults"


@contextmanager
def prepared(place: Path, server: PostgresServer | None = None) -> Iterator[Prepared]:
    """A ledger to copy, on SQLite or on this server."""
    made: list[Prepared] = []

    def make(url: str) -> None:
        config = config_of(place / "prepared", url)
        with closing(open_ledger(config, noon)) as ledger:
            people = [admit(ledger, f"Producer {number}") for number in range(_IN_A_GROUP + 1)]
            made.append(Prepared(config, people, policy_of(ledger), place, server))

    if server is None:
        make("")
    else:
        server.template(_TEMPLATE, make)
    yield made[0]


def stops(made: Prepared) -> list[Stop]:
    """Every stop. The first half has each point in each form, taking turns in whether the process lives on."""
    lengths = {}
    for goes_on in (True, False):
        road = Road()
        with made.copied() as (config, clients), closing(open_ledger(config, noon)) as ledger, walking(road):
            walk(ledger, clients, road, goes_on=goes_on)
        lengths[goes_on] = len(road.walked)
    every = [
        Stop(point, persisted, goes_on)
        for point in range(1, max(lengths.values()) + 1)
        for persisted in (False, True)
        for goes_on in (True, False)
        if point <= lengths[goes_on]
    ]
    first = {(stop.point, stop.persisted): stop for stop in every}  # where there is a choice: the process dies
    first |= {(stop.point, stop.persisted): stop for stop in every if stop.goes_on and stop.point % 2 != stop.persisted}
    return [*first.values(), *(stop for stop in every if stop not in first.values())]


@contextmanager
def _alone(place: Path) -> Iterator[Trial]:
    with prepared(place) as made:
        yield alone(made)


@contextmanager
def _alone_postgresql(place: Path) -> Iterator[Trial]:
    with postgres() as server, prepared(place, server) as made:
        yield alone(made)


def alone(made: Prepared) -> Trial:
    """One stop for each trial; consecutive seeds go through all of them."""
    every = stops(made)

    def trial(seed: int) -> Checked:
        with made.copied() as (config, clients):
            checked = stopped(config, clients, every[seed % len(every)])
            assert checked is not None
            return checked

    return trial


@contextmanager
def _pairs(place: Path) -> Iterator[Trial]:
    with prepared(place) as made:
        yield pairs(made)


def pairs(made: Prepared) -> Trial:
    """Two random stops for each trial, the second of them in the recovery from the first."""
    every = stops(made)

    def trial(seed: int) -> Checked:
        chance = random.Random(seed)
        checked = None
        while checked is None:  # until the second one was reached
            point = chance.randint(1, chance.choice([20, 60]))
            second = Stop(point, chance.random() < 0.5, chance.random() < 0.5)
            with made.copied() as (config, clients):
                checked = stopped(config, clients, chance.choice(every), second)
        return checked

    return trial


def stopped(config: Config, clients: Sequence[Client], first: Stop, second: Stop | None = None) -> Checked | None:
    """Walk the road to the first stop, recover up to the second, recover, and check; None where there was no second."""
    seen, road = clients[0].seen, first.road()
    with closing(open_ledger(config, noon)) as ledger:
        seen.published(ledger.checkpoint)
        with walking(road):
            walk(ledger, clients, road, goes_on=first.goes_on)
        _read_by_others(ledger, seen)
    assert road.stopped, f"the road has no point {first.point}"
    if second is not None:
        again = second.road()
        with walking(again):
            _recover(config, clients, again)
        if not again.stopped:
            return None
    return check(config, seen)


def walk(ledger: Ledger, clients: Sequence[Client], road: Road, *, goes_on: bool) -> None:
    """Let every client submit a record: as clients of a service that goes on, or of one that dies at the stop."""
    if goes_on:
        _as_one_group(ledger, clients, road)
    else:
        _directly(ledger, clients, road)


def _as_one_group(ledger: Ledger, clients: Sequence[Client], road: Road) -> None:
    """Submit as a service does: one record is on its way, the others come meanwhile, so that they are one group.

    The road is counted from that group on. Whoever got no answer tries once more, while the service still runs.
    """
    road.counting = False

    def commit_counted(group: Sequence[object], *rest: object) -> object:
        road.counting = road.counting or len(group) > 1
        return commit(group, *rest)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(committer_module, "commit", commit_counted)
        committer = Committer(ledger)
        committer.start()
        with ledger.turn:
            waiting = [(client, committer.submit(client.next()[1])) for client in clients[:1]]
            while committer.waiting:
                pass
            waiting += [(client, committer.submit(client.next()[1])) for client in clients[1:]]
        for client, future in waiting:
            for again in (False, True):
                try:
                    answer = committer.submit(client.next()[1]) if again else future
                    given = answer.result(_PATIENCE).receipt
                except LedgerUnsafe:
                    continue
                assert given is not None
                client.answered(given)
                break
        committer.stop()


def _directly(ledger: Ledger, clients: Sequence[Client], road: Road) -> None:
    """One group, by the process that will be gone at the stop."""
    group = [client.next()[1] for client in clients[1:]]
    try:
        outcomes = commit([read_submission(data, ledger.config.ledger) for data in group], ledger)
        given = receipts(ledger, [outcome.index for outcome in outcomes if outcome.index is not None])
    except (Died, LedgerUnsafe):
        return
    for client, outcome in zip(clients[1:], outcomes, strict=True):
        if outcome.index is not None:
            client.answered(given[outcome.index])


def _recover(config: Config, clients: Sequence[Client], road: Road) -> None:
    """Start again and send again what was not answered, as far as it goes."""
    try:
        ledger = open_ledger(config, noon)
    except (Died, Failed, LedgerUnsafe):
        return
    with closing(ledger):
        try:
            for client in clients:
                outcome = commit([read_submission(client.next()[1], ledger.config.ledger)], ledger)[0]
                assert outcome.index is not None, outcome.violations
                client.answered(receipts(ledger, [outcome.index])[outcome.index])
        except (Died, Failed, LedgerUnsafe):
            pass
        road.counting = False
        _read_by_others(ledger, clients[0].seen)


def _read_by_others(ledger: Ledger, seen: Seen) -> None:
    """Anybody may have read the published checkpoint before the process was gone."""
    seen.published(ledger.published.checkpoint())


FAMILIES = [
    Family("steps", "a stop at each numbered point of the commit road, failed or persisted", 140, _alone),
    Family("steps-postgresql", "the same on PostgreSQL", 140, _alone_postgresql),
    Family("pairs", "two random stops, the second one in the recovery from the first", 200, _pairs),
]
