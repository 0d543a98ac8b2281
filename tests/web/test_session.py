"""Signing in to pages: what is kept, for how long, and what it is good for."""

import re
from collections.abc import Iterator

import httpx
import pytest

from api.web.session import cookie_name, visitor_cookie
from ledger.workflows.tokens import revoke_token
from tests.web.served import Demo

HTML = {"accept": "text/html"}


@pytest.fixture
def http(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.url, timeout=60) as client:
        yield client


def form_of(demo: Demo, http: httpx.Client, path: str = "/sign-in", cookie: str = "") -> tuple[str, dict[str, str]]:
    """The token of a page's form, and the headers with which a browser sends it."""
    shown = http.get(path, headers={"cookie": cookie} if cookie else {})
    found = re.search(r'name="csrf" value="([^"]+)"', shown.text)
    assert found is not None
    kept = [cookie] if cookie else []
    kept += [f"{each.name}={each.value}" for each in shown.cookies.jar]
    return found[1], {"origin": demo.url, "cookie": "; ".join(kept)}


def signed_in(demo: Demo, http: httpx.Client, token: str, **more: str) -> httpx.Response:
    csrf, headers = form_of(demo, http)
    return http.post("/sign-in", headers=headers, data={"csrf": csrf, "token": token, **more})


def test_a_token_becomes_a_cookie_that_no_script_reads_and_no_other_site_sends(demo: Demo, http: httpx.Client) -> None:
    token = demo.token("magnetmaker")
    answer = signed_in(demo, http, token, next="/sign-in")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/sign-in"
    said = answer.headers["set-cookie"]
    assert said.startswith(f"__Host-lodestone={token}; ")
    for part in ("HttpOnly", "SameSite=strict", "Secure", "Path=/", "Max-Age=43200"):
        assert part in said
    assert "Domain" not in said
    shown = http.get("/", headers={"cookie": f"{cookie_name(demo.ledger.config)}={token}"})
    assert "Sign out" in shown.text
    assert token not in shown.text


def test_the_cookie_lasts_no_longer_than_the_token(demo: Demo, http: httpx.Client) -> None:
    token = demo.token("mine")
    with demo.ledger.database.writing(locked=False) as connection:
        connection.exec_driver_sql(
            "update token set expires_at = '2026-11-02T10:00:00Z' where id = ?", (token.split("_")[1],)
        )
    assert "Max-Age=3600;" in signed_in(demo, http, token).headers["set-cookie"]


@pytest.mark.parametrize("wrong", ["", "lodestone_x_y", "<script>alert(1)</script>", "lodestone_" + "é" * 40])
def test_a_wrong_token_is_refused_without_being_shown(demo: Demo, http: httpx.Client, wrong: str) -> None:
    answer = signed_in(demo, http, wrong)
    assert answer.status_code == 401
    assert cookie_name(demo.ledger.config) + "=" not in answer.headers.get("set-cookie", "")
    assert "not known, was revoked, or has expired" in answer.text
    assert not wrong or wrong not in answer.text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/a\r\nb: c"]
)
def test_nobody_is_sent_elsewhere_after_signing_in(demo: Demo, http: httpx.Client, elsewhere: str) -> None:
    answer = signed_in(demo, http, demo.token("mine"), next=elsewhere)
    assert answer.headers["location"] == "/o"


def test_a_cookie_opens_no_call_of_the_api(demo: Demo, http: httpx.Client) -> None:
    cookie = demo.cookie("magnetmaker")
    assert http.get("/v1/batches", headers=cookie).status_code == 401
    assert http.get("/v1/me", headers=cookie).status_code == 401
    assert http.post("/v1/reports", headers=cookie, json={"batch": demo.batch("magnets#0")}).status_code == 401


def test_a_revoked_token_is_no_session_any_more(demo: Demo, http: httpx.Client) -> None:
    token = demo.token("mine")
    cookie = {"cookie": f"{cookie_name(demo.ledger.config)}={token}"}
    assert "Sign out" in http.get("/", headers=cookie).text
    revoke_token(demo.ledger, token.split("_")[1])
    assert "Sign out" not in http.get("/", headers=cookie).text


def test_signing_out_takes_the_cookie_away(demo: Demo, http: httpx.Client) -> None:
    csrf, headers = form_of(demo, http, "/", demo.cookie("mine")["cookie"])
    answer = http.post("/sign-out", headers=headers, data={"csrf": csrf})
    assert answer.status_code == 303
    assert 'lodestone=""; ' in answer.headers["set-cookie"]
    assert "Max-Age=0" in answer.headers["set-cookie"]


@pytest.mark.parametrize(
    "changed",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
    ids=str,
)
def test_a_form_that_another_site_sends_is_refused(demo: Demo, http: httpx.Client, changed: dict[str, str]) -> None:
    csrf, headers = form_of(demo, http, "/", demo.cookie("mine")["cookie"])
    answer = http.post("/sign-out", headers={**headers, **changed}, data={"csrf": csrf})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_form_of_another_session_or_without_a_token_is_refused(demo: Demo, http: httpx.Client) -> None:
    other, _ = form_of(demo, http, "/", demo.cookie("mine")["cookie"])
    _, headers = form_of(demo, http, "/", demo.cookie("recycler")["cookie"])
    for csrf in (other, "", "x", "é"):
        assert http.post("/sign-out", headers=headers, data={"csrf": csrf}).status_code == 403
    visitor, _ = form_of(demo, http)
    theirs = {"origin": demo.url, "cookie": f"{visitor_cookie(demo.ledger.config)}=another"}
    assert http.post("/sign-in", headers=theirs, data={"csrf": visitor, "token": demo.token("mine")}).status_code == 403


def test_a_token_is_not_taken_over_the_open_network(demo: Demo, http: httpx.Client) -> None:
    csrf, headers = form_of(demo, http)
    headers |= {"origin": "http://ledger.example", "host": "ledger.example"}
    answer = http.post("/sign-in", headers=headers, data={"csrf": csrf, "token": demo.token("mine")})
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers


def test_a_body_that_is_no_form_is_refused(demo: Demo, http: httpx.Client) -> None:
    _, headers = form_of(demo, http)
    assert http.post("/sign-in", headers=headers, json={"token": demo.token("mine")}).status_code == 415


@pytest.mark.parametrize(
    ("charset", "field"),
    [("punycode", b"x" * 50_000 + b"-" + b"a" * 50_000), ("utf-7", b"+2AA-"), ("utf-16", b"a" * 64), ("hex", b"00")],
)
def test_a_form_in_another_codec_than_a_browsers_is_refused_before_it_is_decoded(
    demo: Demo, http: httpx.Client, charset: str, field: bytes
) -> None:
    _, headers = form_of(demo, http)
    body = b'--x\r\nContent-Disposition: form-data; name="csrf-"\r\n\r\n' + field + b"\r\n--x--\r\n"
    for said in (f"charset={charset}", f'CHARSET="{charset}"', f"charset=utf-8; charset={charset}"):
        kind = f"multipart/form-data; boundary=x; {said}"
        for path in ("/sign-in", "/verify"):
            answer = http.post(path, headers=headers | {"content-type": kind}, content=body)
            assert answer.status_code == 415


def test_a_form_that_says_utf_8_is_taken(demo: Demo, http: httpx.Client) -> None:
    csrf, headers = form_of(demo, http)
    body = f"csrf={csrf}&token=x"
    for kind in ("application/x-www-form-urlencoded; charset=UTF-8", "Application/X-WWW-Form-Urlencoded"):
        assert http.post("/sign-in", headers=headers | {"content-type": kind}, content=body).status_code == 401


def test_an_origin_that_is_no_address_is_refused_in_words(demo: Demo, http: httpx.Client) -> None:
    csrf, headers = form_of(demo, http)
    broken = headers | {"origin": "https://[x", "host": "[x"}
    assert http.post("/sign-in", headers=broken, data={"csrf": csrf, "token": "x"}).status_code == 403
