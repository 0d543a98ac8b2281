"""What a monitor keeps between two looks, as a file. Whoever alters it deceives its owner only: keep it private."""

from typing import Any

import orjson

from ledger.errors import ConfigError
from ledger.log.checkpoint import parse_checkpoint
from ledger.log.note import parse_note
from ledger.log.tree import Frontier
from ledger.log.watch import Alarm, Seen
from ledger.values.encoding import b64u, unb64u
from ledger.workflows.monitor import MonitorState

__all__ = ["read_state", "state_bytes"]

_VERSION = "lodestone-monitor/1"


def state_bytes(state: MonitorState) -> bytes:
    """The state as a file."""
    chains = {
        chain: {str(seq): list(found) for seq, found in sorted(numbers.items())}
        for chain, numbers in state.seen.chains.items()
    }
    document = {
        "v": _VERSION,
        "note": state.note,
        "edge": b64u(state.edge),
        "chains": chains,
        "changes": state.seen.changes,
        "alarms": [alarm.as_json() for alarm in state.alarms],
    }
    return orjson.dumps(document, option=orjson.OPT_INDENT_2) + b"\n"


def read_state(data: bytes) -> MonitorState:
    """The state of a file.

    Raises:
        ConfigError: it is damaged, or of another version.
    """
    try:
        said: dict[str, Any] = orjson.loads(data)
        if said["v"] != _VERSION:
            raise ValueError("another version")
        note, edge = str(said["note"]), unb64u(said["edge"])
        chains = {
            str(chain): {int(seq): (int(index), str(record)) for seq, (index, record) in numbers.items()}
            for chain, numbers in said["chains"].items()
        }
        changes = {str(record): int(count) for record, count in said["changes"].items()}
        alarms = [Alarm(a["code"], a["sentence"], a.get("index"), a.get("record", "")) for a in said["alarms"]]
        if not note:
            return MonitorState(seen=Seen(chains, changes), alarms=alarms)
        checkpoint = parse_checkpoint(parse_note(note).text)
        frontier = Frontier.from_bytes(edge)
        if (frontier.size, frontier.root()) != (checkpoint.size, checkpoint.root):
            raise ValueError("the edge is not that of the checkpoint")
    except Exception as error:
        raise ConfigError(f"the state of the monitor cannot be read: {error}") from error
    return MonitorState(note, checkpoint, edge, Seen(chains, changes), alarms)
