"""`lodestone grant`: open one's own records and batches to another organization, and withdraw that."""

import re
from typing import Annotated, Any

import typer

from ledger.cli.batches import batch_named
from ledger.cli.client import service_for
from ledger.cli.options import Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_json, print_table, say
from ledger.cli.paging import all_pages
from ledger.cli.profile import saved_profile
from ledger.errors import UsageError
from ledger.values.encoding import is_digest

__all__ = ["register"]

_group = typer.Typer(no_args_is_help=True, help="Open records and batches of yours to others: new, list, revoke.")
_ID = re.compile(r"[A-Za-z0-9_-]{22}")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="grant")


@_group.command("new")
def _new(
    subjects: Annotated[
        list[str], typer.Argument(help="Records or batches of yours: ids, or names of this profile: mag, mag#0.")
    ],
    to: Annotated[str, typer.Option("--to", help="The organization: its id, or a name of this profile.")],
    member: Annotated[
        list[str] | None, typer.Option("--member", help="Only this member, such as outputs[].mass_mg; may be repeated.")
    ] = None,
    until: Annotated[str, typer.Option("--until", help="When it ends by itself: YYYY-MM-DDTHH:MM:SSZ.")] = "",
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Open records or batches of yours to another organization, until you withdraw it. Needs a token for `grant`."""
    batches = [batch_named(each, profile) for each in subjects if "#" in each]
    records = [_record_named(each, profile) for each in subjects if "#" not in each]
    asked: dict[str, object] = {"to": _organization_named(to, profile), "records": records, "batches": batches}
    asked |= {"members": member} if member else {}
    asked |= {"expires_at": until} if until else {}
    made = service_for(url, saved_profile(profile), token_file).send("POST", "/v1/grants", asked)
    if json:
        print_json(made)
        return
    shown = made if isinstance(made, dict) else {}
    what = "the members that you named" if member else "all of what you named"
    say(f"The grant {shown.get('id')} is given: {what}. To withdraw it: lodestone grant revoke {shown.get('id')}")


@_group.command("list")
def _list(profile: ProfileName = "default", url: Url = "", token_file: TokenFile = None, json: Json = False) -> None:
    """List the grants that you gave or received, ended ones too."""
    found = all_pages(service_for(url, saved_profile(profile), token_file), "/v1/grants", "grants")
    if json:
        print_json(found)
        return
    rows = [
        (
            grant["id"],
            grant["by"],
            grant["to"],
            ", ".join(grant["records"] + grant["batches"]),
            ", ".join(grant["members"]) or "all",
            _end(grant),
        )
        for grant in found
    ]
    print_table("Grants", ("id", "by", "to", "on", "members", "ends"), rows, whole=("id", "ends"))


@_group.command("revoke")
def _revoke(
    grant: Annotated[str, typer.Argument(help="The grant's id, as `grant list` shows it.")],
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """Withdraw a grant, for good. What was read or exported under it cannot be taken back."""
    if not _ID.fullmatch(grant):
        raise UsageError("expected the id of a grant: 22 letters, digits, '-' and '_'")
    service_for(url, saved_profile(profile), token_file).send("DELETE", f"/v1/grants/{grant}")
    if json:
        print_json({"id": grant, "revoked": True})
    else:
        say(f"The grant {grant} is withdrawn.")


def _end(grant: dict[str, Any]) -> str:
    revoked = grant.get("revoked_at")
    return f"withdrawn {revoked}" if revoked else str(grant.get("expires_at") or "")


def _record_named(said: str, profile: str) -> str:
    saved = saved_profile(profile)
    named = said if is_digest(said) or saved is None else saved.names.records.get(said, "")
    if not is_digest(named):
        raise UsageError(f"expected the id of a record or a name that this profile knows: {said} is neither")
    return named


def _organization_named(said: str, profile: str) -> str:
    saved = saved_profile(profile)
    named = said if is_digest(said) or saved is None else saved.names.organizations.get(said, "")
    if not is_digest(named):
        raise UsageError(f"expected the id of an organization or a name that this profile knows: {said} is neither")
    return named
