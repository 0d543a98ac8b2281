"""A real server on a port of this machine, over a real ledger, once on SQLite and once on PostgreSQL."""

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from sqlalchemy import func, select
from sqlmodel import SQLModel

from api.app import create_app
from api.limits import Limits, limits_of
from api.serving import settings
from ledger.workflows.ledger import Ledger
from ledger.workflows.tokens import new_token
from tests.api.people import Producer, admit, open_test_ledger

JSON = {"content-type": "application/json"}
_LIMITS = Limits()
NDJSON = {"content-type": "application/x-ndjson"}


@dataclass(slots=True)
class Service:
    """A running service with its ledger, two producers and a stranger."""

    ledger: Ledger
    http: httpx.Client
    mine: Producer
    works: Producer
    stranger: Producer

    def submit(self, data: bytes) -> httpx.Response:
        return self.http.post("/v1/records", content=data, headers=JSON)

    def accepted(self, who: Producer, type_: str, members: dict[str, Any]) -> str:
        """The id of a record that must be accepted."""
        data, record = who.sign(type_, members)
        answer = self.submit(data)
        assert answer.status_code == 201, answer.text
        who.issuer.advance(record)
        return record

    def hand_over(self, batch: str, mass_mg: int | None = None) -> str:
        """A batch goes from the mine to the works; the name under which it arrives."""
        entry = {"batch": batch} | ({"mass_mg": mass_mg} if mass_mg else {})
        transfer = self.accepted(self.mine, "transfer", {"batches": [entry], "to": self.works.id})
        name = f"{transfer}#0" if mass_mg else batch
        self.accepted(self.works, "receive", {"transfer": transfer, "accepted": [{"batch": name}]})
        return name

    def token(self, who: Producer | None, *scopes: str) -> dict[str, str]:
        """The header that speaks for an organization, or for the operator."""
        made = new_token(self.ledger, who.id if who else None, scopes or (["read"] if who else ["operator"]), "test")
        return {"authorization": f"Bearer {made.token}"}

    def get(self, path: str, who: Producer | None, **query: Any) -> httpx.Response:
        return self.http.get(path, headers=self.token(who), params=query)

    def contents(self) -> dict[str, object]:
        """How much is in every table, and where the log and its chains stand."""
        with self.ledger.database.reading() as connection:
            found: dict[str, object] = {
                name: connection.execute(select(func.count()).select_from(table)).scalar_one()
                for name, table in SQLModel.metadata.tables.items()
                if name != "token"
            }
            for name in ("log_head", "chain"):
                rows = connection.execute(select(SQLModel.metadata.tables[name])).all()
                found[f"{name} rows"] = sorted(tuple(map(str, row)) for row in rows)
            left = SQLModel.metadata.tables["batch"].c.left_mg
            found["left"] = connection.execute(select(func.sum(left))).scalar()
        found["checkpoint"] = self.ledger.published.checkpoint()
        return found


def serving(ledger: Ledger) -> AbstractContextManager[httpx.Client]:
    """A client of a server that runs as long as the block."""
    return served_app(create_app(ledger), limits_of(ledger.config))


@contextmanager
def served_app(app: FastAPI, limits: Limits = _LIMITS) -> Iterator[httpx.Client]:
    """The same for any application."""
    server = uvicorn.Server(settings(app, limits, "127.0.0.1", 0))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive()
            time.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            yield client
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One running service for many tests; its people are those of the first who asks."""
    with ExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            server = request.getfixturevalue("postgresql_server")
            url = server.url(stack.enter_context(server.database()))
        ledger = open_test_ledger(tmp_path_factory.mktemp("service") / "ledger", url)
        stack.callback(ledger.close)
        yield Service(ledger, stack.enter_context(serving(ledger)), *_people(ledger))


@pytest.fixture
def service(shared: Service) -> Service:
    """A service with people of this test's own; the log goes on from where other tests left it."""
    return Service(shared.ledger, shared.http, *_people(shared.ledger))


def _people(ledger: Ledger) -> tuple[Producer, Producer, Producer]:
    return admit(ledger, "Mine"), admit(ledger, "Works", "EE"), admit(ledger, "Stranger", "US")


@pytest.fixture
def quick(tmp_path: Path) -> Iterator[Service]:
    """A new service on SQLite, where the database makes no difference or the test leaves it broken."""
    ledger = open_test_ledger(tmp_path / "ledger")
    try:
        people = _people(ledger)
        with serving(ledger) as client:
            yield Service(ledger, client, *people)
    finally:
        ledger.close()
