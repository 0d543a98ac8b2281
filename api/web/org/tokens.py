"""Tokens and keys: who may read for the organization, and which keys speak for it."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from api.deps import LedgerDep, viewer_of
from api.web.org.sections import record_path
from api.web.pages import page
from api.web.session import PageReader, PostedForm
from api.web.twins import Column, Table, answer, twinned
from api.web.words import N_
from ledger.errors import UsageError
from ledger.workflows.own_chains import chains_and_keys
from ledger.workflows.own_tokens import list_own_tokens, make_own_token, revoke_own_token
from ledger.workflows.tokens import SCOPES

__all__ = ["keys", "make", "revoke", "router", "tokens"]

router = APIRouter(include_in_schema=False)

_TOKENS = (
    Column("token", N_("Token"), "code"),
    Column("label", N_("Label"), "text"),
    Column("scopes", N_("Scopes"), "terms:scope"),
    Column("created_at", N_("Made"), "time"),
    Column("expires_at", N_("Expires"), "time"),
    Column("standing", N_("Standing"), "term:standing"),
)
_KEYS = (
    Column("kid", N_("Thumbprint"), "digest"),
    Column("algorithm", N_("Algorithm"), "code"),
    Column("use", N_("Signs"), "term:use"),
    Column("standing", N_("Standing"), "term:standing"),
    Column("since", N_("In force since"), "time"),
    Column("until", N_("Until"), "time"),
    Column("record", N_("Named by"), "digest", lambda row: record_path(row["record"])),
    Column("chain", N_("Chain"), "digest"),
)
_DAYS = 90
_MOST_DIGITS = 6


@twinned(router, "/o/tokens")
def tokens(request: Request, ledger: LedgerDep, caller: PageReader) -> Response:
    """The tokens of the reader's organization, without their secrets."""
    found = list_own_tokens(ledger, caller)
    table = Table("tokens", N_("Tokens, newest first"), _TOKENS, found)
    own = [scope for scope in SCOPES if scope in caller.scopes and scope != "operator"]
    return answer(request, "org/tokens.html", table, own_scopes=own, days=_DAYS, operator=caller.number is None)


@router.post("/o/tokens")
def make(request: Request, ledger: LedgerDep, caller: PageReader, form: PostedForm) -> Response:
    """Make a token with a part of the rights of the caller's own; its secret is on this answer and nowhere else."""
    days = str(form.get("days", ""))
    if not days.isdecimal() or len(days) > _MOST_DIGITS:
        raise UsageError("Expected a number of days.")
    scopes = [str(scope) for scope in form.getlist("scope")]
    made = make_own_token(ledger, caller, scopes, str(form.get("label", "")), int(days))
    return page(request, "org/new-token.html", made=made, status=201)


@router.post("/o/tokens/{token}/revoke")
def revoke(token: str, ledger: LedgerDep, caller: PageReader, _: PostedForm) -> Response:
    """End a token at once."""
    revoke_own_token(ledger, caller, token)
    return RedirectResponse("/o/tokens", 303)


@twinned(router, "/o/keys")
def keys(request: Request, ledger: LedgerDep, caller: PageReader) -> Response:
    """The keys of the reader's chains, the newest set of each first."""
    chains, found = chains_and_keys(ledger, viewer_of(caller))
    table = Table("keys", N_("Keys"), _KEYS, found)
    return answer(request, "org/keys.html", table, data={"chains": chains})
