"""What is wrong with a token, in words for a log; never with the token's own values in them."""

NOT_A_MAPPING = "the claims are not a mapping: hand over what your JWT library verified"
NO_ISSUER = "the issuer is not one that this API trusts"
NO_AUDIENCE = "the token is not meant for this API: its audience is another"
NO_SUBJECT = "the token names no subject"
EXPIRED = "the token has expired"
NOT_YET = "the token is not valid yet"
STALE = "what the directory said of the caller is no longer fresh: make a new principal"
BOUND = "the token is bound to a key (cnf), and proof that the caller has this key was not presented"
DELEGATED = "the token is delegated (act), and this policy says nothing of actors"
BAD_HEADER = "the header `typ` is not at+jwt, as RFC 9068 asks"
INACTIVE = "the token is not active, as its introspection says (RFC 7662)"
OTHER_USE = "the token is not an access token, as one of its claims says"
CLIENT_NOT_ASSERTED = "the client is not one that its issuer may assert"
UNREADABLE = "the claims could not be read"


def wrong_type(claim: str) -> str:
    """A claim has a type that its definition does not allow."""
    return f"the claim `{claim}` has the wrong type"


def missing(claim: str) -> str:
    """A claim that the profile requires is not there."""
    return f"the claim `{claim}` is missing"


def too_large(claim: str) -> str:
    """A claim holds more than anybody may make the engine look at."""
    return f"the claim `{claim}` is too large"


def not_asserted(claim: str) -> str:
    """The issuer may not say this."""
    return f"the claim `{claim}` has no value that its issuer may assert"
