"""What public pages answer: search as far as the reader may see, verification by the service, the log's state."""

import re
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path

import httpx
import pytest

from api import press
from ledger.values.encoding import digest
from ledger.workflows.standing import past_checkpoints
from tests.api.people import admit
from tests.web.browser import Watched
from tests.web.served import Demo

PAPER = b"an assay of the mine"


@pytest.fixture(scope="module")
def cited(demo: Demo) -> tuple[str, str, str]:
    """A document that somebody's record cites: its digest, the record, and the cookie of who issued it."""
    miner = admit(demo.ledger, "Assayed Mine", "AU")
    evidence = [{"digest": digest(PAPER), "kind": "assay"}]
    data, record = miner.sign("source", miner.source("A-1", evidence=evidence), at="2026-10-01T00:00:00Z")
    answer = demo.http.post("/v1/records", content=data, headers={"content-type": "application/json"})
    assert answer.status_code == 201, answer.text
    demo.organizations["assayed"] = miner.id
    return digest(PAPER), record, demo.cookie("assayed")["cookie"]


def test_a_document_finds_the_records_that_cite_it_for_whom_they_are(demo: Demo, cited: tuple[str, str, str]) -> None:
    said, record, cookie = cited
    for form in (said, f" {said} ", sha256(PAPER).hexdigest()):
        assert record in demo.http.get("/search", params={"digest": form}, headers={"cookie": cookie}).text
    rows = demo.http.get("/search.json", params={"digest": said}, headers={"cookie": cookie}).json()
    assert [(row["record"], row["type"]) for row in rows["records"]] == [(record, "source")]


def test_nobody_else_learns_that_a_document_is_cited(demo: Demo, cited: tuple[str, str, str]) -> None:
    said, record, _ = cited
    unknown = digest(b"a document that nobody cites")
    other = demo.cookie("recycler")
    found, absent = (
        demo.http.get("/search", params={"digest": each}, headers=other).text.replace(each, "-")
        for each in (said, unknown)
    )
    assert record not in found
    assert "No record that you may see cites this document." in found
    assert len(found) == len(absent)
    assert "told to organizations" in demo.http.get("/search", params={"digest": said}).text
    assert demo.http.get("/search.json", params={"digest": said}).status_code == 401


@pytest.mark.parametrize("wrong", ["x", "sha-256:short", "<script>alert(1)</script>", "sha-256:" + "é" * 43])
def test_what_is_no_digest_is_said_at_its_field(demo: Demo, wrong: str) -> None:
    text = demo.http.get("/search", params={"digest": wrong}).text
    assert 'aria-invalid="true"' in text
    assert "<script>alert" not in text


def test_a_dropped_document_is_hashed_in_the_browser_and_not_sent(
    seen: Watched, cited: tuple[str, str, str], tmp_path: Path
) -> None:
    seen.sign_in(cited[2].partition("=")[2])
    sent: list[str] = []
    seen.page.on("request", lambda request: sent.append(f"{request.method} {request.post_data or ''}"))
    (tmp_path / "assay.pdf").write_bytes(PAPER)
    page = seen.go("/search")
    page.get_by_label("The document").set_input_files(tmp_path / "assay.pdf")
    page.wait_for_url("**/search?digest=*")
    assert page.get_by_label("Its digest").input_value() == cited[0]
    assert page.locator("td, tbody th").filter(has_text=cited[1][:20]).count() == 1
    assert all(each.startswith("GET ") and PAPER.decode() not in each for each in sent)


# ---- verification by the service


def judged(demo: Demo, data: bytes, name: str = "report.jwt") -> httpx.Response:
    shown = demo.http.get("/verify")
    found = re.search(r'name="csrf" value="([^"]+)"', shown.text)
    assert found is not None
    cookie = "; ".join(f"{each.name}={each.value}" for each in shown.cookies.jar)
    headers = {"origin": demo.url, "cookie": cookie}
    return demo.http.post("/verify", headers=headers, data={"csrf": found[1]}, files={"file": (name, data)})


def test_without_scripts_the_service_judges_and_says_so(demo: Demo) -> None:
    text = judged(demo, demo.report().jwt.encode(), "<b>report</b>.jwt").text
    assert '<span class="badge pass">passed</span>' in text
    assert "This service has judged" in text
    assert "<b>report" not in text


def test_a_pdf_is_judged_by_what_is_attached_to_it(demo: Demo) -> None:
    made = demo.report()
    paper = demo.http.get(f"/r/{made.id}/report.pdf", params={"link": made.link}).content
    assert '<span class="badge pass">passed</span>' in judged(demo, paper, "report.pdf").text


def test_a_tampered_report_is_refused_and_nothing_of_it_is_shown(demo: Demo) -> None:
    head, payload, signature = demo.report().jwt.split(".")
    changed = payload[:-20] + ("A" if payload[-20] != "A" else "B") + payload[-19:]
    text = judged(demo, f"{head}.{changed}.{signature}".encode()).text
    assert '<span class="badge fail">failed</span>' in text
    assert "badge pass" not in text.partition("<footer")[0].partition("</section>")[0]


@pytest.mark.parametrize("data", [b"\x00\xff\xfe", b"{", b"<script>alert(1)</script>", b"a.b.c", b"%PDF-1.7"])
def test_what_is_no_report_is_refused_in_a_sentence(demo: Demo, data: bytes) -> None:
    answer = judged(demo, data)
    assert answer.status_code == 200
    assert '<span class="badge fail">failed</span>' in answer.text
    assert "<script>alert" not in answer.text


def test_no_file_is_asked_for_again(demo: Demo) -> None:
    answer = judged(demo, b"")
    assert answer.status_code == 422
    assert "Choose a file first." in answer.text


def test_a_paper_leads_to_its_digest_which_is_not_sent(seen: Watched) -> None:
    said = "sha-256:" + "A" * 43
    page = seen.go(f"/verify#report=x&digest={said}")
    assert page.locator("#expected code").inner_text() == said
    page = seen.go("/verify?again#digest=<img src=x>")
    assert page.locator("#expected").is_hidden()


# ---- the log


def test_the_state_of_the_log_is_told_with_its_checkpoints_and_signers(demo: Demo) -> None:
    state = demo.http.get("/status.json").json()
    assert state["log"]["size"] == demo.ledger.tree.size
    assert state["log"]["met"] is True
    assert [(each["algorithm"], each["signed"]) for each in state["signers"]] == [
        ("Ed25519", True),
        ("ML-DSA-44", True),
    ]
    assert "No independent witness" in demo.http.get("/status").text


def test_checkpoints_are_paged_and_each_is_proven_to_continue_the_one_before(demo: Demo) -> None:
    sizes: list[int] = []
    after = None
    while True:
        page = demo.http.get("/status.json", params={"limit": 20} | ({"after": after} if after else {})).json()
        sizes += [each["size"] for each in page["checkpoints"]]
        assert {each["continues"] for each in page["checkpoints"]} <= {True, ""}
        after = page.get("after")
        if after is None:
            break
    assert sizes == sorted(set(sizes), reverse=True)
    assert page["checkpoints"][-1]["continues"] == ""
    csv = demo.http.get("/status.csv").content.decode("utf-8-sig")
    assert csv.startswith("size,root,continues\r\n")


def test_a_log_that_was_changed_is_not_said_to_continue(demo: Demo, monkeypatch: pytest.MonkeyPatch) -> None:
    read = demo.ledger.published.read_object

    def changed(path: str) -> bytes | None:
        data = read(path)
        return data[:-1] + bytes([data[-1] ^ 1]) if data and path.startswith("tile/0/") else data

    monkeypatch.setattr(demo.ledger.published, "read_object", changed)
    past, _ = past_checkpoints(demo.ledger, None, 5)
    assert False in {each.continues for each in past}


@pytest.mark.parametrize("said", ["http://[x", "https://[", "//]", "%00", "x" * 3_000])
def test_what_is_no_link_of_a_report_is_said_to_be_none(demo: Demo, said: str) -> None:
    answer = demo.http.get("/r", params={"report": said}, headers={"accept": "text/html"})
    assert answer.status_code == 200
    assert 'aria-invalid="true"' in answer.text


def test_a_form_without_files_is_short_wherever_it_goes(demo: Demo) -> None:
    headers = {"origin": demo.url, "content-type": "application/x-www-form-urlencoded"}
    for path in ("/verify", "/o/import", "/sign-in"):
        assert demo.http.post(path, headers=headers, content=b"&" * 1_000_001).status_code == 413


def test_strangers_who_let_the_service_judge_never_take_all_its_threads(demo: Demo) -> None:
    with ExitStack() as taken:
        for _ in range(4):
            taken.enter_context(press.judged())
        answer = judged(demo, b"x")
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "Too many files are being verified" in answer.text
    assert judged(demo, b"x").status_code == 200


def test_a_print_that_the_service_did_not_compare_does_not_borrow_the_reports_good_word(
    demo: Demo, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = demo.report()
    pdf = demo.http.get(f"/v1/reports/{made.id}.pdf", params={"link": made.link}).content
    assert '<span class="badge pass">passed</span> <bdi>' in judged(demo, pdf, "report.pdf").text
    monkeypatch.setattr("ledger.documents.paper.edition", lambda: f"sha-256:{'A' * 43}")
    text = judged(demo, pdf, "report.pdf").text
    assert '<span class="badge unknown">Only the report inside is genuine</span> <bdi>' in text
    assert '<span class="badge pass">passed</span> <bdi>' not in text
