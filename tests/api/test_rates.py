"""How often somebody may ask: by token, by address, for refusals; and the memory that it takes."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.guard import is_heavy
from api.limits import Limits, limits_of
from api.rates import Buckets
from ledger.errors import ConfigError
from ledger.workflows.config import read_config
from ledger.workflows.open import open_ledger
from ledger.workflows.tokens import new_token, revoke_token
from tests.api.conftest import JSON, NDJSON, Service, serving
from tests.api.people import NOW, admit, config_of


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_bucket_holds_five_seconds_worth_and_fills_again() -> None:
    clock = Clock()
    buckets = Buckets(2, clock=clock)
    assert [buckets.take("a") for _ in range(10)] == [0.0] * 10
    assert buckets.take("a") == pytest.approx(0.5)
    assert buckets.wait("a") == pytest.approx(0.5)
    assert buckets.take("b") == 0.0, "another name has a bucket of its own"
    clock.now += 0.5
    assert buckets.wait("a") == 0.0
    assert buckets.take("a") == 0.0
    assert buckets.take("a") > 0.0
    clock.now += 3_600
    assert [buckets.take("a") for _ in range(11)][-1] > 0.0, "a long rest does not save up more"


def test_no_rate_is_no_limit() -> None:
    buckets = Buckets(0, clock=Clock())
    assert not any(buckets.take("a") for _ in range(10_000))
    assert len(buckets) == 0


def test_buckets_of_a_million_names_take_the_memory_of_few() -> None:
    buckets = Buckets(1, clock=Clock(), most_names=100)
    for number in range(100_000):
        buckets.take(str(number))
        buckets.take("always there")
    assert len(buckets) == 100
    assert buckets.take("always there") > 0.0, "who goes on asking is not forgotten"


@contextmanager
def limited(home: Path, **limits: str) -> Iterator[Service]:
    """A service with limits of its own."""
    said: dict[str, Any] = {f"limit_{name}": value for name, value in limits.items()}
    config = replace(config_of(home), **said)
    ledger = open_ledger(config, clock=lambda: NOW)
    try:
        people = (admit(ledger, "Mine"), admit(ledger, "Works"), admit(ledger, "Stranger"))
        with serving(ledger) as client:
            yield Service(ledger, client, *people)
    finally:
        ledger.close()


def refused_for_now(answer: httpx.Response) -> bool:
    """Whether it is a 429 as documented."""
    if answer.status_code != 429:
        return False
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["retry-after"].isdecimal()
    assert int(answer.headers["retry-after"]) >= 1
    said = answer.json()
    assert (said["code"], said["status"]) == ("too-many-requests", 429)
    assert said["request"] == answer.headers["x-request-id"]
    return True


def test_a_token_that_asks_too_often_is_refused_for_a_while_and_no_other(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", requests="2") as service:
        mine, works = service.token(service.mine), service.token(service.works)
        answers = [service.http.get("/v1/me", headers=mine) for _ in range(20)]
        assert answers[0].status_code == 200
        assert sum(refused_for_now(answer) for answer in answers) >= 5
        assert refused_for_now(answers[-1])
        assert service.http.get("/v1/me", headers=works).status_code == 200
        second = service.token(service.mine)
        assert service.http.get("/v1/me", headers=second).status_code == 200, "the limit is the token's"
        assert service.http.get("/livez").status_code == 200, "whoever asks whether it lives is always told"


def test_who_has_signed_in_to_pages_is_counted_by_the_token_too(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", requests="2") as service:
        mine, works = (
            {"cookie": "x=y; __Host-lodestone=" + service.token(who)["authorization"].removeprefix("Bearer ")}
            for who in (service.mine, service.works)
        )
        assert service.http.get("/", headers=works).status_code == 200  # from now on it is known
        answers = [service.http.get("/", headers=mine) for _ in range(20)]
        assert sum(refused_for_now(answer) for answer in answers) >= 5
        assert service.http.get("/", headers=works).status_code == 200
        invented = [service.http.get("/", headers={"cookie": f"__Host-lodestone=x{n}"}) for n in range(20)]
        assert sum(refused_for_now(answer) for answer in invented) >= 5, "an invented token has no bucket of its own"


def test_guessing_tokens_by_cookies_is_stopped_too(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", refusals="2") as service:
        guesses = [service.http.get("/", headers={"cookie": f"__Host-lodestone=lodestone_x_{n}"}) for n in range(20)]
        assert guesses[0].status_code == 200
        assert sum(refused_for_now(answer) for answer in guesses) >= 5


def test_who_has_no_token_is_counted_by_address(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", requests="2") as service:
        known = service.token(service.mine)
        assert service.http.get("/v1/me", headers=known).status_code == 200
        answers = [service.http.get("/log/checkpoint") for _ in range(20)]
        assert sum(refused_for_now(answer) for answer in answers) >= 5
        assert service.http.get("/v1/me", headers=known).status_code == 200
        far = {"x-forwarded-for": "192.0.2.7"}  # as a proxy on this machine says
        assert service.http.get("/log/checkpoint", headers=far).status_code == 200


def test_a_household_of_ipv6_is_one_address(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", requests="2") as service:
        said = [{"x-forwarded-for": f"2001:db8:1:2::{n:x}"} for n in range(1, 31)]
        answers = [service.http.get("/log/checkpoint", headers=headers) for headers in said]
        assert sum(refused_for_now(answer) for answer in answers) >= 10
        other = {"x-forwarded-for": "2001:db8:1:3::1"}
        assert service.http.get("/log/checkpoint", headers=other).status_code == 200


def test_guessing_tokens_is_stopped_and_invented_tokens_have_no_bucket_of_their_own(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", requests="0", refusals="2") as service:
        known = service.token(service.mine)
        assert service.http.get("/v1/me", headers=known).status_code == 200
        guesses = [{"authorization": f"Bearer lodestone_{n:018x}_{'A' * 43}"} for n in range(30)]
        answers = [service.http.get("/v1/me", headers=guess) for guess in guesses]
        assert answers[0].status_code == 401
        assert sum(refused_for_now(answer) for answer in answers) >= 10
        assert service.http.get("/v1/me", headers=known).status_code == 200, "who is known is not shut out with them"


def test_refused_submissions_are_counted_and_accepted_ones_are_not(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", refusals="2") as service:
        good = [service.mine.chained("source", service.mine.source(f"L{n}"))[0] for n in range(20)]
        assert {service.submit(data).status_code for data in good} == {201}
        answers = [service.submit(b"{") for _ in range(30)]
        assert answers[0].status_code == 400
        assert sum(refused_for_now(answer) for answer in answers) >= 10


def test_uploads_with_refused_lines_are_counted_once_each(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", refusals="2") as service:
        good = [service.mine.chained("source", service.mine.source(f"L{n}"))[0] for n in range(20)]
        sent = [service.http.post("/v1/records", content=data + b"\n", headers=NDJSON) for data in good]
        assert {answer.status_code for answer in sent} == {200}
        answers = [service.http.post("/v1/records", content=b"{\n" * 50, headers=NDJSON) for _ in range(30)]
        assert answers[0].status_code == 200
        assert sum(refused_for_now(answer) for answer in answers) >= 10


def test_submissions_have_a_rate_of_their_own(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", submissions="2") as service:
        data = service.mine.chained("source", service.mine.source())[0]
        answers = [service.submit(data) for _ in range(30)]
        assert answers[0].status_code == 201
        assert answers[1].status_code == 200
        assert sum(refused_for_now(answer) for answer in answers) >= 10
        assert service.http.get("/log/checkpoint").status_code == 200


def test_a_token_that_was_revoked_is_refused_however_well_it_was_known(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger") as service:
        made = new_token(service.ledger, service.mine.id, ["read"], "office")
        header = {"authorization": f"Bearer {made.token}"}
        assert service.http.get("/v1/me", headers=header).status_code == 200
        revoke_token(service.ledger, made.id)
        assert service.http.get("/v1/me", headers=header).status_code == 401


def test_every_answer_of_the_document_may_be_429(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger") as service:
        paths = service.http.get("/openapi.json").json()["paths"]
        for operations in paths.values():
            for operation in operations.values():
                assert operation["operationId"] == "live" or "429" in operation["responses"]


@pytest.mark.parametrize("wrong", ["many", "-1", "1.5", "٣", "1e9", "99999999999"])
def test_a_limit_that_is_no_number_is_refused_at_start(tmp_path: Path, wrong: str) -> None:
    config = read_config({"LODESTONE_LIMIT_REQUESTS": wrong}, home=tmp_path)
    with pytest.raises(ConfigError, match="LODESTONE_LIMIT_REQUESTS"):
        limits_of(config)
    with pytest.raises(ConfigError, match="LODESTONE_LIMIT_SECONDS"):
        limits_of(read_config({"LODESTONE_LIMIT_SECONDS": "0"}, home=tmp_path))


def test_limits_are_read_from_the_settings(tmp_path: Path) -> None:
    assert limits_of(read_config({}, home=tmp_path)) == Limits()
    found = limits_of(read_config({"LODESTONE_LIMIT_AT_ONCE": "7", "LODESTONE_LIMIT_SECONDS": "3"}, home=tmp_path))
    assert found == Limits(at_once=7, seconds=3)


def test_a_place_for_heavy_work_is_free_again_with_the_answer(tmp_path: Path) -> None:
    with limited(tmp_path / "ledger", heavy_at_once="1") as service:
        reader = service.token(service.mine)
        for _ in range(10):
            assert service.http.post("/v1/records", content=b"{\n", headers=NDJSON).status_code == 200
            assert service.http.get("/v1/exports/log", headers=reader).status_code == 200
            assert service.http.post("/v1/records", content=b"{", headers=JSON).status_code == 400


@pytest.mark.parametrize(
    ("path", "heavy"),
    [
        ("/a/log", True),
        ("/a/batches/sha-256:x/0/tables", True),
        ("/a/batches/sha-256:x/0/bundle", True),
        ("/v1/exports/log", True),
        ("/v1/exports/batch/sha-256:x/0/tables.zip", True),
        ("/a/batches/sha-256:x/0", False),
        ("/a/records", False),
    ],
)
def test_the_pages_from_which_an_export_is_taken_have_as_few_places_as_the_calls(path: str, heavy: bool) -> None:
    assert is_heavy({"path": path, "method": "GET", "headers": []}) is heavy
