"""NATS keys, where deploy's own modules look for them."""

from shared.nkeys import ACCOUNT, CURVE, SERVER, USER, Curve, new_seed, public_of, raw_public, sign

__all__ = ["ACCOUNT", "CURVE", "SERVER", "USER", "Curve", "new_seed", "public_of", "raw_public", "sign"]
