"""The house over ASGI, as the tests of asking have it."""

from tests.sharing.ask.conftest import client, stage

__all__ = ["client", "stage"]
