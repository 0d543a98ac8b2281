"""What Lodestone is made of besides its own code: the locked packages, their licences, and the list of them (SBOM)."""
