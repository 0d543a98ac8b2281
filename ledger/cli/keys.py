"""`lodestone key`: a producer's own keys. They are made here, stay here, and nothing ever prints them."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from ledger.cli.client import Service, service_for
from ledger.cli.home import config_of, ledger_here
from ledger.cli.options import Home, Json, ProfileName, Url
from ledger.cli.output import print_facts, print_json, say
from ledger.cli.passphrase import lock_again, new_passphrase, passphrase_of, unlock
from ledger.cli.profile import Draft, Profile, new_profile, open_profile, saved_profile
from ledger.cli.sending import send_outbox, sent_one
from ledger.errors import ConfigError, UsageError
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.keys import POST_QUANTUM
from ledger.signing.pkcs11 import hardware_key, parse_key_uri
from ledger.signing.signer import LocalSigner, Signer
from ledger.values.instant import system_clock
from ledger.workflows.issue import new_chain_id

__all__ = ["register"]

_Algorithm = Annotated[
    str,
    typer.Option("--algorithm", help="Ed25519, ES256, ML-DSA-65, ML-DSA-87, or a hybrid such as Ed25519+ML-DSA-65."),
]
Reason = Annotated[str, typer.Option("--reason", help="Kept in the record.")]
_Hardware = Annotated[
    str,
    typer.Option(
        "--hardware",
        metavar="URI",
        help="An ES256 key in a hardware module, made if it is not there: pkcs11:token=T;object=L?module-path=FILE",
    ),
]
_group = typer.Typer(no_args_is_help=True, help="Your own keys: make, show, lock, rotate, retire.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="key")


@_group.command("new")
def _new(
    profile: ProfileName = "default",
    algorithm: _Algorithm = "Ed25519",
    hardware: _Hardware = "",
    ledger: Annotated[str, typer.Option("--ledger", help="The ledger's name; asked of the service if left out.")] = "",
    url: Url = "",
    json: Json = False,
) -> None:
    """Make the keys of a new chain, readable by you alone."""
    if not ledger and not url:
        raise UsageError("for which ledger? Give its name with --ledger, or the service with --url")
    name = ledger or service_for(url).ledger_name()
    with new_profile(profile) as folder:
        if not (folder / "keys.jwk.json").exists():  # else an interrupted start: those keys are as good
            write_keys(folder / "keys.jwk.json", _made(algorithm, hardware, folder / "keys.jwk.json"))
        made = Profile(folder, name, new_chain_id(), url=url.rstrip("/"))
        made.save()
    _print(made, json=json)
    say(f"The keys are in {made.key_file}: keep a copy in a safe place. Next: lodestone org new")


@_group.command("show")
def _show(profile: ProfileName = "default", json: Json = False) -> None:
    """Show the public side of your keys and where your chain stands."""
    saved = saved_profile(profile)
    if saved is None:
        raise ConfigError(f"there is no profile {profile}; make one: lodestone key new --profile {profile}")
    _print(saved, json=json)


@_group.command("rotate")
def _rotate(
    profile: ProfileName = "default",
    algorithm: Annotated[str, typer.Option("--algorithm", help="As in `key new`; the same as now if left out.")] = "",
    hardware: _Hardware = "",
    reason: Reason = "",
    url: Url = "",
    json: Json = False,
) -> None:
    """Replace your keys: the old and the new ones sign, and the new ones count once the ledger has accepted that."""
    _replaced(_Change("rotate", profile, algorithm, reason, hardware=hardware), url, json=json)


@_group.command("compromised")
def _compromised(
    since: Annotated[
        str,
        typer.Option(
            "--since", help="The last record that counts: its id, or your name for it. Later ones are unknown."
        ),
    ],
    profile: ProfileName = "default",
    algorithm: Annotated[str, typer.Option("--algorithm", help="Of the new keys; as now if left out.")] = "",
    hardware: _Hardware = "",
    reason: Reason = "",
    url: Url = "",
    json: Json = False,
) -> None:
    """Say that others may have your keys: replace them; what they signed after a record counts as unknown."""
    _replaced(_Change("compromised", profile, algorithm, reason, since, hardware), url, json=json)


@_group.command("retire")
def _retire(profile: ProfileName = "default", reason: Reason = "", url: Url = "", json: Json = False) -> None:
    """End your chain for good: its keys sign this record and never another one."""
    with open_profile(profile) as mine:
        service = _service(mine, url)
        envelope = mine.issuer().sign("key", system_clock(), {"op": "retire", **_because(reason)})
        receipt = sent_one(mine, service, envelope, Draft())
    if json:
        print_json({"profile": profile, "record": receipt})
    else:
        say("The chain has ended. What it holds stays its organization's; another chain of it can go on.")


@_group.command("replace")
def _replace_service_keys(
    which: Annotated[str, typer.Argument(help="Whose: operator, or report.", show_default=False)],
    hardware: _Hardware = "",
    since: Annotated[
        str, typer.Option("--compromised-since", help="They may be known to others: the last record that counts.")
    ] = "",
    algorithm: Annotated[str, typer.Option("--algorithm", help="Of the new keys; as now if left out.")] = "",
    reason: Reason = "",
    home: Home = None,
    json: Json = False,
) -> None:
    """The operator's: replace the keys that admit organizations, or the key that signs reports."""
    from ledger.workflows.rotate import ServiceChange, change_service_keys

    if which not in ("operator", "report"):
        raise UsageError("expected operator or report; the log's own keys stay as long as its shard")
    uri = parse_key_uri(hardware) if hardware else None
    change = ServiceChange(which, "compromised" if since else "rotate", since, algorithm, reason, uri)  # type: ignore[arg-type]
    with ledger_here(home) as ledger:
        new = change_service_keys(ledger, change)
    if json:
        print_json({"which": which, "keys": [signer.key.kid for signer in new]})
    else:
        say(f"In force now: {', '.join(f'{s.key.alg} {s.key.kid}' for s in new)}. Start other processes anew.")


@_group.command("passphrase")
def _passphrase(
    profile: ProfileName = "default",
    service: Annotated[bool, typer.Option("--service", help="The keys of the service in this folder instead.")] = False,
    to: Annotated[
        Path | None, typer.Option("--to", help="A file (0600) with the new one; else it is asked for.")
    ] = None,
    remove: Annotated[bool, typer.Option("--remove", help="Leave the files without a passphrase.")] = False,
    home: Home = None,
) -> None:
    """Lock your private keys with a passphrase, change it, or take it away. The files are age files then."""
    if remove and to is not None:
        raise UsageError("either a new passphrase or none: --to or --remove")
    if service:
        from ledger.workflows.keys import service_key_files

        paths = service_key_files(config_of(home).keys)
        if not paths:
            raise ConfigError(f"there are no keys of a service in {config_of(home).keys}")
        lock_again(paths, "" if remove else new_passphrase(to))
    else:
        with open_profile(profile) as mine:
            paths = [path for path in (mine.key_file, mine.next_key_file) if path.exists()]
            lock_again(paths, "" if remove else new_passphrase(to))
    done = "need no passphrase now" if remove else "are locked; LODESTONE_PASSPHRASE_FILE may name a file with it"
    say(f"{', '.join(str(path) for path in paths)} {done}.")


@dataclass(frozen=True, slots=True)
class _Change:
    """A change of keys that a user asks for."""

    op: str
    profile: str
    algorithm: str
    reason: str
    since: str = ""
    hardware: str = ""


def _replaced(change: _Change, url: str, *, json: bool) -> None:
    with open_profile(change.profile) as mine:
        service = _service(mine, url)
        new = _next_keys(mine, change.algorithm, change.hardware)
        members: dict[str, object] = {"op": change.op, "keys": [signer.key.jwk for signer in new]}
        if change.since:
            members["since"] = mine.names.records.get(change.since, change.since)
        envelope = mine.issuer().sign("key", system_clock(), members | _because(change.reason), new)
        receipt = sent_one(mine, service, envelope, Draft())
    if json:
        print_json({"profile": change.profile, "keys": [s.key.kid for s in new], "record": receipt})
    else:
        _print(mine, json=False)
        say("The new keys are in force; the old ones are gone from this machine.")


def _service(mine: Profile, url: str) -> Service:
    """The service, which has every record that was signed before."""
    if mine.seq < 0:
        raise ConfigError("your organization is not in the ledger yet, so there are no keys to change there")
    service = service_for(url, mine)
    if send_outbox(mine, service):
        say("A record from before was still to be sent: it is in the ledger now.")
    return service


def _next_keys(mine: Profile, algorithm: str, hardware: str) -> tuple[Signer, ...]:
    """The keys that are to replace those in force, kept before anything is signed with them."""
    if mine.next_key_file.exists():
        new = read_keys(mine.next_key_file, unlock())
        if algorithm and "+".join(signer.key.alg for signer in new) != algorithm:
            raise UsageError(f"a change to other algorithms was begun; remove {mine.next_key_file} to begin anew")
        return new
    algorithm = algorithm or "+".join(signer.key.alg for signer in mine.signers())
    new = _made(algorithm, hardware, mine.next_key_file)
    if {signer.key.kid for signer in new} & {signer.key.kid for signer in mine.signers()}:
        raise UsageError("these keys are in force already: name others")
    write_keys(mine.next_key_file, new, passphrase_of(mine.key_file))
    return new


def _because(reason: str) -> dict[str, object]:
    return {"reason": reason} if reason else {}


def _made(algorithm: str, hardware: str, path: Path) -> tuple[Signer, ...]:
    """New keys, in a hardware module where one is named."""
    if hardware:
        return (hardware_key(parse_key_uri(hardware), lambda: unlock()(path)),)
    names = algorithm.split("+")
    try:
        signers = tuple(LocalSigner.generate(name) for name in names)
    except ValueError as error:
        raise UsageError(str(error)) from error
    kinds = [signer.key.alg in POST_QUANTUM for signer in signers]
    if kinds not in ([False], [True], [False, True]):
        raise UsageError("expected one algorithm, or a classical one and an ML-DSA one such as Ed25519+ML-DSA-65")
    return signers


def _print(profile: Profile, *, json: bool) -> None:
    signers = profile.signers()
    facts: dict[str, object] = {
        "profile": profile.name,
        "ledger": profile.ledger,
        "service": profile.url,
        "chain": profile.chain,
        "records": profile.seq + 1,
        "head": profile.head,
    }
    if json:
        print_json(facts | {"keys": [s.key.jwk for s in signers], "kids": [s.key.kid for s in signers]})
        return
    for place, signer in enumerate(signers):
        facts[f"key {place + 1}" if len(signers) > 1 else "key"] = f"{signer.key.alg} {signer.key.kid}"
    facts["token"] = f"in {profile.token}" if profile.token.exists() else f"none in {profile.token} (0600)"
    print_facts(facts)
