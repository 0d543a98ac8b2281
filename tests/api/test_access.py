"""The authorization matrix: every call answers everybody what the table says, and nothing secret is in any answer.

The mine makes ore; the works buy all of it and make metal; the alloy maker buys that and makes more of it. A stranger
has to do with nothing. Each has tokens of every kind.
"""

import base64
import binascii
import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import orjson
import pytest
from fastapi.routing import APIRoute

from api.access import ANSWERS, MATRIX, NEEDS, PAGES, RELATIONS, PageRow, Row
from api.web.routers import ROUTERS
from api.web.session import cookie_name
from ledger.values.encoding import digest
from ledger.workflows.tokens import new_token, revoke_token
from tests.api.conftest import Service, serving
from tests.api.people import KG, Producer, admit, open_test_ledger

PAPER = digest(b"a contract of the mine")
ABSENT = f"sha-256:{'A' * 43}"
PEOPLE = ("mine", "works", "alloys")
WITNESS = ("addCheckpoint", "getCosigned")
"""A protocol of its own, open to everybody: tests/api/test_witness.py."""
REFUSED = {"-": 404, "left out": 200, "listed": 200}


@dataclass(slots=True)
class Scene:
    """Who there is, what there is, and how each stands to each thing."""

    service: Service
    people: dict[str, Producer | None]
    headers: dict[str, dict[str, str]]
    things: dict[tuple[str, str], tuple[str, dict[str, str]]] = field(default_factory=dict)
    """(what it is about, name) -> (its id, person -> relation)."""
    links: dict[str, str] = field(default_factory=dict)
    somebody: str = ""
    """An organization that has nothing and asks nothing: grants may be given to it."""

    @property
    def http(self) -> httpx.Client:
        return self.service.http


OTHERS = {"auditor": "grantee", "stranger": "stranger", "operator": "operator"}
ORE = {"mine": "maker", "works": "holder", "alloys": "downstream", **OTHERS}
METAL = {"mine": "upstream", "works": "maker", "alloys": "holder", **OTHERS}
ALLOY = {"mine": "upstream", "works": "upstream", "alloys": "maker", **OTHERS}
SALE = {"mine": "maker", "works": "partner", "alloys": "downstream", **OTHERS}
TAKEN = {"mine": "partner", "works": "maker", "alloys": "downstream", **OTHERS}
LATER = {"mine": "upstream", "works": "maker", "alloys": "partner", **OTHERS}
OWN = {"mine": "maker", "works": "holder", "alloys": "downstream", **OTHERS}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    ledger = open_test_ledger(tmp_path_factory.mktemp("access") / "ledger")
    mine, works, alloys = (
        admit(ledger, "Secret Mine", "AU"),
        admit(ledger, "Hidden Works"),
        admit(ledger, "Veiled Alloys"),
    )
    stranger, auditor = admit(ledger, "Stranger", "US"), admit(ledger, "Auditor", "CH")
    people: dict[str, Producer | None] = {"mine": mine, "works": works, "alloys": alloys, "stranger": stranger}
    people["auditor"] = auditor
    with serving(ledger) as client:
        service = Service(ledger, client, mine, works, stranger)
        headers = {name: service.token(who, "read", "report", "grant") for name, who in people.items()}
        scene = Scene(service, {**people, "operator": None}, {**headers, "operator": service.token(None)})
        scene.somebody = admit(ledger, "Somebody").id
        _tell(scene, mine, works, alloys)
        _open(scene, auditor.id)
        yield scene
    ledger.close()


def _tell(scene: Scene, mine: Producer, works: Producer, alloys: Producer) -> None:
    service = scene.service
    evidence = [{"digest": PAPER, "kind": "contract", "name": "NAME-OF-A-PAPER"}]
    made = service.accepted(mine, "source", mine.source("LOT-OF-THE-MINE", 7_654_321, evidence=evidence))
    sold = service.accepted(mine, "transfer", {"batches": [{"batch": f"{made}#0"}], "to": works.id})
    taken = service.accepted(works, "receive", {"transfer": sold, "accepted": [{"batch": f"{made}#0"}]})
    metal = service.accepted(works, "process", works.reduce(f"{made}#0", 3_456_789, "LOT-OF-THE-WORKS"))
    passed = service.accepted(works, "transfer", {"batches": [{"batch": f"{metal}#0"}], "to": alloys.id})
    service.accepted(alloys, "receive", {"transfer": passed, "accepted": [{"batch": f"{metal}#0"}]})
    alloy = service.accepted(alloys, "process", alloys.reduce(f"{metal}#0", KG, "LOT-OF-ALLOYS"))
    things = scene.things
    for name, record, relations in (("ore", made, ORE), ("metal", metal, METAL), ("alloy", alloy, ALLOY)):
        things["what made a batch", name] = record, relations
        things["a batch", name] = f"{record}#0", relations
        things["a record", name] = record, relations
    traded = service.accepted(mine, "source", mine.source("LOT-OF-TRADERS", 1_234_500)) + "#0"
    first = service.accepted(mine, "transfer", {"batches": [{"batch": traded}], "to": works.id})
    service.accepted(works, "receive", {"transfer": first, "accepted": [{"batch": traded}]})
    second = service.accepted(works, "transfer", {"batches": [{"batch": traded}], "to": alloys.id})
    service.accepted(alloys, "receive", {"transfer": second, "accepted": [{"batch": traded}]})
    things["a transfer", "first of two"] = first, SALE
    things["a transfer", "second of two"] = second, {**LATER, "mine": "holder"}
    things["a transfer", "sale"] = sold, SALE
    things["a transfer", "later sale"] = passed, LATER
    things["an offer taken", "sale"] = sold, SALE
    things["a receipt of goods", "sale"] = taken, TAKEN
    things["any other record", "facility"] = mine.facility, OWN
    things["any other record", "organization"] = mine.id, OWN
    things["a chain", "the mine's"] = mine.issuer.chain, OWN
    things["a document cited", "paper"] = PAPER, OWN
    answer = scene.http.post("/v1/reports", headers=scene.headers["works"], json={"batch": f"{metal}#0"})
    things["a report", "on metal"] = answer.json()["id"], METAL
    scene.links["on metal"] = answer.json()["link"]
    other = scene.http.post("/v1/reports", headers=scene.headers["works"], json={"batch": f"{metal}#0"})
    scene.links["another"] = other.json()["link"]


def _open(scene: Scene, auditor: str) -> None:
    """Whoever made something opens all of it to the auditor, and the mine opens something to the works."""
    opened = {"what made a batch": "records", "a transfer": "records", "a receipt of goods": "records"}
    opened |= {"any other record": "records", "a batch": "batches"}
    for (about, _), (thing, relations) in scene.things.items():
        if about in opened:
            (maker,) = [person for person, relation in relations.items() if relation == "maker"]
            asked = {"to": auditor, opened[about]: [thing]}
            assert scene.http.post("/v1/grants", headers=scene.headers[maker], json=asked).status_code == 201
    asked = {"to": auditor, "records": [scene.things["any other record", "facility"][0]]}
    made = scene.http.post("/v1/grants", headers=scene.headers["mine"], json=asked)
    scene.things["a grant", "of the mine"] = (
        made.json()["id"],
        {**dict.fromkeys(PEOPLE, "stranger"), **OTHERS} | {"mine": "maker"},
    )


def ask(scene: Scene, call: str, thing: str, headers: dict[str, str], link: str | None = None) -> httpx.Response:
    """The call about a thing."""
    record, _, place = thing.partition("#")
    batch = f"{record}/{place or 0}"
    query = {"link": link} if link else None
    get: dict[str, str] = {
        "getRecord": f"/v1/records/{thing}",
        "getReceipt": f"/v1/records/{thing}/receipt",
        "getChain": f"/v1/chains/{thing}",
        "listBatches": "/v1/batches?limit=200",
        "getBatch": f"/v1/batches/{batch}",
        "traceBatch": f"/v1/batches/{batch}/trace",
        "getRoutes": f"/v1/batches/{batch}/routes",
        "getPicture": f"/v1/batches/{batch}/pictures/graph.svg?depth=2",
        "getPictureData": f"/v1/batches/{batch}/pictures/sankey.json",
        "getPictureTable": f"/v1/batches/{batch}/pictures/timeline.csv",
        "searchDigest": f"/v1/search?digest={thing or PAPER}",
        "getLabel": f"/v1/batches/{batch}/label.svg",
        "getLabels": f"/v1/labels.pdf?batch={batch}",
        "exportBatch": f"/v1/exports/batch/{batch}",
        "exportBatchTables": f"/v1/exports/batch/{batch}/tables.zip?format=csv",
        "exportLog": "/v1/exports/log",
        "listGrants": "/v1/grants?limit=200",
        "listNotices": "/v1/notices?limit=200",
        "getReport": f"/v1/reports/{thing}",
        "getReportCredential": f"/v1/reports/{thing}.json",
        "getReportJwt": f"/v1/reports/{thing}.jwt",
        "getReportHtml": f"/v1/reports/{thing}.html",
        "getReportPdf": f"/v1/reports/{thing}.pdf",
        "getReportBundle": f"/v1/reports/{thing}/bundle",
        "getMe": "/v1/me",
        "getCheckpoint": "/log/checkpoint",
        "getTile": "/log/tile/entries/000.p/2",
        "getPolicy": "/log/policy",
        "getWitnessed": "/log/witnessed/1",
        "getStatusList": "/v1/status/1",
        "getDid": "/.well-known/did.json",
        "getReportContext": "/contexts/report/v1",
        "getProblem": "/problems/not-found",
        "live": "/livez",
        "ready": "/readyz",
        "metrics": "/metrics",
    }
    if call in get:
        return scene.http.get(get[call], headers=headers, params=query)
    if call == "revokeGrant":
        return scene.http.delete(f"/v1/grants/{thing}", headers=headers)
    post: dict[str, tuple[str, dict[str, Any]]] = {
        "makeReport": ("/v1/reports", {"json": {"batch": thing or f"{ABSENT}#0"}}),
        "revokeReport": (f"/v1/reports/{thing}/revoke", {}),
        "giveGrant": ("/v1/grants", {"json": {"to": scene.somebody, "batches": [thing]}}),
        "checkRecords": ("/v1/check", {"json": {"records": []}}),
        "verifyUpload": ("/v1/verify", {"content": b"{}"}),
        "submitRecords": ("/v1/records", {"content": b"{}", "headers": {"content-type": "application/json"}}),
    }
    path, more = post[call]
    return scene.http.post(path, **{**more, "headers": {**headers, **more.get("headers", {})}})


ENDING = ("revokeReport", "revokeGrant")
"""What changes something: each has a test of its own."""


def cases() -> Iterator[tuple[Row, str, str]]:
    for row in MATRIX:
        if row.about and row.call not in ENDING:
            names = {"what made a batch": 3, "a batch": 3, "a transfer": 4, "any other record": 2, "a record": 3}
            for number in range(names.get(row.about, 1)):
                for person in (*PEOPLE, "auditor", "stranger", "operator"):
                    yield row, str(number), person


def _of(scene: Scene, row: Row, number: str) -> tuple[str, dict[str, str]]:
    return [found for (about, _), found in scene.things.items() if about == row.about][int(number)]


def test_the_matrix_has_every_call_and_only_words_that_are_explained(scene: Scene) -> None:
    paths = scene.http.get("/openapi.json").json()["paths"]
    calls = {operation["operationId"] for path in paths.values() for operation in path.values()}
    assert {row.call for row in MATRIX} == calls
    assert {row.needs for row in MATRIX} == set(NEEDS)
    for row in MATRIX:
        assert list(row.answers) == list(RELATIONS)
        assert set(row.answers.values()) <= set(ANSWERS), row
    assert len({(row.call, row.about) for row in MATRIX}) == len(MATRIX)


@pytest.mark.parametrize(
    ("row", "number", "person"), list(cases()), ids=lambda v: f"{v.call}-{v.about}" if isinstance(v, Row) else str(v)
)
def test_each_call_answers_each_caller_as_the_matrix_says(scene: Scene, row: Row, number: str, person: str) -> None:
    thing, relations = _of(scene, row, number)
    expected = row.answers[relations[person]]
    answer = ask(scene, row.call, thing, scene.headers[person])
    status = REFUSED.get(expected, 201 if row.call in ("makeReport", "giveGrant") else 200)
    assert answer.status_code == status, answer.text[:300]
    if expected in ("own", "addressee", "holder", "granted", "buyer"):
        assert answer.json()["seen_as"] == expected
    if expected in ("listed", "left out"):
        assert _lists(row.call, answer, thing) is (expected == "listed")
    if status == 404 and (row.call, relations[person]) != ("getRoutes", "downstream"):  # who sees that there is a batch
        absent = "A" * 22 if row.about == "a report" else ABSENT + thing[len(ABSENT) :]
        nothing = ask(scene, row.call, absent, scene.headers[person])
        assert nothing.status_code == 404
        assert nothing.json()["detail"] == answer.json()["detail"].replace(thing, absent)


def _lists(call: str, answer: httpx.Response, thing: str) -> bool:
    if call == "listBatches":
        return thing in {batch["batch"] for batch in answer.json()["batches"]}
    if call == "searchDigest":
        return bool(answer.json()["records"])
    if call == "listNotices":
        return thing in {notice["about"] for notice in answer.json()["notices"]}
    if call == "listGrants":
        return thing in {grant["id"] for grant in answer.json()["grants"]}
    entries = orjson.loads(answer.content)["evidence"]["records"]
    return thing in {entry["leaf"]["r"] for entry in entries if "envelope" in entry}


SECRETS = {
    b"Secret Mine": {"mine", "auditor", "operator"},
    b"Hidden Works": {"works", "operator"},
    b"Veiled Alloys": {"alloys", "operator"},
    b"LOT-OF-THE-MINE": {"mine", "works", "auditor", "operator"},
    b"LOT-OF-THE-WORKS": {"works", "alloys", "auditor", "operator"},
    b"LOT-OF-ALLOYS": {"alloys", "auditor", "operator"},
    b"NAME-OF-A-PAPER": {"mine", "auditor", "operator"},
    b"7654321": {"mine", "works", "auditor", "operator"},
    b"3456789": {"works", "auditor", "operator"},
}
"""What stands in records and must never reach anybody else, opened or as the text of a disclosure."""


def test_no_answer_to_anybody_holds_what_is_not_for_him(scene: Scene) -> None:
    looked_at = 0
    for row in MATRIX:
        things = [thing for (about, _), (thing, _) in scene.things.items() if about == row.about] or [""]
        for person in scene.people:
            for thing in things:
                if row.call in (*ENDING, *WITNESS):
                    continue
                told = _opened(ask(scene, row.call, thing, scene.headers[person]).content)
                for secret, allowed in SECRETS.items():
                    assert person in allowed or secret not in told, (row.call, row.about, person, secret)
                looked_at += 1
    assert looked_at > 200


def _opened(data: bytes) -> bytes:
    """An answer, and beside it every disclosure and every part of a JWS in it, decoded; of a zip file all entries."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    texts = data.replace(b".", b'"').split(b'"')
    return b"\n".join([data, *(_decoded(text) for text in texts if len(text) > 30)])


def _decoded(text: bytes) -> bytes:

    try:
        return base64.urlsafe_b64decode(text + b"=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""


ASKING = [row for row in MATRIX if row.call not in WITNESS]


@pytest.mark.parametrize("row", ASKING, ids=lambda row: f"{row.call}-{row.about}")
def test_each_call_asks_for_the_token_that_the_matrix_names(scene: Scene, row: Row) -> None:
    things = [thing for (about, _), (thing, _) in scene.things.items() if about == row.about]
    thing = things[0] if things else ""
    without = ask(scene, row.call, thing, {})
    if row.needs in ("nothing", "signature"):
        assert without.status_code not in (401, 403)
        return
    assert without.status_code == 401
    for headers in _worthless(scene):
        assert ask(scene, row.call, thing, headers).status_code == 401, headers
    other = "report" if row.needs.startswith("read") else "read"
    mine = scene.people["mine"]
    assert ask(scene, row.call, thing, scene.service.token(mine, other)).status_code == 403


def _worthless(scene: Scene) -> list[dict[str, str]]:
    ledger, mine = scene.service.ledger, scene.people["mine"]
    assert mine is not None
    revoked = new_token(ledger, mine.id, ["read", "report"], "revoked")
    revoke_token(ledger, revoked.id)
    changed = scene.headers["mine"]["authorization"][:-2] + "!!"
    tokens = [f"Bearer {revoked.token}", changed, "Bearer x", "Basic eDp5", "Bearer"]
    return [{"authorization": token} for token in tokens]


REPORTS = ["getReport", "getReportCredential", "getReportJwt", "getReportHtml", "getReportPdf", "getReportBundle"]


@pytest.mark.parametrize("call", REPORTS)
def test_a_link_opens_its_own_report_to_everybody_and_no_other(scene: Scene, call: str) -> None:
    thing, _ = scene.things["a report", "on metal"]
    assert ask(scene, call, thing, {}, scene.links["on metal"]).status_code == 200
    for wrong in (scene.links["another"], "A" * 22, "x"):
        assert ask(scene, call, thing, {}, wrong).status_code == 404
    told = _opened(ask(scene, call, thing, {}, scene.links["on metal"]).content)
    assert not any(secret in told for secret in SECRETS)


def test_a_link_is_for_nothing_but_reading(scene: Scene) -> None:
    thing, _ = scene.things["a report", "on metal"]
    link = scene.links["on metal"]
    assert scene.http.post(f"/v1/reports/{thing}/revoke", params={"link": link}).status_code == 401
    assert scene.http.get("/v1/batches", params={"link": link}).status_code == 401


def test_only_who_asked_for_a_report_revokes_it(scene: Scene) -> None:
    (row,) = [row for row in MATRIX if row.call == "revokeReport"]
    thing, relations = scene.things["a report", "on metal"]
    for person in ("mine", "alloys", "stranger"):
        assert row.answers[relations[person]] == "-"
        assert ask(scene, "revokeReport", thing, scene.headers[person]).status_code == 404
    assert scene.http.get(f"/v1/reports/{thing}", headers=scene.headers["works"]).json().get("revoked_at") is None
    for person in ("works", "operator"):
        assert row.answers[relations[person]] == "yes"
        assert ask(scene, "revokeReport", thing, scene.headers[person]).status_code == 204


def test_only_who_gave_a_grant_or_the_operator_withdraws_it(scene: Scene) -> None:
    (row,) = [row for row in MATRIX if row.call == "revokeGrant"]
    thing, relations = scene.things["a grant", "of the mine"]
    for person in ("works", "alloys", "auditor", "stranger"):
        assert row.answers[relations[person]] == "-"
        assert ask(scene, "revokeGrant", thing, scene.headers[person]).status_code == 404
    listed = scene.http.get("/v1/grants?limit=200", headers=scene.headers["mine"]).json()["grants"]
    assert not any("revoked_at" in grant for grant in listed)
    for person in ("mine", "operator"):
        assert row.answers[relations[person]] == "yes"
        assert ask(scene, "revokeGrant", thing, scene.headers[person]).status_code == 204


def test_no_refusal_of_a_submission_tells_a_figure_of_somebody_elses_record(scene: Scene) -> None:
    stranger = scene.people["stranger"]
    assert stranger is not None
    ore, _ = scene.things["a batch", "ore"]
    sale, _ = scene.things["a transfer", "sale"]
    tries = [
        ("process", stranger.reduce(ore, 9 * KG)),
        ("transfer", {"batches": [{"batch": ore, "mass_mg": 9 * KG}], "to": stranger.id}),
        ("receive", {"transfer": sale, "accepted": [{"batch": ore}]}),
        ("adjust", {"batch": ore, "mass_mg": 9 * KG, "reason": "stock-difference"}),
        ("certificate", {"subject": {"batch": ore}, "scheme": "assay", "document": PAPER}),
    ]
    for kind, members in tries:
        data, _ = stranger.sign(kind, members)
        answer = scene.service.submit(data)
        assert answer.status_code == 422, kind
        assert not any(secret in answer.content for secret in SECRETS), answer.text


# ---- pages: each answers as the call that it shows


def without_suffix(path: str) -> str:
    return path.removesuffix(".json").removesuffix(".csv")


def look(scene: Scene, row: PageRow, thing: str, headers: dict[str, str]) -> httpx.Response:
    """The page about a thing."""
    record, _, place = thing.partition("#")
    named = dict.fromkeys(("report", "chain", "grant", "transfer"), thing)
    path = row.path.replace("{path:path}", "pages/pages.css").format(record=record, place=place or 0, **named)
    return scene.http.get(path, headers={**headers, "accept": "text/html"})


def cookie(scene: Scene, person: str) -> dict[str, str]:
    """The session of a person who has signed in."""
    token = scene.headers[person]["authorization"].removeprefix("Bearer ")
    return {"cookie": f"{cookie_name(scene.service.ledger.config)}={token}"}


SHOWN = [row for row in PAGES if row.method == "GET" and row.call]


def test_the_matrix_has_every_page_and_names_what_each_shows() -> None:
    served = {
        (without_suffix(route.path), method)
        for router in ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in (route.methods or set()) - {"HEAD"}
    }
    assert {(row.path, row.method) for row in PAGES} == served
    assert len({(row.path, row.method) for row in PAGES}) == len(PAGES)
    known = {(row.call, row.about) for row in MATRIX}
    assert {row.needs for row in PAGES} <= set(NEEDS)
    assert [row for row in PAGES if row.call and (row.call, row.about) not in known] == []


@pytest.mark.parametrize("person", [*PEOPLE, "auditor", "stranger", "operator"])
@pytest.mark.parametrize("row", SHOWN, ids=lambda row: row.path)
def test_each_page_answers_each_person_as_its_call_does(scene: Scene, row: PageRow, person: str) -> None:
    (as_call,) = [each for each in MATRIX if (each.call, each.about) == (row.call, row.about)]
    things = [found for (about, _), found in scene.things.items() if about == row.about]
    assert things
    for thing, relations in things:
        answer = look(scene, row, thing, cookie(scene, person))
        expected = as_call.answers[relations[person]]
        assert answer.status_code == (404 if expected == "-" else 200), (thing, expected)


def test_no_page_shows_anybody_what_is_not_for_him(scene: Scene) -> None:
    files = ("/static/", "/verifier/")  # the same bytes for everybody
    for row in (each for each in PAGES if each.method == "GET" and not each.path.startswith(files)):
        things = [thing for (about, _), (thing, _) in scene.things.items() if about == row.about] or [""]
        for person in scene.people:
            for thing in things:
                told = look(scene, row, thing, cookie(scene, person)).content
                told += told.replace(b",", b"").replace(b".", b"")
                for secret, allowed in SECRETS.items():
                    assert person in allowed or secret not in told, (row.path, person, secret)


@pytest.mark.parametrize("row", [row for row in PAGES if row.method == "GET"], ids=lambda row: row.path)
def test_each_page_asks_for_the_token_that_the_matrix_names(scene: Scene, row: PageRow) -> None:
    things = [thing for (about, _), (thing, _) in scene.things.items() if about == row.about] or [""]
    without = look(scene, row, things[0], {})
    if row.needs == "nothing":
        assert without.status_code not in (401, 403)
        return
    assert without.status_code == 401
    assert 'name="token"' in without.text
    other = "report" if row.needs.startswith("read") else "read"
    mine = scene.people["mine"]
    token = scene.service.token(mine, other)["authorization"].removeprefix("Bearer ")
    scopeless = {"cookie": f"{cookie_name(scene.service.ledger.config)}={token}"}
    assert look(scene, row, things[0], scopeless).status_code == 403
