"""Reports to print: of a magnet, for those who may see most and for the public, and of an assembly; made once."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest

from ledger.report.seal import open_sealed, seal
from ledger.signing.signer import LocalSigner
from ledger.workflows.open import policy_of
from ledger.workflows.report import write_bundle
from tests.stories import ore_to_magnet, rotor
from tests.world import World

Forge = Callable[..., str]


@dataclass(frozen=True)
class Printed:
    """What is printed: compact reports, the bundle of the first, and the policy under which they verify."""

    auditor: str
    bundle: bytes
    buyer: str
    public: str
    assembly: str
    no_date: str
    policy: bytes


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Printed]:
    world = World(tmp_path_factory.mktemp("printed") / "ledger")
    chain = ore_to_magnet(world)
    maker, buyer = chain.magnet_maker, chain.buyer
    maker.certifies("IATF 16949", ("2025-01-01", "2027-12-31"), facility=maker.at)
    maker.certifies("assay", ("2025-01-01", "2030-01-01"), batch=chain.magnet)
    buyer.asks(chain.magnet)
    auditor = maker.report(chain.magnet, "auditor", delivered="2027-02-01")
    motor, _ = rotor(world, chain)
    bundle = BytesIO()
    write_bundle(world.ledger, auditor.id, bundle)
    yield Printed(
        auditor=auditor.jwt,
        bundle=bundle.getvalue(),
        buyer=buyer.report(chain.magnet, delivered="2026-12-31").jwt,
        public=buyer.report(chain.magnet, "public", delivered="2027-02-01").jwt,
        assembly=buyer.report(motor, delivered="2027-02-01").jwt,
        no_date=buyer.report(chain.magnet).jwt,
        policy=policy_of(world.ledger).encode(),
    )
    world.close()


@pytest.fixture(scope="session")
def forge(made: Printed) -> Forge:
    """A report that says something else of the batch, signed by a key that nobody knows."""
    signer = LocalSigner.generate("Ed25519")

    def forged(jwt: str = made.auditor, **members: Any) -> str:
        sealed = open_sealed(jwt)
        subject = sealed.payload["credentialSubject"]
        assert isinstance(subject, dict)
        return seal({**sealed.payload, "credentialSubject": {**subject, **members}}, signer, sealed.did)

    return forged
