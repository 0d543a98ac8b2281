"""Playing a scenario: unsigned records in people's units through the whole road, in a ledger of its own.

For demos, tests and trials. Every organization gets a key, is admitted, and signs its own records.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson

from ledger.errors import LodestoneError, Refused, UsageError
from ledger.records import RECORD_VERSION
from ledger.signing.keyfile import write_keys
from ledger.signing.signer import LocalSigner
from ledger.store.gather import Loader
from ledger.store.references import References
from ledger.values.encoding import is_batch_id
from ledger.values.instant import is_time
from ledger.workflows.commit import Outcome, commit, commit_one
from ledger.workflows.config import Config
from ledger.workflows.issue import Issuer, new_chain_id
from ledger.workflows.open import open_ledger, operator_issuer, policy_of
from ledger.workflows.report import ReportRequest, make_report, write_bundle
from ledger.workflows.scenario import FacilityCard, Names, check_scenario, record_members
from ledger.workflows.shares import with_shares

__all__ = ["PlayResult", "Progress", "play"]

Progress = Callable[[str, int, int], None]
"""Told what is being done, how far it is, and how much there is."""


@dataclass(slots=True)
class PlayResult:
    """What became of a scenario. `outcomes` are the lines of `outcomes.jsonl`; `reports` the decoded credentials."""

    outcomes: list[dict[str, Any]] = field(default_factory=list)
    reports: dict[str, dict[str, Any]] = field(default_factory=dict)
    unmet: list[str] = field(default_factory=list)

    @property
    def as_expected(self) -> bool:
        """Whether every `expect` was met and every report made."""
        return not self.unmet


def play(scenario: object, directory: Path, progress: Progress | None = None) -> PlayResult:
    """Run a scenario into a new directory: `outcomes.jsonl`, `reports/`, `policy.txt`, and the ledger itself.

    Raises:
        UsageError: the directory is not empty, or the scenario is not one.
    """
    said = check_scenario(scenario)
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise UsageError(f"{directory} is not empty: play writes into a new directory.")
    return _Play(said, directory, progress or (lambda *_: None)).run()


class _Play:
    def __init__(self, scenario: Mapping[str, Any], directory: Path, progress: Progress) -> None:
        self.scenario, self.directory, self.progress = scenario, directory, progress
        times = sorted(r["at"] for r in scenario.get("records", []) if is_time(r["at"]))
        self.begin: str = times[0] if times else "2026-01-01T00:00:00Z"
        self.end: str = times[-1] if times else self.begin
        self.names = Names()
        self.issuers: dict[str, Issuer] = {}
        self.result = PlayResult()

    def run(self) -> PlayResult:
        (self.directory / "reports").mkdir(parents=True)
        (self.directory / "keys").mkdir(mode=0o700)
        self.ledger = open_ledger(_config(self.directory / "ledger"), clock=lambda: self.begin)
        try:
            self._organizations()
            self._facilities()
            self.ledger.clock = lambda: self.end
            self._records()
            self._reports()
            (self.directory / "policy.txt").write_text(policy_of(self.ledger))
        finally:
            self.ledger.close()
        return self.result

    def _organizations(self) -> None:
        operator = operator_issuer(self.ledger)
        for name, said in self.scenario.get("organizations", {}).items():
            signer = LocalSigner.generate("Ed25519")
            write_keys(self.directory / "keys" / f"{_file_name(name)}.jwk.json", [signer])
            issuer = Issuer(self.ledger.config.ledger, [signer], new_chain_id())
            first = issuer.submission(
                "organization", self.begin, {"keys": [signer.key.jwk], "use": "records", "name": name, **said}
            )
            admitted = {"op": "admit", "record": first.id, "organization": first.id}
            admission = operator.submission("admission", self.begin, admitted)
            for entry in commit([admission, first], self.ledger, at_door=False):
                _must(entry)
            operator.advance(admission.id)
            issuer.advance(first.id)
            self.issuers[name] = issuer
            self.names.organizations[name] = first.id

    def _facilities(self) -> None:
        for name, said in self.scenario.get("facilities", {}).items():
            members = {key: value for key, value in said.items() if key != "of"}
            owner = said.get("of")
            if owner not in self.issuers:
                raise UsageError(f"facilities.{name}.of: there is no organization {owner!r} in the scenario.")
            members.setdefault("name", name)
            operator = self.names.organization(members.get("operator", owner))
            members["operator"] = operator
            issuer = self.issuers[owner]
            record = issuer.submission("facility", self.begin, members)
            commit_one(record, self.ledger, at_door=False)
            issuer.advance(record.id)
            self.names.facilities[name] = FacilityCard(
                record.id, str(operator), members["country"], members.get("owner_country")
            )

    def _records(self) -> None:
        entries = self.scenario.get("records", [])
        with (self.directory / "outcomes.jsonl").open("wb") as out:
            for place, entry in enumerate(entries):
                name = entry.get("as", f"record-{place}")
                outcome = self._record(entry)
                line = {
                    "as": name,
                    "outcome": "accepted" if outcome.accepted else "refused",
                    "record": outcome.id if outcome.accepted else None,
                    "index": outcome.index,
                    "violations": [violation.as_json() for violation in outcome.violations],
                    "remarks": [remark.sentence for remark in outcome.remarks],
                }
                out.write(orjson.dumps(line) + b"\n")
                self.result.outcomes.append(line)
                self._compare(name, entry, outcome)
                if outcome.accepted:
                    self._remember(name, entry, outcome)
                self.progress("records", place + 1, len(entries))

    def _record(self, entry: Mapping[str, Any]) -> Outcome:
        issuer = self.issuers[entry["by"]]
        members, wrong = record_members(entry, self.names.organizations[entry["by"]], self.names)
        if wrong:
            return Outcome("", None, tuple(wrong))
        header = self._header(issuer, entry)
        members = with_shares({**header, **members}, self._state(issuer, members))
        also = self._new_keys(entry, members)
        try:
            record = issuer.submission(
                entry["type"], entry["at"], {k: v for k, v in members.items() if k not in header}, also
            )
        except Refused as refusal:
            return Outcome("", None, refusal.violations)
        outcome = commit([record], self.ledger, at_door=False)[0]
        if outcome.accepted and also:
            issuer.signers = also
        return outcome

    def _new_keys(self, entry: Mapping[str, Any], members: dict[str, Any]) -> list[LocalSigner]:
        """A key record of a scenario that brings no keys gets a new one."""
        if entry["type"] != "key" or entry.get("op") not in ("rotate", "compromised") or "keys" in members:
            return []
        signer = LocalSigner.generate("Ed25519")
        members["keys"] = [signer.key.jwk]
        return [signer]

    def _header(self, issuer: Issuer, entry: Mapping[str, Any]) -> dict[str, Any]:
        chain = {"id": issuer.chain, "seq": issuer.seq + 1, "prev": issuer.head}
        return {"v": RECORD_VERSION, "log": issuer.ledger, "type": entry["type"], "chain": chain, "at": entry["at"]}

    def _state(self, issuer: Issuer, members: Mapping[str, Any]) -> Any:
        wanted = References(chains={issuer.chain})
        inputs = members.get("inputs")
        for entry in inputs if isinstance(inputs, list) else ():
            if isinstance(entry, dict) and isinstance(entry.get("batch"), str):
                wanted.batches |= {entry["batch"]} if is_batch_id(entry["batch"]) else set()
        with self.ledger.database.reading() as connection:
            return Loader(connection, self.ledger.book).load(wanted)

    def _remember(self, name: str, entry: Mapping[str, Any], outcome: Outcome) -> None:
        self.issuers[entry["by"]].advance(outcome.id)
        self.names.records[name] = outcome.id
        if entry["type"] == "facility":
            operator = self.names.organization(entry.get("operator", entry["by"]))
            self.names.facilities[name] = FacilityCard(
                outcome.id, str(operator), entry["country"], entry.get("owner_country")
            )

    def _compare(self, name: str, entry: Mapping[str, Any], outcome: Outcome) -> None:
        expected = entry.get("expect", "refused" if entry.get("violations") else None)
        got = "accepted" if outcome.accepted else "refused"
        if expected is not None and expected != got:
            self.result.unmet.append(f"{name}: expected {expected}, was {got}.")
        missing = set(entry.get("violations", ())) - {violation.code for violation in outcome.violations}
        if missing:
            self.result.unmet.append(f"{name}: expected {', '.join(sorted(missing))}.")

    def _reports(self) -> None:
        entries = self.scenario.get("reports", [])
        for place, entry in enumerate(entries):
            name = entry.get("as", f"report-{place}")
            try:
                self._report(name, entry)
            except LodestoneError as error:
                self.result.unmet.append(f"report {name}: {error}")
            self.progress("reports", place + 1, len(entries))

    def _report(self, name: str, entry: Mapping[str, Any]) -> None:
        if entry.get("by") not in self.names.organizations:
            raise UsageError(f"there is no organization {entry.get('by')!r} in the scenario")
        stem = self.directory / "reports" / _file_name(name)
        if stem.with_name(stem.name + ".jwt").exists():
            raise UsageError(f"another report's files are named {stem.name} already")
        context = {
            key: value for key, value in entry.items() if key not in ("as", "by", "batch", "audience", "context")
        }
        made = make_report(
            self.ledger,
            ReportRequest(
                caller=self.names.organizations[entry["by"]],
                batch=str(self.names.batch(entry["batch"])),
                audience=entry.get("audience", "buyer"),
                context={**context, **entry.get("context", {})},
            ),
        )
        stem.with_name(stem.name + ".jwt").write_text(made.jwt)
        stem.with_name(stem.name + ".json").write_bytes(
            orjson.dumps(made.credential, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS) + b"\n"
        )
        with stem.with_name(stem.name + ".bundle.json").open("wb") as out:
            write_bundle(self.ledger, made.id, out)
        self.result.reports[name] = made.credential


def _config(home: Path) -> Config:
    name = "play.lodestone.example"
    return Config(home=home, ledger=name, did=f"did:web:{name}", public_url=f"https://{name}")


def _must(outcome: Outcome) -> None:
    if not outcome.accepted:
        raise Refused(outcome.violations)


def _file_name(name: str) -> str:
    """A name as the name of a file: a scenario's author may write anything."""
    safe = "".join(c if c.isalnum() or c in "-_." else "_" for c in name).lstrip(".")
    if not safe:
        raise UsageError(f"{name!r} cannot name a file.")
    return safe
