"""The software bill of materials: CycloneDX 1.6 of what whoever runs Lodestone installs, made from the lock alone.

The same lock gives the same bytes, on every machine and every day: no time of making, and a serial number out of the
content.
"""

import json
import tomllib
from functools import cache
from uuid import NAMESPACE_URL, UUID, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from tests.supply.lock import REQUIREMENTS, Locked, read_lock

__all__ = ["SBOM", "licences", "made_sbom"]

SBOM = REQUIREMENTS / "sbom.cdx.json"


@cache
def licences() -> dict[str, dict[str, str]]:
    """requirements/licences.toml: `allowed`, and the licence of each locked package as an SPDX expression."""
    return tomllib.loads((REQUIREMENTS / "licences.toml").read_text())


def made_sbom() -> str:
    """The list as it must stand in requirements/sbom.cdx.json."""
    packages = read_lock("runtime")
    settings = tomllib.loads((REQUIREMENTS.parent / "pyproject.toml").read_text())["project"]
    root = Component(name=settings["name"], version=settings["version"], type=ComponentType.APPLICATION)
    root.bom_ref.value = settings["name"]
    bom = Bom(serial_number=_serial(packages))
    bom.metadata.component = root
    components = {package.name: _component(package) for package in packages}
    bom.components.update(components.values())
    bom.register_dependency(root, [components[p.name] for p in packages if p.direct])
    for package in packages:
        takes = [components[p.name] for p in packages if package.name in _askers(p)]
        bom.register_dependency(components[package.name], takes)
    said = json.loads(JsonV1Dot6(bom).output_as_string())
    del said["metadata"]["timestamp"]
    return json.dumps(said, indent=1, sort_keys=True) + "\n"


def _askers(package: Locked) -> set[str]:
    return {name.partition("[")[0] for name in package.wanted_by}


def _component(package: Locked) -> Component:
    licence = LicenseFactory().make_from_string(licences()["packages"][package.name])
    component = Component(
        name=package.name,
        version=package.version,
        type=ComponentType.LIBRARY,
        purl=PackageURL("pypi", name=package.name, version=package.version),
        licenses=[licence],
    )
    component.bom_ref.value = package.name
    if package.marker:
        component.properties.add(Property(name="lodestone:marker", value=package.marker))
    for number, digest in enumerate(package.hashes):
        component.properties.add(Property(name=f"lodestone:file:{number:03}:sha-256", value=digest))
    if len(package.hashes) == 1:
        component.hashes.add(HashType(alg=HashAlgorithm.SHA_256, content=package.hashes[0]))
    return component


def _serial(packages: list[Locked]) -> UUID:
    said = "\n".join(f"{package.name}=={package.version} {' '.join(package.hashes)}" for package in packages)
    return uuid5(NAMESPACE_URL, said)
