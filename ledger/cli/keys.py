"""`lodestone key`: a producer's own keys. They are made here, stay here, and nothing ever prints them."""

from typing import Annotated

import typer

from ledger.cli.client import service_for
from ledger.cli.options import Json, ProfileName, Url
from ledger.cli.output import print_facts, print_json, say
from ledger.cli.profile import Draft, Profile, new_profile, open_profile, saved_profile
from ledger.cli.sending import send_outbox, sent_one
from ledger.errors import ConfigError, UsageError
from ledger.signing.keyfile import read_keys, write_keys
from ledger.signing.keys import POST_QUANTUM
from ledger.signing.signer import LocalSigner
from ledger.values.instant import system_clock
from ledger.workflows.issue import new_chain_id

__all__ = ["register"]

_Algorithm = Annotated[
    str,
    typer.Option("--algorithm", help="Ed25519, ES256, ML-DSA-65, ML-DSA-87, or a hybrid such as Ed25519+ML-DSA-65."),
]
_group = typer.Typer(no_args_is_help=True, help="Your own keys: make, show, rotate.")


def register(app: typer.Typer) -> None:
    """Add the group."""
    app.add_typer(_group, name="key")


@_group.command("new")
def _new(
    profile: ProfileName = "default",
    algorithm: _Algorithm = "Ed25519",
    ledger: Annotated[str, typer.Option("--ledger", help="The ledger's name; asked of the service if left out.")] = "",
    url: Url = "",
    json: Json = False,
) -> None:
    """Make the keys of a new chain, readable by you alone."""
    signers = _generate(algorithm)
    if not ledger and not url:
        raise UsageError("for which ledger? Give its name with --ledger, or the service with --url")
    name = ledger or service_for(url).ledger_name()
    with new_profile(profile) as folder:
        if not (folder / "keys.jwk.json").exists():  # else an interrupted start: those keys are as good
            write_keys(folder / "keys.jwk.json", signers)
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
    reason: Annotated[str, typer.Option("--reason", help="Kept in the record.")] = "",
    url: Url = "",
    json: Json = False,
) -> None:
    """Replace your keys: the old and the new ones sign, and the new ones count once the ledger has accepted that."""
    with open_profile(profile) as mine:
        if mine.seq < 0:
            raise ConfigError("your organization is not in the ledger yet, so there are no keys to replace there")
        service = service_for(url, mine)
        if send_outbox(mine, service):
            say("A record from before was still to be sent: it is in the ledger now.")
        old = mine.signers()
        wanted = algorithm or "+".join(signer.key.alg for signer in old)
        if mine.next_key_file.exists():
            new = read_keys(mine.next_key_file)
            if algorithm and "+".join(signer.key.alg for signer in new) != algorithm:
                raise UsageError(f"a rotation to other algorithms was begun; remove {mine.next_key_file} to begin anew")
        else:
            new = _generate(wanted)
            write_keys(mine.next_key_file, new)
        members: dict[str, object] = {"op": "rotate", "keys": [signer.key.jwk for signer in new]}
        if reason:
            members["reason"] = reason
        envelope = mine.issuer().sign("key", system_clock(), members, new)
        receipt = sent_one(mine, service, envelope, Draft())
    if json:
        print_json({"profile": profile, "keys": [s.key.kid for s in new], "record": receipt})
    else:
        _print(mine, json=False)
        say("The new keys are in force; the old ones are gone from this machine.")


def _generate(algorithm: str) -> tuple[LocalSigner, ...]:
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
