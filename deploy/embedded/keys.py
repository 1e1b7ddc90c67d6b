"""Keys and passwords of one home, made at the first start into a folder that only its owner can open, and never changed."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deploy.embedded.home import write_whole
from deploy.embedded.postgres import SUPERUSER, new_password
from deploy.embedded.roles import HOUSES, ROLES


class Keys:
    """The `secrets` folder: `passwords.json`, and for each house `<house>.client.json` and `<house>.key`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.passwords: dict[str, str] = json.loads(self.made("passwords.json", _passwords).read_bytes())
        for house in HOUSES:
            self.client_key(house)
            self.secret_key(house)
        self.receipt_keys()

    def client_key(self, client: str) -> Path:
        """Private JWK (P-256, for ES256) with which a house, or another client of ours, proves itself to the provider."""
        return self.made(f"{client}.client.json", lambda: json.dumps(_es256()).encode())

    def secret_key(self, name: str) -> Path:
        """32 random bytes: `<house>` for what a house encrypts at rest, `audit-signing` for the keys of the logs."""
        return self.made(f"{name}.key", lambda: os.urandom(32))

    def receipt_keys(self) -> Path:
        """A JWK Set with one private Ed25519 key, which signs the family's receipts."""
        return self.made("consent.receipts.json", lambda: json.dumps({"keys": [_ed25519()]}).encode())

    def made(self, name: str, make: Callable[[], bytes]) -> Path:
        """The file, made unless it exists."""
        path = self.folder / name
        if not path.exists():
            write_whole(path, make())
        return path


def _passwords() -> bytes:
    return json.dumps({role: new_password() for role in (SUPERUSER, *ROLES)}).encode()


def _es256() -> dict[str, Any]:
    from joserfc.jwk import ECKey  # only where a key is made: the supervisor reads them

    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    return key.as_dict(private=True)


def _ed25519() -> dict[str, Any]:
    from joserfc.jwk import OKPKey

    key = OKPKey.generate_key("Ed25519", {"use": "sig"}, auto_kid=True)
    return key.as_dict(private=True)
