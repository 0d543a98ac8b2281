"""Whatever is told, in whatever order: no milligram without a route, none taken twice, none out of nothing."""

import random
from collections import Counter

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.material.batch import element_masses
from ledger.values.quantity import PPM
from tests.helpers.desk import Desk
from tests.helpers.story import VERBS, Story

numbers = st.lists(st.integers(0, 2**20), min_size=9, max_size=9)
verbs = st.sampled_from(["source", "source", "process", "process", "process", "send", "send", *VERBS])
stories = st.lists(st.tuples(verbs, numbers), min_size=4, max_size=40)
quick = settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))


def told(sentences: list[tuple[str, list[int]]]) -> Story:
    desk = Desk()
    story = Story(desk, [desk.maker("AU"), desk.maker("MY"), desk.maker("US")])
    for verb, said in sentences:
        story.tell(verb, said)
    return story


@quick
@given(stories)
def test_masses_by_route_sum_to_the_mass_of_each_element_and_of_the_body(sentences: list) -> None:
    for batch in told(sentences).desk.state.batches.values():
        for table in (batch.made, batch.routes):
            sums = {element: sum(masses.values()) for element, masses in table.items()}
            assert sums.pop("*") == batch.mass_mg
            stated = element_masses(batch.mass_mg, batch.composition)
            if batch.composition is not None:
                assert set(sums) == set(stated)
            for element, mass in sums.items():
                assert 0 <= stated.get(element, mass) - mass <= 40  # a part of a part loses under 1 mg each time
            assert all(mass > 0 for masses in table.values() for mass in masses.values())


@quick
@given(stories)
def test_nothing_is_taken_twice_and_what_is_left_is_what_was_not_taken(sentences: list) -> None:
    story = told(sentences)
    for batch in story.desk.state.batches.values():
        assert 0 <= batch.left_mg <= batch.mass_mg
        assert batch.left_mg == batch.mass_mg - story.used.get(batch.id, 0)


@quick
@given(stories)
def test_no_rare_earth_comes_out_of_nothing(sentences: list) -> None:
    """Over a whole ledger: what is left of an element is never more than entered, beyond tolerances and traces."""
    state = told(sentences).desk.state
    entered: Counter[str] = Counter()
    there: Counter[str] = Counter()
    allowance = 0
    for batch in state.batches.values():
        ref = state.records[batch.id.partition("#")[0]]
        for element in ("Nd", "Pr", "Dy"):
            mass = batch.element_masses.get(element, 0)
            if ref.type == "source":
                entered[element] += mass
            there[element] += mass * batch.left_mg // batch.mass_mg
            allowance = allowance + mass * 6_000 // PPM + 4
        allowance += batch.mass_mg * 1_000 // PPM
    for element, mass in there.items():
        assert mass <= entered[element] + allowance


@quick
@given(stories)
def test_parts_of_an_assembly_weigh_no_more_than_what_was_put_into_it(sentences: list) -> None:
    for batch in told(sentences).desk.state.batches.values():
        for part in batch.contents:
            for element, masses in part.routes.items():
                total = sum(masses.values())
                stated = {**element_masses(part.mass_mg, part.composition), "*": part.mass_mg}
                limit = stated.get(element, total)
                assert total <= limit + len(part.routes)


def test_the_stories_tell_of_everything() -> None:
    """Else the properties above could hold of nothing."""
    rng = random.Random(5)
    kinds: Counter[str] = Counter()
    origins: Counter[str] = Counter()
    for _ in range(12):
        sentences = [
            (rng.choice([*VERBS, "process", "source"]), [rng.randrange(2**20) for _ in range(9)]) for _ in range(90)
        ]
        state = told(sentences).desk.state
        kinds.update(record.type for record in state.records.values())
        kinds.update("formed" for batch in state.batches.values() if batch.formed)
        kinds.update("contents" for batch in state.batches.values() if batch.contents)
        origins.update(r.origin for b in state.batches.values() for m in b.routes.values() for r in m)
    assert {"process", "transfer", "receive", "adjust", "formed", "contents"} <= kinds.keys()
    assert {"mined", "post-consumer", "pre-consumer", "declared", "undisclosed"} <= origins.keys()
    assert kinds["process"] > 100
