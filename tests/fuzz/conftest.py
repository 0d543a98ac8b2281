"""The running service of the tests of the API."""

from tests.api.conftest import quick

__all__ = ["quick"]
