"""Moves that hand batches on: offers, answers, returns, losses."""

from typing import Any

from tests.oracle.story import Story

__all__ = ["CUSTODY"]

TERMS = ["sale", "toll", "consignment", "return", "internal", None]


def offer(story: Story) -> None:
    """A transfer of whole batches and parts, mostly answered soon."""
    there = story.held()
    if not there:
        return
    first = story.rng.choice(there)
    own = [batch for batch in story.held(by=str(first.holder)) if batch is not first]
    batches = [first, *story.rng.sample(own, min(len(own), story.rng.randint(0, 2)))]
    entries: list[Any] = []
    for batch in batches:
        part = story.rng.random()
        if part < 0.4:
            entries.append({"batch": batch.name, "mass": f"{story.share(batch.left)} mg"})
        else:
            entries.append(batch.name if part < 0.9 else {"batch": batch.name, "mass": f"{batch.left} mg"})
    terms = story.rng.choice(TERMS)
    to: Any = story.someone(besides=str(first.holder))
    if story.rng.random() < 0.04:
        to = {"external": {"name": "A dealer", "country": "US"}}
    record = {"by": first.holder, "type": "transfer", "to": to, "batches": entries}
    story.add(record | ({"terms": terms} if terms else {}))
    if isinstance(to, str) and story.rng.random() < 0.7:
        answer(story)


def answer(story: Story) -> None:
    """An open transfer accepted, in part, weighed, refused or withdrawn."""
    open_offers = [(name, offer) for name, offer in story.world.offers.items() if not offer.answered and offer.to]
    if not open_offers:
        return
    name, found = story.rng.choice(open_offers[-3:])
    if story.rng.random() < 0.08:
        story.add({"by": found.sender, "type": "receive", "transfer": name, "accepted": []})
        return
    accepted: list[Any] = []
    for batch in found.batches:
        chance, left = story.rng.random(), story.world.batches[batch].left
        if chance < 0.7:
            accepted.append(batch)
        elif chance < 0.9:
            factor = story.rng.choice([0.9, 0.999, 1.01])
            accepted.append({"batch": batch, "mass": f"{max(1, int(left * factor))} mg"})
    story.add({"by": found.to, "type": "receive", "transfer": name, "accepted": accepted})


def adjust(story: Story) -> None:
    """A spill, a sample."""
    there = story.held()
    if there:
        batch = story.rng.choice(there)
        story.add(
            {
                "by": batch.holder,
                "type": "adjust",
                "batch": batch.name,
                "mass": f"{story.share(batch.left, 0.001, 0.1)} mg",
                "reason": "spill",
            }
        )


CUSTODY = [offer, offer, offer, answer, adjust]
