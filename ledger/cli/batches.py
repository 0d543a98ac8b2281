"""`lodestone batch`: what there is, where it came from and went, and the routes of each element."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from ledger.cli.client import Service, path_of_batch, service_or_home
from ledger.cli.home import ledger_beside
from ledger.cli.options import Home, Json, ProfileName, TokenFile, Url
from ledger.cli.output import print_facts, print_json, print_table, say
from ledger.cli.paging import all_pages
from ledger.cli.profile import saved_profile
from ledger.cli.statement import share
from ledger.errors import LodestoneError, UsageError
from ledger.values.encoding import is_batch_id, split_batch_id
from ledger.values.vocabulary import STEPS

__all__ = ["batch_named", "group", "mass", "register"]

group = typer.Typer(no_args_is_help=True, help="Batches: list, show, trace, routes, picture.")
_Batch = Annotated[str, typer.Argument(help="<record id>#<place>, or a record's name of yours: mag#0.")]
_PAGE = 200
_ORDER = {step: place for place, step in enumerate(("mine", *STEPS))}


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(group, name="batch")


def mass(milligrams: object) -> str:
    """A mass as people read it, exact: `12.5 kg`."""
    if not isinstance(milligrams, int):
        return ""
    for unit, size in (("t", 10**9), ("kg", 10**6), ("g", 10**3)):
        if milligrams >= size:
            whole, rest = divmod(milligrams, size)
            digits = f"{rest:0{len(str(size)) - 1}d}".rstrip("0")
            return f"{whole}.{digits} {unit}" if digits else f"{whole} {unit}"
    return f"{milligrams} mg"


def batch_named(said: str, profile: str) -> str:
    """The id of a batch that the user names by id, or by a name of the profile.

    Raises:
        UsageError: it is neither.
    """
    if is_batch_id(said):
        return said
    saved = saved_profile(profile)
    named = saved.names.batch(said) if saved and said.rpartition("#")[0] in saved.names.records else None
    if not isinstance(named, str) or not is_batch_id(named):
        raise UsageError(
            f"expected the id of a batch (<record id>#<place>) or a name that this profile knows: {said} is neither"
        )
    return named


@group.command("list")
def _list(  # noqa: PLR0913, PLR0917 - the options of a command
    lot: Annotated[str, typer.Option("--lot", help="Only of this lot.")] = "",
    material: Annotated[str, typer.Option("--material", help="Only of this material, such as magnet.")] = "",
    holder: Annotated[str, typer.Option("--holder", help="Only those that this organization holds.")] = "",
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many.")] = 1_000,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """List the batches that you hold, held or are offered."""
    service = service_or_home(url, saved_profile(profile), token_file)
    asked = {"lot": lot, "material": material, "holder": holder}
    found = all_pages(service, "/v1/batches", "batches", asked, limit) if service else _list_near(home, asked, limit)
    if json:
        print_json(found)
        return
    rows = [
        (b["batch"], b.get("lot"), b.get("material"), mass(b.get("mass_mg")), mass(b.get("left_mg")), b.get("made_at"))
        for b in found
    ]
    print_table("Batches", ("batch", "lot", "material", "mass", "left", "made"), rows, whole=("batch", "made"))
    say(f"{len(found)} batches" + (", and perhaps more: --limit" if len(found) == limit else "") + ".")


@group.command("show")
def _show(
    batch: _Batch,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Show a batch as you may see it."""
    service = service_or_home(url, saved_profile(profile), token_file)
    named = batch_named(batch, profile)
    shown = _get(service, named, "") if service else _near(home, named, _read_batch)
    if json:
        print_json(shown)
        return
    facts = {
        name.removesuffix("_mg"): _plain(name, value) for name, value in shown.items() if value not in (None, {}, [])
    }
    print_facts(facts)


@group.command("trace")
def _trace(  # noqa: PLR0913, PLR0917 - the options of a command
    batch: _Batch,
    direction: Annotated[str, typer.Option("--direction", help="up: where from; down: what of it.")] = "up",
    depth: Annotated[int, typer.Option("--depth", min=1, help="How many steps away at most.")] = 20,
    limit: Annotated[int, typer.Option("--limit", min=1, help="At most so many steps.")] = 10_000,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Walk a batch's genealogy, up or down."""
    if direction not in ("up", "down"):
        raise UsageError("expected --direction up or down")
    service = service_or_home(url, saved_profile(profile), token_file)
    named = batch_named(batch, profile)
    if service:
        asked = {"direction": direction, "depth": depth}
        steps = all_pages(service, f"/v1/batches/{path_of_batch(named)}/trace", "steps", asked, limit)
    else:
        steps = _near(home, named, lambda ledger, key: _read_trace(ledger, key, direction, depth, limit))
    if json:
        print_json({"batch": named, "direction": direction, "steps": steps})
        return
    rows = [(s["depth"], s["type"], s.get("made"), s.get("taken"), mass(s.get("mass_mg"))) for s in steps]
    print_table("", ("depth", "record", "made", "out of", "mass"), rows, whole=("made", "out of"))
    say(f"{len(steps)} steps.")


@group.command("routes")
def _routes(
    batch: _Batch,
    profile: ProfileName = "default",
    url: Url = "",
    token_file: TokenFile = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Show where each element of a batch has been, with exact masses: for whoever holds or held it."""
    service = service_or_home(url, saved_profile(profile), token_file)
    named = batch_named(batch, profile)
    shown = _get(service, named, "/routes") if service else _near(home, named, _read_routes)
    if json:
        print_json(shown)
        return
    rows = [
        ("the body" if element == "*" else element, share(r["share_ppm"]), mass(r["mass_mg"]), _route(r["route"]))
        for element, routes in shown["elements"].items()
        for r in sorted(routes, key=lambda r: -r["mass_mg"])
    ]
    print_table("", ("element", "share", "mass", "route"), rows, whole=("element", "share", "mass"))


def _get(service: Service, batch: str, what: str) -> dict[str, Any]:
    answer = service.get(f"/v1/batches/{path_of_batch(batch)}{what}")
    if not isinstance(answer, dict):
        raise LodestoneError("the service did not answer as expected")
    return answer


def _near(home: Path | None, batch: str, read: Callable[[Any, tuple[str, int]], Any]) -> Any:
    """The same, by the operator on the ledger's own machine."""
    with ledger_beside(home) as ledger:
        return read(ledger, split_batch_id(batch))


def _read_batch(ledger: Any, key: tuple[str, int]) -> Any:
    from ledger.store.queries import Viewer
    from ledger.workflows.reading import read_batch

    return read_batch(ledger, Viewer(None), key)


def _read_routes(ledger: Any, key: tuple[str, int]) -> Any:
    from ledger.store.queries import Viewer
    from ledger.workflows.genealogy import read_routes

    return read_routes(ledger, Viewer(None), key)


def _read_trace(ledger: Any, key: tuple[str, int], direction: str, depth: int, limit: int) -> Any:
    from ledger.store.queries import Viewer
    from ledger.workflows.genealogy import read_trace

    return read_trace(ledger, Viewer(None), key, direction, depth=depth, limit=limit)[0]


def _list_near(home: Path | None, asked: Mapping[str, str], limit: int) -> list[dict[str, Any]]:
    from ledger.store.queries import Viewer
    from ledger.workflows.reading import browse

    with ledger_beside(home) as ledger:
        lot, material, holder = (asked[name] or None for name in ("lot", "material", "holder"))
        return browse(ledger, Viewer(None), lot=lot, material=material, holder=holder, limit=limit)[0]


def _plain(name: str, value: object) -> object:
    if name.endswith("_mg"):
        return mass(value)
    if name == "composition" and isinstance(value, dict):
        return ", ".join(f"{element} {share(ppm)}" for element, ppm in sorted(value.items(), key=lambda item: -item[1]))
    if name == "contents" and isinstance(value, list):
        return "; ".join(f"{mass(part['mass_mg'])} of {part['batch']}" for part in value)
    if isinstance(value, list):
        return ", ".join(str(each.get("sentence", each)) if isinstance(each, dict) else str(each) for each in value)
    return {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else value


def _route(route: Mapping[str, Any]) -> str:
    stages = " → ".join(
        f"{step} {'+'.join(stage['countries'])}" + (" (declared)" if stage["basis"] == "declared" else "")
        for step, stage in sorted(route.get("stages", {}).items(), key=lambda item: _ORDER.get(item[0], 0))
    )
    return f"{route['origin']}: {stages}" if stages else str(route["origin"])
