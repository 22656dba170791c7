"""Command line -> issuer and API on this machine, until Ctrl-C.

python -m policies.documents.service [--check] [--host 127.0.0.1] [--port 8000] [--issuer-port 8001]
"""

import argparse
import logging
import signal
import sys
import threading
from collections.abc import Sequence

from policies.documents.service import walk
from policies.documents.service.servers import running
from remit import ConfigurationError

UNUSABLE = 2


def main(arguments: Sequence[str]) -> int:
    """The exit code: 0, 1 where `--check` has found a wrong answer, 2 for what could not start."""
    parser = argparse.ArgumentParser(
        prog="python -m policies.documents.service",
        description="A documents API and a test issuer, for demonstrations on this machine.",
    )
    parser.add_argument("--check", action="store_true", help="send all requests, and stop")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address: no other is taken")
    parser.add_argument("--port", type=int, default=0, help="of the API; by default any that is free")
    parser.add_argument("--issuer-port", type=int, default=0, help="of the issuer; likewise")
    given = parser.parse_args(arguments)
    _log()
    # A shell lets what it starts in the background ignore interrupts.
    for each in (signal.SIGINT, signal.SIGTERM):
        signal.signal(each, signal.default_int_handler)
    try:
        with running(given.host, given.port, given.issuer_port) as servers:
            if given.check:
                return 0 if walk.check(servers) else 1
            walk.show(servers)
            print(f"\n# Why? {servers.url}/")
            print(f"# More tokens: {servers.issuer.identifier}token")
            print("# The service's log follows; Ctrl-C stops everything.", flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        return 1 if given.check else 0
    except (ConfigurationError, OSError) as error:
        print(f"cannot start: {error}", file=sys.stderr)
        return UNUSABLE
    return 0


def _log() -> None:
    """The service's own words and its requests, among what else is printed."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(logging.Formatter("   log: %(message)s"))
    for name in ("documents", "remit", "uvicorn.access"):
        logger = logging.getLogger(name)
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
