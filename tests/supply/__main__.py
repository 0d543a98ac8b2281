"""Write requirements/sbom.cdx.json anew from the lock: `make sbom`."""

from tests.supply.sbom import SBOM, made_sbom

SBOM.write_text(made_sbom())
