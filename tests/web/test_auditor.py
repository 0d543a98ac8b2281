"""An auditor's road: what is open to him, where each milligram went, with proofs, and what he takes away."""

import io
import zipfile
from typing import Literal

import orjson
import pytest

from ledger.bundle.verify import verify
from ledger.workflows.open import policy_of
from tests.web.browser import Watched, accessibility_faults
from tests.web.served import Demo


def path_of(demo: Demo, batch: str = "magnets#0") -> str:
    record, _, place = demo.batch(batch).partition("#")
    return f"/a/batches/{record}/{place}"


@pytest.mark.parametrize(("language", "scheme"), [("en", "dark"), ("zh", "light")])
def test_an_auditors_pages_are_fit_for_everybody(
    seen: Watched, demo: Demo, language: str, scheme: Literal["light", "dark"]
) -> None:
    seen.sign_in(demo.token(None))
    paths = ("/a", "/a/balances?element=Dy", path_of(demo)), ("/a/records", f"{path_of(demo)}/genealogy?direction=up")
    for path in paths[language == "zh"]:
        page = seen.go(f"{path}{'&' if '?' in path else '?'}lang={language}")
        page.emulate_media(color_scheme=scheme)
        assert accessibility_faults(page) == [], path
        page.set_viewport_size({"width": 360, "height": 740})
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
        page.set_viewport_size({"width": 1280, "height": 720})


def test_an_auditor_walks_from_everything_to_one_chain_and_takes_it_away(seen: Watched, demo: Demo) -> None:
    seen.sign_in(demo.token("magnetmaker"))
    page = seen.go("/a?lang=en")
    page.get_by_role("row", name="N48SH-0042").get_by_role("link").first.click()
    page.get_by_role("heading", name="Audit of N48SH-0042").wait_for()
    page.get_by_role("link", name="dysprosium (Dy)").click()
    page.get_by_text("went in =").wait_for()
    page.get_by_role("link", name="What it was made of").click()
    page.get_by_role("heading", name="Genealogy").wait_for()
    page.go_back()
    with page.expect_download() as waiting:
        page.get_by_role("link", name="The auditor's bundle").click()
    answer = verify(None, waiting.value.path().read_bytes(), policy_of(demo.ledger).encode())
    assert answer.passed, answer.sentence


def test_each_records_balance_closes_and_adds_up_to_what_the_log_says(demo: Demo) -> None:
    cookie = demo.cookie(None)
    rows: list[dict[str, object]] = []
    after: str | None = ""
    while after is not None:
        answer = demo.http.get(f"/a/balances.json?element=Nd&after={after}", headers=cookie).json()
        rows += answer["balances"]
        after = answer.get("after")
    assert {row["record"] for row in rows} >= {demo.records[name] for name in ("oxide", "metal", "flakes", "magnets")}
    for row in rows:
        put_in = sum(int(str(row[name])) for name in ("in_mg", "added_mg", "gained_mg"))
        assert put_in == int(str(row["out_mg"])) + int(str(row["lost_mg"])), row
    (magnets,) = [row for row in rows if row["record"] == demo.records["magnets"]]
    held = demo.http.get(f"{path_of(demo)}.json?element=Nd", headers=cookie).json()
    assert magnets["out_mg"] == 506_000_000
    (stage,) = [row for row in held["balance"] if row["stage"] == "magnet"]
    assert stage["out_mg"] == 506_000_000


def test_masses_of_records_that_are_not_open_stay_unknown(demo: Demo) -> None:
    cookie = demo.cookie("magnetmaker")
    told = demo.http.get(f"{path_of(demo)}/genealogy.json", headers=cookie).json()["genealogy"]
    own = {demo.records[name] for name in ("magnets", "blocks", "flakes")}
    assert {step["record"] for step in told if step.get("mass_mg")} == own
    assert any("mass_mg" not in step for step in told if step["record"] not in own)
    balance = demo.http.get(f"{path_of(demo)}.json?element=Nd", headers=cookie).json()["balance"]
    assert {row["stage"] for row in balance if "lost_mg" not in row} >= {"oxide", "metal"}


def test_a_grant_opens_the_masses_of_what_it_is_on(demo: Demo) -> None:
    names = list(demo.organizations)
    auditor = next(name for name in names if name not in ("magnetmaker", "mtx"))
    asked = {"to": demo.organizations[auditor], "records": [demo.records["blocks"]]}
    token = {"authorization": f"Bearer {demo.token('magnetmaker')}"}
    assert demo.http.post("/v1/grants", headers=token, json=asked).status_code == 201
    found = demo.http.get("/a/records.json", headers=demo.cookie(auditor)).json()["records"]
    assert demo.records["blocks"] in {row["record"] for row in found}


def test_the_tables_come_with_the_bundle(demo: Demo) -> None:
    answer = demo.http.get(f"{path_of(demo)}/tables", headers=demo.cookie("magnetmaker"))
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "bundle.json" in archive.namelist()
    assert orjson.loads(demo.http.get("/a/log", headers=demo.cookie("magnetmaker")).content)["evidence"]["records"]
    refused = demo.http.get(f"{path_of(demo)}/bundle", headers=demo.cookie("magnetmaker", "read"))
    assert refused.status_code == 403


def test_an_element_that_does_not_exist_is_refused(demo: Demo) -> None:
    assert demo.http.get("/a/balances.json?element=Xx", headers=demo.cookie(None)).status_code == 422
    assert demo.http.get(f"{path_of(demo)}.json?element=Xx", headers=demo.cookie(None)).status_code == 422
