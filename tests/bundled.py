"""An engine -> one of the same policy that was loaded from a bundle."""

import tempfile
from pathlib import Path

from remit import Engine
from remit.compiler.bundle import pack
from remit.decider.loading import BUNDLE


def bundled(engine: Engine) -> Engine:
    return loaded(pack(engine.rules()))


def loaded(content: bytes) -> Engine:
    """An engine from the content of a bundle, whose clock stands still. Raises BundleError."""
    with tempfile.NamedTemporaryFile(suffix=BUNDLE) as file:
        file.write(content)
        file.flush()
        return Engine.load(Path(file.name), clock=lambda: 1_800_000_000.0)
