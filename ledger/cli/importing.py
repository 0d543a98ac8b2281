"""`lodestone import`: a workbook or CSV file into unsigned records, or every mistake in it at its cell."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import orjson
import typer

from ledger.cli.client import Service, service_for, violations_of
from ledger.cli.drafting import Entry, entry_of, plain_entries
from ledger.cli.files import read_bytes, write_whole
from ledger.cli.options import Json, ProfileName, TokenFile, Url
from ledger.cli.output import complain, print_json, print_raw, print_table, say
from ledger.cli.profile import Profile, open_profile, profile_folder
from ledger.cli.submitting import ask_check
from ledger.errors import Forbidden, Unauthorized, UsageError, Violation
from ledger.values.quantity import format_mass

if TYPE_CHECKING:
    from ledger.sheets.drafts import Draft
    from ledger.sheets.parse import Parsed
    from ledger.sheets.says import Remark
    from ledger.sheets.settle import Candidate
    from ledger.sheets.table import Table

__all__ = ["register"]

_Language = Literal["en", "zh"]
_MOST_LOTS = 200


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(_import)


@dataclass(slots=True)
class _Outcome:
    """What became of the files: drafts ready to be signed, or what is wrong with them."""

    drafts: list["Draft"] = field(default_factory=list)
    remarks: list["Remark"] = field(default_factory=list)
    answers: list[dict[str, Any]] = field(default_factory=list)
    before: int = 0


def _import(  # noqa: PLR0913, PLR0917 - the options of a command
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="An .xlsx workbook, or one or more .csv files that belong together; - is standard input."),
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="A file for the unsigned records (NDJSON), or for the template."),
    ] = None,
    template: Annotated[
        str, typer.Option("--template", help="Write the workbook to fill in of a stage, such as magnet-maker.")
    ] = "",
    filled: Annotated[bool, typer.Option("--filled", help="With --template: with example rows in it.")] = False,
    lang: Annotated[_Language, typer.Option("--lang", help="The language of templates and remarks.")] = "en",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the balance; write no records.")] = False,
    remarks: Annotated[
        Path | None, typer.Option("--remarks", help="A file for the same rows with remarks, if something is wrong.")
    ] = None,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Turn a spreadsheet into unsigned records for sign and submit, or show every mistake at its cell."""
    if template:
        _write_template(template, output, lang, filled=filled)
        return
    if not files:
        raise UsageError("name a workbook or CSV file, or a stage with --template")
    tables, outcome = _read(files)
    if not outcome.remarks and not profile_folder(profile).exists():  # what is wrong at a cell is seen without keys
        outcome.remarks = _parsed(tables).remarks
    if not outcome.remarks:
        with open_profile(profile) as mine:
            service = service_for(url, mine, token_file) if url or mine.url else None
            outcome = _drafted(tables, files, mine, service)
    if outcome.remarks:
        _show_wrong(outcome, tables, remarks, lang, json=json)
        raise typer.Exit(1)
    _show_good(outcome, None if dry_run else output, dry_run=dry_run, json=json)


def _write_template(stage: str, output: Path | None, lang: _Language, *, filled: bool) -> None:
    from ledger.sheets.kinds import STAGES
    from ledger.sheets.templates import template

    if stage not in STAGES:
        raise UsageError(f"there is no template for {stage}: expected {', '.join(STAGES)}")
    path = output or Path(f"lodestone-{stage}.xlsx")
    write_whole(path, template(stage, lang, filled=filled))
    say(f"The workbook is {path}. Fill it in, then: lodestone import {path}")


def _read(files: Sequence[Path]) -> tuple[list["Table"], _Outcome]:
    """The sheets of all files; a CSV file beside others goes by its name."""
    from ledger.sheets.parse import read
    from ledger.sheets.says import Unreadable

    tables: list[Table] = []
    outcome = _Outcome()
    for path in files:
        try:
            found = read(read_bytes(path), path.stem if len(files) > 1 else "")
        except Unreadable as error:
            outcome.remarks += error.remarks
            continue
        tables += found
    return tables, outcome


def _drafted(tables: Sequence["Table"], files: Sequence[Path], mine: Profile, service: Service | None) -> _Outcome:
    """Steps: parse, look lots up, settle names, then let the ledger check what would be signed."""
    from ledger.sheets.judged import remarks_on
    from ledger.sheets.settle import Known, settle

    parsed = _parsed(tables)
    names = mine.names
    known = Known(
        frozenset(names.facilities),
        frozenset({*names.organizations, mine.name}),
        frozenset(names.records),
        _looked_up(parsed, service),
    )
    settled = settle(parsed, known)
    if settled.remarks:
        return _Outcome(settled.drafts, settled.remarks)
    entries = [entry_of(str(files[0]), number, draft.entry) for number, draft in enumerate(settled.drafts, 1)]
    fresh = [place for place, entry in enumerate(entries) if entry.digest not in mine.lines]
    violations, answers = _checked([entries[place] for place in fresh], mine, service)
    remarks = remarks_on([settled.drafts[place] for place in fresh], violations)
    return _Outcome(settled.drafts, remarks, answers, len(entries) - len(fresh))


def _parsed(tables: Sequence["Table"]) -> "Parsed":
    from ledger.sheets.parse import parse

    return parse(tables)


def _looked_up(parsed: "Parsed", service: Service | None) -> dict[str, list["Candidate"]] | None:
    """The batches that the lots of these rows may mean, as the service knows them; None where it cannot be asked."""
    from ledger.sheets.settle import Candidate, wanted_lots

    wanted = wanted_lots(parsed)
    if service is None or not service.token:
        return None
    if len(wanted) > _MOST_LOTS:
        raise UsageError(f"expected at most {_MOST_LOTS} lots that other files made; write their batch ids instead")
    try:
        found = {lot: service.get("/v1/batches", lot=lot, limit=200) for lot in wanted}
    except (Unauthorized, Forbidden):
        return None
    return {
        lot: [
            Candidate(b["batch"], b.get("material", ""), b.get("left_mg", 0), "" if b.get("holds") else b["in_transit"])
            for b in (answer.get("batches", ()) if isinstance(answer, dict) else ())
            if (b.get("holds") and b.get("left_mg") and not b.get("in_transit"))
            or (b.get("in_transit") and not b.get("holds"))
        ]
        for lot, answer in found.items()
    }


def _checked(
    entries: Sequence[Entry], mine: Profile, service: Service | None
) -> tuple[list[Sequence[Violation]], list[dict[str, Any]]]:
    """What is wrong with each entry, and what the ledger says of them; without a token only what can be seen here."""
    plain = plain_entries(entries, mine)
    found: list[Sequence[Violation]] = [wrong for _said, wrong in plain]
    if any(found) or service is None or not entries:
        return found, []
    try:
        answers = ask_check(service, [said for said, _wrong in plain])
    except (Unauthorized, Forbidden):
        say("The ledger was not asked: it checks records for their owner's token only (LODESTONE_TOKEN).")
        return found, []
    return [violations_of(answer.get("violations")) for answer in answers], answers


def _show_wrong(
    outcome: _Outcome, tables: Sequence["Table"], path: Path | None, lang: _Language, *, json: bool
) -> None:
    found = sorted(outcome.remarks, key=lambda remark: remark.where)
    if path is not None and tables:
        from ledger.sheets.remarked import remarked_csv, remarked_xlsx

        only_csv = path.suffix.lower() == ".csv"
        if only_csv and len(tables) > 1:
            raise UsageError("remarks on several sheets go into a workbook: name an .xlsx file")
        write_whole(path, remarked_csv(tables[0], found, lang) if only_csv else remarked_xlsx(tables, found, lang))
    if json:
        print_json({"records": 0, "remarks": [remark.as_json(lang) for remark in found]})
    else:
        rows = [(str(remark.where), remark.code, remark.says.said(lang)) for remark in found]
        print_table("Mistakes", ("cell", "code", "what is wrong"), rows, whole=("cell", "code"))
    many = "1 mistake is" if len(found) == 1 else f"{len(found)} mistakes are"
    complain(f"Nothing is imported: {many} listed above.")
    if path is not None and tables:
        say(f"The same rows with these remarks are in {path}. Mend them there, and import that file.")


def _show_good(outcome: _Outcome, output: Path | None, *, dry_run: bool, json: bool) -> None:
    from ledger.sheets.judged import totals

    lines = b"".join(orjson.dumps(draft.entry) + b"\n" for draft in outcome.drafts)
    balance = totals(outcome.answers)
    if output is not None:
        write_whole(output, lines)
    if json:
        drafts = [draft.entry for draft in outcome.drafts]
        print_json(
            {"records": len(drafts), "remarks": [], "balance": balance, "checked": outcome.answers, "drafts": drafts}
        )
    elif dry_run or output is not None:
        _show_balance(balance, outcome)
    else:
        print_raw(lines.decode())
    said = f"{len(outcome.drafts)} records are ready to be signed"
    said += f", {outcome.before} of them submitted before" if outcome.before else ""
    say(f"{said}." + (f" To sign and send them: lodestone submit {output}" if output is not None else ""))
    if not outcome.answers and outcome.before < len(outcome.drafts):
        say("No ledger has checked them: with a service and a token, masses and names are checked as well.")


def _show_balance(balance: dict[str, dict[str, int]], outcome: _Outcome) -> None:
    rows = [
        (element, *(format_mass(masses[name]) for name in ("in_mg", "out_mg", "loss_mg")))
        for element, masses in balance.items()
    ]
    if rows:
        print_table(
            "Balance of all processes", ("element", "in", "out", "loss"), rows, whole=("element", "in", "out", "loss")
        )
    told = [
        (remark.get("member"), remark.get("sentence"))
        for answer in outcome.answers
        for remark in answer.get("remarks", ())
    ]
    if told:
        print_table("Remarks: accepted, but look again", ("member", "remark"), told)
