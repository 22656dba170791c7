"""The peers -> this environment, one by one; what cannot be installed costs its own row only."""

import subprocess
import sys

from benchmarks.engines import PEERS, Peer


def install(peer: Peer) -> bool:
    """Whether pip could."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", *peer.options, peer.requirement]
    done = subprocess.run(command, check=False, capture_output=True)  # noqa: S603  (pinned in PEERS)
    return done.returncode == 0


def main() -> None:
    """Try them all."""
    for peer in PEERS:
        if not install(peer):
            print(f"skipped: {peer.requirement} cannot be installed on this Python")


if __name__ == "__main__":
    main()
