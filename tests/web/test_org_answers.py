"""What the pages of an organization answer: twins, searches, roads, and nothing that is somebody else's."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import orjson
import pytest

from api.web.session import cookie_name
from ledger.bundle.receipt import verify_receipts
from ledger.bundle.verify import verify
from ledger.values.canonical import canonical
from ledger.workflows.open import policy_of
from ledger.workflows.tokens import authenticate, new_token
from tests.api.conftest import Service, serving
from tests.api.people import KG, NOW, Producer, admit, open_test_ledger
from tests.web.served import Demo

HTML = {"accept": "text/html"}
EVIL = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
FORMULA = '=HYPERLINK("http://evil.example","x")'
MAGNET = {"Nd": 300_000, "Fe": 680_000, "B": 10_000}


@dataclass(slots=True)
class Scene:
    """A mine with hostile names, the works that it sells to, and a stranger; each signed in."""

    service: Service
    ore: str
    offered: str
    transfer: str

    def cookie(self, who: Producer | None, *scopes: str) -> dict[str, str]:
        made = self.service.token(who, *(scopes or (("read", "report", "grant") if who else ())))
        return {"cookie": f"{cookie_name(self.service.ledger.config)}={made['authorization'].removeprefix('Bearer ')}"}

    def get(self, path: str, who: Producer | None, *scopes: str) -> httpx.Response:
        return self.service.http.get(path, headers={**HTML, **self.cookie(who, *scopes)})

    def post(self, path: str, cookie: dict[str, str], page: str, **form: Any) -> httpx.Response:
        """A form of a page, as a browser sends it."""
        shown = self.service.http.get(page, headers={**HTML, **cookie}).text
        found = re.search(r'name="csrf" value="([^"]+)"', shown)
        assert found is not None, shown[:500]
        origin = str(self.service.http.base_url).rstrip("/")
        return self.service.http.post(
            path, headers={**HTML, **cookie, "origin": origin}, data={"csrf": found[1], **form}
        )


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    ledger = open_test_ledger(tmp_path_factory.mktemp("org") / "ledger")
    mine, works, stranger = admit(ledger, EVIL, "AU"), admit(ledger, FORMULA, "EE"), admit(ledger, "Stranger", "US")
    with serving(ledger) as client:
        service = Service(ledger, client, mine, works, stranger)
        ore = service.accepted(mine, "source", mine.source(EVIL)) + "#0"
        other = service.accepted(mine, "source", mine.source(FORMULA)) + "#0"
        transfer = service.accepted(mine, "transfer", {"batches": [{"batch": other}], "to": works.id})
        yield Scene(service, ore, other, transfer)
    ledger.close()


PAGES = (
    "/o",
    "/o/batches?scope=all",
    "/o/transfers",
    "/o/records",
    "/o/reports",
    "/o/recycled",
    "/o/tokens",
    "/o/keys",
)


def path_of(batch: str) -> str:
    return "/o/batches/" + batch.replace("#", "/")


def test_every_page_has_twins_that_say_the_same(scene: Scene) -> None:
    cookie = scene.cookie(scene.service.mine)
    scene.post("/o/reports", cookie, "/o/reports", batch=scene.ore, audience="buyer")
    for page in (*PAGES, path_of(scene.ore), f"/o/records/{scene.transfer}"):
        path, _, query = page.partition("?")
        exact = scene.service.http.get(f"{path}.json?{query}", headers=cookie).json()
        tables = {name: rows for name, rows in exact.items() if isinstance(rows, list) and rows != exact.get("chains")}
        told = scene.service.http.get(f"{path}.csv?{query}", headers=cookie)
        assert told.headers["content-type"] == "text/csv; charset=utf-8"
        head, *rows = csv.reader(io.StringIO(told.content.decode("utf-8-sig"), newline=""))
        named = re.search(r'filename="(\w+)\.csv"', told.headers["content-disposition"])
        assert named is not None
        assert len(rows) == len(tables[named[1]]), page
        for row, found in zip(rows, tables[named[1]], strict=True):
            for cell, key in zip(row, head, strict=True):
                value = found.get(key)
                if isinstance(value, int) and not isinstance(value, bool):
                    assert cell == str(value)
                elif value is None:
                    assert cell == "unknown"


def test_hostile_names_are_harmless_in_every_page_and_twin(scene: Scene) -> None:
    mine = scene.service.mine
    for page in (*PAGES, path_of(scene.ore), path_of(scene.offered), "/o/batches?scope=all&q=%3Cscript%3E"):
        text = scene.get(page, mine).text
        assert "<script>alert" not in text, page
        assert "<img src=x" not in text, page
    assert "&lt;script&gt;alert(1)" in scene.get("/o/batches?scope=all", mine).text
    cells = [
        cell
        for row in csv.reader(io.StringIO(scene.get("/o/batches.csv?scope=all", mine).content.decode("utf-8-sig")))
        for cell in row
    ]
    assert "'" + FORMULA in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_what_waits_is_received_by_the_record_that_the_page_drafts(scene: Scene) -> None:
    service = scene.service
    batch = service.accepted(service.mine, "source", service.mine.source("WAITS")) + "#0"
    transfer = service.accepted(service.mine, "transfer", {"batches": [{"batch": batch}], "to": service.works.id})
    shown = scene.get("/o/transfers", service.works).text
    drafts = [orjson.loads(text) for text in re.findall(r"<code>(\{.*?\})</code>", shown.replace("&#34;", '"'))]
    (draft, refusal) = [draft for draft in drafts if draft["transfer"] == transfer]
    assert (draft["accepted"], refusal["accepted"]) == ([{"batch": batch}], [])
    assert scene.get("/o/batches.json?scope=offered", service.works).json()["batches"][0]["holding"] == "offered"
    assert scene.get("/o/batches.json?scope=sent", service.mine).json()["batches"][0]["batch"] == batch
    assert draft.pop("at") == refusal["at"] == NOW
    service.accepted(service.works, draft.pop("type"), draft)
    waiting = scene.get("/o/transfers.json", service.works).json()["offered"]
    assert transfer not in {row["transfer"] for row in waiting}
    assert scene.get("/o/batches.json", service.works).json()["batches"][0]["batch"] == batch
    assert scene.get("/o/batches.json?scope=past", service.mine).json()["batches"][0]["batch"] == batch


def test_what_was_sent_is_withdrawn_by_the_record_that_the_page_drafts(scene: Scene) -> None:
    service = scene.service
    batch = service.accepted(service.mine, "source", service.mine.source("BACK")) + "#0"
    transfer = service.accepted(service.mine, "transfer", {"batches": [{"batch": batch}], "to": service.works.id})
    shown = scene.get("/o/transfers", service.mine).text.replace("&#34;", '"')
    drafts = [orjson.loads(text) for text in re.findall(r"<code>(\{.*?\})</code>", shown)]
    (draft,) = [draft for draft in drafts if draft["transfer"] == transfer]
    assert draft.pop("at") == NOW
    signing = scene.post("/o/sign", scene.cookie(service.mine), "/o/sign", records=orjson.dumps(draft).decode())
    assert transfer in signing.text
    service.accepted(service.mine, draft.pop("type"), draft)
    assert scene.get("/o/batches.json?q=BACK", service.mine).json()["batches"][0]["holding"] == "held"


def test_a_receipt_and_a_report_that_were_downloaded_verify(scene: Scene) -> None:
    service, policy = scene.service, policy_of(scene.service.ledger)
    receipt = scene.get(f"/o/records/{scene.transfer}/receipt", service.mine)
    assert "attachment" in receipt.headers["content-disposition"]
    assert verify_receipts(receipt.content, policy).passed
    made = scene.post(
        "/o/reports",
        scene.cookie(service.mine),
        f"/o/reports?batch={scene.ore.replace('#', '%23')}",
        batch=scene.ore,
        audience="auditor",
        delivered="2027-02-01",
        cots="no",
        country="us",
        mass="1 kg",
        covered_mass="10 g",
    )
    assert made.status_code == 201
    found = re.search(r"/o/reports/([A-Za-z0-9_-]{22})/jwt", made.text)
    assert found is not None
    jwt = scene.get(f"/o/reports/{found[1]}/jwt", service.mine).content
    bundle = scene.get(f"/o/reports/{found[1]}/bundle", service.mine).content
    answer = verify(jwt, bundle, policy)
    assert answer.passed
    assert answer.credential is not None
    assumed = scene.get(f"/o/reports/{found[1]}.json", service.mine).json()["subject"]["assumed"]
    item = {"cots": False, "country": "US", "mass_mg": 1_000_000, "covered_mass_mg": 10_000}
    assert assumed == {"delivered": "2027-02-01", "end_item": item}
    link = re.search(r"(/r/[A-Za-z0-9_-]{22}\?link=[A-Za-z0-9_-]+)", made.text)
    assert link is not None
    assert service.http.get(link[1], headers=HTML).status_code == 200
    assert service.http.get(f"/r/{found[1]}/report.jwt", params=link[1].partition("?")[2]).content == jwt


@pytest.mark.parametrize(
    ("field", "value"), [("cots", "maybe"), ("mass", "heavy"), ("delivered", "tomorrow"), ("audience", "press")]
)
def test_a_report_that_is_asked_for_wrongly_is_refused_in_words(scene: Scene, field: str, value: str) -> None:
    form = {"batch": scene.ore, "audience": "buyer", field: value}
    answer = scene.post("/o/reports", scene.cookie(scene.service.mine), "/o/reports", **form)
    assert answer.status_code in (400, 422)
    assert "<h1>" in answer.text


def test_no_verdict_stands_without_its_day_and_its_strict_reading(demo: Demo) -> None:
    cookie = demo.cookie("magnetmaker")
    shown = demo.http.get("/o/reports", headers=cookie).text
    csrf = re.search(r'name="csrf" value="([^"]+)"', shown)
    assert csrf is not None
    form = {"csrf": csrf[1], "batch": demo.batch("magnets#0"), "audience": "buyer", "delivered": "2027-02-01"}
    made = demo.http.post("/o/reports", headers={**cookie, "origin": demo.url}, data=form)
    found = re.search(r"/o/reports/([A-Za-z0-9_-]{22})/jwt", made.text)
    assert found is not None
    page = demo.http.get(f"/o/reports/{found[1]}", headers=cookie).text
    verdicts = demo.http.get(f"/o/reports/{found[1]}.json", headers=cookie).json()["subject"]["verdicts"]
    assert verdicts
    for verdict, text in ((verdict, text) for verdict in verdicts for text in (made.text, page)):
        said = rf"{verdict['verdict']}</span> <bdi>{verdict['rule_pack']}</bdi>.*2027-02-01.*{verdict['strict']}</span>"
        assert re.search(said, text, re.IGNORECASE), said


def test_a_recycled_share_of_which_all_or_a_part_is_unknown_is_not_written_as_a_number_alone(scene: Scene) -> None:
    service = scene.service
    outputs = [{"lot": "X-1", "material": "oxide", "mass_mg": KG}]
    silent = service.accepted(service.mine, "source", service.mine.source("X-1", outputs=outputs)) + "#0"
    hidden = {"kind": "undisclosed"}
    dark = service.accepted(service.mine, "source", service.mine.source("X-2", origin=hidden)) + "#0"
    for batch, known in ((silent, False), (dark, False), (scene.ore, True)):
        made = scene.post("/o/reports", scene.cookie(service.mine), "/o/reports", batch=batch, audience="buyer")
        found = re.search(r"/o/reports/([A-Za-z0-9_-]{22})/jwt", made.text)
        assert found is not None
        page = scene.get(f"/o/reports/{found[1]}", service.mine).text
        said = re.search(r"<dt>Recycled rare earths</dt><dd>(.*?)</dd>", page, re.DOTALL)
        assert said is not None
        assert ("0 %" in said[1], "unknown" in said[1]) == (known, not known)


def test_nobody_finds_what_is_somebody_elses(scene: Scene) -> None:
    service, stranger = scene.service, scene.service.stranger
    for query in (f"q={scene.ore.replace('#', '%23')}", f"q={scene.ore.partition('#')[0]}", "scope=all", "q=WAITS",
                  f"holder={service.mine.id}", "scope=granted", "scope=offered", "scope=past"):  # fmt: skip
        assert scene.get(f"/o/batches.json?{query}", stranger).json()["batches"] == [], query
    assert scene.get("/o/batches?holder=alert", stranger).status_code == 404
    assert scene.get(f"/o/batches?facility={service.mine.facility}", stranger).status_code == 404
    chain = service.mine.issuer.chain
    assert scene.get(f"/o/records?chain={chain}", stranger).status_code == 404
    assert scene.get(f"/o/records?chain={chain}", service.mine).status_code == 200
    assert scene.transfer not in scene.get("/o/transfers", stranger).text
    answer = scene.post("/o/reports", scene.cookie(stranger), "/o/reports", batch=scene.ore, audience="buyer")
    assert answer.status_code == 404
    for page in PAGES:
        for told in (scene.ore, service.mine.id, chain, "alert(1)"):
            assert told[:40] not in scene.get(page, stranger).text, page


def test_the_operator_finds_by_a_holders_name_and_sees_everybody(scene: Scene) -> None:
    found = scene.get("/o/batches.json?scope=all&holder=alert(1)", None).json()["batches"]
    assert found
    assert {row["holder"] for row in found} == {scene.service.mine.id}
    assert scene.get("/o/batches.json?scope=all&holder=%25", None).status_code == 404
    assert scene.transfer in scene.get("/o/transfers", None).text
    assert scene.get("/o", None).status_code == 200
    assert scene.get("/o/keys.json", None).json()["keys"]


def test_a_token_hands_on_no_more_than_its_own_rights(scene: Scene) -> None:
    service = scene.service
    reader = scene.cookie(service.mine, "read")
    asked = {"label": "x", "days": "30"}
    assert scene.post("/o/tokens", reader, "/o/tokens", scope="report", **asked).status_code == 403
    assert scene.post("/o/tokens", reader, "/o/tokens", scope="operator", **asked).status_code == 403
    assert scene.post("/o/tokens", reader, "/o/tokens", scope="read", label="x", days="366").status_code == 422
    assert scene.post("/o/tokens", reader, "/o/tokens", scope="read", label="x", days="x").status_code == 422
    assert scene.post("/o/tokens", reader, "/o/tokens", **asked).status_code == 422
    operator = scene.cookie(None)
    shown = scene.get("/o/reports", service.mine).text
    assert shown
    assert scene.post("/o/tokens", operator, "/o/tokens", scope="operator", **asked).status_code == 403
    made = scene.post("/o/tokens", reader, "/o/tokens", scope="read", **asked)
    found = re.search(r"lodestone_[A-Za-z0-9_-]+", made.text)
    assert found is not None
    assert made.headers["cache-control"] == "no-store"
    caller = authenticate(service.ledger, found[0])
    assert (caller.organization, caller.scopes) == (service.mine.id, frozenset({"read"}))


def test_a_token_ends_no_token_of_others_or_with_more_rights(scene: Scene) -> None:
    service = scene.service
    strong = new_token(service.ledger, service.mine.id, ["read", "report"], "strong")
    theirs = new_token(service.ledger, service.works.id, ["read"], "theirs")
    reader = scene.cookie(service.mine, "read")
    assert scene.post(f"/o/tokens/{strong.id}/revoke", reader, "/o/tokens").status_code == 403
    for nobody in (theirs.id, "0" * 18, "x"):
        assert scene.post(f"/o/tokens/{nobody}/revoke", reader, "/o/tokens").status_code == 404
    for token in (strong, theirs):
        authenticate(service.ledger, token.token)
    done = scene.post(f"/o/tokens/{strong.id}/revoke", scene.cookie(service.mine, "read", "report"), "/o/tokens")
    assert done.status_code == 303
    assert strong.id in scene.get("/o/tokens", service.mine).text


def test_forms_of_others_are_refused(scene: Scene) -> None:
    cookie = scene.cookie(scene.service.mine)
    origin = str(scene.service.http.base_url).rstrip("/")
    for path in ("/o/reports", "/o/tokens", "/o/tokens/x/revoke", f"/o/reports/{'A' * 22}/revoke"):
        sent = scene.service.http.post(path, headers={**cookie, "origin": origin}, data={"csrf": "x"})
        assert sent.status_code == 403
        assert scene.service.http.post(path, headers={**cookie, "origin": "https://evil.example"}).status_code == 403


@pytest.mark.parametrize(
    "query", ["scope=x", "material=gold", "element=Xx", "after=x", "after=AAAA", "q=%00", "q=" + "x" * 201]
)
def test_a_search_that_is_put_wrongly_is_refused(scene: Scene, query: str) -> None:
    assert scene.get(f"/o/batches?{query}", scene.service.mine).status_code == 422


def test_a_record_is_shown_in_whatever_order_its_disclosures_came(scene: Scene) -> None:
    service = scene.service
    data, record = service.mine.sign("source", service.mine.source("IN-ANOTHER-ORDER"))
    envelope = orjson.loads(data)
    disclosures = envelope["signatures"][0]["header"]["disclosures"]
    envelope["signatures"][0]["header"]["disclosures"] = sorted(disclosures, reverse=True)
    assert service.submit(canonical(envelope)).status_code == 201
    service.mine.issuer.advance(record)
    shown = scene.get(f"/o/records/{record}", service.mine)
    assert shown.status_code == 200
    assert "IN-ANOTHER-ORDER" in shown.text


def test_keys_are_told_with_the_time_since_which_they_count(scene: Scene) -> None:
    (key,) = scene.get("/o/keys.json", scene.service.works).json()["keys"]
    assert (key["algorithm"], key["standing"], key["until"]) == ("Ed25519", "in-force", "")
    assert key["since"] == "2020-01-01T00:00:00Z"
    assert key["kid"] == scene.service.works.issuer.signers[0].key.kid


def test_masses_are_exact_on_a_page(scene: Scene) -> None:
    service = scene.service
    batch = service.accepted(service.mine, "source", service.mine.source("EXACT", 12 * KG + 345_678)) + "#0"
    text = scene.get(path_of(batch), service.mine).text
    assert 'value="12345678"' in text
    assert ">12.345678 kg</data>" in text
