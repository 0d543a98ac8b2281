"""Whom a verifier trusts: a pinned policy file (C2SP tlog-policy).

    log <vkey> [<url>]
    witness <name> <vkey> [<url>]
    group <name> <k, any or all> <member>...
    quorum <name, or none>

A checkpoint is good if one of the logs has signed it under its own name and the quorum of witnesses has cosigned it. A
policy is only ever one that the verifier had before: one inside a file under test is never used.

Our own policy pins the log's Ed25519 key on the `log` line and its ML-DSA-44 key on a `witness` line that every quorum
includes, so that any C2SP verifier demands both. Names in a policy have no meaning outside of it; that witness is
called `log-ml-dsa-44`. Its key carries the log's origin as its name, which is how `demands_witness` tells it from an
independent one.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ledger.errors import ConfigError, PolicyUnmet
from ledger.log.checkpoint import Checkpoint
from ledger.log.note import COSIGN_ED25519, COSIGN_MLDSA44, ED25519, NoteKey, parse_vkey
from ledger.log.signatures import open_checkpoint

__all__ = ["LOG_WITNESS", "Approval", "Group", "Policy", "parse_policy", "policy_text"]

LOG_WITNESS = "log-ml-dsa-44"
_QUORUM = "trusted"
_NONE = "none"
_LOG_KINDS = (ED25519, COSIGN_MLDSA44)
_WITNESS_KINDS = (COSIGN_ED25519, COSIGN_MLDSA44)
_MOST = 256
"""Logs, witnesses and groups that a policy may have, each; the specification asks for 32."""
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_SPACE = re.compile(r"[ \t]+")
_THRESHOLD = re.compile(r"[1-9][0-9]{0,3}")


@dataclass(frozen=True, slots=True)
class Group:
    """So many of these members must have signed; a member is a witness or a group that was defined before."""

    threshold: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Approval:
    """A checkpoint that meets a policy: which log signed it, and which of the policy's witnesses, with their times."""

    checkpoint: Checkpoint
    log: NoteKey
    witnesses: Mapping[str, int]

    @property
    def names(self) -> tuple[str, ...]:
        """Who signed: the name of the log, then the names of witnesses in the policy's order."""
        return (self.log.name, *self.witnesses)


@dataclass(frozen=True, slots=True)
class Policy:
    """Logs, witnesses, groups, and the quorum that must have signed. Made by `parse_policy`, which checks all of it.

    `urls` are the addresses of witnesses, where the file gives them: only who asks for cosignatures uses them.
    """

    logs: tuple[NoteKey, ...]
    witnesses: Mapping[str, NoteKey]
    groups: Mapping[str, Group]
    quorum: str
    urls: Mapping[str, str]

    def evaluate(self, note: bytes | str) -> Approval:
        """The checkpoint of a note, if this policy trusts it.

        Promised: every signature by a key that the policy names is proven, and the log that signed is the one that the
        checkpoint names as its origin. Not checked: times of cosignatures, and that the log is still of this size.

        Raises:
            VerificationError: not a checkpoint note.
            SignatureInvalid: a signature by a key of the policy does not verify.
            PolicyUnmet: no log of the policy has signed, or the quorum has not; the sentence says who is missing.
        """
        checkpoint, opened = open_checkpoint(note, (*self.logs, *self.witnesses.values()))
        times = {signed.key: signed.timestamp or 0 for signed in opened.signed}
        log = next((key for key in self.logs if key in times and key.name == checkpoint.origin), None)
        if log is None:
            raise PolicyUnmet(f"no log that the policy trusts as {checkpoint.origin} has signed the checkpoint")
        signed = {name: times[key] for name, key in self.witnesses.items() if key in times}
        missing = self._missing(self.quorum, signed)
        if missing:
            raise PolicyUnmet(f"the checkpoint lacks what the policy demands: {missing}")
        return Approval(checkpoint, log, signed)

    @property
    def demands_witness(self) -> bool:
        """Whether the logs alone, with all of their own keys, cannot meet the quorum."""
        logs = {key.name for key in self.logs}
        own = [name for name, key in self.witnesses.items() if key.name in logs]
        return bool(self._missing(self.quorum, own))

    def _missing(self, name: str, signed: Iterable[str]) -> str:
        """What a quorum lacks, in words; empty where it is met."""
        if name == _NONE or name in signed:
            return ""
        group = self.groups.get(name)
        if group is None:
            return f"the witness {name}"
        lacking = [words for words in (self._missing(member, signed) for member in group.members) if words]
        have = len(group.members) - len(lacking)
        if have >= group.threshold:
            return ""
        return f"{group.threshold - have} of ({', '.join(lacking)})" if len(lacking) > 1 else lacking[0]


def policy_text(ed25519_vkey: str, mldsa_vkey: str, witnesses: Policy | None = None) -> str:
    """The policy to hand out for a log: both of its keys are demanded, and the quorum of the witnesses if it has any.

    `witnesses` is a policy without logs; where its quorum is `none`, its witnesses are named but not demanded.

    Raises:
        ConfigError: the keys are not an Ed25519 and an ML-DSA-44 key of one log, or the witnesses do not fit beside it.
    """
    lines = [f"log {ed25519_vkey}", f"witness {LOG_WITNESS} {mldsa_vkey}"]
    members = [LOG_WITNESS]
    if witnesses is not None:
        lines += [f"witness {name} {key.vkey}" for name, key in witnesses.witnesses.items()]
        lines += [f"group {name} {g.threshold} {' '.join(g.members)}" for name, g in witnesses.groups.items()]
        members += [] if witnesses.quorum == _NONE else [witnesses.quorum]
    lines += [f"group {_QUORUM} all {' '.join(members)}", f"quorum {_QUORUM}"]
    text = "".join(line + "\n" for line in lines)
    policy = parse_policy(text)
    log, own = policy.logs[0], policy.witnesses[LOG_WITNESS]
    if (log.kind, own.kind) != (ED25519, COSIGN_MLDSA44) or log.name != own.name:
        raise ConfigError("a log's policy pins an Ed25519 and an ML-DSA-44 key with the log's origin as their name")
    return text


def parse_policy(data: bytes | str) -> Policy:
    """Read a policy file strictly.

    Bytes above 127 are opaque, as the specification wants: names are compared byte by byte, and bytes that are no UTF-8
    are shown escaped. The last line must end like the others, so that a file cut short does not pass for one with a
    smaller quorum.

    Raises:
        ConfigError: not a policy: an unknown or malformed line, a name or key given twice or not yet defined, or not
            exactly one quorum. The sentence names the line.
    """
    text = data if isinstance(data, str) else data.decode("utf-8", "backslashreplace")
    if _FORBIDDEN.search(text):
        raise ConfigError("malformed policy: control characters other than tab and newline are not allowed")
    if not text.endswith("\n"):
        raise ConfigError("malformed policy: its last line is cut short")
    reader = _Reader()
    for number, line in enumerate(text[:-1].split("\n"), 1):
        words = [word for word in _SPACE.split(line) if word]
        if words and not words[0].startswith("#"):
            try:
                reader.read(words)
            except ValueError as error:
                raise ConfigError(f"malformed policy, line {number}: {error}") from error
    if reader.quorum is None:
        raise ConfigError("malformed policy: there is no quorum line")
    return Policy(tuple(reader.logs), reader.witnesses, reader.groups, reader.quorum, reader.urls)


class _Reader:
    """What the lines of a policy have defined so far."""

    def __init__(self) -> None:
        self.logs: list[NoteKey] = []
        self.witnesses: dict[str, NoteKey] = {}
        self.groups: dict[str, Group] = {}
        self.quorum: str | None = None
        self.urls: dict[str, str] = {}
        self._members: set[str] = set()

    def read(self, words: list[str]) -> None:
        match words:
            case ["log", vkey] | ["log", vkey, _]:
                self.logs.append(self._key(vkey, _LOG_KINDS, self.logs))
            case ["witness", name, vkey, *url] if len(url) <= 1:
                self._check_new(name)
                self.witnesses[name] = self._key(vkey, _WITNESS_KINDS, self.witnesses.values())
                self.urls.update((name, each) for each in url)
            case ["group", name, threshold, _, *_]:
                self._check_new(name)
                self.groups[name] = self._group(threshold, tuple(words[3:]))
            case ["quorum", name]:
                self._set_quorum(name)
            case _:
                raise ValueError(f"expected a log, witness, group or quorum line, not {' '.join(words)[:60]!r}")
        if max(len(self.logs), len(self.witnesses), len(self.groups)) > _MOST:
            raise ValueError(f"there are more than {_MOST} lines of this sort")

    def _key(self, vkey: str, kinds: tuple[int, ...], others: Iterable[NoteKey]) -> NoteKey:
        key = parse_vkey(vkey)
        if key.kind not in kinds:
            raise ValueError(f"a key of kind {key.kind} cannot stand on this line")
        if any(other.public == key.public for other in others):
            raise ValueError("this public key is given twice")
        if any(
            (other.name, other.key_id) == (key.name, key.key_id) for other in (*self.logs, *self.witnesses.values())
        ):
            raise ValueError("two keys share this name and key id")
        return key

    def _check_new(self, name: str) -> None:
        if name == _NONE or self._defined(name):
            raise ValueError(f"the name {name} is taken")

    def _defined(self, name: str) -> bool:
        return name in self.witnesses or name in self.groups

    def _group(self, threshold: str, members: tuple[str, ...]) -> Group:
        for member in members:
            if not self._defined(member):
                raise ValueError(f"{member} is not defined before this line")
            if member in self._members:
                raise ValueError(f"{member} is a member already; nobody counts twice")
            self._members.add(member)
        count = {"any": 1, "all": len(members)}.get(threshold)
        if count is None:
            if not _THRESHOLD.fullmatch(threshold) or int(threshold) > len(members):
                raise ValueError(f"expected any, all or a number from 1 to {len(members)}, not {threshold[:20]}")
            count = int(threshold)
        return Group(count, members)

    def _set_quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise ValueError("there is a quorum already")
        if name != _NONE and not self._defined(name):
            raise ValueError(f"{name} is not defined before this line")
        self.quorum = name
