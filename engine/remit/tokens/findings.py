"""What is wrong with a token, in words for a log; never with the token's own values in them."""

NOT_A_MAPPING = "the claims are not a mapping: hand over what your JWT library verified"
NO_ISSUER = "the issuer is not one that this API trusts"
NO_AUDIENCE = "the token is not meant for this API: its audience is another"
NO_SUBJECT = "the token names no subject"
EXPIRED = "the token has expired"
NOT_YET = "the token is not valid yet"
BOUND = "the token is bound to a key (cnf), and no proof of possession was presented"
DELEGATED = "the token is delegated (act), and this policy says nothing of actors"
BAD_HEADER = "the header `typ` is not at+jwt, as RFC 9068 asks"
UNREADABLE = "the claims could not be read"


def wrong_type(claim: str) -> str:
    """A claim has a type that its definition does not allow."""
    return f"the claim `{claim}` has the wrong type"


def missing(claim: str) -> str:
    """A claim that the profile requires is not there."""
    return f"the claim `{claim}` is missing"
