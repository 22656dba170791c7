"""What is wrong with a request or with a remote party -> the exceptions that a verifier raises.

A description never holds anything that the client sent. Status and error code are those of RFC 6750,
section 3.1, and of RFC 9449, section 7.1.
"""

from remit.tokens.challenge import Challenge
from remit.tokens.verifying import Refused

BEARER = "Bearer"
DPOP = "DPoP"


def no_token() -> Refused:
    """RFC 6750, section 3.1: a request without any credentials that are known gets no error code."""
    return Refused("the request carries no access token", Challenge(401))


def malformed(what: str) -> Refused:
    """The credentials are not written as RFC 6750, section 2.1, says."""
    return Refused(what, Challenge(400, "invalid_request", what))


def invalid(what: str) -> Refused:
    """The token is not good."""
    return Refused(what, Challenge(401, "invalid_token", what))


def bad_proof(what: str) -> Refused:
    """The DPoP proof is not good (RFC 9449, section 4.3)."""
    return Refused(what, Challenge(401, "invalid_dpop_proof", what))


TWO_HEADERS = "more than one Authorization header"
NOT_CREDENTIALS = "the Authorization header is not one scheme and one token"
TOO_LONG = "the token is too long"
NOT_A_JWT = "the token is not a signed JWT"
CRITICAL = "the token's header asks for an extension"
BAD_TYPE = "the token's type is not that of an access token"
BAD_KEY_ID = "the token's key id is not one"
UNKNOWN_ISSUER = "the issuer is not one that this API trusts"
BAD_ALGORITHM = "the token's algorithm is not one that its issuer signs with"
NO_KEY = "the issuer has no such key"
BAD_SIGNATURE = "the token's signature is not that of its issuer"
EXPIRED = "the token has expired"
NOT_YET = "the token is not valid yet"
INACTIVE = "the token is not active"
REVOKED = "the token has been revoked"
BAD_CONFIRMATION = "the token is bound to something that this API cannot check"
NEEDS_DPOP = "the token is bound to a key and needs the DPoP scheme"
NEEDS_BEARER = "the token is not bound to a key and needs the Bearer scheme"
NO_CERTIFICATE = "the token is bound to a certificate that did not come with it"

ONE_PROOF = "the request does not carry exactly one DPoP proof"
NOT_A_PROOF = "the DPoP proof is not a signed JWT of its type"
PROOF_ALGORITHM = "the algorithm of the DPoP proof is not one of those allowed"
PROOF_KEY = "the key in the DPoP proof is not a public key of its algorithm"
PROOF_SIGNATURE = "the signature of the DPoP proof is not that of its key"
PROOF_CLAIMS = "the DPoP proof lacks a claim or has one of the wrong type"
PROOF_METHOD = "the DPoP proof is for another method"
PROOF_URL = "the DPoP proof is for another URL"
PROOF_TIME = "the DPoP proof is too old or from the future"
PROOF_TOKEN = "the DPoP proof is for another access token"  # noqa: S105  (words, no secret)
PROOF_BINDING = "the key of the DPoP proof is not the one that the token is bound to"
PROOF_REPLAYED = "the DPoP proof was used before"
PROOFS_TOO_MANY = "too many DPoP proofs were made with this key"

NO_KEYS = "the keys of an issuer cannot be had"
NO_INTROSPECTION = "the introspection endpoint cannot be asked"
NO_REVOCATION = "whether the token is revoked cannot be found out"
NO_MEMORY = "too many DPoP proofs to remember"
