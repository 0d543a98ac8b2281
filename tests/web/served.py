"""The demo ledger, served: seven organizations in six countries, from ore and old motors to a magnet."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from importlib.resources import files
from pathlib import Path

import httpx
import orjson
from sqlalchemy import select

from api.web.session import cookie_name
from ledger.store.queries import organization_names
from ledger.store.tables import ChainRow
from ledger.workflows.config import Config, read_config
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import open_ledger
from ledger.workflows.play import play
from ledger.workflows.report import MadeReport, ReportRequest, make_report
from ledger.workflows.tokens import new_token
from tests.api.conftest import serving

__all__ = ["NOW", "Demo", "served_demo"]

NOW = "2026-11-02T09:00:00Z"
"""The time of the demo's service, so that what is shown is the same each day."""


@dataclass(slots=True)
class Demo:
    """A running service on the demo's ledger. Organizations and records go by the names of the demo's story."""

    ledger: Ledger
    http: httpx.Client
    folder: Path
    """What `lodestone play` wrote: keys/, reports/, policy.txt."""
    organizations: dict[str, str] = field(default_factory=dict)
    records: dict[str, str] = field(default_factory=dict)

    @property
    def url(self) -> str:
        return str(self.http.base_url).rstrip("/")

    def token(self, organization: str | None, *scopes: str) -> str:
        """A token for an organization, of all kinds if none is named; None is the operator."""
        if organization is None:
            return new_token(self.ledger, None, ["operator"], "test").token
        wanted = scopes or ("read", "report", "grant")
        return new_token(self.ledger, self.organizations[organization], wanted, "test").token

    def cookie(self, organization: str | None, *scopes: str) -> dict[str, str]:
        """The header by which a page knows an organization, for requests without a browser."""
        return {"cookie": f"{cookie_name(self.ledger.config)}={self.token(organization, *scopes)}"}

    def batch(self, name: str) -> str:
        """The batch that the story calls `magnets#0`, by its name in the ledger."""
        record, _, place = name.partition("#")
        return f"{self.records[record]}#{place}"

    def report(self, batch: str = "magnets#0", by: str = "magnetmaker", delivered: str = "2027-02-01") -> MadeReport:
        """A new buyer's report, with the secret of its link."""
        asked = ReportRequest(self.batch(batch), "buyer", self.organizations[by], {"delivered": delivered})
        return make_report(self.ledger, asked)


@contextmanager
def served_demo(folder: Path) -> Iterator[Demo]:
    """The demo, played into a new folder and served as long as the block."""
    story = orjson.loads((files("ledger.workflows") / "demo.json").read_bytes())
    result = play(story, folder)
    config: Config = read_config({}, home=folder / "ledger")
    ledger = open_ledger(config, clock=lambda: NOW)
    try:
        with serving(ledger) as http:
            http.cookies.jar.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # it remembers nothing for the next
            demo = Demo(ledger, http, folder)
            demo.records = {line["as"]: line["record"] for line in result.outcomes if line["record"]}
            ids = _ids_by_name(ledger)
            demo.organizations = {name: ids[said["name"]] for name, said in story["organizations"].items()}
            yield demo
    finally:
        ledger.close()


def _ids_by_name(ledger: Ledger) -> dict[str, str]:
    with ledger.database.reading() as connection:
        numbers = connection.execute(select(ChainRow.organization).distinct()).scalars()  # type: ignore[call-overload]
        known = [organization_names(connection, number) for number in numbers]
    return {found[1]: found[0] for found in known if found is not None and found[1]}
