"""`lodestone backup`, `restore` and `recover`: a ledger as one folder or file, made while it serves, and back again."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ledger.cli.files import read_bytes
from ledger.cli.fsck import checkpoint_in, show_answer
from ledger.cli.home import config_of
from ledger.cli.options import Home, Json
from ledger.cli.output import print_json, print_raw, progress, say

if TYPE_CHECKING:
    from ledger.workflows.restore import Restored

__all__ = ["register"]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command("backup")(_backup)
    app.command("restore")(_restore)
    app.command("recover")(_recover)


def _backup(
    target: Annotated[Path, typer.Argument(help="A new folder, or a new file whose name ends in .tar.")],
    with_keys: Annotated[
        bool, typer.Option("--with-keys", help="The private keys of the service too: whoever reads it is the ledger.")
    ] = False,
    home: Home = None,
    json: Json = False,
) -> None:
    """Back a ledger up, also while it serves: database, second store, published files; keys only if asked for."""
    from ledger.workflows.backup import back_up

    made = back_up(config_of(home), target, keys=with_keys)
    if json:
        listed = made.listed
        print_json(
            {"backup": str(target), "origin": listed.origin, "entries": listed.entries, "made_at": listed.made_at}
            | {"keys": listed.keys}
        )
        return
    say(f"The backup {target} holds {made.listed.entries} entries of {made.listed.origin}.")
    if not with_keys:
        say("The keys of the service are not in it: keep copies of them apart.")


def _restore(
    backup: Annotated[Path, typer.Argument(help="What `lodestone backup` made.")],
    seen: Annotated[
        Path | None, typer.Option("--seen", help="The newest checkpoint that anybody outside has: it must be reached.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Restore a backup into an empty folder, and check the whole ledger before it is called good."""
    from ledger.workflows.restore import restore

    with progress("Restoring") as advance:
        restored = restore(backup, config_of(home).home, seen=checkpoint_in(seen), progress=advance)
    good = restored.fsck.clean
    if json:
        print_json(
            {"restored": good, "home": str(restored.config.home), "entries": restored.listed.entries}
            | {"made_at": restored.listed.made_at, "check": restored.fsck.as_json()}
        )
    else:
        show_answer(restored.fsck)
        _say(restored)
    if not good:
        raise typer.Exit(1)


def _recover(
    files: Annotated[
        list[Path],
        typer.Argument(help="Copies of lost records: signed envelopes, one a line, or exports of the log."),
    ],
    tiles: Annotated[
        Path | None, typer.Option("--tiles", help="A mirror of the published files, where the ledger's own are lost.")
    ] = None,
    home: Home = None,
    json: Json = False,
) -> None:
    """Bring an older copy of a ledger forward to what was signed, with records that others have kept."""
    from ledger.workflows.recover import recover

    with progress("Reading") as advance:
        done = recover(config_of(home), map(read_bytes, files), tiles=tiles, progress=advance)
    whole = done.size == done.signed
    if json:
        print_json(
            {"recovered": whole, "before": done.before, "entries": done.size, "signed": done.signed}
            | {"missing": list(done.missing)}
        )
    else:
        say(f"The database held {done.before} entries and holds {done.size} of the {done.signed} that were signed.")
        for record in done.missing:
            print_raw(record)
        say("It can be served again." if whole else f"Of {len(done.missing)} records nobody gave a copy: see above.")
    if not whole:
        raise typer.Exit(1)


def _say(restored: "Restored") -> None:
    home, listed = restored.config.home, restored.listed
    if not restored.fsck.clean:
        say(f"It was restored into {home} and is not good: do not serve it. The operations guide says what to do.")
        return
    say(f"Restored into {home}: {listed.entries} entries, as they were on {listed.made_at}.")
    if not restored.config.keys.is_dir():
        say(f"The keys of the service are not in the backup: put them into {restored.config.keys}.")
    if restored.own_second_store:
        say(
            f"The second store is the backup's own, so it cannot tell whether more than {listed.entries} entries were"
            " signed. If any receipt, witness, monitor or copy of the log knows of more, do not serve this: it would"
            " fork the log. Give their newest checkpoint with --seen to have that compared."
        )
