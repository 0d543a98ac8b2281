"""Opening a ledger: the one place that wires things together; and founding one, on the first start.

Start-up refuses to run on stores that disagree: a restored backup must not fork the log.
"""

from sqlalchemy.exc import DatabaseError

from ledger.errors import ConfigError, LedgerUnsafe, LodestoneError
from ledger.log.leaf import genesis_leaf
from ledger.log.policy import policy_text
from ledger.rules.ruleset import current_rule_set, known_rule_sets
from ledger.rules.submission import Submission
from ledger.store.checkpoints import CheckpointStore
from ledger.store.cosigned import CosignedStore
from ledger.store.database import Database
from ledger.store.log import begin_log, founding, log_size, read_head
from ledger.store.migrate import migrate
from ledger.store.published import PublishedDirectory
from ledger.store.records import chain_head, has_reporter, record_by_id
from ledger.store.reports import newest_checkpoint
from ledger.values.instant import Clock, system_clock
from ledger.workflows.commit import commit_one
from ledger.workflows.config import Config, write_config
from ledger.workflows.issue import Issuer, new_chain_id
from ledger.workflows.keys import ServiceKeys, make_service_keys, read_service_keys
from ledger.workflows.ledger import Ledger
from ledger.workflows.publish import publish
from ledger.workflows.setback import must_not_be_set_back
from ledger.workflows.settle import settle_service_keys
from ledger.workflows.witnesses import read_witnesses

__all__ = ["found_ledger", "log_policy_of", "open_ledger", "operator_issuer", "policy_of"]


def open_ledger(config: Config, clock: Clock = system_clock, *, found: bool = True) -> Ledger:
    """Open the ledger of these settings; on the very first start, found it.

    Raises:
        ConfigError: no ledger here and `found` is false, or keys are missing.
        LedgerUnsafe: database, second store and published files disagree.
        LodestoneError: the database does not answer, or is damaged.
    """
    if not found and not config.home.exists():
        raise ConfigError(f"There is no ledger in {config.home} yet.")
    config.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    database = Database(config.database)
    try:
        with founding(database):
            return _open(config, clock, database, found=found)
    except DatabaseError as error:
        database.close()
        raise LodestoneError(f"The database does not work: {str(error.orig).splitlines()[0]}") from error
    except BaseException:
        database.close()
        raise


def _open(config: Config, clock: Clock, database: Database, *, found: bool) -> Ledger:
    migrate(database)
    with database.reading() as connection:
        size = log_size(connection)
        founded = size > 1 and has_reporter(connection)
        if size > 1:
            settle_service_keys(config, connection)
    if not size and not found:
        raise ConfigError(f"There is no ledger in {config.home} yet.")
    known = config.second_store.exists()
    ledger = _wire(config, clock, database, new=not size)
    if size > 1:
        _same_names(ledger)
        if known:
            _second_store_knows(ledger)
        publish(ledger)
    must_not_be_set_back(ledger)
    if not founded:
        found_ledger(ledger)
    return ledger


def found_ledger(ledger: Ledger) -> None:
    """Write the first entries: genesis, the operator, and the operator's chain that signs reports.

    A founding that was interrupted is taken up where it stopped: nothing was published before the operator's record.
    """
    config, at = ledger.config, ledger.clock()
    with ledger.database.reading() as connection:
        size = log_size(connection)
    if size <= 1:
        if ledger.second.latest(config.origin) is not None:
            raise LedgerUnsafe("The second store knows this log, but the database is empty: restore the database.")
        write_config(config)
        operator = Issuer(config.ledger, ledger.operator, new_chain_id())
        first = operator.submission("organization", at, _operator_record(ledger, "records"))
        _write_genesis(ledger, first.id)
        commit_one(first, ledger, at_door=False)
    operator = operator_issuer(ledger)
    reporter = Issuer(config.ledger, ledger.reporter, new_chain_id())
    report_chain = reporter.submission("organization", at, _operator_record(ledger, "report"))
    with ledger.database.reading() as connection:
        organization = read_head(connection).operator
    admission = operator.submission("admission", at, _admission(report_chain, organization))
    commit_one(admission, ledger, at_door=False)
    commit_one(report_chain, ledger, at_door=False)


def operator_issuer(ledger: Ledger) -> Issuer:
    """The operator's own chain, as it stands: it admits organizations and puts rule sets in force."""
    with ledger.database.reading() as connection:
        operator = record_by_id(connection, read_head(connection).operator)
        assert operator is not None
        chain, seq, head = chain_head(connection, operator.index)
    return Issuer(ledger.config.ledger, ledger.operator, chain, seq, head)


def _write_genesis(ledger: Ledger, operator: str) -> None:
    config, rules = ledger.config, current_rule_set().digest
    genesis = genesis_leaf(config.ledger, operator, config.origin, rules)
    with ledger.database.writing(locked=False) as connection:
        begin_log(
            connection, ledger=config.ledger, origin=config.origin, operator=operator, rules=rules, genesis=genesis
        )


def policy_of(ledger: Ledger) -> str:
    """The policy file to hand out: both keys of the log are demanded, and the quorum of its witnesses if it has any."""
    return policy_text(*ledger.signer.vkeys(), ledger.witnesses.policy if ledger.witnesses is not None else None)


def log_policy_of(ledger: Ledger) -> str:
    """The policy that both keys of the log alone meet: what a receipt is given under at once."""
    return policy_text(*ledger.signer.vkeys())


def _wire(config: Config, clock: Clock, database: Database, *, new: bool) -> Ledger:
    if new:
        make_service_keys(config.keys)
    keys: ServiceKeys = read_service_keys(config.keys, config.origin, config.unlock)
    return Ledger(
        config=config,
        clock=clock,
        database=database,
        second=CheckpointStore(config.second_store),
        published=PublishedDirectory(config.tiles),
        signer=keys.log,
        operator=keys.operator,
        reporter=keys.reporter,
        witnesses=read_witnesses(config),
        cosigned=CosignedStore(config.cosignatures) if config.witnesses else None,
    )


def _second_store_knows(ledger: Ledger) -> None:
    """Refuse a second store that is there and has lost what was in it: a file that was copied without its `-wal`."""
    with ledger.database.reading() as connection:
        published, _ = newest_checkpoint(connection)
    if published and ledger.second.latest(ledger.config.origin) is None:
        raise LedgerUnsafe(
            f"The second store {ledger.config.second_store} knows nothing of this log, of which {published} entries"
            " were published: it is another one, or a copy that lacks its -wal file."
        )


def _same_names(ledger: Ledger) -> None:
    with ledger.database.reading() as connection:
        head = read_head(connection)
    if (head.ledger, head.origin) != (ledger.config.ledger, ledger.config.origin):
        raise ConfigError(f"The database holds the log {head.origin}, but the settings name {ledger.config.origin}.")
    if head.rules not in known_rule_sets():
        raise ConfigError("The rule set in force is one of a newer version of Lodestone: use that one.")


def _operator_record(ledger: Ledger, use: str) -> dict[str, object]:
    signers = ledger.operator if use == "records" else ledger.reporter
    return {
        "keys": [signer.key.jwk for signer in signers],
        "use": use,
        "name": ledger.config.operator or f"Operator of {ledger.config.ledger}",
        "country": ledger.config.country,
        "identifiers": {"did": ledger.config.did},
    }


def _admission(admitted: Submission, organization: str) -> dict[str, object]:
    return {"op": "admit", "record": admitted.id, "organization": organization}
