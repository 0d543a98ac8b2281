"""Rule packs: law as dated data (docs/formats/report.md).

A pack is one TOML file under `packs/`. It says which steps of which elements are tested against which countries, what
must be known, which exceptions there are, and for which days of delivery it is in force. The packs of one clause (a
family) follow each other without overlap and without a gap, or nothing is loaded at all.
"""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from ledger.errors import ConfigError
from ledger.material.routes import Route
from ledger.values.chemistry import ELEMENTS
from ledger.values.encoding import digest
from ledger.values.instant import days_after, is_date
from ledger.values.vocabulary import COUNTRIES, MAGNET_TYPES, STEPS

__all__ = [
    "EXCEPTIONS",
    "SELECTORS",
    "Pack",
    "RecycledRule",
    "StepTest",
    "in_order",
    "load_packs",
    "packs_for",
    "parse_pack",
]

EXCEPTIONS = (
    "clause",
    "above-sat",
    "outside-us",
    "waiver",
    "cots",
    "cots-below-half",
    "cots-incorporated",
    "electronic-device",
    "recycled",
)
"""The exceptions that a pack can list, in the order in which they are tried."""

SELECTORS = ("any", "all", "named", "named-rare-earths", "rare-earths", "body")
"""Whom a test is put to: every element and the body, every element, those that the law names, ..."""


@dataclass(frozen=True, slots=True)
class StepTest:
    """Some steps, and the elements that they are tested on, in the plain and in the strict reading.

    `done` says in words what these steps do, for the sentences of a verdict: `mined`, `melted into alloy`.
    """

    steps: tuple[str, ...]
    elements: str
    strict: str
    done: str

    def known(self, route: Route) -> bool:
        """Whether the route says of one of the steps in which country it happened."""
        return any(stage.countries for stage in route.stages if stage.step in self.steps)


@dataclass(frozen=True, slots=True)
class RecycledRule:
    """Which magnets of recycled material are excepted: those steps only in that country."""

    magnet_types: tuple[str, ...]
    remark_types: tuple[str, ...]
    steps: tuple[str, ...]
    country: str


@dataclass(frozen=True, slots=True)
class Pack:
    """A dated set of tests.

    `places` refuses the covered countries, or all but the allowed ones where it names those. `known` must be known.
    `noted` is remarked where it is not known, `listed` where it happened in a refused country; neither decides.
    """

    id: str
    family: str
    digest: str
    citation: str
    clause: str
    text_source: str
    text_since: str
    since: str | None
    until: str | None
    magnet_types: tuple[str, ...]
    named: Mapping[str, tuple[str, ...]]
    exceptions: tuple[str, ...]
    end_item: bool
    covered: frozenset[str]
    allowed: frozenset[str]
    flagged: frozenset[str]
    places: tuple[StepTest, ...]
    known: tuple[StepTest, ...]
    noted: tuple[StepTest, ...]
    listed: tuple[StepTest, ...]
    recycled: RecycledRule | None

    def in_force(self, day: str) -> bool:
        """Whether it governs a delivery on that day."""
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    def refuses(self, country: str) -> bool:
        """Whether a tested step may not have happened there."""
        return country not in self.allowed if self.allowed else country in self.covered


@lru_cache(maxsize=1)
def load_packs() -> tuple[Pack, ...]:
    """The packs that come with this version, by family and date.

    Raises:
        ConfigError: a file is not a pack, or the packs of a family overlap or leave a gap.
    """
    folder = resources.files("ledger.report").joinpath("packs")
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    return in_order([parse_pack(file.read_bytes()) for file in files])


def packs_for(magnet_type: str | None, delivered: str) -> tuple[Pack, ...]:
    """The packs for a kind of magnet on a day of delivery: the covered-material pack first."""
    fitting = [p for p in load_packs() if magnet_type in p.magnet_types and p.in_force(delivered)]
    return tuple(sorted(fitting, key=lambda pack: (bool(pack.allowed), pack.id)))


def in_order(packs: Sequence[Pack]) -> tuple[Pack, ...]:
    """The packs by family and date.

    Raises:
        ConfigError: two packs share an id, or those of a family do not follow each other day on day.
    """
    if len({pack.id for pack in packs}) != len(packs):
        raise ConfigError("Two rule packs have the same id.")
    ordered = tuple(sorted(packs, key=lambda pack: (pack.family, pack.since or "")))
    for earlier, later in pairwise(ordered):
        if earlier.family != later.family:
            continue
        if earlier.until is None or later.since is None or later.since <= earlier.until:
            raise ConfigError(f"The rule packs {earlier.id} and {later.id} overlap.")
        if days_after(earlier.until, 1) != later.since:
            raise ConfigError(f"Between the rule packs {earlier.id} and {later.id} there is a gap.")
    return ordered


def parse_pack(data: bytes) -> Pack:
    """A pack from the bytes of its file; its digest is that of the bytes.

    Raises:
        ConfigError: not TOML, a member is missing, unknown or of the wrong kind, or a word is outside its vocabulary.
    """
    try:
        members = _Members(tomllib.loads(data.decode("utf-8")), "rule pack")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"A rule pack is not TOML: {error}") from error
    pack = Pack(
        id=members.text("id"),
        family=members.text("family"),
        digest=digest(data),
        citation=members.text("citation"),
        clause=members.text("clause"),
        text_source=members.text("text_source"),
        text_since=members.day("text_since") or "",
        since=members.day("from"),
        until=members.day("until"),
        magnet_types=members.words("magnet_types", MAGNET_TYPES),
        named=_named(members.table("named")),
        exceptions=members.words("exceptions", EXCEPTIONS),
        end_item=members.truth("end_item"),
        covered=frozenset(members.words("covered_countries", COUNTRIES, optional=True)),
        allowed=frozenset(members.words("allowed_countries", COUNTRIES, optional=True)),
        flagged=frozenset(members.words("flagged_countries", COUNTRIES, optional=True)),
        places=_tests(members, "places"),
        known=_tests(members, "known"),
        noted=_tests(members, "noted"),
        listed=_tests(members, "listed"),
        recycled=_recycled(members.table("recycled")) if "recycled" in members else None,
    )
    members.done()
    _sound(pack)
    return pack


def _sound(pack: Pack) -> None:
    """What no member shows alone."""
    if list(pack.exceptions) != [name for name in EXCEPTIONS if name in pack.exceptions]:
        raise ConfigError(f"The rule pack {pack.id} lists its exceptions out of order.")
    if set(pack.named) != set(pack.magnet_types):
        raise ConfigError(f"The rule pack {pack.id} must name elements for each of its magnet types.")
    if bool(pack.covered) == bool(pack.allowed):
        raise ConfigError(f"The rule pack {pack.id} needs either covered_countries or allowed_countries.")
    if ("recycled" in pack.exceptions) != (pack.recycled is not None):
        raise ConfigError(f"The rule pack {pack.id} must say what its recycled exception asks for.")
    if pack.since and pack.until and pack.since > pack.until:
        raise ConfigError(f"The rule pack {pack.id} ends before it begins.")


def _named(members: "_Members") -> dict[str, tuple[str, ...]]:
    named = {kind: members.words(kind, ELEMENTS) for kind in MAGNET_TYPES if kind in members}
    members.done()
    return named


def _recycled(members: "_Members") -> RecycledRule:
    rule = RecycledRule(
        magnet_types=members.words("magnet_types", MAGNET_TYPES),
        remark_types=members.words("remark_types", MAGNET_TYPES),
        steps=members.words("steps", STEPS),
        country=members.text("country"),
    )
    members.done()
    return rule


def _tests(members: "_Members", name: str) -> tuple[StepTest, ...]:
    tests = []
    for entry in members.tables(name):
        elements = entry.text("elements")
        test = StepTest(
            steps=entry.words("steps", ("mine", *STEPS)),
            elements=elements,
            strict=entry.text("strict") if "strict" in entry else elements,
            done=entry.text("done") if "done" in entry else "",
        )
        entry.done()
        if test.elements not in SELECTORS or test.strict not in SELECTORS:
            raise ConfigError(f"A rule pack puts {name} to {test.elements}, {test.strict}; it knows {SELECTORS}.")
        tests.append(test)
    return tuple(tests)


class _Members:
    """The members of a TOML table, each taken once and of its kind; what nobody takes is refused."""

    def __init__(self, table: Mapping[str, object], what: str) -> None:
        self._left = dict(table)
        self._what = what

    def __contains__(self, name: str) -> bool:
        return name in self._left

    def _take(self, name: str) -> object:
        if name not in self._left:
            raise ConfigError(f"A {self._what} lacks its {name}.")
        return self._left.pop(name)

    def text(self, name: str) -> str:
        value = self._take(name)
        if not isinstance(value, str) or not value:
            raise ConfigError(f"A {self._what} needs a text as its {name}.")
        return value

    def truth(self, name: str) -> bool:
        value = self._take(name)
        if not isinstance(value, bool):
            raise ConfigError(f"A {self._what} needs true or false as its {name}.")
        return value

    def day(self, name: str) -> str | None:
        if name not in self._left:
            return None
        value = self.text(name)
        if not is_date(value):
            raise ConfigError(f"A {self._what} needs a date, YYYY-MM-DD, as its {name}.")
        return value

    def words(self, name: str, known: Sequence[str] | frozenset[str], *, optional: bool = False) -> tuple[str, ...]:
        if optional and name not in self._left:
            return ()
        value = self._take(name)
        if (
            not isinstance(value, list)
            or not value
            or not all(isinstance(word, str) and word in known for word in value)
        ):
            raise ConfigError(f"A {self._what} has an unknown word in its {name}, or none at all.")
        return tuple(value)

    def table(self, name: str) -> "_Members":
        value = self._take(name)
        if not isinstance(value, dict):
            raise ConfigError(f"A {self._what} needs a table as its {name}.")
        return _Members(value, f"{self._what}'s {name}")

    def tables(self, name: str) -> list["_Members"]:
        value = self._left.pop(name, [])
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise ConfigError(f"A {self._what} needs a list of tables as its {name}.")
        return [_Members(entry, f"{self._what}'s {name}") for entry in value]

    def done(self) -> None:
        """Refuse what was not taken: a misspelt member would silently test nothing."""
        if self._left:
            raise ConfigError(f"A {self._what} has no member {min(self._left)}.")
