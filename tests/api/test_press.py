"""Printing never takes more than its share: what finds no place at the press is told to come again."""

from contextlib import ExitStack

from api.press import pressed
from tests.api.conftest import Service


def test_who_finds_no_place_at_the_press_is_told_to_come_again(service: Service) -> None:
    batch = f"{service.accepted(service.mine, 'source', service.mine.source('PRESS-1', 1_000_000))}#0"
    headers = service.token(service.mine, "read", "report")
    made = service.http.post("/v1/reports", headers=headers, json={"batch": batch}).json()["id"]
    asked = [f"/v1/reports/{made}.pdf", f"/v1/labels.pdf?batch={batch.replace('#', '/')}"]
    with ExitStack() as places:
        for _ in range(8):
            places.enter_context(pressed())
        for path in asked:
            refused = service.http.get(path, headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "busy")
            assert refused.headers["retry-after"]
        assert service.http.get(f"/v1/reports/{made}.html", headers=headers).status_code == 200
    for path in asked:
        assert service.http.get(path, headers=headers).content.startswith(b"%PDF-")
