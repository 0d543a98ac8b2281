"""The service around the records: problems, the public log, OpenAPI, the documentation page, reports, operations."""

import io
import json
import re
import zipfile
from pathlib import Path

import httpx
import pytest
from openapi_spec_validator import validate

from api.problems import ERRORS, PROBLEMS, code_of
from ledger import errors
from ledger.bundle.audit import audit
from ledger.errors import CODES, LedgerUnsafe, LodestoneError, Refused
from ledger.log.note import parse_note
from ledger.log.policy import parse_policy
from ledger.log.tiles import parse_bundle
from ledger.workflows.open import policy_of
from tests.api.conftest import JSON, NDJSON, Service, serving
from tests.api.people import admit, open_test_ledger


def test_every_error_and_every_code_has_its_problem() -> None:
    kinds = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, LodestoneError)]
    for kind in kinds:
        if kind is not Refused:
            assert code_of(kind("x")) in PROBLEMS
    assert set(ERRORS.values()) <= PROBLEMS.keys()
    assert set(CODES) <= PROBLEMS.keys()
    assert all(400 <= kind.status < 600 for kind in PROBLEMS.values())
    assert {code: PROBLEMS[code].status for code in ("not-canonical", "too-large", "chain-conflict", "malformed")} == {
        "not-canonical": 400,
        "too-large": 413,
        "chain-conflict": 409,
        "malformed": 422,
    }


def test_every_answer_carries_its_id_and_safe_headers(quick: Service) -> None:
    for path in ("/v1/batches", "/nowhere", "/livez", "/log/checkpoint"):
        answer = quick.http.get(path)
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "server" not in answer.headers
    assert quick.get("/v1/batches", quick.mine).headers["cache-control"] == "no-store"
    assert quick.http.get("/nowhere").json()["code"] == "not-found"
    wrong = quick.http.delete("/v1/batches")
    assert (wrong.status_code, wrong.json()["code"], wrong.headers["allow"]) == (405, "method-not-allowed", "GET")


def test_a_problem_is_explained_at_its_type(quick: Service) -> None:
    for code, kind in PROBLEMS.items():
        assert quick.http.get(f"/problems/{code}").json()["status"] == kind.status
    assert quick.http.get("/problems/nonsense").status_code == 404


def test_the_public_log_can_be_read_and_kept_by_everybody(quick: Service) -> None:
    note = quick.http.get("/log/checkpoint")
    policy = parse_policy(quick.http.get("/log/policy").text)
    size = policy.evaluate(note.text).checkpoint.size
    parse_note(note.text)
    assert note.headers["access-control-allow-origin"] == "*"
    assert "max-age=5" in note.headers["cache-control"]
    entries = quick.http.get(f"/log/tile/entries/000.p/{size}")
    assert len(parse_bundle(entries.content, size)) == size
    assert "immutable" in entries.headers["cache-control"]
    for path in ("0/999", "0/0", "%2e%2e/checkpoint", "entries/000.p/0", "9/000", "x"):
        assert quick.http.get(f"/log/tile/{path}").status_code == 404
    assert quick.http.get("/.well-known/did.json").json()["id"] == "did:web:test.lodestone.example"
    assert quick.http.get("/did.json").status_code == 200
    assert quick.http.get("/contexts/report/v1").headers["content-type"] == "application/ld+json"
    assert quick.http.get("/v1/status/1").text.count(".") == 2


def test_a_report_is_made_fetched_by_link_verified_and_revoked(service: Service) -> None:
    batch = service.accepted(service.mine, "source", service.mine.source()) + "#0"
    token = service.token(service.mine, "read", "report")
    asked = {"batch": batch, "context": {"delivered": "2026-12-31"}}
    made = service.http.post("/v1/reports", headers=token, json=asked)
    assert made.status_code == 201, made.text
    report, link = made.json()["id"], made.json()["link"]
    path = f"/v1/reports/{report}"
    for suffix in ("", ".json", ".jwt", ".html", ".pdf", "/bundle"):
        assert service.http.get(path + suffix, params={"link": link}).status_code == 200
        assert service.http.get(path + suffix, headers=token).status_code == 200
        assert service.http.get(path + suffix).status_code == 401
        assert service.http.get(path + suffix, params={"link": link[:-1] + "x"}).status_code == 404
        assert service.get(path + suffix, service.stranger).status_code == 404
    assert "link" not in service.http.get(path, headers=token).json()
    asked_for: list[tuple[str, dict[str, str]]] = [
        (".jwt", {}),
        ("/bundle", {}),
        (".pdf", {}),
        (".pdf", {"lang": "both"}),
    ]
    for suffix, more in [*asked_for, (".pdf", {"evidence": "true"})]:
        body = service.http.get(path + suffix, params={"link": link, **more}).content
        good = service.http.post("/v1/verify", headers=token, content=body).json()
        assert good["result"] == "passed", good
        half = len(body) // 2
        bad = body[:half] + (b"A" if body[half : half + 1] != b"A" else b"B") + body[half + 1 :]
        answer = service.http.post("/v1/verify", headers=token, content=bad).json()
        assert answer["result"] == "failed"
        assert "credential" not in answer
    before = service.http.get("/v1/status/1").text
    assert service.http.post(path + "/revoke", headers=service.token(service.stranger, "report")).status_code == 404
    assert service.http.post(path + "/revoke", headers=token).status_code == 204
    assert service.http.get("/v1/status/1").text != before
    assert service.http.get(path, headers=token).json()["revoked_at"]
    hidden = service.http.post("/v1/reports", headers=service.token(service.stranger, "report"), json=asked)
    assert hidden.status_code == 404
    wrong = service.http.post("/v1/reports", headers=token, json={"batch": batch, "audience": "press"})
    assert wrong.json()["code"] == "invalid-request"


def test_exports_hold_what_the_caller_may_have(service: Service) -> None:
    batch = service.accepted(service.mine, "source", service.mine.source()) + "#0"
    record = batch.partition("#")[0]
    token = service.token(service.mine, "read", "report")
    bundle = service.http.get(f"/v1/exports/batch/{record}/0", headers=token).json()
    assert bundle["v"] == "lodestone-bundle/1"
    log = service.http.get("/v1/exports/log", headers=token).json()["evidence"]["records"]
    whole = service.http.get("/v1/exports/log", headers=service.token(None)).json()["evidence"]["records"]
    assert all("envelope" in entry for entry in whole)
    assert 0 < sum("envelope" in entry for entry in log) < len(log) == len(whole)
    assert (
        service.http.get(f"/v1/exports/batch/{record}/0", headers=service.token(service.stranger, "report")).status_code
        == 404
    )


def test_a_bundle_comes_with_the_tables_of_its_own_audit(service: Service) -> None:
    batch = service.accepted(service.mine, "source", service.mine.source("=1+1")) + "#0"
    path = f"/v1/exports/batch/{batch.replace('#', '/')}/tables.zip"
    token = service.token(service.mine, "report")
    answer = service.http.get(path, headers=token)
    assert answer.headers["content-type"] == "application/zip"
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        bundle, rows = archive.read("bundle.json"), archive.read("tables/batches.csv").decode("utf-8-sig")
        assert {name.rpartition(".")[2] for name in archive.namelist()} == {"json", "csv", "xlsx", "parquet"}
    assert audit(bundle, policy_of(service.ledger)).passed
    assert f"{batch}," in rows
    assert "'=1+1" in rows
    one = service.http.get(path, headers=token, params={"format": "csv", "depth": 0})
    with zipfile.ZipFile(io.BytesIO(one.content)) as archive:
        assert {name.rpartition(".")[2] for name in archive.namelist()} == {"json", "csv"}
    assert service.http.get(path, headers=token, params={"format": "pdf"}).status_code == 422
    assert service.http.get(path, headers=service.token(service.stranger, "report")).status_code == 404


def test_partial_tiles_of_a_full_one_go_and_are_still_served(quick: Service) -> None:
    mine = quick.mine
    lines = [mine.chained("source", mine.source(f"L{n}"))[0] for n in range(260)]
    small = quick.ledger.tree.size
    before = quick.http.get(f"/log/tile/entries/000.p/{small}").content
    taken = quick.http.post("/v1/records", content=b"\n".join(lines), headers={"content-type": "application/x-ndjson"})
    assert [line["status"] for line in map(json.loads, taken.text.splitlines())] == [201] * 260
    assert quick.ledger.published.read_object(f"tile/entries/000.p/{small}") is None
    assert quick.ledger.published.read_object("tile/entries/000") is not None
    assert quick.http.get(f"/log/tile/entries/000.p/{small}").content == before
    hashes = quick.http.get(f"/log/tile/0/000.p/{small}").content
    assert hashes == quick.ledger.tree.read(0, 0, small)


def test_the_openapi_document_is_valid_and_complete(quick: Service) -> None:
    document = quick.http.get("/openapi.json").json()
    validate(document)
    assert document["openapi"] == "3.1.0"
    operations = [said for methods in document["paths"].values() for said in methods.values()]
    names = [said["operationId"] for said in operations]
    assert len(set(names)) == len(names)
    for said in operations:
        assert said["summary"]
        assert said["description"]
        assert any(status.startswith("2") for status in said["responses"])
        for status, answer in said["responses"].items():
            if not status.startswith("2"):
                size = (said["operationId"], status) == ("addCheckpoint", "409")  # as tlog-witness wants it
                kinds = ["text/x.tlog.size" if size else "application/problem+json"]
                assert list(answer["content"]) == kinds, said["operationId"]
    assert {"type": "http", "scheme": "bearer"}.items() <= document["components"]["securitySchemes"]["token"].items()
    assert "HTTPValidationError" not in json.dumps(document)
    secured = {path for path, methods in document["paths"].items() for said in methods.values() if "security" in said}
    assert "/v1/records/{record}" in secured
    assert not secured & {"/log/checkpoint", "/v1/status/1", "/livez"}


def test_the_documentation_page_asks_nobody_else(quick: Service) -> None:
    page = quick.http.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "unsafe-inline" not in policy
    assert "default-src 'none'" in policy
    parts = [part for part in re.findall(r'(?:src|href)="([^"]+)"', page.text) if part.startswith("/static/")]
    assert {"api.js", "api.css"} <= {part.rpartition("/")[2] for part in parts}
    for text in [page.text, *(quick.http.get(part).text for part in parts)]:
        assert not re.search(r"(?:https?:)?//[a-z]", text.replace("http://www.w3.org/2000/svg", ""))
        assert not re.search(r"<script>|<style>|\son\w+=|style=|innerHTML|eval\(", text)


def test_health_and_numbers_show_what_happens(quick: Service) -> None:
    quick.accepted(quick.mine, "source", quick.mine.source())
    quick.submit(b"{")
    assert quick.http.get("/livez").text == "ok\n"
    assert quick.http.get("/readyz").status_code == 200
    numbers = quick.http.get("/metrics").text
    assert f"lodestone_log_size {quick.ledger.tree.size}.0" in numbers
    assert 'lodestone_refusals_total{code="not-json"} 1.0' in numbers
    assert "lodestone_records_accepted_total 1.0" in numbers
    assert re.search(r"lodestone_group_size_count [1-9]", numbers)
    assert quick.mine.id not in numbers


def test_a_ledger_that_cannot_publish_promises_nothing_more(quick: Service) -> None:
    """Publishing fails behind the commit: the callers, and all after them, are told to come back."""
    first, _ = quick.mine.chained("source", quick.mine.source())
    second, _ = quick.mine.chained("source", quick.mine.source("C-2"))
    real = quick.ledger.second.swap

    def fails(*_: object) -> None:
        raise LedgerUnsafe("the second store holds something else")

    quick.ledger.second.swap = fails  # type: ignore[method-assign,assignment]
    for data in (first, first, second):
        answer = quick.submit(data)
        assert (answer.status_code, answer.json()["code"]) == (503, "ledger-unsafe")
        assert answer.headers["retry-after"]
        assert "second store" not in answer.text
    assert quick.http.get("/readyz").status_code == 503
    bulk = quick.http.post("/v1/records", content=first + b"\n" + second, headers=NDJSON)
    assert [json.loads(line)["status"] for line in bulk.content.splitlines()] == [503]
    quick.ledger.second.swap = real  # type: ignore[method-assign]


def test_after_a_restart_the_record_that_was_not_answered_is_there_once(tmp_path: Path) -> None:
    ledger = open_test_ledger(tmp_path / "ledger")
    mine = admit(ledger, "Mine")
    data, record = mine.chained("source", mine.source())

    def fails(*_: object) -> None:
        raise LedgerUnsafe("no")

    with serving(ledger) as client:
        ledger.second.swap = fails  # type: ignore[method-assign,assignment]
        assert client.post("/v1/records", content=data, headers=JSON).status_code == 503
    ledger.close()
    ledger = open_test_ledger(tmp_path / "ledger")
    with serving(ledger) as client:
        answer = client.post("/v1/records", content=data, headers=JSON)
    ledger.close()
    assert (answer.status_code, answer.json()["record"]) == (200, record)


def test_the_log_of_requests_holds_no_secrets(capsys: pytest.CaptureFixture[str], quick: Service) -> None:
    token = quick.token(quick.mine)
    quick.http.get("/v1/batches", headers=token, params={"lot": "SECRET-LOT"})
    quick.http.get("/v1/reports/AAAAAAAAAAAAAAAAAAAAAA", params={"link": "SECRET-LINK"})
    quick.submit(quick.mine.sign("source", quick.mine.source("SECRET-LOT"))[0])
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines() if line.startswith("{")]
    assert {"/v1/batches", "/v1/records"} <= {line["route"] for line in lines}
    assert "SECRET" not in json.dumps(lines)
    assert token["authorization"].removeprefix("Bearer ") not in json.dumps(lines)


def test_answers_of_a_generated_client_fit_the_document(quick: Service) -> None:
    """Every member of a few real answers is described."""
    document = quick.http.get("/openapi.json").json()
    schemas = document["components"]["schemas"]
    batch = quick.accepted(quick.mine, "source", quick.mine.source()) + "#0"
    record, _, place = batch.partition("#")

    def fits(answer: httpx.Response, name: str) -> None:
        assert answer.json().keys() <= schemas[name]["properties"].keys(), name
        assert set(schemas[name].get("required", ())) <= answer.json().keys(), name

    fits(quick.get(f"/v1/records/{record}", quick.mine), "RecordSeen")
    fits(quick.get(f"/v1/records/{record}/receipt", quick.mine), "Receipt")
    fits(quick.get("/v1/me", quick.mine), "Me")
    fits(quick.get(f"/v1/batches/{record}/{place}/routes", quick.mine), "BatchRoutes")
    fits(quick.get(f"/v1/chains/{quick.mine.issuer.chain}", quick.mine), "ChainHead")
    fits(quick.submit(b"{"), "Problem")
    fits(quick.http.get("/v1/batches"), "Problem")
