"""The verifier in a real browser: on the service's page and as one file, with the network cut, in both languages."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.web.single_file import FILE_NAME, single_file
from ledger.documents.pdf import render_pdf
from ledger.values.encoding import digest
from tests.web.browser import Watched, accessibility_faults, watched
from tests.web.served import Demo

HOSTILE = "<img src=x onerror=alert(1)>.jwt"


@pytest.fixture(scope="module")
def papers(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report, its PDF, the same report changed, the bundle of another one, and the policy."""
    folder = tmp_path_factory.mktemp("papers")
    made = demo.report()
    (folder / "report.jwt").write_text(made.jwt)
    (folder / "report.pdf").write_bytes(render_pdf(made.jwt))
    (folder / HOSTILE).write_text(made.jwt)
    head, payload, signature = made.jwt.split(".")
    (folder / "forged.jwt").write_text(f"{head}.{payload}.{signature[:-6]}{'A' * 6}")
    (folder / "policy.txt").write_text((demo.folder / "policy.txt").read_text())
    (folder / FILE_NAME).write_bytes(single_file())
    (folder / "bundle.json").write_bytes(next((demo.folder / "reports").glob("*.bundle.json")).read_bytes())
    return folder


@pytest.fixture
def alone(browser: Browser, papers: Path) -> Iterator[Page]:
    """The single file, opened from the disk without any network."""
    with watched(browser, "", offline=True) as seen:
        seen.page.goto((papers / FILE_NAME).as_uri())
        yield seen.page
        assert [fault for fault in seen.faults if "file://" not in fault] == []


def give(page: Page, *files: Path) -> None:
    page.get_by_label("Choose files, or drop them here").or_(
        page.get_by_label("选择文件，或拖放到此处")
    ).set_input_files(list(files))


def test_on_the_services_page_a_report_is_judged_with_the_network_cut(seen: Watched, papers: Path) -> None:
    page = seen.go("/verify")
    give(page, papers / "report.jwt")
    expect(page.get_by_role("status")).to_contain_text("whom you trust")
    expect(page.get_by_text("A service that lies could also hand out a false policy")).to_be_visible()
    page.context.set_offline(True)
    page.get_by_role("button", name="Use this service's policy").click()
    expect(page.locator(".said")).to_contain_text("This report was signed by did:web:")
    expect(page.get_by_role("heading", name="What this does not show")).to_be_visible()
    assert accessibility_faults(page) == []
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") <= 360

    give(page, papers / "forged.jwt")
    expect(page.locator(".said")).to_contain_text("This report cannot be trusted: report, signature")
    assert page.locator(".reported").count() == 0
    assert "NdFeB" not in page.get_by_role("status").inner_text()


def test_the_digest_of_a_paper_is_held_against_the_report(seen: Watched, papers: Path) -> None:
    jwt = (papers / "report.jwt").read_bytes()
    for name, said, right in (
        ("report.pdf", digest(jwt), "This is the"),
        ("report.jwt", digest(b"x"), "This is another"),
    ):
        seen.go("/status")  # an address that differs behind the # alone is no new page
        page = seen.go(f"/verify#report=x&digest={said}")
        expect(page.locator("#expected")).to_contain_text(said)
        give(page, papers / name, papers / "policy.txt")
        expect(page.locator(".answer > .note").first).to_contain_text(f"{right} report")
        genuine = "Only the report inside is genuine" if name.endswith(".pdf") else "Genuine"
        expect(page.locator(".said .badge")).to_have_text(genuine)


def test_the_page_speaks_chinese(seen: Watched, papers: Path) -> None:
    page = seen.go("/verify?lang=zh")
    give(page, papers / "report.jwt", papers / "policy.txt")
    expect(page.locator(".said")).to_contain_text("本报告由 did:web:")
    assert page.locator(".checks [lang=en]").count() == 0
    expect(page.get_by_role("heading", name="回收成分")).to_be_visible()
    give(page, papers / "forged.jwt")
    expect(page.locator(".said")).to_contain_text("本报告不可信：报告签名")


def test_the_single_file_needs_nothing_but_itself(alone: Page, papers: Path) -> None:
    give(alone, papers / "report.jwt", papers / "policy.txt")
    expect(alone.locator(".said")).to_contain_text("This report was signed by did:web:")
    alone.get_by_role("button", name="中文").click()
    expect(alone.locator(".said")).to_contain_text("本报告由 did:web:")
    assert alone.evaluate("document.documentElement.lang") == "zh"
    give(alone, papers / "bundle.json")
    expect(alone.locator(".said")).to_contain_text("条记录推出")
    give(alone, papers / "report.pdf")
    expect(alone.locator(".said")).to_contain_text("请以报告为准")
    assert accessibility_faults(alone) == []


def test_what_others_wrote_is_text_and_nothing_else(alone: Page, papers: Path) -> None:
    give(alone, papers / HOSTILE, papers / "policy.txt")
    expect(alone.locator(".said")).to_contain_text(HOSTILE)
    assert alone.locator("#verifier img, #verifier script").count() == 0


def test_another_issuer_than_expected_is_refused(alone: Page, papers: Path) -> None:
    give(alone, papers / "report.jwt", papers / "policy.txt")
    alone.get_by_label("Whom you expect to have issued it").fill("did:web:other.example")
    expect(alone.locator(".said")).to_contain_text("expected did:web:other.example")
    assert alone.locator(".reported").count() == 0


def test_a_dropped_policy_is_pinned_and_a_dropped_report_judged(alone: Page, papers: Path) -> None:
    drop = """([zone, files]) => {
        const data = new DataTransfer();
        for (const [name, text] of files) data.items.add(new File([text], name));
        document.querySelector(zone).dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    }"""
    files = [[name, (papers / name).read_text()] for name in ("report.jwt", "policy.txt")]
    alone.evaluate(drop, [".drop", files])
    expect(alone.locator(".said")).to_contain_text("This report was signed by")


def test_the_service_hands_the_file_out_with_its_digest(demo: Demo) -> None:
    answer = demo.http.get(f"/verifier/{FILE_NAME}")
    assert answer.content == single_file()
    assert "attachment" in answer.headers["content-disposition"]
    told = demo.http.get(f"/verifier/{FILE_NAME}.sha256").text
    assert told.split()[0] in demo.http.get("/verify").text
