"""`lodestone notice`: what concerns you, from where you stopped reading on."""

from typing import Annotated, Any

import typer

from ledger.cli.client import service_for
from ledger.cli.options import Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_json, print_table, say
from ledger.cli.profile import saved_profile
from ledger.errors import LodestoneError

__all__ = ["register"]

_group = typer.Typer(no_args_is_help=True, help="What concerns you: transfers, changes upstream, grants: list.")
_PAGE = 200


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="notice")


@_group.command("list")
def _list(
    after: Annotated[str, typer.Option("--after", help="Only what came since: where the last list ended.")] = "",
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    json: Json = False,
) -> None:
    """List what concerns you: transfers offered and answered, changes upstream, grants, reports revoked."""
    service = service_for(url, saved_profile(profile), token_file)
    found: list[dict[str, Any]] = []
    more = True
    while more:
        page = service.get("/v1/notices", after=after, limit=_PAGE)
        if not isinstance(page, dict) or not isinstance(page.get("notices"), list) or not page.get("after"):
            raise LodestoneError("the service did not answer as expected")
        found += page["notices"]
        after, more = str(page["after"]), bool(page.get("more"))
    if json:
        print_json({"notices": found, "after": after})
        return
    rows = [(each["kind"], each["about"], each.get("index", ""), each.get("at", "")) for each in found]
    print_table("Notices", ("what", "about", "index", "at"), rows, whole=("what", "about"))
    say(f"{len(found)} notices. For what comes later: lodestone notice list --after {after}")
