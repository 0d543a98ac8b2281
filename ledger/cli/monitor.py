"""`lodestone log monitor`: follow a log over HTTP, and tell a chain's owner what he must look at."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import orjson
import typer

from ledger.bundle.format import Bundle, LogExport, read_file
from ledger.cli.files import read_bytes, write_whole
from ledger.cli.made import read_made
from ledger.cli.options import Json, ProfileName
from ledger.cli.output import clean, complain, print_raw, say
from ledger.cli.profile import saved_profile
from ledger.cli.user import user_folder
from ledger.cli.verify import PolicyFile, pinned_policy
from ledger.errors import ConfigError, LodestoneError, Refused, UsageError, VerificationError
from ledger.log.policy import Policy, parse_policy
from ledger.log.watch import Alarm, Seen, WatchedChain, WatchedRecord, Watching, status_tags
from ledger.log.witness import origin_hash
from ledger.signing.envelope import parse_envelope
from ledger.values.encoding import b64u, unb64u
from ledger.workflows.asking import check_url, read_public
from ledger.workflows.monitor import MonitorState, Round, compare, follow
from ledger.workflows.monitor_state import read_state, state_bytes

__all__ = ["fetcher", "run_monitor"]

_PATIENCE = 60.0
_MOST = 20_000_000
"""The longest object of a log: 256 entries of the greatest length."""
_TAGS = 64


@dataclass(frozen=True, slots=True)
class _Watched:
    chains: tuple[WatchedChain, ...]
    records: tuple[WatchedRecord, ...]

    def watching(self, seen: Seen) -> Watching:
        return Watching(self.chains, self.records, seen.copy())

    def new_to(self, seen: Seen) -> bool:
        chains, records = {each.id for each in self.chains}, {each.id for each in self.records}
        return not (chains <= seen.chains.keys() and records <= seen.changes.keys())


def run_monitor(  # noqa: PLR0913, PLR0917 - the options of a command
    url: Annotated[str, typer.Argument(help="The service, such as https://ledger.example.com.", show_default=False)],
    chain: Annotated[
        list[str] | None, typer.Option("--chain", help="The id of a chain to watch; may be given several times.")
    ] = None,
    profile: ProfileName = "default",
    watch: Annotated[
        list[Path] | None,
        typer.Option("--watch", help="A bundle, a report or envelopes: tell of changes of their records; likewise."),
    ] = None,
    other: Annotated[
        list[str] | None,
        typer.Option("--compare", help="A checkpoint that somebody else was shown: a file or an address; likewise."),
    ] = None,
    policy: PolicyFile = None,
    state: Annotated[Path | None, typer.Option("--state", help="The monitor's own file.", show_default=False)] = None,
    once: Annotated[bool, typer.Option("--once", help="Look once, and end.")] = False,
    forget: Annotated[bool, typer.Option("--forget", help="Forget alarms about leaves that were told before.")] = False,
    interval: Annotated[int, typer.Option("--interval", min=1, max=86_400, help="Seconds between two looks.")] = 60,
    json: Json = False,
) -> None:
    """Follow a log: signatures, consistency, every leaf; and whether your chains hold only what you made. 1 if not."""
    base = check_url(url)
    pinned = parse_policy(pinned_policy(policy))
    fetch = fetcher(base)
    path = state or _state_file(pinned)
    alarmed = False
    try:
        while True:
            # What the owner has made is read before the log is: a receipt is given only for what is published.
            watched = _watched(chain or (), profile, watch or ())
            alarms = _round(fetch, pinned, path, watched, other or (), json=json, patient=not once, forget=forget)
            alarmed, forget = alarmed or bool(alarms), False
            if once:
                break
            time.sleep(interval)
    except KeyboardInterrupt:
        say("Stopped.")
    if alarmed:
        raise typer.Exit(1)


def fetcher(base: str) -> Callable[[str], bytes | None]:
    """Reads published objects of the log of a service.

    Its calls raise `LodestoneError` where the service does not answer, or with another status than 200 and 404.
    """
    prefix = base if base.endswith("/log") else f"{base}/log"
    return lambda path: read_public(f"{prefix}/{path}", seconds=_PATIENCE, most=_MOST)


def _round(
    fetch: Callable[[str], bytes | None],
    policy: Policy,
    path: Path,
    watched: _Watched,
    others: list[str] | tuple[str, ...],
    *,
    json: bool,
    patient: bool,
    forget: bool,
) -> tuple[Alarm, ...]:
    kept = _read_state(path)
    if forget:
        kept.alarms = []
    again = watched.new_to(kept.seen)
    seen = Seen() if again else kept.seen
    try:
        found = follow(fetch, policy, kept, watched.watching(seen), again=again)
        alarms = [*found.alarms, *(alarm for other in others for alarm in _compared(fetch, policy, kept, other))]
    except (LodestoneError, VerificationError) as error:
        if not patient or isinstance(error, (ConfigError, UsageError)):
            raise
        complain(f"{error}; the next look will tell")
        return ()
    write_whole(path, state_bytes(kept), private=True)
    told = [*kept.alarms, *(alarm for alarm in alarms if alarm not in kept.alarms)]
    _tell(Round(found.followed, tuple(alarms if patient else told)), watched, kept, json=json)
    return tuple(told)


def _compared(fetch: Callable[[str], bytes | None], policy: Policy, kept: MonitorState, other: str) -> list[Alarm]:
    if kept.checkpoint is None:
        return []
    if other.startswith(("http://", "https://")):
        found = read_public(other, seconds=_PATIENCE, most=_MOST)
        if found is None:
            raise LodestoneError(f"there is no checkpoint at {other}")
        data = found
    else:
        data = read_bytes(Path(other))
    return compare(fetch, policy, kept, data.decode("utf-8", "replace"))


def _tell(found: Round, watched: _Watched, kept: MonitorState, *, json: bool) -> None:
    followed = found.followed
    if json:
        shown: dict[str, object] = {"alarms": [alarm.as_json() for alarm in found.alarms]}
        if followed is not None:
            at = followed.checkpoint
            shown |= {"origin": at.origin, "size": at.size, "root": b64u(at.root), "new": followed.new}
            shown |= {"witnesses": list(followed.witnesses)}
            shown["chains"] = {each.id: len(kept.seen.chains.get(each.id, {})) for each in watched.chains}
        print_raw(orjson.dumps(shown).decode())
        return
    if followed is not None:
        by = f", witnessed by {', '.join(followed.witnesses)}" if followed.witnesses else ""
        at = followed.checkpoint
        print_raw(clean(f"{at.origin}: {at.size} entries, {followed.new} new, it only grew{by}."))
        for each in watched.chains:
            print_raw(clean(f"chain {each.id}: {len(kept.seen.chains.get(each.id, {}))} leaves"))
    for alarm in found.alarms:
        where = f" (index {alarm.index}, record {alarm.record})" if alarm.record else ""
        print_raw(clean(f"ALARM {alarm.code}: {alarm.sentence}{where}"))


def _watched(ids: list[str] | tuple[str, ...], profile: str, files: list[Path] | tuple[Path, ...]) -> _Watched:
    chains = {each: WatchedChain(each) for each in map(_chain_id, ids)}
    records: dict[str, WatchedRecord] = {}
    own = saved_profile(profile)
    if own is not None and own.seq >= 0:
        made = read_made(own.made_file)
        if not ids or own.chain in chains:
            chains[own.chain] = WatchedChain(own.chain, {seq: each.record for seq, each in made.items()}, own.seq)
            records |= {each.record: WatchedRecord(each.record, each.tags) for each in made.values()}
    for path in files:
        records |= {each.id: each for each in _records_of(path)}
    return _Watched(tuple(chains.values()), tuple(records.values()))


def _records_of(path: Path) -> Iterator[WatchedRecord]:
    data = read_bytes(path)
    try:
        if data.startswith(b'{"payload"'):
            envelopes = [parse_envelope(line, submission=False) for line in data.splitlines() if line.strip()]
        else:
            found = read_file(data)
            if isinstance(found, LogExport):
                raise UsageError(f"{path} is the export of a log: give a bundle, a report or envelopes")
            evidence = found.evidence if isinstance(found, Bundle) else found.trust
            envelopes = [entry.envelope for entry in evidence.entries]
    except (Refused, VerificationError) as error:
        raise UsageError(f"{path} is neither a bundle nor a report nor envelopes, one a line: {error}") from error
    for envelope in envelopes:
        yield WatchedRecord(envelope.record_id, status_tags(envelope.payload, _TAGS))


def _chain_id(text: str) -> str:
    try:
        if len(unb64u(text)) != 32:
            raise ValueError
    except ValueError:
        raise UsageError("--chain: expected the id of a chain, 32 bytes in base64url") from None
    return text


def _state_file(policy: Policy) -> Path:
    if not policy.logs:
        raise ConfigError("the policy names no log")
    return user_folder() / "monitors" / f"{origin_hash(policy.logs[0].name)[:32]}.json"


def _read_state(path: Path) -> MonitorState:
    return read_state(read_bytes(path)) if path.exists() else MonitorState()
