"""Batches, reports and exports: asked of a service, and by the operator on his own machine; verified offline."""

import json
from functools import partial
from pathlib import Path

import pytest

from tests.cli.commands import Person, Served, inside, lodestone, serving
from tests.cli.story import PLACES, magnets, ores


@pytest.fixture(scope="module")
def maker(served: Served, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody who has made magnets, with a token."""
    person = Person(served, tmp_path_factory.mktemp("maker"))
    person.known("Saxon Magnetics", "AU")
    person.given_token()
    done = person.quickly("submit", person.file("f.ndjson", [*PLACES, *ores(1), *magnets()]), "--json")
    assert done.code == 0, done.json
    (person.home / "policy.txt").write_text(person.quickly("log", "policy").out)
    return person


def test_a_report_and_its_bundle_are_saved_and_verify(maker: Person) -> None:
    made = maker.run("report", "new", "magnet#0", "--delivered", "2027-02-01", "-o", "reports/m", "--json")
    assert made.code == 0, made
    assert [Path(name).name for name in made.json["files"]] == ["m.jwt", "m.json", "m.bundle.json"]
    files = ("reports/m.jwt", "reports/m.bundle.json")
    verified = maker.run("verify", *files, "--policy", "policy.txt")
    assert verified.code == 0, verified
    path = maker.home / files[1]
    path.write_bytes(path.read_bytes().replace(b'"disclosures":["W', b'"disclosures":["X', 1))
    assert maker.run("verify", *files, "--policy", "policy.txt").code == 1
    assert maker.run("report", "bundle", made.json["id"], "-o", files[1]).code == 0
    assert maker.run("verify", *files, "--policy", "policy.txt").code == 0


def test_what_is_stated_of_a_delivery_comes_from_a_file_and_is_repeated(maker: Person) -> None:
    (maker.home / "context.json").write_text(json.dumps({"outside_us": True, "end_item": {"cots": False}}))
    words = ("report", "new", "magnet#0", "--context", "context.json", "--delivered", "2026-12-31", "--json", "-o", "c")
    made = maker.run(*words)
    assert made.code == 0, made
    subject = made.json["credential"]["credentialSubject"]
    assert subject["assumed"]["outside_us"] is True
    assert [v["delivered"] for v in subject["verdicts"]] == ["2026-12-31"]


def test_a_revoked_report_says_so(maker: Person) -> None:
    made = maker.run("report", "new", "magnet#0", "--audience", "public", "--json").json["id"]
    assert "revoked_at" not in maker.run("report", "show", made, "--json").json
    assert maker.run("report", "revoke", made).code == 0
    assert maker.run("report", "show", made, "--json").json["revoked_at"]


def test_a_report_of_ones_own_is_shown_on_paper_and_as_a_page(maker: Person) -> None:
    made = maker.run("report", "new", "magnet#0", "--json", "-o", "p").json["id"]
    assert maker.run("report", "show", made, "--pdf", "p.pdf", "--html", "p.html", "--lang", "zh").code == 0
    assert (maker.home / "p.pdf").read_bytes().startswith(b"%PDF-1.7")
    assert "物料来源声明表" in (maker.home / "p.html").read_text()
    assert maker.run("report", "show", made, "--pdf", "p.html").code == 2


def test_the_statement_and_the_verdict_are_shown_with_whole_dates_in_a_narrow_terminal(maker: Person) -> None:
    for columns in ("20", "45", "80", "160"):
        words = ("report", "new", "magnet#0", "--delivered", "2027-01-01", "-o", "n")
        done = maker.run(*words, COLUMNS=columns, FORCE_COLOR="1")
        assert done.code == 0, done
        assert "2027-01-01" in done.out
        assert "UNKNOWN" in done.out


def test_labels_of_batches_are_made_by_the_service_and_where_the_ledger_is(maker: Person) -> None:
    batch = maker.run("batch", "show", "magnet#0", "--json").json["batch"]
    assert maker.run("batch", "label", "magnet#0", "-o", "l.svg", "--lang", "both").code == 0
    assert batch in (maker.home / "l.svg").read_text()
    words = ("batch", "label", "magnet#0", "oxide0#0", "-o", "l.pdf", "--gtin", "9521234543213", "--copies", "3")
    assert maker.run(*words).code == 0
    assert (maker.home / "l.pdf").read_bytes().startswith(b"%PDF-1.7")
    wrong = maker.run("batch", "label", "magnet#0", "-o", "x.pdf", "--gtin", "9521234543214")
    assert (wrong.code, (maker.home / "x.pdf").exists()) == (2, False)
    assert "check digit" in wrong.err
    for bad in (("-o", "l.png"), ("-o", "l.svg", "--copies", "2"), ("-o", "l.pdf", "--lang", "de")):
        assert maker.run("batch", "label", "magnet#0", *bad).code == 2


def test_batches_are_listed_traced_and_their_routes_shown(maker: Person) -> None:
    listed = maker.run("batch", "list", "--json").json
    assert [batch["material"] for batch in listed] == ["concentrate", "oxide", "metal", "magnet"]
    assert [batch["lot"] for batch in maker.run("batch", "list", "--lot", "O-0", "--json").json] == ["O-0"]
    shown = maker.run("batch", "show", "oxide0#0")
    assert ("3 t" in shown.out, "Nd 80 %" in shown.out) == (True, True)
    up = maker.run("batch", "trace", "magnet#0", "--json").json["steps"]
    assert [step["type"] for step in up] == ["process", "process", "process", "source"]
    down = maker.run("batch", "trace", "ore0#0", "--direction", "down", "--json").json["steps"]
    assert [step["type"] for step in down] == ["process", "process", "process"]
    routes = maker.run("batch", "routes", "magnet#0", "--json").json["elements"]
    assert sum(route["mass_mg"] for route in routes["Nd"]) == 290_000_000
    assert "mine AU → leach AU" in maker.run("batch", "routes", "magnet#0").out


def test_an_auditor_takes_a_batch_and_the_log_away_and_replays_them(maker: Person) -> None:
    assert maker.run("export", "batch", "magnet#0", "-o", "batch.json").code == 0
    assert maker.run("export", "log", "-o", "log.json").code == 0
    for name in ("batch.json", "log.json"):
        done = maker.run("audit", name, "--policy", "policy.txt")
        assert done.code == 0, done


def test_somebody_elses_batch_is_not_found(maker: Person, producer: Person) -> None:
    producer.given_token()
    batch = maker.state["names"]["records"]["magnet"] + "#0"
    for words in (("batch", "show", batch), ("batch", "routes", batch), ("report", "new", batch)):
        assert producer.run(*words).code == 1
    assert producer.run("batch", "show", "magnet#0").code == 2  # no name of his


def test_the_operator_reads_reports_and_exports_where_the_ledger_is(tmp_path: Path) -> None:
    home = tmp_path / "home"
    with serving(home) as served:
        person = Person(served, tmp_path)
        person.known()
        done = person.quickly("submit", person.file("f.ndjson", [*PLACES, *ores(1), *magnets()]))
        assert done.code == 0, done
    batch = person.state["names"]["records"]["magnet"] + "#0"
    here = partial(inside, LODESTONE_HOME=str(home), LODESTONE_USER_HOME=str(tmp_path / "nobody"))
    (tmp_path / "policy.txt").write_text(here("log", "policy").out)
    assert len(here("batch", "list", "--json").json) == 4
    assert here("batch", "show", batch).code == 0
    assert here("batch", "trace", batch).code == 0
    assert here("batch", "routes", batch).code == 0
    made = here("report", "new", batch, "-o", tmp_path / "r", "--json")
    assert here("report", "show", made.json["id"]).code == 0
    assert here("report", "bundle", made.json["id"], "-o", tmp_path / "b.json").code == 0
    assert here("report", "revoke", made.json["id"]).code == 0
    assert here("export", "batch", batch, "-o", tmp_path / "batch.json").code == 0
    assert here("export", "log", "-o", tmp_path / "log.json").code == 0
    record = batch.rpartition("#")[0]
    assert here("log", "proof", record).out.startswith("c2sp.org/tlog-proof@v1\n")
    assert here("log", "checkpoint", "--json").json["size"] > 8
    for name in ("batch.json", "log.json"):
        audited = lodestone("audit", tmp_path / name, "--policy", tmp_path / "policy.txt")
        assert audited.code == 0, audited
