"""Verifying a report on paper: what is attached, as if it had been given alone; then the page against what it holds."""

from ledger.bundle.online import Online
from ledger.bundle.result import FAILED, NOT_CHECKED, PASSED, Check, Verification, concluded
from ledger.bundle.trust import Later
from ledger.bundle.verify import verify
from ledger.documents.attached import Paper, read_paper
from ledger.documents.edition import edition
from ledger.documents.pdf import BUNDLE_NAME, render_pdf
from ledger.documents.voice import READERS
from ledger.errors import LodestoneError, VerificationError
from ledger.values.encoding import is_digest

__all__ = ["PAGE", "verify_paper"]

PAGE = "page"
"""The check that holds the printed page against the report inside it."""
_BAD = "This PDF cannot be trusted"


def verify_paper(
    data: bytes,
    policy: bytes | str,
    issuer: str | None = None,
    later: Later | None = None,
    online: Online | None = None,
    bundle: bytes | None = None,
) -> Verification:
    """Verify a PDF by what is attached to it; `bundle` is the evidence, where it was given beside the file.

    The check `page` is passed if printing the attached report makes these very bytes, failed if this edition should
    have made them and they differ, and not checked if another edition made the page.

    Promised: no bytes raise; what fails is not printed and not handed on.
    Not checked: as for the report alone; of a page by another edition, what is printed on it.
    """
    try:
        paper = read_paper(data)
        if paper.bundle is not None and bundle is not None and paper.bundle != bundle:
            raise VerificationError("another bundle is attached to this PDF than the one beside it")
    except VerificationError as error:
        return concluded([Check("file", FAILED, str(error))], "", _BAD)
    answer = verify(paper.report, paper.bundle if bundle is None else bundle, policy, issuer, later, online)
    if not answer.passed:
        return answer
    page = _page(data, paper)
    told = {
        PASSED: "The page is what this version prints of it.",
        NOT_CHECKED: "What is printed on the page was not compared with it: rely on the report, not on the print.",
    }
    good = f"{answer.sentence} {told.get(page.result, '')}"
    return concluded([*answer.checks, page], good, _BAD, answer.not_shown, answer.credential)


def _page(data: bytes, paper: Paper) -> Check:
    """Whether the report, printed again, is this file."""
    reader = next((each for each in READERS if each == paper.language), None)
    if not is_digest(paper.edition) or reader is None:
        return Check(PAGE, NOT_CHECKED, "the file does not say which edition printed it, and in which language")
    if paper.edition != edition():
        return Check(PAGE, NOT_CHECKED, f"another edition printed it ({paper.edition}); this is {edition()}")
    try:
        again = render_pdf(paper.report.decode(), reader, paper.bundle if BUNDLE_NAME in paper.attached else None)
    except (LodestoneError, UnicodeDecodeError) as error:
        return Check(PAGE, FAILED, f"the report in it cannot be printed: {error}")
    if again != data:
        said = "this edition prints another page of the report in it: the file was changed since, or made to mislead"
        return Check(PAGE, FAILED, said)
    return Check(PAGE, PASSED, f"printing the report again gives the same {len(data):,} bytes")
