"""`lodestone log witness`: a witness in one command, beside a service that knows nothing of it."""

import socket
import subprocess
import threading
from itertools import count
from pathlib import Path

import httpx

from ledger.log.checkpoint import Checkpoint
from ledger.log.merkle import leaf_hash
from ledger.log.note import parse_vkey
from ledger.log.tree import Tree
from ledger.log.witness import AddCheckpoint, read_cosignatures
from tests.cli.commands import Served, inside, lodestone, running
from tests.unit.log.test_frozen import LOG


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


def test_a_witness_that_finds_its_port_taken_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        words = ("log", "witness", "--name", "witness.example", "--log", LOG.vkeys()[0], "--home", tmp_path)
        done = lodestone(*words, "--port", str(port))
    assert (done.code, f"cannot listen on 127.0.0.1, port {port}" in done.err) == (1, True), done


def test_a_witness_without_a_log_or_a_name_says_what_it_needs() -> None:
    done = inside("log", "witness", "--name", "witness.example")
    assert (done.code, "--policy" in done.err) == (2, True)
    done = inside("log", "witness", "--name", "witness.example", "--log", "nonsense")
    assert (done.code, "verifier key" in done.err) == (1, True)


def test_a_witness_that_is_killed_at_any_moment_never_forgets_what_it_cosigned(tmp_path: Path) -> None:
    """Checkpoints of a growing log are asked for in a row; the process is killed without warning, again and again."""
    tree, acknowledged = Tree(), 0
    words = ("log", "witness", "--name", "witness.example", "--log", LOG.vkeys()[0], "--log", LOG.vkeys()[1])
    for moment in (0.004, 0.02):
        processes: list[subprocess.Popen[bytes]] = []
        with running(*words, "--home", tmp_path / "w", beside=tmp_path / "w", started=processes.append) as url:
            for number in count():
                if number == 3:
                    threading.Timer(moment, processes[0].kill).start()
                tree.extend(leaf_hash(b"leaf %d" % i) for i in range(tree.size, tree.size + 7))
                path = tuple(tree.consistency_path(acknowledged, tree.size)) if acknowledged else ()
                note = LOG.sign(Checkpoint(LOG.origin, tree.size, tree.root()))
                try:
                    answer = httpx.post(f"{url}/add-checkpoint", content=AddCheckpoint(acknowledged, path, note).text)
                except httpx.HTTPError:
                    break
                if answer.status_code == 409:  # it had kept one more, and was killed before it could say so
                    assert acknowledged < int(answer.text) <= tree.size
                    acknowledged = int(answer.text)
                    continue
                assert answer.status_code == 200, answer.text
                acknowledged = tree.size
    assert acknowledged > 0
