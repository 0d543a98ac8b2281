"""`lodestone log witness`: a witness in one command, beside a service that knows nothing of it."""

import httpx

from ledger.log.note import parse_vkey
from ledger.log.witness import AddCheckpoint, read_cosignatures
from tests.cli.commands import Served, inside, running


def test_a_witness_runs_in_one_command_and_prints_its_keys(served: Served) -> None:
    home = served.home.parent / "witness"
    policy = served.home.parent / "policy.txt"
    policy.write_text(served.operator("log", "policy").out)
    note = served.operator("log", "checkpoint", "--url", served.url).out
    words = ("log", "witness", "--name", "witness.example", "--policy", policy, "--home", home)
    with running(*words, beside=home) as url:
        answer = httpx.post(f"{url}/add-checkpoint", content=AddCheckpoint(0, (), note).text)
    vkeys = home.with_suffix(".out").read_text().splitlines()
    read = read_cosignatures(answer.content, note.rpartition("\n\n")[0] + "\n", [parse_vkey(vkey) for vkey in vkeys])
    assert len(read) == len(vkeys) == 2
    assert "/add-checkpoint" in home.with_suffix(".err").read_text()


def test_a_witness_without_a_log_or_a_name_says_what_it_needs() -> None:
    done = inside("log", "witness", "--name", "witness.example")
    assert (done.code, "--policy" in done.err) == (2, True)
    done = inside("log", "witness", "--name", "witness.example", "--log", "nonsense")
    assert (done.code, "verifier key" in done.err) == (1, True)
