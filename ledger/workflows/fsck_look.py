"""Looking at a ledger once, from the first step of a check to the last."""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, select, text

from ledger.errors import ConfigError, LodestoneError, VerificationError
from ledger.log.note import NoteKey
from ledger.signing.keys import PublicKey, public_key
from ledger.store.compare import (
    RECOMPUTED,
    RowDifference,
    Side,
    count,
    row_differences,
    schema_differences,
    table_named,
)
from ledger.store.database import Database
from ledger.store.migrate import at_this_version
from ledger.workflows.baseline import newest_baseline
from ledger.workflows.config import Config
from ledger.workflows.findings import Findings, Progress
from ledger.workflows.fsck_given import check_erasures, check_reports, check_status_lists, check_tokens
from ledger.workflows.fsck_grants import check_grants
from ledger.workflows.fsck_log import LogCheck, Signed, read_signed, stored_claims
from ledger.workflows.fsck_notices import check_notices
from ledger.workflows.fsck_records import RecordCheck
from ledger.workflows.fsck_steps import check_steps
from ledger.workflows.fsck_tiles import TileCheck, stray_files
from ledger.workflows.keys import read_service_keys
from ledger.workflows.shadow import Shadow, read_genesis

__all__ = ["Looked", "look"]


@dataclass(slots=True)
class Looked:
    """What was seen. `shadow` is the ledger as its records say it is, while the caller's stack is open.

    `tables` differ; `provable`: every record replays and every signed root follows, so what differs may be made anew.
    """

    findings: Findings
    counts: dict[str, int] = field(default_factory=dict)
    shadow: Shadow | None = None
    tables: set[str] = field(default_factory=set)
    provable: bool = False
    whole: bool = False
    """Whether every record that there is replays."""
    published: int = 0
    indexes: bool = False


def look(
    config: Config,
    database: Database,
    keys: Sequence[NoteKey],
    findings: Findings,
    progress: Progress,
    stack: ExitStack,
    seen: str,
    *,
    alone: bool,
) -> Looked:
    """Look at everything once.

    Raises:
        ConfigError: there is no ledger in the database, or one of another version.
        sqlalchemy.exc.DatabaseError: the database cannot be read.
    """
    looked = Looked(findings)
    signed = read_signed(config.second_store, config.tiles, config.origin, keys, findings, seen)  # 1
    if not at_this_version(database):
        raise ConfigError("The database is of another version: run lodestone migrate first, or use that version.")
    with database.reading() as connection:
        looked.indexes = _form(connection, findings)  # 2
        shadow = _begin(connection, config, findings)
        if shadow is None:
            findings.nothing_mends()
            return looked
        looked.shadow = stack.enter_context(shadow)
        if shadow.kept > 1:
            looked.counts["kept"] = shadow.kept
        _log(connection, config, keys, signed, looked, progress, alone=alone)  # 3, 4
        _tables(connection, looked, progress)  # 5
        _given(connection, config, looked, progress)  # 6
        after = read_signed(config.second_store, config.tiles, config.origin, (), Findings())
        check_steps(connection, _latest(signed, after), looked.counts["entries"], findings, alone=alone)  # 7
    stray_files(config.tiles, looked.counts["entries"], findings, alone=alone)
    if not looked.provable:
        findings.nothing_mends()
    return looked


def _latest(before: Signed, after: Signed) -> Signed:
    """The second store as it stands now, which is never behind the moment at which the database was read."""
    return Signed(after.second if before.second else None, before.published, before.readable)


def _form(connection: Connection, findings: Findings) -> bool:
    """The database's own form; whether an index is to be made anew."""
    wrong = False
    for where, what in schema_differences(connection):
        mends = "index" in what
        wrong |= mends
        findings.differs("schema", where, f"In the database {what}: {where}.", mends=mends)
    if connection.dialect.name == "sqlite":
        for (said,) in connection.execute(text("PRAGMA integrity_check")):
            if said != "ok":
                wrong = True
                findings.differs(
                    "database", "database", f"SQLite finds its file damaged: {said}.", mends="index" in said
                )
    return wrong


def _begin(connection: Connection, config: Config, findings: Findings) -> Shadow | None:
    """The shadow of the log that the head's genesis entry begins."""
    genesis = connection.execute(select(table_named("log_head").c.genesis)).scalar_one_or_none()
    if genesis is None:
        if count(connection, "record"):
            sentence = "The head of the log is missing: restore the newest copy of the database."
            findings.differs("head", "log_head", sentence)
            return None
        raise ConfigError("This database holds no ledger yet.")
    try:
        named = read_genesis(bytes(genesis))
        if named["origin"] != config.origin:
            raise ConfigError(f"The database holds the log {named['origin']}, but the settings name {config.origin}.")
    except VerificationError as error:
        findings.differs("head", "log_head.genesis", f"{error}. Restore the newest copy of the database.")
        return None
    baseline = newest_baseline(connection, config)
    if baseline is not None and not baseline.whole:
        sentence = (
            f"The file {baseline.file.name} in erased/ is missing or changed: what followed from the records before the"
            " erasure cannot be compared. Put it back from a backup that is not older than the erasure."
        )
        findings.differs("baseline", f"erased/{baseline.file.name}", sentence)
        baseline = None
    return Shadow(bytes(genesis), named, baseline)


def _log(
    connection: Connection,
    config: Config,
    keys: Sequence[NoteKey],
    signed: Signed,
    looked: Looked,
    progress: Progress,
    *,
    alone: bool,
) -> None:
    """Every record, and the log that they make."""
    assert looked.shadow is not None
    findings = looked.findings
    looked.published = signed.published.size if signed.published else 0
    tiles = TileCheck(config.tiles, looked.published, findings, alone=alone)
    claims = stored_claims(connection, signed, config.origin, keys, findings)
    log = LogCheck(claims, tiles, findings)
    genesis = looked.shadow.leaves(0, 1)[0].leaf
    log.take(genesis, genesis)
    records = RecordCheck(looked.shadow, config.ledger, log, findings)
    records.run(connection, progress)
    log.finish(whole=records.whole)
    looked.whole = records.whole and looked.shadow.size == log.size == records.records + 1
    looked.provable = looked.whole and not log.refuted
    looked.counts |= {
        "entries": log.size,
        "records": records.records,
        "replayed": looked.shadow.size - 1,
        "checkpoints": log.checkpoints,
        "files": tiles.files,
    }
    if records.erased:
        looked.counts["erased"] = records.erased
        findings.note(_erased(records.erased, looked.shadow.kept))
    if not records.whole:
        findings.left_out(f"Tree, tiles and checkpoints were compared for the first {log.size} entries only.")


def _erased(records: int, kept: int) -> str:
    return (
        f"The disclosures of {records} records were erased on purpose, before entry {kept}. Their payloads, signatures"
        " and leaves are whole, so log and receipts hold; what the records said is gone, and counts as unknown."
        " Balances, routes and tables up to there were compared with what was kept of a ledger that was whole."
    )


def _tables(connection: Connection, looked: Looked, progress: Progress) -> None:
    """Every table that follows from records, against the shadow's."""
    assert looked.shadow is not None
    if not looked.whole:
        looked.findings.left_out(
            f"Balances, routes and all that follows from records were not compared: records replay up to index"
            f" {looked.shadow.size - 1} only."
        )
        return
    with looked.shadow.database.reading() as anew:
        live, expected = Side(connection), Side(anew)
        live.learn_routes()
        expected.learn_routes()
        for done, name in enumerate(RECOMPUTED):
            progress("Comparing tables", done, len(RECOMPUTED))
            for each in row_differences(name, live, expected):
                looked.tables.add(name)
                looked.findings.differs(
                    "row", each.where, _told(each), expected=each.expected, found=each.found, mends=True
                )
            looked.counts["rows"] = looked.counts.get("rows", 0) + count(connection, name)


def _told(each: RowDifference) -> str:
    if each.kind == "missing":
        return f"The row {each.where} follows from the records, but is not there."
    if each.kind == "stray":
        return f"The row {each.where} follows from no record."
    return f"The column {each.where} is not what the records give."


def _given(connection: Connection, config: Config, looked: Looked, progress: Progress) -> None:
    """Reports, status lists, tokens, and the keys that the service signs with."""
    assert looked.shadow is not None
    progress("Reports and tokens", 0, 1)
    with looked.shadow.database.reading() as anew:
        chain, organization = table_named("chain"), table_named("organization")
        chains: list[Any] = list(anew.execute(select(chain).where(chain.c.organization == 1)))
        organizations = set(anew.execute(select(organization.c.no)).scalars())
    if not looked.whole:
        organizations |= set(connection.execute(select(organization.c.no)).scalars())
    sets = {each.no: [public_key(jwk) for s in orjson.loads(each.sets) for jwk in s["jwks"]] for each in chains}
    keys: dict[str, PublicKey] = {key.kid: key for each in chains if each.use == "report" for key in sets[each.no]}
    looked.counts["reports"] = check_reports(connection, keys, organizations, looked.findings)
    looked.counts["status_lists"] = check_status_lists(connection, keys, looked.findings)
    check_erasures(connection, looked.findings)
    looked.counts["tokens"] = check_tokens(connection, organizations, looked.findings)
    looked.counts["notices"] = check_notices(connection, organizations, looked.findings)
    looked.counts["grants"] = check_grants(connection, organizations, looked.findings)
    in_force: dict[str, set[str]] = {each.use: set() for each in chains}
    for each in chains:
        in_force[each.use] |= set(orjson.loads(each.sets)[-1]["kids"])
    _service_keys(config, in_force, looked.findings)


def _service_keys(config: Config, in_force: dict[str, set[str]], findings: Findings) -> None:
    try:
        keys = read_service_keys(config.keys, config.origin, config.unlock)
    except LodestoneError:
        return  # said before, with the log's signatures
    for use, signers in (("records", keys.operator), ("report", keys.reporter)):
        for signer in signers:
            if in_force and signer.key.kid not in in_force.get(use, set()):
                sentence = (
                    f"The service's key for {use} is not in force in its log: put the right file back into keys/."
                )
                findings.differs("key", f"keys ({use})", sentence, found=signer.key.kid)
