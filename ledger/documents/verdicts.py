"""The verdicts of a report: one word each, the law and the day, what it rests on, and what was assumed."""

from collections.abc import Mapping, Sequence

from ledger.bundle.printed import PrintedNeed, PrintedReason, PrintedRemark, PrintedSubject, PrintedVerdict
from ledger.documents.layout import Block, Bullets, Card, Facts, Line, Note, Section, Text, Tone, data, joined
from ledger.documents.statement import percent
from ledger.documents.voice import N_, Voice
from ledger.report.chain import END_ITEM
from ledger.report.packs import Pack, load_packs
from ledger.values.quantity import PPM

__all__ = ["verdict_cards", "verdicts_section"]

_TONES: Mapping[str, Tone] = {"PASS": "pass", "FAIL": "fail", "UNKNOWN": "unknown"}

_REMARKS: Mapping[str, str] = {
    "clause-version": N_("The contract carries another version of the clause, which may say something else."),
    "earlier-text": N_("The text that was tested is younger than the delivery; an earlier one may differ."),
    "end-item-not-stated": N_("Where the end item is manufactured was not stated, so that was not tested."),
    "waiver": N_("A waiver covers the delivery."),
    "waiver-not-applied": N_("The waiver was not applied."),
    "cots-not-applied": N_("The off-the-shelf exception was not applied."),
    "recycled-by-statute-only": N_(
        "The statute would permit this magnet as made from recycled material; the clause does not list its kind."
    ),
    "recycled-not-applied": N_("The exception for recycled material was not applied."),
    "no-such-exception": N_("The clause is not lifted by something that was stated as an exception."),
    "chain-alone": N_("Without this exception the chain's own tests would not give a pass."),
    "mass-balance": N_("Some origins rest on mass balance: they hold for a period's flows, not for single pieces."),
    "strict-refused": N_(
        "{share} of {element} passed {steps} in {country}. The law does not name it; the strict reading fails."
    ),
    "strict-unknown": N_("For {share} of {element} the country of {steps} is not known; the strict reading needs it."),
    "declared": N_("For {share} of {element} the country of {steps} is declared, not traced."),
    "no-separation": N_("{element} needs no separation, so {steps} may be unknown."),
    "not-recorded": N_("For {share} of {element} the country of {steps} is not known; this does not decide."),
    "does-not-decide": N_("{share} of {element} passed {steps} in {country}; this does not decide."),
    "open-question": N_(
        "{share} of {element} passed {steps} in {country}. Whether it counts as covered is open; here it does not."
    ),
}
"""What the codes of remarks say, for readers of another language than that in which the sentence was signed."""
_WHOLE = frozenset({"end-item-not-stated", "recycled-by-statute-only", "mass-balance"})
"""Remarks whose sentence tells all that the signed one tells."""
_UNKNOWN = frozenset({"strict-unknown", "not-recorded", "end-item-not-stated"})

_ASKED: Mapping[str, str] = {
    "clause": N_("Clause in the contract"),
    "above_sat": N_("Above the simplified acquisition threshold"),
    "outside_us": N_("Contract for use outside the United States"),
    "waiver": N_("Waiver"),
    "end_item.country": N_("End item manufactured in"),
    "end_item.cots": N_("End item is commercially available off the shelf"),
    "end_item.electronic_device": N_("End item is an electronic device"),
    "end_item.mill_product": N_("End item is a mill product"),
    "end_item.mass_mg": N_("Mass of the end item, in mg"),
    "end_item.covered_mass_mg": N_("Covered material in the end item, in mg"),
}


def verdicts_section(voice: Voice, subject: PrintedSubject) -> Section:
    """What dated law says of a delivery on the day asked about."""
    _ = voice.gettext
    heading = _("May it be delivered to the US Department of Defense?")
    if not subject.verdicts:
        said = (
            _("No verdict: no day of delivery was stated, and the law depends on it.")
            if subject.gaps.delivered is None
            else _("No verdict: no rule pack is for this kind of material, or its magnet type is not known.")
        )
        return Section("verdicts", heading, (Note(said, "unknown"),))
    magnets = {magnet.batch: str(number) for number, magnet in enumerate(subject.magnets or [], 1)}
    return Section("verdicts", heading, verdict_cards(voice, subject.verdicts, magnets))


def verdict_cards(
    voice: Voice, verdicts: Sequence[PrintedVerdict], magnets: Mapping[str, str] | None = None
) -> tuple[Block, ...]:
    """One card for each verdict; `magnets` are the numbers under which magnets inside are listed further down."""
    return tuple(_card(voice, verdict, magnets or {}) for verdict in verdicts)


def _card(voice: Voice, verdict: PrintedVerdict, magnets: Mapping[str, str]) -> Card:
    _ = voice.gettext

    def of(said: Text, batch: str | None) -> Text:
        return joined([_("Magnet {number}:", number=magnets.get(batch, batch)), said]) if batch else said

    pack = next((p for p in load_packs() if (p.id, p.digest) == (verdict.rule_pack, verdict.pack_digest)), None)
    title = _("Delivery on {day}", day=verdict.delivered)
    blocks: list[Block] = [_basis(voice, verdict, pack)]
    if verdict.reasons:
        blocks.append(
            Bullets(_("Why it fails"), tuple(Line(of(_reason(voice, each), each.batch)) for each in verdict.reasons))
        )
    if verdict.needs:
        needs = tuple(Line(of(_need(voice, each), each.batch), "unknown") for each in verdict.needs)
        blocks.append(Bullets(_("What is not known, and would settle it"), needs))
    if verdict.remarks:
        remarks = tuple(Line(of(_remark(voice, each), each.batch), _tone(each)) for each in verdict.remarks)
        blocks.append(Bullets(_("To read beside it (none of this decides)"), remarks))
    return Card(voice.label("verdict", verdict.verdict), _TONES[verdict.verdict], title, tuple(blocks))


def _basis(voice: Voice, verdict: PrintedVerdict, pack: Pack | None) -> Facts:
    _ = voice.gettext
    law = Line(data(pack.citation)) if pack else Line(_("a rule pack that this version does not know"), "unknown")
    strict = voice.label("verdict", verdict.strict)
    stated, missing = _assumed(voice, verdict.assumed)
    rows = [
        (_("Law"), law),
        (_("Rule pack"), Line(data(verdict.rule_pack), "mono")),
        (_("It rests on"), Line(voice.label("ground", verdict.ground))),
        (_("Strict reading, every element"), Line(strict, "unknown" if verdict.strict == "UNKNOWN" else "")),
        (_("Assumed, as stated by who asked"), stated),
    ]
    if missing:
        rows.append((_("Not stated, so unknown"), Line(voice.listed(missing), "unknown")))
    return Facts(tuple(rows))


def _assumed(voice: Voice, given: Mapping[str, object]) -> tuple[Line, list[Text]]:
    """What was stated of the delivery besides its day, and what was not."""
    item = given.get("end_item")
    flat: dict[str, object] = {name: value for name, value in given.items() if name not in ("end_item", "delivered")}
    flat |= {f"end_item.{name}": value for name, value in item.items()} if isinstance(item, Mapping) else {}
    stated = [
        voice.gettext("{what}: {value}", what=voice.gettext(asked), value=_value(voice, flat[name]))
        for name, asked in _ASKED.items()
        if name in flat
    ]
    missing = [voice.gettext(asked) for name, asked in _ASKED.items() if name not in flat]
    return Line(voice.listed(stated)) if stated else Line(voice.gettext("the day of delivery, nothing else")), missing


def _value(voice: Voice, value: object) -> Text:
    if isinstance(value, bool):
        return voice.gettext("yes") if value else voice.gettext("no")
    if isinstance(value, Mapping):
        return data(", ".join(f"{name} {value[name]}" for name in sorted(value)))
    return data(str(value))


def _reason(voice: Voice, reason: PrintedReason) -> Text:
    if reason.stage == END_ITEM:
        return voice.gettext("The end item is manufactured in {country}.", country=voice.country(reason.country))
    return voice.gettext(
        "{share} of {element} passed {steps} in {country}.",
        share=percent(reason.share_ppm),
        element=voice.element(reason.element),
        steps=voice.label("step", reason.stage),
        country=voice.country(reason.country),
    )


def _need(voice: Voice, need: PrintedNeed) -> Text:
    if need.stages:
        return voice.gettext(
            "For {share} of {element} the country of one of these is not known: {steps}. A record or a declaration of"
            " it would settle it.",
            share=percent(need.share_ppm),
            element=voice.element(need.element),
            steps=voice.steps(need.stages),
        )
    if need.element == "*":
        return voice.gettext("What this magnet is, and where its body was made, is not known.")
    return voice.gettext(
        "How much {element} it holds, and from where, is not known.", element=voice.element(need.element)
    )


def _remark(voice: Voice, remark: PrintedRemark) -> Text:
    """A remark as it was signed, in English; in other words of the same meaning for who reads Chinese."""

    def speak(language: str) -> str:
        if language == "en" or remark.code not in _REMARKS:
            return remark.what
        said = voice.gettext(
            _REMARKS[remark.code],
            share=_amount(voice, remark.share_ppm),
            element=voice.element(remark.element or ""),
            steps=voice.steps(remark.stages or []),
            country=voice.country(remark.country) if remark.country else "",
        )
        sentence = voice.of(said, "zh")
        full = "{" in _REMARKS[remark.code] or remark.code in _WHOLE
        return sentence if full else f"{sentence} ({remark.what})"

    return voice.each(speak)


def _tone(remark: PrintedRemark) -> Tone:
    return "unknown" if remark.code in _UNKNOWN else ""


def _amount(voice: Voice, share_ppm: int | None) -> Text:
    return voice.gettext("all") if share_ppm == PPM else data(percent(share_ppm or 0))
