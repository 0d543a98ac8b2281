"""A standby of PostgreSQL takes over: one that has every commit goes on, one that lost the last of them is refused."""

import os
import random
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
import psycopg

from ledger.bench.postgres import _free_port, _run_as_server
from ledger.bundle.receipt import verify_receipts
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger, policy_of
from tests.api.people import admit, config_of
from tests.faults.clients import Client
from tests.faults.family import Family, LeftOut, Trial
from tests.faults.killed import load
from tests.faults.seen import Checked, Seen, check, noon
from tests.faults.servers import database_of, kill_postgres, must_have_postgres, postgres, refused_start, serve
from tests.postgres import PostgresServer

__all__ = ["FAMILIES"]

_DATABASE = "ledger"
_PATIENCE = 60


def _ledger(place: Path, server: PostgresServer) -> tuple[Config, list[Client]]:
    """A ledger on this server, and clients."""
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {_DATABASE}".encode())
    config = config_of(place / "ledger", server.url(_DATABASE))
    with closing(open_ledger(config, noon)) as ledger:
        people = [admit(ledger, f"Producer {number}") for number in range(3)]
        seen = Seen(policy_of(ledger))
    return config, [Client(who, seen) for who in people]


@contextmanager
def _standby_of(primary: PostgresServer, stack: ExitStack) -> Iterator[PostgresServer]:
    """A second server that follows the first one; its folder lies beside that of the first."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="standby-", dir=primary.folder)))
    account = primary.folder.stat()
    os.chown(folder, account.st_uid, account.st_gid)
    tool = primary.binaries / "pg_basebackup"
    if not tool.exists():
        raise LeftOut("pg_basebackup is not installed")
    command = [str(tool), "-d", primary.dsn("postgres"), "-D", str(folder / "data"), "-R", "-X", "stream"]
    log = folder / "basebackup.log"
    with log.open("wb") as out:
        code = _run_as_server([*command, "--checkpoint=fast"], folder, out.fileno()).wait(_PATIENCE)
    assert code == 0, log.read_text(errors="replace")
    standby = PostgresServer(primary.binaries, folder, _free_port(), durable=True)
    standby.start()
    try:
        yield standby
    finally:
        standby.stop()


def _ask(server: PostgresServer, statement: str) -> object:
    with psycopg.connect(server.dsn("postgres"), autocommit=True) as connection:
        row = connection.execute(statement.encode()).fetchone()
        return row[0] if row else None


def _must_wait_for_standby(primary: PostgresServer) -> None:
    with psycopg.connect(primary.dsn("postgres"), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET synchronous_standby_names = '*'")
        connection.execute("SELECT pg_reload_conf()")
    _until(primary, "SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", 1)


def _until(server: PostgresServer, question: str, answer: object) -> None:
    deadline = time.monotonic() + _PATIENCE
    while _ask(server, question) != answer:
        assert time.monotonic() < deadline, f"{question} never became {answer}"
        time.sleep(0.05)


@contextmanager
def _promoted(place: Path) -> Iterator[Trial]:
    """The standby was waited for with every commit: what a receipt was given for is there."""

    def trial(seed: int) -> Checked:
        chance, checked = random.Random(seed), Checked()
        with ExitStack() as stack:
            primary = stack.enter_context(postgres())
            config, clients = _ledger(place / str(seed), primary)
            standby = stack.enter_context(_standby_of(primary, stack))
            _must_wait_for_standby(primary)
            service = serve(config.home, database_of(config))
            with load(service.port, clients, checked):
                time.sleep(chance.uniform(0.3, 1.5))
                kill_postgres(primary)
                service.kill()
            _ask(standby, "SELECT pg_promote()")
            config = replace(config, database_url=standby.url(_DATABASE))
            service = serve(config.home, database_of(config))
            with load(service.port, clients, checked):
                time.sleep(0.3)
            service.stop()
            checked.add(check(config, clients[0].seen))
        return checked

    must_have_postgres()
    yield trial


@contextmanager
def _behind(place: Path) -> Iterator[Trial]:
    """The standby lost the last commits: the second store is ahead of it, so that no service may start on it."""

    def trial(seed: int) -> Checked:
        chance, checked = random.Random(seed), Checked()
        with ExitStack() as stack:
            primary = stack.enter_context(postgres())
            config, clients = _ledger(place / str(seed), primary)
            standby = stack.enter_context(_standby_of(primary, stack))
            service = serve(config.home, database_of(config))
            with load(service.port, clients, checked):
                time.sleep(chance.uniform(0.1, 0.5))
            standby.stop()
            with load(service.port, clients, checked):
                time.sleep(chance.uniform(0.3, 0.8))
                kill_postgres(primary)
                service.kill()
            standby.start()
            _ask(standby, "SELECT pg_promote()")
            behind = replace(config, database_url=standby.url(_DATABASE))
            said = refused_start(config.home, database_of(behind))
            if "older copy" not in said:
                checked.lost(f"a service started on a standby that is behind what was signed: {said[-300:]}")
            _still_verify(clients[0].seen, checked)
            primary.start()
            checked.add(check(config, clients[0].seen))  # and on the server that has them all, nothing happened
        return checked

    must_have_postgres()
    yield trial


def _still_verify(seen: Seen, checked: Checked) -> None:
    for record, receipt in seen.receipts.items():
        checked.receipts += 1
        if not verify_receipts(orjson.dumps(receipt), seen.policy).passed:
            checked.lost(f"the receipt of {record} does not verify")


FAMILIES = [
    Family("standby", "a synchronous standby of PostgreSQL is promoted", 4, _promoted),
    Family("standby-behind", "a standby that lost the last commits is refused", 3, _behind),
]
