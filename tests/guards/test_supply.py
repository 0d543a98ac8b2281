"""What others wrote and we install: pinned, hashed, licensed as allowed, listed; and that what runs is what was locked.

Not checked here, since it needs a service that not every machine reaches: known vulnerabilities and versions that were
withdrawn. `make audit` asks for them, and fails where it gets no answer.
"""

import re
from importlib.metadata import Distribution, distributions

import orjson
import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packaging.markers import Marker
from packaging.utils import canonicalize_name

from tests.supply.lock import LOCKS, parse_lock, read_lock
from tests.supply.sbom import SBOM, licences, made_sbom

_WORDS = {"AND", "OR", "WITH"}
_SAME = {
    "apache 2.0": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "bsd 2-clause license": "BSD-2-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "psfl": "PSF-2.0",
    "python software foundation license": "PSF-2.0",
}
_SAYS_NOTHING = {"pyrage", "sd-jwt"}
"""Packages without a word on their licence in their metadata: read in their repositories by hand."""


def installed() -> dict[str, Distribution]:
    return {canonicalize_name(found.metadata["Name"]): found for found in distributions()}


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_holds_exact_versions_with_hashes_and_nothing_else(name: str) -> None:
    packages = read_lock(name)
    assert packages
    assert len({package.name for package in packages}) == len(packages)
    for package in packages:
        assert package.hashes, f"{package.name} has no hash: make lock"
        assert package.wanted_by, f"{package.name}: nobody asks for it"


@pytest.mark.parametrize(
    "line",
    [
        "requests>=2",
        "requests",
        "requests @ https://example.com/requests.whl",
        "git+https://example.com/requests",
        "--extra-index-url https://example.com",
        "-e .",
        "https://example.com/requests.whl",
        "    --hash=md5:00",
    ],
)
def test_a_line_that_is_no_pin_is_refused(line: str) -> None:
    good = f"requests==2.34.2 \\\n    --hash=sha256:{'0' * 64}\n    # via lodestone (pyproject.toml)\n"
    assert parse_lock(good)[0].direct
    with pytest.raises(ValueError, match="expected name==version"):
        parse_lock(good + line + "\n")


def test_every_locked_package_has_a_licence_that_is_allowed() -> None:
    table = licences()
    runtime = set(table["allowed"]["runtime"])
    locked = {name: {package.name for package in read_lock(name)} for name in LOCKS}
    assert set(table["packages"]) == set().union(*locked.values()), "requirements/licences.toml: too many or too few"
    for package, expression in table["packages"].items():
        allowed = runtime if package in locked["runtime"] else runtime | set(table["allowed"]["dev"])
        assert _parts(expression) <= allowed, f"{package} is {expression}: not allowed"


def test_the_licences_are_those_that_the_packages_state() -> None:
    table, looked_at = licences()["packages"], 0
    for name, found in installed().items():
        if name not in table or name in _SAYS_NOTHING:
            continue
        stated = _stated(found)
        assert stated, f"{name} says nothing of its licence"
        assert stated & _parts(table[name]), f"{name}: {table[name]} is noted, {sorted(stated)} is stated"
        looked_at += 1
    assert looked_at > 80


def _parts(expression: str) -> set[str]:
    return set(re.findall(r"[A-Za-z0-9.+-]+", expression)) - _WORDS


def _stated(found: Distribution) -> set[str]:
    metadata = found.metadata
    expressions = metadata.get_all("License-Expression") or []
    if expressions:
        return _parts(str(expressions[0]))
    classifiers = [c.split("::")[-1].strip() for c in metadata.get_all("Classifier") or [] if c.startswith("License")]
    said = [str(text).strip() for text in (*(metadata.get_all("License") or []), *classifiers)]
    return {_SAME.get(text.lower(), text) for text in said if text and "\n" not in text}


def test_what_is_installed_is_what_was_locked() -> None:
    here, compared = installed(), 0
    for package in read_lock("dev"):
        if package.marker and not Marker(package.marker).evaluate():
            continue
        assert package.name in here, f"{package.name} is not installed: make setup"
        assert here[package.name].version == package.version, f"{package.name}: make setup"
        compared += 1
    assert compared > 80


def test_the_list_of_what_is_inside_is_current() -> None:
    assert SBOM.read_text() == made_sbom(), "run: make sbom"


def test_the_list_of_what_is_inside_is_whole_and_in_the_format() -> None:
    text = SBOM.read_text()
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None
    said = orjson.loads(text)
    components = {component["name"]: component for component in said["components"]}
    packages = read_lock("runtime")
    assert set(components) == {package.name for package in packages}
    for package in packages:
        component = components[package.name]
        assert component["purl"] == f"pkg:pypi/{package.name}@{package.version}"
        files = {p["value"] for p in component["properties"] if p["name"].startswith("lodestone:file:")}
        assert files == set(package.hashes)
        assert component["licenses"]
    depends = {entry["ref"]: entry.get("dependsOn", []) for entry in said["dependencies"]}
    reached, waiting = set[str](), ["lodestone"]
    while waiting:
        name = waiting.pop()
        if name not in reached:
            reached.add(name)
            waiting += depends[name]
    assert reached == {"lodestone", *components}, "whatever is installed is asked for by something"
