"""Talking to a service over HTTP, with the standard library alone.

Problems become the same errors that the ledger itself raises, so a command says the same, near or far. Redirects are
not followed: a token is for one service.
"""

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO
from urllib.parse import quote, urlencode, urlsplit

import orjson

from ledger.cli.files import read_bytes
from ledger.cli.profile import Profile
from ledger.errors import (
    ConfigError,
    Forbidden,
    LodestoneError,
    NotFound,
    Refused,
    Unauthorized,
    UsageError,
    Violation,
)

__all__ = ["Service", "path_of_batch", "service_for", "service_or_home", "violations_of"]

_PATIENCE = 120.0
_MOST = 64_000_000
_ERRORS: Mapping[int, type[LodestoneError]] = {401: Unauthorized, 403: Forbidden, 404: NotFound}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object, **__: object) -> None:
        return None


_opener = urllib.request.build_opener(_Stay)


@dataclass(frozen=True, slots=True)
class Service:
    """A service at an address, spoken to with a token or without."""

    url: str
    token: str = ""

    def get(self, path: str, **query: object) -> object:
        """A JSON answer.

        Raises:
            LodestoneError: as `open`.
        """
        return _decoded(self._read("GET", path, None, "", query))

    def text(self, path: str, **query: object) -> str:
        """An answer that is a text.

        Raises:
            LodestoneError: as `open`.
        """
        return self._read("GET", path, None, "", query).decode("utf-8", "backslashreplace")

    def send(self, method: str, path: str, body: object = None) -> object:
        """Send JSON (bytes go as they are) and read a JSON answer, or None where there is none.

        Raises:
            LodestoneError: as `open`.
        """
        data = body if isinstance(body, bytes) else None if body is None else orjson.dumps(body)
        answer = self._read(method, path, data, "application/json", {})
        return _decoded(answer) if answer.strip() else None

    def lines(self, path: str, body: bytes) -> Iterator[dict[str, object]]:
        """Send NDJSON; the answer's lines as they come.

        Raises:
            LodestoneError: as `open`, or the answer is not NDJSON.
        """
        with self.open("POST", path, body, "application/x-ndjson") as answer:
            for line in answer:
                if line.strip():
                    decoded = _decoded(line)
                    if not isinstance(decoded, dict):
                        raise LodestoneError(f"{self.url} does not answer as a Lodestone service does")
                    yield decoded

    @contextmanager
    def open(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        kind: str = "",
        query: Mapping[str, object] | None = None,
    ) -> Iterator[IO[bytes]]:
        """The body of a good answer, to be read as it comes.

        Raises:
            LodestoneError: the service cannot be reached, or says no: `Refused`, `NotFound`, `Unauthorized`, ...
        """
        asked = {name: value for name, value in (query or {}).items() if value not in (None, "")}
        target = self.url + path + ("?" + urlencode(asked) if asked else "")
        headers = {"Accept": "application/json, application/x-ndjson;q=0.9, */*;q=0.5", "User-Agent": "lodestone"}
        if kind and body is not None:
            headers["Content-Type"] = kind
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(target, data=body, headers=headers, method=method)  # noqa: S310 - checked in `service_for`
        try:
            with _opener.open(request, timeout=_PATIENCE) as answer:
                yield answer
        except urllib.error.HTTPError as error:
            with error:
                raise _problem(error.code, error.read(_MOST), self.url) from None
        except urllib.error.URLError as error:
            raise LodestoneError(f"the service at {self.url} cannot be reached: {_reason(error.reason)}") from error
        except (http.client.HTTPException, OSError, ValueError) as error:
            raise LodestoneError(f"the service at {self.url} did not answer as expected: {_reason(error)}") from error

    def ledger_name(self) -> str:
        """The name of the service's ledger, as the origin of its log says.

        Raises:
            LodestoneError: as `open`.
        """
        origin = self.text("/log/checkpoint").split("\n", 1)[0]
        name, _, shard = origin.rpartition("/")
        if not name or not shard:
            raise LodestoneError(f"{self.url} does not answer as a Lodestone service does")
        return name

    def _read(self, method: str, path: str, body: bytes | None, kind: str, query: Mapping[str, object]) -> bytes:
        with self.open(method, path, body, kind, query) as answer:
            data = answer.read(_MOST + 1)
        if len(data) > _MOST:
            raise LodestoneError("the answer of the service is too large")
        return data


def service_for(url: str, profile: Profile | None = None, token_file: Path | None = None) -> Service:
    """The service that is meant: by `--url` or LODESTONE_URL, else the profile's.

    The token comes from a file, from LODESTONE_TOKEN, or from the profile; the profile's goes to its own service only.

    Raises:
        UsageError: no service is named, or not by http:// or https://.
        ConfigError: the profile's token is readable by others.
    """
    said = (url or (profile.url if profile else "")).rstrip("/")
    if not said:
        raise UsageError("which service? Give its address with --url, or in LODESTONE_URL")
    parts = urlsplit(said)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.username:
        raise UsageError("expected the address of a service such as https://ledger.example.com")
    if token_file is not None:
        token = read_bytes(token_file).decode("utf-8", "replace").strip()
    else:
        token = os.environ.get("LODESTONE_TOKEN", "").strip()
        if not token and profile is not None and said == profile.url:
            token = _token_of(profile)
    if not token.isascii() or any(c.isspace() for c in token):
        raise UsageError("this is not a token")
    return Service(said, token)


def service_or_home(url: str, profile: Profile | None, token_file: Path | None = None) -> Service | None:
    """The service that is named, or the profile's; None where neither is: then the ledger of this machine is meant.

    Raises:
        UsageError: as `service_for`.
    """
    if not url and not (profile and profile.url):
        return None
    return service_for(url, profile, token_file)


def path_of_batch(batch: str) -> str:
    """A batch in a path: `{record}/{n}`."""
    record, _, place = batch.rpartition("#")
    return f"{quote(record, safe=':')}/{quote(place)}"


def _token_of(profile: Profile) -> str:
    path = profile.token
    if not path.exists():
        return ""
    if path.stat().st_mode & 0o077:
        raise ConfigError(f"the token in {path} can be read by others than its owner; run: chmod 600 {path}")
    return read_bytes(path).decode("utf-8", "replace").strip()


def _decoded(data: bytes) -> object:
    try:
        decoded: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise LodestoneError(
            "the service did not answer in JSON: is this the address of a Lodestone service?"
        ) from error
    return decoded


def _problem(status: int, data: bytes, url: str) -> LodestoneError:
    """A problem document (RFC 9457) as the error that it tells of."""
    try:
        said = orjson.loads(data)
    except orjson.JSONDecodeError:
        said = None
    if not isinstance(said, dict):
        return LodestoneError(f"the service at {url} answered with status {status}")
    violations = violations_of(said.get("violations"))
    if violations:
        return Refused(violations)
    sentence = str(said.get("detail") or said.get("title") or f"The service answered with status {status}")
    kind = UsageError if said.get("code") in ("invalid-request", "bad-request") else _ERRORS.get(status, LodestoneError)
    return kind(sentence)


def violations_of(said: object) -> list[Violation]:
    """Violations as a service tells them; codes that this version does not know are kept in the sentence."""
    found = []
    for entry in said if isinstance(said, list) else ():
        if not isinstance(entry, dict):
            continue
        head = entry.get("head")
        where = (head["seq"], head["id"]) if isinstance(head, dict) and {"seq", "id"} <= head.keys() else None
        code, sentence = str(entry.get("code", "")), str(entry.get("sentence", ""))
        try:
            found.append(Violation(code, sentence, str(entry.get("member", "")), where))
        except ValueError:
            found.append(Violation("malformed", f"{code}: {sentence}", str(entry.get("member", ""))))
    return found


def _reason(error: object) -> str:
    if isinstance(error, TimeoutError):
        return "it takes too long"
    return str(getattr(error, "strerror", None) or error or type(error).__name__)
