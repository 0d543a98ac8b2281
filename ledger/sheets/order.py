"""Drafts in the order in which they are signed: by their times, and after what they build on."""

from collections.abc import Mapping, Sequence

from ledger.sheets.drafts import Draft
from ledger.sheets.says import Remark, _, remark

__all__ = ["Needs", "in_order"]

Needs = dict[Draft, list[Draft]]
"""Draft -> the drafts of the same file that it builds on."""


def in_order(drafts: Sequence[Draft], needs: Mapping[Draft, Sequence[Draft]]) -> tuple[list[Draft], list[Remark]]:
    """Drafts by time; of one time those first that others build on, else as they stand. And what cannot be ordered."""
    wrong: list[Remark] = []
    for draft in drafts:
        for earlier in needs.get(draft, ()):
            if draft.at and earlier.at > draft.at:
                record = earlier.name or str(earlier.where)
                sentence = _("This builds on {record}, which happens only later: {at}.")
                wrong.append(remark(draft.places.get("at", draft.where), sentence, record=record, at=earlier.at))
    done: dict[Draft, None] = {}
    for first in sorted(drafts, key=lambda draft: draft.at):
        _place(first, needs, done, wrong)
    return list(done), wrong


def _place(first: Draft, needs: Mapping[Draft, Sequence[Draft]], done: dict[Draft, None], wrong: list[Remark]) -> None:
    """Put a draft behind those of the same time that it builds on, without recursion: a chain may be long."""
    waiting, under_way = [first], set[Draft]()
    while waiting:
        draft = waiting[-1]
        before = [each for each in needs.get(draft, ()) if each.at == draft.at and each not in done]
        circle = next((each for each in before if each in under_way), None)
        if circle is not None:
            sentence = _("Records of one time build on each other: say by their times which came first.")
            wrong.append(remark(draft.where, sentence))
        if circle is not None or not before or draft in done:
            waiting.pop()
            under_way.discard(draft)
            done.setdefault(draft)
        else:
            under_way.add(draft)
            waiting.append(before[0])
