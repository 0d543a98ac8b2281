"""What submissions are compared with: an HTTP no-op, and the naive service. `python -m ledger.bench.baselines WHICH`.

The naive service is what a careful beginner writes: FastAPI, one SQLModel session and one commit for each request
behind one lock, on SQLite with full durability, the signature verified with `cryptography`. No log, no rules, no
receipt worth the name. It is the baseline of the bench and nothing else.
"""

import hashlib
import os
import sys
import threading
from typing import Annotated, Any

import orjson
import uvicorn
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from fastapi import Body, FastAPI
from sqlalchemy import event
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, create_engine
from starlette.types import Receive, Scope, Send

from ledger.values.encoding import b64u, unb64u

__all__ = ["main", "naive", "noop"]


class _Naive(SQLModel, registry=registry()):
    """Tables of their own: those of the ledger are another database's."""


class _NaiveKey(_Naive, table=True):
    """A public key by its thumbprint."""

    __tablename__ = "bench_key"
    kid: str = Field(primary_key=True)
    raw: bytes


class _NaiveRecord(_Naive, table=True):
    """A record as received."""

    __tablename__ = "bench_record"
    no: int | None = Field(default=None, primary_key=True)
    id: str = Field(unique=True)
    type: str
    kid: str = Field(index=True)
    envelope: bytes


def naive(path: str) -> FastAPI:
    """The naive service on a SQLite file."""
    engine = create_engine(f"sqlite:///{path}", connect_args={"check_same_thread": False})

    @event.listens_for(engine, "connect")
    def _settings(connection: Any, _: object) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")

    _Naive.metadata.create_all(engine)
    app, one_at_a_time = FastAPI(), threading.Lock()

    @app.post("/v1/records", status_code=201)
    def submit(envelope: Annotated[dict[str, Any], Body()]) -> dict[str, Any]:
        payload = unb64u(envelope["payload"])
        claims, signature = orjson.loads(payload), envelope["signatures"][0]
        kid = orjson.loads(unb64u(signature["protected"]))["kid"]
        with one_at_a_time, Session(engine) as session:
            if "keys" in claims:
                session.merge(_NaiveKey(kid=kid, raw=unb64u(claims["keys"][0]["x"])))
                session.flush()
            key = session.get_one(_NaiveKey, kid)
            signed = f"{signature['protected']}.{envelope['payload']}".encode()
            Ed25519PublicKey.from_public_bytes(key.raw).verify(unb64u(signature["signature"]), signed)
            record = _NaiveRecord(
                id=b64u(hashlib.sha256(payload).digest()),
                type=claims["type"],
                kid=kid,
                envelope=orjson.dumps(envelope),
            )
            session.add(record)
            session.commit()
            session.refresh(record)
            return {"record": record.id, "index": record.no}

    return app


async def noop(scope: Scope, receive: Receive, send: Send) -> None:
    """Reads the body, and answers with as many bytes as a receipt has."""
    if scope["type"] != "http":
        return
    while (await receive()).get("more_body", False):
        pass
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(_ANSWER))]
    await send({"type": "http.response.start", "status": 201, "headers": headers})
    await send({"type": "http.response.body", "body": _ANSWER})


_ANSWER = orjson.dumps({"record": "no-op", "proof": "x" * 4_500})


def main() -> None:
    """Serve one of the two on a port of this machine: `noop PORT`, or `naive PORT` with the file in `BENCH_FILE`."""
    which, port = sys.argv[1:]
    app = noop if which == "noop" else naive(os.environ["BENCH_FILE"])
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_config=None, access_log=False, lifespan="off")


if __name__ == "__main__":
    main()
