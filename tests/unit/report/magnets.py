"""Magnets for the tests of reports, said in few words.

A route is told as `{"mine": "AU", "separate": "MY", "alloy": "JP US"}`; a `?` after a country makes the stage declared.
"""

from collections.abc import Mapping
from dataclasses import replace

from ledger.material.routes import BODY, Route, Stage
from ledger.report.assess import assess
from ledger.report.context import parse_context
from ledger.report.model import Subject, Verdict

Told = Mapping[str, str]

MAKING = dict.fromkeys(("alloy", "strip-cast", "decrepitate", "jet-mill", "press", "sinter"), "JP") | {
    "magnetize": "US"
}
RARE_EARTH = {"mine": "AU", "beneficiate": "AU", "leach": "MY", "separate": "MY", "calcine": "MY", "reduce": "VN"}
CARRIER = {"mine": "SE", "reduce": "SE"}
NEODYMIUM = {"Nd": 290_000, "Pr": 10_000, "Dy": 10_000, "Fe": 670_000, "B": 10_000, "Co": 10_000}
SAMARIUM = {"Sm": 250_000, "Co": 500_000, "Fe": 200_000, "Cu": 50_000}
RECOVERED = {"hydrogen-process": "US", "jet-mill": "US", "press": "US", "sinter": "US", "magnetize": "US"}

BEFORE = "2026-12-31"
AFTER = "2027-01-01"


def route(told: Told, origin: str = "mined", known: str = "", reason: str = "") -> Route:
    stages = []
    for step, places in sorted(told.items()):
        countries = tuple(sorted(place.rstrip("?") for place in places.split()))
        stages.append(Stage(step, countries, "declared" if "?" in places else "traced"))
    return Route(origin, tuple(stages), known or ("traced" if "consumer" in origin else ""), reason)


def magnet(
    magnet_type: str | None = "NdFeB",
    routes: Mapping[str, Mapping[Route, int]] | None = None,
    **changes: object,
) -> Subject:
    """A clean sintered magnet of 1 kg: known all the way, nothing in a covered country; then the given changes."""
    composition = SAMARIUM if magnet_type == "SmCo" else NEODYMIUM
    clean: dict[str, Mapping[Route, int]] = {BODY: {route(MAKING, "mined"): 1_000_000}}
    for element, ppm in composition.items():
        early = CARRIER if element in ("Fe", "B", "Co", "Cu") else RARE_EARTH
        clean[element] = {route({**early, **MAKING}): ppm}
    clean |= routes or {}
    subject = Subject(
        batch="b#0",
        material="magnet",
        magnet_type=magnet_type,
        composition=composition,
        elements={element: sum(masses.values()) for element, masses in clean.items()},
        routes=clean,
    )
    return replace(subject, **changes)  # type: ignore[arg-type]


def with_step(subject: Subject, element: str, step: str, country: str, ppm: int = 1_000_000) -> Subject:
    """The subject after some of the element's mass also passed a step in a country."""
    (clean, mass), *_ = subject.routes[element].items()
    moved = max(1, mass * ppm // 1_000_000)
    stages = {stage.step: stage for stage in clean.stages} | {step: Stage(step, (country,), "traced")}
    touched = Route(clean.origin, tuple(sorted(stages.values())), clean.known, clean.reason)
    split = {touched: moved} | ({clean: mass - moved} if mass > moved else {})
    return replace(subject, routes={**subject.routes, element: split})


def without(subject: Subject, element: str, *steps: str) -> Subject:
    """The subject with these steps of an element unsaid."""
    kept: dict[Route, int] = {}
    for old, mass in subject.routes[element].items():
        kept_stages = tuple(stage for stage in old.stages if stage.step not in steps)
        new = Route(old.origin, kept_stages, old.known, old.reason)
        kept[new] = kept.get(new, 0) + mass
    return replace(subject, routes={**subject.routes, element: kept})


def recovered(
    told: Told = RECOVERED, origin: str = "post-consumer", more: Mapping[str, Mapping[Route, int]] | None = None
) -> Subject:
    """A magnet whose every element was recovered and then made as told."""
    routes = {e: {route(told, origin): ppm} for e, ppm in NEODYMIUM.items()}
    return magnet(routes={**routes, BODY: {route(told, origin): 1_000_000}, **(more or {})})


def verdict(subject: Subject, delivered: str, **context: object) -> Verdict:
    return assess(subject, parse_context({"delivered": delivered, **context}))[0]


def codes(found: Verdict) -> set[str]:
    return {remark.code for remark in found.remarks}


def readings(subject: Subject) -> str:
    """The four answers in one word: through 2026 plain and strict, from 2027 plain and strict."""
    found = [verdict(subject, BEFORE), verdict(subject, AFTER)]
    return "".join(v.verdict[0] + v.strict[0] for v in found)
