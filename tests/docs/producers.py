"""What must stand in each example of the documents: made by the code, of frozen bytes, or checked where it stands."""

import asyncio
import tempfile
import textwrap
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import orjson
import typer

from api.access import ANSWERS, MATRIX, NEEDS, PAGES, RELATIONS
from api.app import create_app
from api.problems import PROBLEMS
from ledger.bundle.verify import verify
from ledger.cli.main import app
from ledger.log.leaf import chain_tag, filler_tag, genesis_leaf, leaf_bytes, status_tag, tags
from ledger.log.note import parse_signature_lines
from ledger.log.policy import parse_policy
from ledger.log.proof import parse_proof, verify_proof
from ledger.log.witness import parse_add_checkpoint
from ledger.material.batch import draw
from ledger.material.pool import Contribution, Place, give, pool, shares
from ledger.material.routes import BODY, TRACED, Route, Stage, as_secondary, stamp, unformed
from ledger.report.disclose import disclosed
from ledger.signing.build import sign_record
from ledger.signing.disclosure import open_with_paths
from ledger.signing.envelope import parse_envelope
from ledger.signing.signer import LocalSigner
from ledger.values.canonical import canonical, parse_canonical
from ledger.values.encoding import digest, unb64u
from ledger.values.quantity import apportion, to_ppm
from ledger.workflows.config import Config
from ledger.workflows.open import open_ledger
from ledger.workflows.people import Reader
from tests.docs.frozen import FOLDER
from tests.docs.pages import ROOT

__all__ = ["MAKER", "PRODUCERS", "envelope"]

Examples = Mapping[str, str]
Producer = Callable[[Examples], str]
_LOG = ROOT / "tests" / "vectors" / "log"
_LONGEST = 72
MAKER = LocalSigner.from_secret("Ed25519", bytes(range(32)))
_EARLIER = digest(b"an earlier record")
_PIT = digest(b"the facility record of pit 1")
_CHAIN = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
_SOURCE = {
    "v": "lodestone-record/1",
    "log": "ledger.example",
    "type": "source",
    "chain": {"id": _CHAIN, "seq": 3, "prev": _EARLIER},
    "at": "2026-01-10T00:00:00Z",
    "facility": _PIT,
    "country": "AU",
    "operated": "self",
    "origin": {"kind": "mined", "mineral": "monazite"},
    "outputs": [
        {
            "lot": "C-1",
            "material": "concentrate",
            "mass_mg": 100_000_000_000,
            "composition": {"Nd": 62_000, "Pr": 19_000},
        }
    ],
}


def _shortened(value: Any) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _LONGEST else value[: _LONGEST - 12] + "..."
    if isinstance(value, list):
        return [_shortened(each) for each in value]
    return {name: _shortened(each) for name, each in value.items()} if isinstance(value, dict) else value


def _json(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS).decode() + "\n"


def _lines(text: str) -> str:
    """Long lines cut, as they would not fit a page."""
    return "".join(line[:100] + ("...\n" if len(line) > 100 else "\n") for line in text.rstrip("\n").split("\n"))


def _wrapped(text: str, width: int = 118) -> str:
    return "\n".join(text[at : at + width] for at in range(0, len(text), width)) + "\n"


def _salts() -> Callable[[], bytes]:
    numbers = iter(range(1_000))
    return lambda: next(numbers).to_bytes(16, "big")


def envelope() -> bytes:
    return sign_record(_SOURCE, [MAKER], _salts())


# ---- signed JSON


def value(given: Examples) -> str:
    """Any JSON value of the profile may stand there."""
    orjson.loads(given["value"])
    return given["value"]


def value_bytes(given: Examples) -> str:
    data = canonical(orjson.loads(given["value"]))
    assert parse_canonical(data) == orjson.loads(given["value"])
    return data.decode() + "\n"


def value_digest(given: Examples) -> str:
    return digest(canonical(orjson.loads(given["value"]))) + "\n"


# ---- records


def record(_: Examples) -> str:
    return _json(_SOURCE)


def record_payload(_: Examples) -> str:
    return _wrapped(parse_envelope(envelope()).payload.decode())


def record_id(_: Examples) -> str:
    return parse_envelope(envelope()).record_id + "\n"


def record_envelope(_: Examples) -> str:
    return _json(_shortened(orjson.loads(envelope())))


def record_disclosures(_: Examples) -> str:
    paths = open_with_paths(parse_envelope(envelope()))[1]
    shown = [f"{path:<24}{unb64u(disclosure).decode()}" for path, disclosure in paths.items()]
    return "".join((line if len(line) <= 110 else line[:107] + "...") + "\n" for line in shown)


def protected_header(_: Examples) -> str:
    return unb64u(parse_envelope(envelope()).signatures[0].protected).decode() + "\n"


# ---- leaf and log


def genesis(_: Examples) -> str:
    leaf = genesis_leaf("ledger.example", _EARLIER, "ledger.example/2026", digest(b"a rule set"))
    return _wrapped(leaf.decode())


def leaf(_: Examples) -> str:
    parsed = parse_envelope(envelope())
    return _wrapped(leaf_bytes(parsed.record_id, parsed.signatures_digest(), tags(_CHAIN, 3, None)).decode())


def leaf_tags(_: Examples) -> str:
    payload = b'{"an":"organization record"}'
    return (
        f"chain tag of number 3      {chain_tag(_CHAIN, 3)}\n"
        f"filler tag of number 3     {filler_tag(_CHAIN, 3)}\n"
        f"status tag, first change   {status_tag(payload, 0)}\n"
        f"status tag, second change  {status_tag(payload, 1)}\n"
    )


def policy(_: Examples) -> str:
    text = (_LOG / "policy-witnessed.txt").read_text()
    parse_policy(text)
    return _lines(text)


def checkpoint(_: Examples) -> str:
    text = (_LOG / "checkpoint.txt").read_text()
    parse_policy((_LOG / "policy.txt").read_text()).evaluate(text)
    return _lines(text)


def add_checkpoint(_: Examples) -> str:
    text = (_LOG / "add-checkpoint.txt").read_text()
    parse_add_checkpoint(text.encode())
    return _lines(text)


def cosignatures(_: Examples) -> str:
    text = (_LOG / "cosignatures.txt").read_text()
    parse_signature_lines(text)
    return _lines(text)


def proof(_: Examples) -> str:
    text = (_LOG / "entry-137.tlog-proof").read_text()
    verify_proof(parse_proof(text), b'{"n":137,"t":"example-leaf/1"}', parse_policy((_LOG / "policy.txt").read_text()))
    return _lines(text)


def receipt(_: Examples) -> str:
    given = orjson.loads((FOLDER / "receipt.json").read_bytes())
    pinned = parse_policy((FOLDER / "policy.txt").read_text())
    proven = verify_proof(parse_proof(given["proof"]), canonical(given["leaf"]), pinned)
    assert proven.index == given["index"]
    return _json(_shortened(given))


# ---- routes and shares


def apportioned(_: Examples) -> str:
    cases = [(10, [1, 1, 1]), (100, [7, 2, 1]), (7, [5, 5, 4]), (0, [3, 4])]
    shown = [f"apportion({total}, {weights}) = {apportion(total, weights)}" for total, weights in cases]
    shown.append(f"to_ppm([3_000_000, 1]) = {to_ppm([3_000_000, 1])}")
    return "\n".join(shown) + "\n"


def _mined(country: str, *stages: tuple[str, str]) -> Route:
    route = Route("mined", (Stage("mine", (country,), TRACED),))
    for step, where in stages:
        route = stamp(route, (step,), where, TRACED)
    return route


def _melt() -> tuple[list[Contribution], Place]:
    """60 kg out of 100 kg of a metal of two mines, and 40 kg of metal from old motors, melted in Germany."""
    metal = {
        "Nd": {_mined("AU", ("separate", "MY")): 70_000_000, _mined("CN", ("separate", "CN")): 29_000_001},
        BODY: {_mined("AU", ("separate", "MY")): 71_000_000, _mined("CN", ("separate", "CN")): 29_000_000},
    }
    motors = Route("post-consumer", known=TRACED)
    old = {"Nd": {motors: 12_000_000}, BODY: {motors: 40_000_000}}
    drawn = draw(metal, 60_000_000, 100_000_000)
    return [Contribution(drawn), Contribution(old)], Place(("alloy", "strip-cast"), "DE", TRACED)


def drawn(_: Examples) -> str:
    put_in, _place = _melt()
    return "".join(f"{mass:>10,} mg  {route.key.decode()}\n" for route, mass in put_in[0].routes["Nd"].items())


def pooled(_: Examples) -> str:
    put_in, place = _melt()
    lines = []
    for route, mass in sorted(pool(put_in, place)["Nd"].items(), key=lambda pair: pair[0].key):
        said = ", ".join(f"{stage.step} {'+'.join(stage.countries)}" for stage in route.stages)
        lines.append(f"{mass:>10,} mg  {route.origin}: {said}\n")
    return "".join(lines)


def given_out(_: Examples) -> str:
    put_in, place = _melt()
    lines = []
    for name, mass_mg in (("first ", 60_000_000), ("second", 25_000_000)):
        table = give({"Nd": mass_mg * 600_000 // 1_000_000}, pool(put_in, place))["Nd"]
        masses = [table[route] for route in sorted(table, key=lambda route: route.key)]
        lines.append(f"{name}  {' + '.join(f'{mass:,}' for mass in masses)} = {sum(masses):,} mg of Nd\n")
    return "".join(lines)


def signed_shares(_: Examples) -> str:
    put_in, place = _melt()
    found = shares(put_in, place)
    assert all(sum(each.get(element, 0) for each in found) == 1_000_000 for element in ("Nd", BODY))
    return "".join(f"inputs[{place}].shares = {canonical(each).decode()}\n" for place, each in enumerate(found))


def two_countries(_: Examples) -> str:
    route = stamp(_mined("AU"), ("separate",), "MY", TRACED)
    return _wrapped(stamp(route, ("separate",), "US", TRACED).key.decode())


def loop(_: Examples) -> str:
    route = _mined("AU")
    for step, country in (("separate", "MY"), ("alloy", "DE"), ("sinter", "DE"), ("magnetize", "DE")):
        route = stamp(route, (step,), country, TRACED)

    def said(what: str, shown: Route) -> str:
        return f"{what:<32}{shown.origin}: {', '.join(stage.step for stage in shown.stages)}\n"

    return (
        said("a magnet's scrap", route)
        + said("... sold as scrap", as_secondary(route))
        + said("... and hydrogen-processed", unformed(as_secondary(route)))
    )


# ---- reports and bundles


def _frozen_report() -> dict[str, Any]:
    payload = (FOLDER / "magnet.jwt").read_text().split(".")[1]
    found: dict[str, Any] = orjson.loads(unb64u(payload))
    return found


def credential(_: Examples) -> str:
    shown = _frozen_report()
    shown["credentialSubject"] = {
        name: shown["credentialSubject"][name]
        for name in ("id", "batch", "audience", "as_of", "material", "magnet_type", "composition", "completeness")
    } | {"...": "the rest is below"}
    shown["trust"] = {"...": "evidence of operator and report chain, as in bundle.md"}
    return _json(_shortened(shown))


def report_header(_: Examples) -> str:
    return unb64u((FOLDER / "magnet.jwt").read_text().split(".")[0]).decode() + "\n"


def cells(_: Examples) -> str:
    said = _frozen_report()["credentialSubject"]["statement"]
    steps = ("mined", "refined", "metals_and_alloys")
    shown = ['"elements": {"Nd": {']
    shown += [f'  "{name}": {orjson.dumps(said["elements"]["Nd"][name]).decode()}' for name in steps]
    shown += ["}, ...}"]
    shown += [f'"{name}": {orjson.dumps(said[name]).decode()}' for name in ("sintered_or_bonded", "magnetized")]
    return "\n".join(shown) + "\n"


def verdict(_: Examples) -> str:
    said = dict(_frozen_report()["credentialSubject"]["verdicts"][0])
    said["needs"] = [said["needs"][2], "..."]
    said["remarks"] = [said["remarks"][-1], "..."]
    return _json(said)


def recycled(_: Examples) -> str:
    said = _frozen_report()["credentialSubject"]
    return _json({name: said["recycled"][name] for name in ("Nd", "total_rare_earth")})


def _frozen_bundle() -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads((FOLDER / "magnet.bundle.json").read_bytes())
    return found


def bundle(_: Examples) -> str:
    shown = _frozen_bundle()
    records = shown["evidence"]["records"]
    making = next(each for each in records if each["index"] == max(each["index"] for each in records))
    disclosures = making["envelope"]["signatures"][0]["header"]["disclosures"]
    making["envelope"]["signatures"][0]["header"]["disclosures"] = [*disclosures[:2], f"... {len(disclosures)} in all"]
    shown["evidence"]["records"] = [f"... {len(records) - 1} records before it", making]
    return _json(_shortened(shown))


def buyer_sees(_: Examples) -> str:
    """The paths of the frozen process record, and whether the buyer's bundle opens them."""
    paths = open_with_paths(parse_envelope(envelope()))[1]
    keep = disclosed("buyer", "source", {0}, {0})
    subject = [path for path in paths if keep(path)]
    hidden = [path for path in paths if not keep(path)]
    return _column("opened  ", subject) + _column("withheld", hidden)


def _column(head: str, words: list[str]) -> str:
    return textwrap.fill(", ".join(words), 110, initial_indent=head + "  ", subsequent_indent=" " * 10) + "\n"


def verified(_: Examples) -> str:
    report, evidence = ((FOLDER / name).read_bytes() for name in ("magnet.jwt", "magnet.bundle.json"))
    answer = verify(report, evidence, (FOLDER / "policy.txt").read_bytes(), "did:web:play.lodestone.example")
    assert answer.passed, answer.sentence
    shown = [textwrap.fill(answer.sentence, 110), ""]
    shown += [
        textwrap.fill(f"{c.name:<17} {c.result:<12} {c.detail}", 110, subsequent_indent=" " * 31) for c in answer.checks
    ]
    return "\n".join(shown) + "\n"


def tampered(_: Examples) -> str:
    data = (FOLDER / "magnet.bundle.json").read_bytes()
    place = data.index(b'"disclosures":["') + 40
    changed = data[:place] + (b"A" if data[place : place + 1] != b"A" else b"B") + data[place + 1 :]
    answer = verify(None, changed, (FOLDER / "policy.txt").read_bytes())
    assert not answer.passed
    return textwrap.fill(answer.sentence, 110) + "\n"


# ---- scenario


def scenario(given: Examples) -> str:
    """It is played in test_examples; here it only has to be JSON."""
    orjson.loads(given["scenario"])
    return given["scenario"]


def outcomes(_: Examples) -> str:
    lines = [orjson.loads(line) for line in (FOLDER / "outcomes.jsonl").read_bytes().splitlines()]
    return "".join(orjson.dumps(line).decode() + "\n" for line in (lines[0], lines[-1]))


def units(_: Examples) -> str:
    cases: Iterator[dict[str, object]] = iter(
        [
            {"mass": "12.5 kg", "gross": "13 kg"},
            {"mass": "0.25 t", "purity": "99.5 %"},
            {"composition": {"Nd": "6.2 %", "Dy": "500 ppm"}},
            {"composition": {"Nd2O3": "75 %", "Pr6O11": "24 %"}},
            {"mass": "0.0001 g"},
        ]
    )
    shown = []
    for case in cases:
        reader = Reader()
        members = reader.quantities(case, "")
        wrong = "; ".join(violation.sentence for violation in reader.wrong)
        shown.append(f"{canonical(case).decode()}\n    -> {wrong or canonical(members).decode()}\n")
    return "".join(shown)


# ---- problems


def problem(_: Examples) -> str:
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(Config(home=Path(folder) / "ledger"))
        try:
            answer = asyncio.run(_submitted(httpx.ASGITransport(create_app(ledger))))
        finally:
            ledger.close()
    assert answer.headers["content-type"] == "application/problem+json"
    return _json(answer.json() | {"request": "as in the service's log"})


async def _submitted(service: httpx.ASGITransport) -> httpx.Response:
    """What a service of another name answers to the record of the documents."""
    async with httpx.AsyncClient(transport=service, base_url="http://service") as client:
        return await client.post("/v1/records", content=envelope(), headers={"content-type": "application/json"})


def problem_codes(_: Examples) -> str:
    plain = {code: kind for code, kind in PROBLEMS.items() if not kind.title.startswith("Refused")}
    return "".join(f"{kind.status}  {code:<24}{kind.meaning}\n" for code, kind in plain.items())


# ---- commands and calls


def calls(_: Examples) -> str:
    with tempfile.TemporaryDirectory() as folder:
        ledger = open_ledger(Config(home=Path(folder) / "ledger"))
        try:
            paths = create_app(ledger).openapi()["paths"]
        finally:
            ledger.close()
    lines = [
        (method.upper(), path, said) for path, methods in sorted(paths.items()) for method, said in methods.items()
    ]
    width = max(len(path) for _, path, _ in lines)
    return "".join(f"{method:<6}  {path:<{width}}  {said['summary']}\n" for method, path, said in lines)


def _commands(group: typer.core.TyperGroup, before: str) -> Iterator[tuple[str, str]]:
    for name, found in group.commands.items():
        if isinstance(found, typer.core.TyperGroup):
            yield from _commands(found, f"{before} {name}")
        else:
            yield f"{before} {name}", " ".join((found.help or "").split("\n\n", maxsplit=1)[0].split())


def commands(_: Examples) -> str:
    whole = typer.main.get_command(app)
    assert isinstance(whole, typer.core.TyperGroup)
    return "".join(f"{name:<27}{said}\n" for name, said in _commands(whole, "lodestone"))


def access(_: Examples) -> str:
    head = ("call", "about", "needs", *RELATIONS)
    rows = [(row.call, row.about, row.needs, *_alike(row.answers)) for row in MATRIX]
    widths = [max(len(row[place]) for row in (head, *rows) if len(row) == len(head)) for place in range(len(head))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=False)) for row in (head, *rows)]
    words = {**NEEDS, **RELATIONS, **ANSWERS}
    meaning = [f"{word:<14}{said}" for word, said in words.items() if word != "holder"]
    meaning.append(f"{'holder':<14}{RELATIONS['holder']}; as an answer: {ANSWERS['holder']}")
    return "\n".join(line.rstrip() for line in [*lines, "", *meaning]) + "\n"


def access_of_pages(_: Examples) -> str:
    """Of fixed width: a new page is a new line, and changes no other."""
    rows = [("page", "needs", "answers as")]
    for row in PAGES:
        address = row.path if row.method == "GET" else f"{row.method} {row.path}"
        rows.append((address, row.needs, f"{row.call}, {row.about}" if row.call else ""))
    return "\n".join(f"{page:<46}  {needs:<12}  {shown}".rstrip() for page, needs, shown in rows) + "\n"


def _alike(answers: Mapping[str, str]) -> tuple[str, ...]:
    """Each answer, or one word where everybody gets the same."""
    return ("everybody",) if set(answers.values()) == {"yes"} else tuple(answers.values())


PRODUCERS: Mapping[str, Producer] = {
    "access": access,
    "access-of-pages": access_of_pages,
    "calls": calls,
    "commands": commands,
    "value": value,
    "value-bytes": value_bytes,
    "value-digest": value_digest,
    "record": record,
    "record-payload": record_payload,
    "record-id": record_id,
    "record-envelope": record_envelope,
    "record-disclosures": record_disclosures,
    "protected-header": protected_header,
    "genesis": genesis,
    "leaf": leaf,
    "leaf-tags": leaf_tags,
    "policy": policy,
    "checkpoint": checkpoint,
    "add-checkpoint": add_checkpoint,
    "cosignatures": cosignatures,
    "proof": proof,
    "receipt": receipt,
    "apportion": apportioned,
    "draw": drawn,
    "pool": pooled,
    "give": given_out,
    "shares": signed_shares,
    "two-countries": two_countries,
    "loop": loop,
    "credential": credential,
    "report-header": report_header,
    "cells": cells,
    "verdict": verdict,
    "recycled": recycled,
    "bundle": bundle,
    "buyer-sees": buyer_sees,
    "verified": verified,
    "tampered": tampered,
    "scenario": scenario,
    "outcomes": outcomes,
    "units": units,
    "problem": problem,
    "problem-codes": problem_codes,
}
"""Every example by its name: what the page must show, given the other examples of the page."""
