"""A producer's own side: one folder for each chain, with its keys, where the chain stands, and the names in use.

    <user folder>/profiles/<name>/
        keys.jwk.json        private keys, 0600            keys.next.jwk.json   the new set, while one rotates
        profile.json         ledger, chain, seq, head, names; written whole or not at all
        outbox.ndjson        envelopes that were sent and whose answer is not yet kept
        made.ndjson          every record of the chain by number, with what changes of its standing would look like
        token                the bearer token for reading, 0600

`seq` and `head` move for accepted records only. After a crash the outbox is sent again: a record is taken only once.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ledger.cli.files import write_whole
from ledger.cli.made import Made, append_made
from ledger.cli.passphrase import unlock
from ledger.cli.user import user_folder
from ledger.errors import ConfigError, LodestoneError, UsageError
from ledger.log.watch import status_tags
from ledger.signing.keyfile import read_keys
from ledger.signing.signer import Signer
from ledger.workflows.issue import Issuer
from ledger.workflows.scenario import FacilityCard, Names

__all__ = ["Draft", "Profile", "new_profile", "open_profile", "profile_folder", "saved_profile"]

_VERSION = "lodestone-profile/1"
_MOST_LINES = 50_000
_TAGS = 4
_TAGS_OF_FIRST = 32
"""Changes of a record's standing that are watched for; those of a chain, by its first record, are the most."""
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


@dataclass(frozen=True, slots=True)
class Draft:
    """What to remember of a record once it is accepted: its name, the facility that it describes, and its line.

    By the digest of the line that it was drafted from the same line is not submitted twice.
    """

    name: str = ""
    facility: FacilityCard | None = None
    line: str = ""


@dataclass(slots=True)
class Profile:
    """One chain of this user. Everything but the names is given by the ledger, nothing here is secret."""

    folder: Path
    ledger: str
    chain: str
    seq: int = -1
    head: str = ""
    organization: str = ""
    url: str = ""
    names: Names = field(default_factory=Names)
    drafts: dict[str, Draft] = field(default_factory=dict)
    lines: dict[str, str] = field(default_factory=dict)
    """The digest of a line that was submitted -> its record."""
    made: list[Made] = field(default_factory=list)
    """Records that were accepted and are not yet in the list of those that this chain has made."""

    @property
    def name(self) -> str:
        """The profile's name."""
        return self.folder.name

    @property
    def key_file(self) -> Path:
        """The private keys in force."""
        return self.folder / "keys.jwk.json"

    @property
    def next_key_file(self) -> Path:
        """The private keys of a rotation under way."""
        return self.folder / "keys.next.jwk.json"

    @property
    def made_file(self) -> Path:
        """The list of the records that this chain has made: for whoever watches the log for others."""
        return self.folder / "made.ndjson"

    @property
    def token(self) -> Path:
        """The bearer token for reading, put there by its owner."""
        return self.folder / "token"

    @property
    def outbox(self) -> Path:
        """What was sent and is not yet known to be accepted."""
        return self.folder / "outbox.ndjson"

    def signers(self) -> tuple[Signer, ...]:
        """The keys in force.

        Raises:
            ConfigError: they are missing or not private.
        """
        return read_keys(self.key_file, unlock())

    def issuer(self) -> Issuer:
        """The chain where it stands, ready to sign; behind its organization record, also while that one waits."""
        if self.seq < 0 and self.organization:
            return Issuer(self.ledger, self.signers(), self.chain, 0, self.organization)
        return Issuer(self.ledger, self.signers(), self.chain, self.seq, self.head)

    def accepted(self, record_id: str, seq: int, payload: bytes) -> None:
        """A record of this chain is in the ledger: the chain stands at it, and its name can be used."""
        self.made.append(Made(seq, record_id, status_tags(payload, _TAGS if seq else _TAGS_OF_FIRST)))
        if seq > self.seq:
            self.seq, self.head = seq, record_id
        draft = self.drafts.pop(record_id, None)
        if draft is None:
            return
        if draft.line:
            self.lines[draft.line] = record_id
        if not draft.name:
            return
        self.names.records[draft.name] = record_id
        if draft.facility is not None:
            self.names.facilities[draft.name] = draft.facility

    def save(self) -> None:
        """Keep all of it. After a crash the old or the new state is there.

        Raises:
            LodestoneError: it cannot be written.
        """
        document = {
            "v": _VERSION,
            **{name: getattr(self, name) for name in ("ledger", "url", "chain", "seq", "head", "organization")},
            "names": {
                "organizations": self.names.organizations,
                "facilities": {name: asdict(card) for name, card in self.names.facilities.items()},
                "records": self.names.records,
            },
            "lines": dict(list(self.lines.items())[-_MOST_LINES:]),
            "drafts": {record_id: asdict(draft) for record_id, draft in self.drafts.items()},
        }
        append_made(self.made_file, self.made)
        self.made = []
        write_whole(self.folder / "profile.json", orjson.dumps(document, option=orjson.OPT_INDENT_2), private=True)


def profile_folder(name: str) -> Path:
    """The folder of a profile.

    Raises:
        UsageError: no name for a folder.
    """
    if not _NAME.fullmatch(name):
        raise UsageError("the name of a profile consists of letters, digits, '-', '_' and '.'")
    return user_folder() / "profiles" / name


@contextmanager
def new_profile(name: str) -> Iterator[Path]:
    """The folder for a profile that there is not yet, held by this process.

    Raises:
        UsageError: there is one already: keys are not lost by mistake.
    """
    folder = profile_folder(name)
    if (folder / "profile.json").exists():
        raise UsageError(f"there is a profile {name} already; choose another with --profile")
    with _held(folder):
        yield folder


def saved_profile(name: str) -> Profile | None:
    """A profile as it was last kept, for reading only; None where there is none.

    Raises:
        ConfigError: it is damaged.
    """
    folder = profile_folder(name)
    return _read(folder) if (folder / "profile.json").exists() else None


@contextmanager
def open_profile(name: str) -> Iterator[Profile]:
    """A profile to work with: no other process signs for it meanwhile.

    Raises:
        ConfigError: there is none, or it is damaged.
        LodestoneError: another process works with it.
    """
    folder = profile_folder(name)
    if not (folder / "profile.json").exists():
        raise ConfigError(f"there is no profile {name}; make one: lodestone key new --profile {name}")
    with _held(folder):
        yield _read(folder)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise ConfigError(f"the profile {folder} cannot be used: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        raise LodestoneError(f"another command works with the profile {folder.name}; wait until it ends") from error
    try:
        yield
    finally:
        os.close(descriptor)


def _read(folder: Path) -> Profile:
    damaged = ConfigError(f"the profile {folder.name} is damaged: {folder / 'profile.json'}")
    try:
        said = orjson.loads((folder / "profile.json").read_bytes())
        if said["v"] != _VERSION:
            raise damaged
        names = said["names"]
        cards = {name: FacilityCard(**card) for name, card in names["facilities"].items()}
        profile = Profile(
            folder,
            _text(said, "ledger"),
            _text(said, "chain"),
            seq=int(said["seq"]),
            names=Names(dict(names["organizations"]), cards, dict(names["records"])),
            drafts={record_id: _draft(draft) for record_id, draft in said["drafts"].items()},
            lines=dict(said["lines"]),
        )
        for name in ("head", "organization", "url"):
            setattr(profile, name, _text(said, name))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise damaged from error
    return profile


def _draft(said: dict[str, Any]) -> Draft:
    card = said["facility"]
    return Draft(_text(said, "name"), FacilityCard(**card) if card else None, _text(said, "line"))


def _text(said: dict[str, object], name: str) -> str:
    value = said[name]
    if not isinstance(value, str):
        raise TypeError
    return value
