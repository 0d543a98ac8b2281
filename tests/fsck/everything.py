"""A ledger with every kind of record, every role and every table in use."""

from dataclasses import replace

from ledger.signing.signer import LocalSigner
from ledger.store.copying import fill_database
from ledger.store.database import Database
from ledger.store.migrate import migrate
from ledger.store.queries import Viewer
from ledger.store.tokens import organization_number
from ledger.values.encoding import split_batch_id
from ledger.workflows.config import Config
from ledger.workflows.grants import Wanted, new_grant, revoke_grant
from ledger.workflows.reports import revoke_report, status_list
from ledger.workflows.tokens import new_token, revoke_token
from tests.stories import METAL, ore_to_magnet, rotor
from tests.world import Lot, Organization, World

__all__ = ["World", "everything", "moved"]

EVIDENCE = [{"digest": "sha-256:" + "A" * 43, "kind": "assay"}]
YEAR = ("2026-01-01", "2026-12-31")


def moved(config: Config, url: str) -> Config:
    """The same ledger, its database moved to an empty one on a server."""
    database = Database(url)
    migrate(database)
    fill_database(config.home / "ledger.db", database)
    database.close()
    for path in config.home.glob("ledger.db*"):
        path.unlink()
    return replace(config, database_url=url)


def everything(world: World) -> None:
    """Tell every story there is, so that no table stays empty."""
    chain = ore_to_magnet(world)
    maker, buyer, stranger = chain.magnet_maker, chain.buyer, chain.stranger
    rotor(world, chain)
    maker.certifies("IATF 16949", YEAR, organization=maker.id)
    maker.certifies("assay", YEAR, batch=chain.magnet)
    maker.asks(chain.metal)
    maker.record("adjust", {"batch": chain.swarf, "mass_mg": 1_000, "reason": "spill", "evidence": EVIDENCE})
    chain.works.transfer({chain.cerium: None}, "Somebody outside")
    offered = maker.transfer({chain.swarf: 1}, stranger)
    maker.receive(offered, {})
    maker.transfer({chain.swarf: 2}, stranger, terms="toll")
    sold = maker.transfer({chain.swarf: 3}, stranger, terms="sale")
    stranger.receive(sold, {f"{sold}#0": 4})
    stranger.facility("US", operator={"name": "Plant Services", "country": "US"}, name="site")
    chain.mine.rotate()
    _compromise(world)
    admitted = world.organization("suspended", "FR")
    world.operate("admission", {"op": "suspend", "record": admitted.id})
    first, second = (buyer.report(chain.magnet, audience, delivered="2027-03-01") for audience in ("buyer", "auditor"))
    world.report(chain.metal)
    status_list(world.ledger)
    revoke_report(world.ledger, first.id, None)
    status_list(world.ledger)
    token = new_token(world.ledger, buyer.id, ["read", "report"], "of the buyer")
    new_token(world.ledger, None, ["operator"], "the operator's own")
    revoke_token(world.ledger, token.id)
    assert second.id != first.id
    _grants(world, maker, chain.swarf, stranger)


def _grants(world: World, maker: Organization, batch: str, auditor: Organization) -> None:
    """A maker opens a batch to somebody, and part of its record, and withdraws that again."""
    with world.ledger.database.reading() as connection:
        viewer = Viewer(organization_number(connection, maker.id))
    new_grant(world.ledger, viewer, Wanted(auditor.id, batches=(batch,)))
    record, _ = split_batch_id(batch)
    part = Wanted(auditor.id, records=(record,), members=("outputs",), expires_at="2999-01-01T00:00:00Z")
    revoke_grant(world.ledger, viewer, str(new_grant(world.ledger, viewer, part)["id"]))


def _compromise(world: World) -> None:
    """An organization whose key was stolen, and what it had said since."""
    who = world.organization("careless", "JP", signers=[LocalSigner.generate("ES256")])
    since = who.issuer.head
    who.source({"kind": "undisclosed"}, [Lot("metal", 1_000, METAL)])
    new = [LocalSigner.generate("Ed25519")]
    keys = [signer.key.jwk for signer in new]
    who.record("key", {"op": "compromised", "keys": keys, "since": since, "reason": "stolen"}, also=new)
    who.issuer.signers = list(new)
    who.mines("concentrate", 1_000, {"Nd": 62_000})
