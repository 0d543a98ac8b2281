"""The operator changes the service's own keys: those he signs with, and the one that signs reports.

The keys of the log have no record and do not change within a shard: a policy that was handed out names them.
"""

from dataclasses import dataclass
from typing import Literal

from ledger.errors import UsageError
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.pkcs11 import KeyUri, hardware_key
from ledger.signing.secretfile import is_locked
from ledger.signing.signer import LocalSigner, Signer
from ledger.store.evidence import report_chain
from ledger.store.records import chain_head
from ledger.values.encoding import b64u
from ledger.workflows.commit import commit_one
from ledger.workflows.config import Config
from ledger.workflows.issue import Issuer
from ledger.workflows.keys import next_name
from ledger.workflows.ledger import Ledger
from ledger.workflows.open import operator_issuer
from ledger.workflows.settle import FILES, take_place

__all__ = ["ServiceChange", "Which", "change_service_keys"]

Which = Literal["operator", "report"]


@dataclass(frozen=True, slots=True)
class ServiceChange:
    """Which keys of the service are to be replaced, and why.

    `op` is `rotate`, or `compromised` with the last record that counts as `since`. `algorithm` is empty where it stays;
    `hardware` names a key that is to be made in a hardware module.
    """

    which: Which
    op: str = "rotate"
    since: str = ""
    algorithm: str = ""
    reason: str = ""
    hardware: KeyUri | None = None


def change_service_keys(ledger: Ledger, change: ServiceChange) -> tuple[Signer, ...]:
    """Replace the operator's keys or the report key: the record is signed by the old and the new ones together.

    1. The new keys are kept in a file beside the old one. 2. The record is committed. 3. The new file takes the place
    of the old. A crash in between is settled at the next start (`ledger.workflows.settle`): no key is lost, and none is
    used that is not in force. Other processes of the service must be started again.

    Raises:
        UsageError: an algorithm that there is not, or a report chain with two keys.
        Refused: the record is not accepted.
    """
    config = ledger.config
    old = ledger.operator if change.which == "operator" else ledger.reporter
    new = _next_keys(config, change, "+".join(signer.key.alg for signer in old))  # 1
    if {signer.key.kid for signer in new} & {signer.key.kid for signer in old}:
        raise UsageError("these keys are in force already: name others")
    issuer = operator_issuer(ledger) if change.which == "operator" else _report_issuer(ledger)
    members: dict[str, object] = {"op": change.op, "keys": [signer.key.jwk for signer in new]}
    members |= {name: value for name, value in (("since", change.since), ("reason", change.reason)) if value}
    commit_one(issuer.submission("key", ledger.clock(), members, new), ledger)  # 2
    take_place(config.keys, FILES[change.which])  # 3
    if change.which == "operator":
        ledger.operator = new
    else:
        ledger.reporter = new
    return new


def _next_keys(config: Config, change: ServiceChange, algorithms: str) -> tuple[Signer, ...]:
    names = ["ES256"] if change.hardware is not None else (change.algorithm or algorithms).split("+")
    if change.which == "report" and len(names) != 1:
        raise UsageError("reports are signed by one key: expected one algorithm")
    path = config.keys / next_name(FILES[change.which])
    new: tuple[Signer, ...]
    if path.exists():
        new = read_keys(path, config.unlock)
        if [signer.key.alg for signer in new] != names:
            raise UsageError(f"a change to other algorithms was begun; remove {path} to begin anew")
        return new
    try:
        if change.hardware is not None:
            new = (hardware_key(change.hardware, lambda: config.unlock(path)),)
        else:
            new = tuple(LocalSigner.generate(name) for name in names)
    except ValueError as error:
        raise UsageError(str(error)) from error
    current = config.keys / FILES[change.which]
    write_keys(path, new, config.unlock(current) if is_locked(current) else "")
    return new


def _report_issuer(ledger: Ledger) -> Issuer:
    with ledger.database.reading() as connection:
        chain = report_chain(connection)
        assert chain is not None
        _, seq, head = chain_head(connection, chain.no)
    return Issuer(ledger.config.ledger, ledger.reporter, b64u(bytes(chain.id)), seq, head)
