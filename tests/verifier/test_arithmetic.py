"""Shares, statements and verdicts in JavaScript, on thousands of random cases: what Python says, to the last text."""

import random
from dataclasses import asdict
from typing import Any

from ledger.bundle.lanes import SCALE, Lanes
from ledger.material.pool import Place
from ledger.material.routes import BODY, DECLARED, TRACED, Route, Stage, as_secondary, stamp, unformed
from ledger.report.assess import assess, assess_assembly
from ledger.report.combine import combine
from ledger.report.content import completeness, gaps, recycled
from ledger.report.context import Context, parse_context
from ledger.report.model import Subject, Verdict
from ledger.report.statement import statement
from ledger.values.quantity import PPM, apportion, format_mass, to_ppm
from ledger.values.vocabulary import HANDLING_STEPS, MATERIALS, REENTRY_STEPS, STEPS
from tests.verifier.agreement import EXHAUSTIVE
from tests.verifier.node import ask

DRIVER = "arithmetic.mjs"
COUNTRIES = ("AU", "CN", "DE", "HK", "JP", "MY", "RU", "US", "VN")
STAGES = ("mine", *(step for step in STEPS if step not in HANDLING_STEPS))
ORIGINS = ("mined", "post-consumer", "pre-consumer", "declared", "undisclosed", "undetermined")
ELEMENTS = ("Nd", "Pr", "Dy", "Tb", "Sm", "Co", "Fe", "B", "Cu")


def _weights(chance: random.Random) -> list[int]:
    size = 10 ** chance.choice([1, 2, 6, 15, 24])
    weights = [
        chance.choice([0, 1, chance.randrange(size), chance.randrange(size)]) for _ in range(chance.randint(1, 9))
    ]
    return weights * chance.choice([1, 1, 3])


def test_wholes_are_split_alike() -> None:
    chance = random.Random(1)
    cases = [(chance.choice([0, 1, 7, PPM, chance.randrange(10**20)]), _weights(chance)) for _ in range(3_000)]
    split = [{"ask": "apportion", "total": str(total), "weights": list(map(str, weights))} for total, weights in cases]
    shared = [{"ask": "ppm", "weights": list(map(str, weights))} for _, weights in cases]
    masses = [chance.randrange(10 ** chance.randint(1, 16)) for _ in range(300)] + [0, 1_000, 10**15, 1_500_000]
    answers = ask([*split, *shared, *({"ask": "mass", "mass": mass} for mass in masses)], DRIVER)
    found = [answer["value"] for answer in answers]
    assert [list(map(int, parts)) for parts in found[:3_000]] == [apportion(*case) for case in cases]
    assert found[3_000:6_000] == [to_ppm(weights) for _, weights in cases]
    assert found[6_000:] == [format_mass(mass) for mass in masses]


def _route(chance: random.Random, fewest: int = 0) -> Route:
    origin = chance.choice(ORIGINS)
    steps = sorted(chance.sample(STAGES, chance.choice([0, 1, 3, 8, len(STAGES)])))
    if origin == "undetermined":
        steps = []
    stages = [
        Stage(
            step,
            tuple(sorted(chance.sample(COUNTRIES, chance.choice([fewest, 1, 1, 1, 2])))),
            chance.choice([TRACED, DECLARED]),
        )
        for step in steps
    ]
    known = chance.choice([TRACED, DECLARED]) if "consumer" in origin else ""
    reason = chance.choice(["", "compromised", "withheld"]) if origin == "undisclosed" else ""
    return Route(origin, tuple(stages), known, reason)


def _made_in_america(chance: random.Random) -> Route:
    """A recovered route that often meets the exception for recycled material."""
    made = [Stage(step, ("US",), TRACED) for step in ("alloy", "jet-mill", "magnetize", "sinter")]
    return Route(chance.choice(["post-consumer", "pre-consumer"]), tuple(made), TRACED)


def _subject(chance: random.Random, name: str = "batch") -> Subject:
    make = chance.choice([_route, _route, _route, _made_in_america])
    routes = [make(chance) for _ in range(chance.randint(1, 6))]
    elements = chance.sample(ELEMENTS, chance.randint(0, 6))
    masses: dict[str, dict[Route, int]] = {}
    for element in (*elements, BODY):
        if chance.random() < 0.92:
            some = chance.sample(routes, chance.randint(0, len(routes)))
            masses[element] = {route: chance.choice([0, 1, chance.randrange(1, 10**12)]) for route in some}
    weights = {e: sum(found.values()) + chance.choice([0, 0, 0, 1, 10**9]) for e, found in masses.items()}
    return Subject(
        batch=name,
        material=chance.choice([*MATERIALS, "magnet", "magnet", "magnet", "block"]),
        magnet_type=chance.choice(["NdFeB", "NdFeB", "SmCo", None, "ferrite"]),
        composition={element: chance.randrange(PPM) for element in elements},
        elements=weights,
        routes=masses,
        custody=tuple(sorted(chance.sample(["segregated", "mass-balance"], chance.randint(0, 2)))),
        owners={"mine": ("CN",)} if chance.random() < 0.5 else {},
    )


def _context(chance: random.Random) -> Context:
    given: dict[str, Any] = {}
    if chance.random() < 0.95:
        given["delivered"] = chance.choice(["2026-12-31", "2027-01-01", "2024-01-01", "2028-06-30"])
    truths = [True, False]
    for name in ("above_sat", "outside_us", "clause"):
        if chance.random() < 0.1:
            given[name] = chance.choice(truths)
    if chance.random() < 0.1:
        given["clause"] = chance.choice(["none", " NONE ", "252.225-7052 (JAN 2019)", "252.225-7052 (MAY 2024)", "x"])
    if chance.random() < 0.4:
        item = {"country": chance.choice(COUNTRIES), "cots": chance.choice(truths)}
        item |= {"electronic_device": chance.choice(truths), "mill_product": chance.choice(truths)}
        mass = chance.randint(1, 9)
        item |= {"mass_mg": mass, "covered_mass_mg": chance.randint(0, mass)}
        given["end_item"] = dict(chance.sample(sorted(item.items()), chance.randint(1, len(item))))
    if chance.random() < 0.2:
        given["waiver"] = chance.choice(
            [
                "W-1",
                {"id": "W-2"},
                {"id": "W-3", "until": "2027-01-01"},
                {"id": "ж\U0001f600", "from": "2027-01-02", "until": "2030-01-01"},
            ]
        )
    return parse_context(given)


def _sent(route: Route) -> dict[str, Any]:
    stages = [{"step": s.step, "countries": list(s.countries), "basis": s.basis} for s in route.stages]
    return {"origin": route.origin, "known": route.known, "reason": route.reason, "stages": stages}


def _asked(subject: Subject) -> dict[str, Any]:
    routes = [[e, [[_sent(r), str(m)] for r, m in masses.items()]] for e, masses in subject.routes.items()]
    return {
        "batch": subject.batch,
        "material": subject.material,
        "magnet_type": subject.magnet_type,
        "composition": list(subject.composition.items()),
        "elements": [[element, str(mass)] for element, mass in subject.elements.items()],
        "routes": routes,
        "custody": list(subject.custody),
        "owners": [[stage, list(countries)] for stage, countries in subject.owners.items()],
    }


def _judged(subject: Subject, verdicts: list[Verdict]) -> dict[str, Any]:
    cells: Any = gaps(subject, None)["cells"]
    return {
        "statement": statement(subject),
        "recycled": recycled(subject),
        "completeness": completeness(subject),
        "open": [{name: value for name, value in cell.items() if name != "inquiries"} for cell in cells],
        "verdicts": [verdict.as_json() for verdict in verdicts],
    }


def test_statements_and_verdicts_of_random_magnets_are_the_same() -> None:
    chance = random.Random(857)
    cases = [(_subject(chance), _context(chance)) for _ in range(10_000 if EXHAUSTIVE else 1_000)]
    answers = ask(({"ask": "judge", "subject": _asked(s), "context": asdict(c)} for s, c in cases), DRIVER)
    grounds = set()
    for (subject, context), answer in zip(cases, answers, strict=True):
        verdicts = assess(subject, context)
        assert answer["value"] == _judged(subject, verdicts), (subject, context)
        grounds |= {(verdict.ground, verdict.verdict) for verdict in verdicts}
    assert {ground for ground, _ in grounds} == {
        "chain", "recycled", "cots", "electronic-device", "waiver", "clause-not-applicable",
    }  # fmt: skip
    assert {verdict for ground, verdict in grounds if ground == "chain"} >= {"FAIL", "UNKNOWN"}


def test_unions_of_random_magnets_are_the_same() -> None:
    chance = random.Random(4872)
    cases = [
        ([_subject(chance, f"m{n}") for n in range(chance.randint(1, 4))], _context(chance))
        for _ in range(2_000 if EXHAUSTIVE else 200)
    ]
    asked = [{"ask": "union", "subjects": list(map(_asked, subjects)), "context": asdict(c)} for subjects, c in cases]
    for (subjects, context), answer in zip(cases, ask(asked, DRIVER), strict=True):
        right = _judged(combine("union", subjects), assess_assembly(subjects, context))
        assert answer["value"] == right, (subjects, context)


def test_routes_by_number_are_those_of_the_log() -> None:
    chance = random.Random(9)
    questions, expected = [], []
    for _ in range(300):
        starts = [_route(chance, 1) for _ in range(4)]
        now = starts
        turns = []
        for _ in range(chance.randint(1, 6)):
            steps = tuple(chance.sample(STEPS, chance.randint(1, 5)))
            where = Place(steps, chance.choice(COUNTRIES), chance.choice([TRACED, DECLARED]))
            step, formed, sold = (
                chance.choice([None, chance.choice(steps)]),
                chance.random() < 0.4,
                chance.random() < 0.2,
            )
            turns.append({"where": asdict(where), "step": step, "formed": formed, "sold": sold})
            now = [_after(route, where, step, formed=formed, sold=sold) for route in now]
        questions.append({"ask": "stamps", "starts": list(map(_sent, starts)), "turns": turns})
        expected.append([route.key.decode() for route in now])
    assert [answer["value"] for answer in ask(questions, DRIVER)] == expected


def _after(route: Route, where: Place, step: str | None, *, formed: bool, sold: bool) -> Route:
    steps = where.steps_from(step)
    before = unformed(route) if formed and REENTRY_STEPS & set(steps) else route
    after = stamp(before, tuple(s for s in steps if s not in HANDLING_STEPS), where.country, where.basis)
    return as_secondary(after) if sold else after


def test_shares_are_weighed_alike() -> None:
    chance = random.Random(2**60)
    questions, expected = [], []
    for _ in range(300):
        elements = [*chance.sample(ELEMENTS, chance.randint(1, 5)), BODY]
        lanes = Lanes(elements)
        ways = [_way(chance, len(elements)) for _ in range(chance.randint(1, 5))]
        choices = [tuple(to_ppm([chance.randint(0, 9) for _ in ways[1:]] + [1])) for _ in range(2)]
        rows: dict[tuple[int, ...], list[str]] = {}
        for element in elements:
            rows.setdefault(chance.choice(choices), []).append(element)
        packed = [({n: _packed(lanes, weights) for n, weights in way.items()}, None) for way in ways]
        unpacked = lanes.unpack(lanes.weigh(packed, rows))
        expected.append({e: {n: str(w) for n, w in sorted(weights.items())} for e, weights in unpacked.items()})
        sent = [[[number, list(map(str, weights))] for number, weights in way.items()] for way in ways]
        shares = [{"row": list(row), "elements": named} for row, named in rows.items()]
        questions.append({"ask": "weigh", "elements": elements, "ways": sent, "shares": shares})
    found = [{e: dict(sorted(weights)) for e, weights in answer["value"]} for answer in ask(questions, DRIVER)]
    assert found == expected


def _way(chance: random.Random, many: int) -> dict[int, list[int]]:
    """Numbers of routes, each with the weights of the elements on it."""
    return {
        n: [chance.choice([0, SCALE, chance.randrange(SCALE)]) // 4 for _ in range(many)]
        for n in range(chance.randint(1, 4))
    }


def _packed(lanes: Lanes, weights: list[int]) -> int:
    return sum(weight * one for weight, one in zip(weights, lanes.ones.values(), strict=True))
