"""What went wrong -> an exit code, and what a person is told of it."""

from remit.errors import BundleError, ConfigurationError, PolicyError
from remit.tools.inputs import BadInput
from remit.tools.terminal import BAD_INPUT, BAD_POLICY, refusal


def failure(error: Exception) -> tuple[int, str]:
    """The exit code, and the text. What nobody thought of is named by its kind alone."""
    match error:
        case PolicyError():
            return refusal(error.findings), str(error)
        case BundleError() | ConfigurationError():
            return BAD_POLICY, f"policy refused\nerror: {error}"
        case BadInput():
            return BAD_INPUT, f"error: {error}"
        case _:
            return BAD_INPUT, f"error: internal fault ({type(error).__name__}); please report it"
