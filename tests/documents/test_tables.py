"""The auditor's tables: what was proven, in three formats that say the same, closed to the milligram, and harmless."""

import csv
import io
import zipfile
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

import orjson
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from ledger.bundle.audit import audit
from ledger.bundle.result import Verification
from ledger.cli.main import app
from ledger.documents.tables.cells import defused, starts_formula, text
from ledger.documents.tables.columns import TABLES
from ledger.documents.tables.files import TableFiles
from ledger.documents.tables.workbook import Workbook
from ledger.errors import UsageError
from ledger.workflows.tables import FORMATS, audit_into
from tests.bundle.files import files_of, log_export
from tests.stories import ore_to_magnet, rotor
from tests.world import Lot, World

EVIL = '=HYPERLINK("http://evil.example";"x")'
Found = dict[str, list[dict[str, str | None]]]
_NS = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_NUMBERS = ("from_origin_mg", "from_batches_mg", "from_additions_mg", "undetermined_mg", "tolerance_mg")


class Story:
    """A ledger with everything in it that tables tell of, its files, and what was written of each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        world = World(folder / "ledger")
        chain = ore_to_magnet(world)
        self.rotor, bought = rotor(world, chain)
        maker = chain.buyer
        for name in (EVIL, "+1", "-1+1|cmd", "@SUM(A1)", "'quoted", "＝1", "  =1", "北方稀土"):
            maker.source({"kind": "undisclosed"}, [Lot("scrap", 10, {"Nd": 300_000}, lot=name)])
        part = maker.transfer({chain.magnet: 1_000}, chain.stranger, terms="sale")
        chain.stranger.receive(part, {f"{part}#0": 900})
        maker.record("adjust", {"batch": chain.magnet, "mass_mg": 5_000_001, "reason": EVIL})
        maker.transfer({chain.magnet: 1_000}, "Somebody abroad")
        chain.works.process(["store"], {chain.cerium: 10}, [Lot("oxide", 10, {"Ce": 800_000})])
        maker.certifies("IATF 16949", ("2026-01-01", "2027-01-01"), organization=maker.id)
        maker.asks(bought, method=EVIL)
        self.world, self.maker = world, maker
        self.policy = world.policy
        self.log = log_export(world)
        self.own = log_export(world, maker.id)
        self.bundle = files_of(world, world.report(self.rotor, "auditor")).bundle
        self.partly = files_of(world, maker.report(self.rotor, "auditor")).bundle

    def written(self, name: str, formats: tuple[str, ...] = FORMATS) -> Path:
        folder = self.folder / f"tables-{name}-{'-'.join(formats)}"
        if not folder.exists():
            data = getattr(self, name)
            answer = audit_into(
                folder, formats, lambda follower: audit(data, self.policy, readers=1, follower=follower)
            )
            assert answer.passed, answer.sentence
        return folder


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    story = Story(tmp_path_factory.mktemp("tables"))
    yield story
    story.world.close()


def from_csv(folder: Path) -> Found:
    """By the standard library's reader; the apostrophes are undone as docs/tables.md says."""
    found: Found = {}
    for path in folder.glob("*.csv"):
        rows = list(csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig"), newline="")))
        found[path.stem] = [{name: _undone(cell) for name, cell in row.items()} for row in rows]
    return found


def _undone(cell: str) -> str | None:
    return cell.removeprefix("'") or None


def from_xlsx(path: Path) -> Found:
    """By a reader of our own, which knows the format's XML and nothing of the library that wrote it."""
    found: Found = {}
    with zipfile.ZipFile(path) as archive:
        names = [s.get("name") for s in ET.fromstring(archive.read("xl/workbook.xml")).iter(f"{_NS}sheet")]
        for number, name in enumerate(names, 1):
            tree = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml"))
            assert not list(tree.iter(f"{_NS}f")), "a formula"
            rows = [
                {_letters(str(c.get("r"))): "".join(t.text or "" for t in c.iter() if t.tag in (f"{_NS}v", f"{_NS}t"))
                 for c in row}
                for row in tree.iter(f"{_NS}row")
            ]  # fmt: skip
            heads = rows[0]
            found[str(name)] = [{head: row.get(letter) for letter, head in heads.items()} for row in rows[1:]]
    return found


def _letters(reference: str) -> str:
    return reference.rstrip("0123456789")


def from_parquet(folder: Path) -> Found:
    found: Found = {}
    for path in folder.glob("*.parquet"):
        rows = pq.read_table(path).to_pylist()
        found[path.stem] = [{k: None if v is None else str(v) for k, v in row.items()} for row in rows]
    return found


@pytest.mark.parametrize("name", ["log", "own", "bundle", "partly"])
def test_the_three_formats_say_the_same_cell_by_cell(story: Story, name: str) -> None:
    folder = story.written(name)
    found = from_csv(folder)
    assert set(found) == set(TABLES)
    assert from_xlsx(folder / "tables.xlsx") == found
    assert from_parquet(folder) == found
    for table, rows in found.items():
        for row in rows:
            assert list(row) == [column.name for column in TABLES[table].columns]


def test_each_element_of_each_record_closes_to_the_milligram(story: Story) -> None:
    for name in ("log", "own", "bundle", "partly"):
        rows = from_csv(story.written(name))["balances"]
        known = [row for row in rows if row["known"] == "yes"]
        assert known
        for row in known:
            assert sum(_n(row[column]) for column in _NUMBERS) == _n(row["in_mg"])
            assert _n(row["in_mg"]) == _n(row["out_mg"]) + _n(row["loss_mg"])
        for row in rows:
            if row["known"] != "yes":
                assert row["reason"]
                assert all(row[column] is None for column in (*_NUMBERS, "in_mg", "out_mg", "loss_mg"))
    assert {row["type"] for row in from_csv(story.written("log"))["balances"]} == {
        "source",
        "process",
        "adjust",
        "receive",
    }


def test_the_whole_ledger_closes_to_the_milligram(story: Story) -> None:
    """What was made is what was taken, cut off, lost on the way, or is left."""
    found = from_csv(story.written("log"))
    made = sum(_n(row["mass_mg"]) for row in found["batches"])
    left = sum(_n(row["left_mg"]) for row in found["batches"])
    body = [row for row in found["balances"] if row["element"] == "*"]
    taken = sum(_n(row["from_batches_mg"]) for row in body if row["type"] in ("process", "adjust"))
    lost = sum(_n(row["loss_mg"]) for row in body if row["type"] == "receive")
    cut = sum(_n(row["mass_mg"]) for row in found["inputs"] if row["kind"] == "offered" and row["mass_mg"])
    assert lost == 100_000
    assert made == taken + lost + cut + left


def test_batches_and_routes_are_those_of_the_replay(story: Story) -> None:
    out = io.BytesIO()
    audit(story.log, story.policy, readers=1, batches=out)
    lines = {line["batch"]: line for line in map(orjson.loads, out.getvalue().splitlines())}
    found = from_csv(story.written("log"))
    batches = {str(row["batch"]): row for row in found["batches"]}
    assert batches.keys() == lines.keys()
    stages: dict[str, dict[str, tuple[str, list[str]]]] = {}
    for row in found["route_stages"]:
        of = stages.setdefault(str(row["route"]), {}).setdefault(str(row["stage"]), (str(row["basis"]), []))
        of[1].append(str(row["country"]))
    routes: dict[tuple[str, str], list[tuple[int, object]]] = {}
    for row in found["routes"]:
        if row["part"] is None:
            route = {"origin": row["origin"], "stages": {
                stage: {"basis": basis, "countries": countries}
                for stage, (basis, countries) in stages.get(str(row["route"]), {}).items()
            }}  # fmt: skip
            route |= {k: row[f"origin_{k}"] for k in ("known", "reason") if row[f"origin_{k}"]}
            routes.setdefault((str(row["batch"]), str(row["element"])), []).append((_n(row["mass_mg"]), route))
    for name, line in lines.items():
        row = batches[name]
        assert (_n(row["mass_mg"]), _n(row["left_mg"])) == (line["mass_mg"], line["left_mg"])
        assert row["holder"] == line.get("holder")
        assert _n(row["mass_mg"]) == round(float(str(row["mass_kg"])) * 1_000_000)
        for element, each in line["routes"].items():
            assert routes.get((name, element), []) == [(e["mass_mg"], e["route"]) for e in each]
    standings = {row["standing"] for row in found["batches"]}
    assert standings == {"held", "left the ledger"}
    assert any(row["part"] for row in found["routes"]), "the magnets inside the rotor keep their routes"

    own = from_csv(story.written("own"))
    assert {row["reason"] for row in own["records"]} == {None, "closed"}
    assert all(row["type"] is None and row["organization"] is None for row in own["records"] if row["known"] == "no")
    assert all(row["left_mg"] is None and row["standing"] == "unknown" for row in own["batches"])
    partly = from_csv(story.written("partly"))
    assert {row["state"] for row in partly["records"]} == {"open", "partly"}
    hidden = [row for row in partly["batches"] if row["mass_mg"] is None]
    assert hidden
    assert all(row["reason"] == "withheld; not-weighed" and row["lot"] is None for row in hidden)
    assert all(row["left_mg"] is None for row in partly["batches"])
    whole = from_csv(story.written("bundle"))
    assert {row["reason"] for row in whole["batches"]} == {"only-upstream"}


def test_no_text_of_a_user_is_a_formula_anywhere(story: Story) -> None:
    folder = story.written("log")
    raw = [row for path in folder.glob("*.csv") for row in csv.reader(path.read_text("utf-8-sig").splitlines())]
    cells = [cell for row in raw for cell in row]
    assert not [cell for cell in cells if starts_formula(cell)]
    assert f"'{EVIL}" in cells
    found = from_csv(folder)
    lots = {row["lot"] for row in found["batches"]}
    assert {EVIL, "+1", "-1+1|cmd", "@SUM(A1)", "'quoted", "＝1", "  =1", "北方稀土"} <= lots
    with zipfile.ZipFile(folder / "tables.xlsx") as archive:
        for name in archive.namelist():
            assert b"<f>" not in archive.read(name)
            assert "externalLink" not in name
        assert b'quotePrefix="1"' in archive.read("xl/styles.xml")
    assert any(row["method"] == EVIL for row in found["inquiries"])


def test_the_same_file_gives_the_same_bytes(story: Story, tmp_path: Path) -> None:
    for number in (1, 2):
        audit_into(
            tmp_path / str(number),
            FORMATS,
            lambda follower: audit(story.bundle, story.policy, readers=1, follower=follower),
        )
    one, other = ({p.name: p.read_bytes() for p in (tmp_path / n).iterdir()} for n in ("1", "2"))
    assert one == other
    assert len(one) == 2 * len(TABLES) + 1


def test_after_a_failed_audit_there_are_no_tables(story: Story, tmp_path: Path) -> None:
    export = orjson.loads(story.log)
    export["evidence"]["records"].pop()
    for bad in (story.log[:-1] + b" }", orjson.dumps(export), story.bundle[:-9], b""):
        assert not _audited(bad, story.policy, tmp_path / "tables").passed
        assert list(tmp_path.iterdir()) == []


def _audited(data: bytes, policy: str, folder: Path) -> Verification:
    return audit_into(folder, FORMATS, lambda follower: audit(data, policy, readers=1, follower=follower))


def test_a_folder_with_something_in_it_is_left_alone(story: Story, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="is there already"):
        audit_into(tmp_path, FORMATS, lambda follower: audit(story.log, story.policy, follower=follower))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_command_writes_what_is_asked_for(story: Story, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("log.json").write_bytes(story.log)
    Path("policy.txt").write_text(story.policy)
    asked = ["audit", "log.json", "--policy", "policy.txt", "--tables", "out", "--processes", "2"]
    done = CliRunner().invoke(app, [*asked, "--format", "csv"])
    assert done.exit_code == 0, done.output
    assert from_csv(Path("out")) == from_csv(story.written("log"))
    assert {path.suffix for path in Path("out").iterdir()} == {".csv"}
    assert isinstance(CliRunner().invoke(app, [*asked, "--format", "pdf"]).exception, UsageError)
    assert isinstance(CliRunner().invoke(app, asked).exception, UsageError)


def test_the_dictionary_explains_every_column_in_both_languages(story: Story) -> None:
    rows = from_csv(story.written("log"))["dictionary"]
    named = {(row["table"], row["column"]) for row in rows}
    assert named == {(t.name, c) for t in TABLES.values() for c in (None, *(column.name for column in t.columns))}
    for row in rows:
        assert row["meaning_en"]
        assert row["meaning_zh"]
        assert row["meaning_zh"] != row["meaning_en"]
        assert str(row["column"]).endswith(("_mg", "_ppm", "_kg")) <= (row["unit"] in ("mg", "ppm", "kg"))


def test_a_sheet_that_is_full_goes_on_in_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ledger.documents.tables.workbook._ROWS", 3)
    out = _Kept()
    files = TableFiles(lambda _: out, ("xlsx",))
    for number in range(7):
        files.add("route_stages", (f"r{number}", "mine", "AU", "traced"))
    files.close()
    files.drop()
    found = from_xlsx(out)  # type: ignore[arg-type]  # a file in memory will do
    sheets = ["route_stages", "route_stages (2)", "route_stages (3)"]
    assert [row["route"] for sheet in sheets for row in found[sheet]] == [f"r{n}" for n in range(7)]


class _Kept(io.BytesIO):
    """A file whose bytes stay when it is closed."""

    def close(self) -> None:
        """Stay open."""


@pytest.mark.parametrize("value", ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", " =1", "'x", "''=1"])
def test_a_formula_is_defused_in_a_way_that_can_be_undone(value: str) -> None:
    assert defused(value) == f"'{value}"
    assert not starts_formula(defused(value))


def test_harmless_text_stays_as_it_is_and_what_no_file_may_hold_is_shown() -> None:
    assert [defused(v) for v in ("", "a=1", "2026-01-01", "北方", "1-2")] == ["", "a=1", "2026-01-01", "北方", "1-2"]
    assert text("a\x00b\u202ec\uffff") == "a\ufffdb\ufffdc\ufffd"
    assert text({"limits": ["x", 1]}) == '{"limits":["x",1]}'


def test_a_cell_too_long_for_the_format_says_that_it_was_cut() -> None:
    out = _Kept()
    book = Workbook(lambda _: out)
    book.add("route_stages", ("x" * 40_000, "'", "#N/A", "=1"))
    book.close()
    row = from_xlsx(out)["route_stages"][0]  # type: ignore[arg-type]
    assert str(row["route"]).endswith("[cut: the whole text is in the CSV and Parquet files]")
    assert (row["stage"], row["country"], row["basis"]) == ("'", "#N/A", "=1")


def _n(cell: str | None) -> int:
    assert cell is not None
    return int(cell)
