"""Records that a baseline stands for: their bytes, ids, disclosures and signatures, each record by itself."""

from typing import Any

import orjson
from sqlalchemy import select

from ledger.errors import LodestoneError, SignatureInvalid
from ledger.rules.submission import read_submission
from ledger.signing.disclosure import open_record
from ledger.signing.envelope import Envelope, parse_envelope
from ledger.signing.keys import PublicKey, public_key
from ledger.store.compare import table_named
from ledger.workflows.shadow import Shadow

__all__ = ["KeptKeys"]


class KeptKeys:
    """The keys that ever spoke for each chain that a baseline knows, and records held against them."""

    def __init__(self, shadow: Shadow) -> None:
        chain = table_named("chain")
        with shadow.database.reading() as connection:
            found: list[Any] = list(connection.execute(select(chain.c.no, chain.c.sets)))
        self._keys: dict[int, dict[str, PublicKey]] = {}
        for number, stored in found:
            keys = [public_key(jwk) for named in orjson.loads(stored) for jwk in named["jwks"]]
            self._keys[number] = {key.kid: key for key in keys}

    def wrong_with(self, row: dict[str, Any], ledger: str) -> str:
        """What is wrong with a stored record, in words; nothing, where it is the one that was accepted.

        A record that was erased (it has no time) may have holes; every other one is wholly disclosed. Not checked:
        rules, which need what was erased.
        """
        try:
            data = bytes(row["envelope"]) if isinstance(row["envelope"], bytes) else b""
            if row["at"]:
                envelope = read_submission(data, ledger, submission=False).envelope
            else:
                envelope = parse_envelope(data, submission=False)
                open_record(envelope, submission=False)
            self._signed(envelope, self._keys.get(row["chain"], {}))
        except LodestoneError as error:
            return str(error)
        return ""

    def _signed(self, envelope: Envelope, keys: dict[str, PublicKey]) -> None:
        for place, signature in enumerate(envelope.signatures):
            key = keys.get(signature.kid)
            if key is None or key.alg != signature.alg:
                raise SignatureInvalid(f"The key {signature.kid} never spoke for its chain.")
            key.verify(envelope.signing_input(place), signature.raw)
