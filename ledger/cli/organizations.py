"""`lodestone org`: who speaks. A producer makes its organization record; the operator admits it."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.client import service_for
from ledger.cli.files import write_whole
from ledger.cli.home import config_of, ledger_beside, ledger_here
from ledger.cli.options import Home, Json, ProfileName, Url
from ledger.cli.output import print_facts, print_json, print_table, progress, say
from ledger.cli.profile import open_profile, saved_profile
from ledger.errors import ConfigError, LodestoneError, Refused, UsageError
from ledger.rules.submission import Submission, read_submission
from ledger.values.encoding import is_digest
from ledger.values.instant import system_clock

if TYPE_CHECKING:
    from ledger.workflows.ledger import Ledger

__all__ = ["register"]

_group = typer.Typer(no_args_is_help=True, help="Organizations: make yours known, admit others.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="org")


@_group.command("new")
def _new(
    name: Annotated[str, typer.Option("--name", help="The organization's name, in any script.")],
    country: Annotated[str, typer.Option("--country", help="ISO 3166-1 alpha-2, such as AU.")],
    name_latin: Annotated[str, typer.Option("--name-latin", help="The name in Latin letters.")] = "",
    owner_country: Annotated[str, typer.Option("--owner-country", help="The country of its owner.")] = "",
    identifier: Annotated[
        list[str] | None, typer.Option("--identifier", help="Such as lei=5493..., cage=..., gln=...")
    ] = None,
    at: Annotated[str, typer.Option("--at", help="When your chain begins; now if left out.")] = "",
    profile: ProfileName = "default",
    json: Json = False,
) -> None:
    """Make the record that opens your chain. The operator admits its id; then `lodestone submit` sends it."""
    with open_profile(profile) as mine:
        if mine.organization:
            raise UsageError(f"this profile has its organization record already: {mine.organization}")
        members: dict[str, object] = {
            "keys": [signer.key.jwk for signer in mine.signers()],
            "use": "records",
            "name": name,
            "country": country,
        }
        given = {"name_latin": name_latin, "owner_country": owner_country, "identifiers": _pairs(identifier or [])}
        members |= {member: value for member, value in given.items() if value}
        record = mine.issuer().submission("organization", at or system_clock(), members)
        kept = mine.folder / "organization.json"
        write_whole(kept, record.envelope.data + b"\n")
        mine.organization = record.id
        mine.names.organizations[mine.name] = record.id
        mine.save()
    if json:
        print_json({"organization": record.id, "envelope": str(kept)})
    else:
        print_facts({"organization": record.id})
        say(f"Give this id to the operator, who admits it: lodestone org admit {record.id}")
        say("After that, lodestone submit sends the record before all others.")
        say(f"Your chain begins at {record.record.at}: no record of it may be earlier (--at begins it earlier).")


@_group.command("admit")
def _admit(
    record: Annotated[str, typer.Argument(help="The id of the organization record.")],
    organization: Annotated[
        str, typer.Option("--organization", help="The organization's first record, if this is a further chain of it.")
    ] = "",
    succeeds: Annotated[str, typer.Option("--succeeds", help="The organization record whose chain ends with it.")] = "",
    suspend: Annotated[bool, typer.Option("--suspend", help="Suspend the chain instead.")] = False,
    end: Annotated[bool, typer.Option("--end", help="End the chain for good instead.")] = False,
    home: Home = None,
    url: Url = "",
    json: Json = False,
) -> None:
    """For the operator, where the ledger's keys are: admit, suspend or end a chain.

    With --url the signed record is posted to the running service; else it is written to the ledger of this folder.
    """
    if suspend and end:
        raise UsageError("a chain is suspended or ended, not both")
    if not is_digest(record):
        raise UsageError("expected the id of an organization record, sha-256:...")
    members: dict[str, object] = {"op": "suspend" if suspend else "end" if end else "admit", "record": record}
    if members["op"] == "admit":
        members["organization"] = organization or record
        members |= {"succeeds": succeeds} if succeeds else {}
    made = _post(members, home, url) if url else _write(members, home)
    done = {"admit": "admitted", "suspend": "suspended", "end": "ended"}[str(members["op"])]
    if json:
        print_json({"admission": made, "op": members["op"], "record": record})
    else:
        say(f"The chain that {record} opens is {done}.")


@_group.command("erase")
def _erase(
    organization: Annotated[str, typer.Argument(help="The id of its first organization record.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask: there is no way back.")] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """For the operator: erase what an organization disclosed, once its chains have ended. There is no way back."""
    from ledger.workflows.erase import erase, may_be_erased

    config = config_of(home)
    may_be_erased(config, organization)
    if not yes and not typer.confirm(f"Erase everything that {organization} disclosed, for good?", err=True):
        raise LodestoneError("nothing was erased")
    with progress("Checking the ledger") as advance:
        erased = erase(config, organization, progress=advance)
    if json:
        print_json({"organization": organization, "records": erased.records, "entries": erased.size})
        return
    say(f"The disclosures of {erased.records} records are erased. What they proved is unknown from now on.")
    say("Backups, replicas, and what was given to others before still hold them: delete old backups.")


@_group.command("show")
def _show(profile: ProfileName = "default", json: Json = False) -> None:
    """Show your organization, and the names that this profile knows."""
    mine = saved_profile(profile)
    if mine is None:
        raise ConfigError(f"there is no profile {profile}; make one: lodestone key new --profile {profile}")
    standing = "none yet" if not mine.organization else "in the ledger" if mine.seq >= 0 else "not yet submitted"
    facilities = {name: card.id for name, card in mine.names.facilities.items()}
    if json:
        names = {"organizations": mine.names.organizations, "facilities": facilities, "records": mine.names.records}
        print_json({"organization": mine.organization, "standing": standing, "ledger": mine.ledger, "names": names})
        return
    print_facts({"organization": mine.organization, "standing": standing, "ledger": mine.ledger})
    known = [("organization", *item) for item in mine.names.organizations.items()]
    known += [("facility", *item) for item in facilities.items()]
    if known:
        print_table("Names", ("kind", "name", "id"), known, whole=("id",))


@_group.command("name")
def _name(
    name: Annotated[str, typer.Argument(help="What you call it in your files.")],
    organization: Annotated[str, typer.Argument(help="The id of its first organization record.")],
    profile: ProfileName = "default",
) -> None:
    """Keep a name for another organization, to be used in your records."""
    if not is_digest(organization):
        raise UsageError("expected the id of an organization record, sha-256:...")
    with open_profile(profile) as mine:
        mine.names.organizations[name] = organization
        mine.save()
    say(f"{name} stands for {organization} from now on.")


def _pairs(said: list[str]) -> dict[str, str]:
    pairs = {}
    for each in said:
        name, sign, value = each.partition("=")
        if not sign or not name or not value:
            raise UsageError("expected an identifier such as lei=5493001KJTIIGC8Y1R12")
        pairs[name] = value
    return pairs


def _write(members: dict[str, object], home: Path | None) -> str:
    from ledger.workflows.commit import commit_one

    with ledger_here(home) as ledger:
        return commit_one(_admission(ledger, members), ledger).id


def _post(members: dict[str, object], home: Path | None, url: str) -> str:
    """The record is signed here, by the operator's key; the running service only takes it."""
    service = service_for(url)
    with ledger_beside(home) as ledger:
        for last in (False, True):
            record = _admission(ledger, members)
            try:
                service.send("POST", "/v1/records", record.envelope.data)
            except Refused as refusal:
                if last or any(violation.code != "chain-conflict" for violation in refusal.violations):
                    raise
            else:
                return record.id
    raise LodestoneError("the operator's chain moved on meanwhile: try again")


def _admission(ledger: "Ledger", members: dict[str, object]) -> Submission:
    from ledger.workflows.open import operator_issuer

    issuer = operator_issuer(ledger)
    return read_submission(issuer.sign("admission", ledger.clock(), members), ledger.config.ledger)
