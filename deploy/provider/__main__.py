"""`python -m deploy.provider --config FILE (--fd N | --port N)` serves; `... --config FILE --rotate` publishes a new signing key."""

import argparse
import logging
import os
import socket
import sys
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import msgspec
import uvicorn

from deploy.provider.app import make_app
from deploy.provider.config import LOOPBACK, Config, ConfigFault, load
from deploy.provider.keys import KeyRing
from shared.clock import utc_now


def main() -> None:
    """Serve until SIGTERM, or rotate and end. Exits 2 where it must not run."""
    options = _options()
    if os.environ.get("SAMSYN_PRODUCTION", "false").strip().lower() not in {"", "false", "0", "no"}:
        _refuse("SAMSYN_PRODUCTION is set: anybody may be anybody here, so this provider does not run in production")
    try:
        config = load(options.config)
    except (OSError, ConfigFault, msgspec.MsgspecError) as error:
        _refuse(f"configuration: {error}")
    if options.rotate:
        now = utc_now()
        print(KeyRing.open(config.data / "signing-keys.json", now).rotate(now))
        return
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s %(message)s")
    listener = _listener(options.fd, options.port, config)
    settings = uvicorn.Config(make_app(config), log_config=None, access_log=False, server_header=False, timeout_graceful_shutdown=5)
    uvicorn.Server(settings).run(sockets=[listener])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deploy.provider", description="OpenID provider for development only")
    parser.add_argument("--config", type=Path, required=True)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--fd", type=int, help="a listening socket that the starter holds")
    way.add_argument("--port", type=int, help="a port of 127.0.0.1")
    way.add_argument("--rotate", action="store_true", help="publish a new signing key, which signs in ten minutes")
    return parser.parse_args()


def _listener(fd: int | None, port: int | None, config: Config) -> socket.socket:
    try:
        listener = socket.socket(fileno=fd) if fd is not None else socket.create_server(("127.0.0.1", port or 0))
        host, bound = listener.getsockname()[:2]
    except (OSError, ValueError) as error:
        _refuse(f"socket: {error}")
    if host not in LOOPBACK:
        _refuse("the socket is open to the network: this provider listens on loopback only")
    if bound != urlsplit(config.issuer).port:
        _refuse("the socket's port is not the issuer's")
    return listener


def _refuse(reason: str) -> NoReturn:
    sys.stderr.write(f"samsyn provider: {reason}\n")
    raise SystemExit(2)


if __name__ == "__main__":
    main()
