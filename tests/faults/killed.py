"""The service as operators run it is killed, and PostgreSQL under it, while clients submit in parallel over HTTP."""

import random
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ledger.workflows.config import Config
from tests.faults.clients import Client, Connection, NotAnswered, in_parallel
from tests.faults.family import Family, Trial
from tests.faults.seen import Checked, check
from tests.faults.servers import (
    Serving,
    await_postgres,
    database_of,
    kill_backend,
    kill_postgres,
    postgres,
    serve,
    starting,
)
from tests.faults.steps import prepared
from tests.postgres import PostgresServer

__all__ = ["FAMILIES", "load"]


@contextmanager
def load(port: int, clients: Sequence[Client], checked: Checked) -> Iterator[None]:
    """Every client submits over a connection of his own while the block runs, and somebody reads checkpoints."""
    stop = threading.Event()
    reader = threading.Thread(target=_read_checkpoints, args=(port, clients[0], stop))
    reader.start()
    finished = in_parallel(clients, port, stop)
    try:
        yield
    finally:
        checked.losses += finished()
        reader.join()


def _read_checkpoints(port: int, client: Client, stop: threading.Event) -> None:
    with closing(Connection(port)) as connection:
        while not stop.wait(0.02):
            with suppress(NotAnswered):
                status, note = connection.ask("GET", "/log/checkpoint")
                client.seen.published(note.decode() if status == 200 else None)


@contextmanager
def _killed(place: Path) -> Iterator[Trial]:
    with prepared(place) as made:

        def trial(seed: int) -> Checked:
            chance, checked = random.Random(seed), Checked()
            with made.copied() as (config, clients):
                service = serve(config.home)
                with load(service.port, clients, checked):
                    time.sleep(chance.uniform(0.05, 1.0))
                    service.kill()
                again = starting(config.home)  # and it is killed again: while it starts, or under load
                with load(again.port, clients, checked):
                    time.sleep(chance.uniform(0.3, 2.5))
                    again.kill()
                checked.add(check(config, clients[0].seen))
            return checked

        yield trial


@contextmanager
def _postgresql_killed(place: Path) -> Iterator[Trial]:
    with postgres() as server, prepared(place, server) as made:

        def trial(seed: int) -> Checked:
            with made.copied() as (config, clients):
                return _cut(config, clients, server, random.Random(seed))

        yield trial


def _cut(config: Config, clients: Sequence[Client], server: PostgresServer, chance: random.Random) -> Checked:
    """The database is killed under load and started again; the service lives on for a moment, then it is restarted."""
    checked, environment = Checked(), database_of(config)
    service = serve(config.home, environment)
    with load(service.port, clients, checked):
        time.sleep(chance.uniform(0.1, 1.0))
        if chance.random() < 0.5:
            kill_postgres(server)
            time.sleep(chance.uniform(0, 0.3))
            server.start()
        else:
            kill_backend(server, config.database.rpartition("/")[2])
        time.sleep(chance.uniform(0, 0.5))
        _end(service, chance)
    await_postgres(server)
    _answered_now(config, clients, environment)
    checked.add(check(config, clients[0].seen))
    return checked


def _end(service: Serving, chance: random.Random) -> None:
    if chance.random() < 0.5:
        service.kill()
    else:
        service.stop()


def _answered_now(config: Config, clients: Sequence[Client], environment: Mapping[str, str]) -> None:
    """Start the service again; every client gets the answer that he has not got yet.

    Raises:
        NotAnswered: one does not.
    """
    service = serve(config.home, environment)
    with closing(Connection(service.port)) as connection:
        for client in clients:
            client.send(connection)
    service.stop()


FAMILIES = [
    Family("kill", "lodestone serve is killed twice under load, also while it starts", 24, _killed),
    Family("kill-postgresql", "PostgreSQL, or one session of it, is killed in mid-transaction", 12, _postgresql_killed),
]
