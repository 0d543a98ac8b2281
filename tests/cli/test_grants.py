"""`lodestone grant`: one producer opens something to another one, who then reads it, and withdraws that."""

from collections.abc import Callable

import pytest

from tests.cli.commands import Person
from tests.cli.story import PLACES, ores

People = Callable[[str], Person]


@pytest.fixture
def both(people: People) -> tuple[Person, Person]:
    giver, reader = people("giver"), people("reader")
    for person in (giver, reader):
        person.known(person.home.name)
    giver.given_token("read", "grant")
    reader.given_token()
    done = giver.quickly("submit", giver.file("f.ndjson", [*PLACES, *ores(1)]), "--json")
    assert done.code == 0, done
    return giver, reader


def test_a_grant_is_given_listed_and_withdrawn(both: tuple[Person, Person]) -> None:
    giver, reader = both
    oxide = giver.state["names"]["records"]["oxide0"]
    assert reader.quickly("batch", "show", f"{oxide}#0").code == 1
    made = giver.run("grant", "new", "oxide0#0", "--to", reader.organization, "--until", "2999-01-01T00:00:00Z")
    assert made.code == 0, made
    assert not made.out
    shown = reader.quickly("batch", "show", f"{oxide}#0", "--json")
    assert (shown.code, shown.json["seen_as"], shown.json["lot"]) == (0, "granted", "O-0")
    (listed,) = giver.quickly("grant", "list", "--json").json
    assert (listed["batches"], listed["members"], listed["to"]) == ([f"{oxide}#0"], [], reader.organization)
    assert listed["id"] in made.err
    table = reader.quickly("grant", "list")
    assert listed["id"] in table.out
    assert "2999-01-01T00:00:00Z" in table.out
    assert giver.run("grant", "revoke", listed["id"]).code == 0
    assert reader.quickly("batch", "show", f"{oxide}#0").code == 1


def test_only_the_members_that_are_named_are_given(both: tuple[Person, Person]) -> None:
    giver, reader = both
    words = ("grant", "new", "ore0#0", "--to", reader.organization, "--member", "mass_mg", "--json")
    made = giver.quickly(*words)
    assert (made.code, made.json["members"]) == (0, ["mass_mg"])
    shown = reader.quickly("batch", "show", made.json["batches"][0], "--json").json
    assert shown["mass_mg"] == 10**11
    assert "composition" not in shown


def test_what_cannot_be_granted_is_refused_in_words(both: tuple[Person, Person]) -> None:
    giver, reader = both
    to = ("--to", reader.organization)
    for words, code in (
        (("grant", "new", "nothing", *to), 2),
        (("grant", "new", "ore0", "--to", "nobody"), 2),
        (("grant", "new", "ore0", *to, "--member", "no-such-member"), 2),
        (("grant", "new", "ore0", *to, "--until", "2020-01-01T00:00:00Z"), 2),
        (("grant", "new", reader.organization, *to), 1),
        (("grant", "revoke", "x"), 2),
        (("grant", "revoke", "A" * 22), 1),
    ):
        done = giver.quickly(*words)
        assert done.code == code, (words, done)
        assert done.err
    assert reader.quickly("grant", "revoke", "A" * 22).code == 1
    assert giver.quickly("grant", "list", "--json").json == []


def test_notices_are_listed_from_where_the_last_list_ended(both: tuple[Person, Person]) -> None:
    giver, reader = both
    first = reader.quickly("notice", "list", "--json").json
    assert first["notices"] == []
    made = giver.quickly("grant", "new", "ore0", "--to", reader.organization, "--json").json["id"]
    table = reader.run("notice", "list", "--after", first["after"])
    assert table.code == 0, table
    assert "grant-given" in table.out
    assert made in table.out
    second = reader.quickly("notice", "list", "--after", first["after"], "--json").json
    assert [(each["kind"], each["about"]) for each in second["notices"]] == [("grant-given", made)]
    assert second["after"] in table.err
    assert reader.quickly("notice", "list", "--after", second["after"], "--json").json["notices"] == []
    assert reader.quickly("notice", "list", "--after", "nonsense").code == 2
