"""Requests to the service of `tests.hosting`, with the answers that RFC 6750, 9470 and 9457 ask for."""

from typing import NamedTuple

from tests.hosting import METADATA

FOUND = f'resource_metadata="{METADATA}"'
NO_TOKEN = f'Bearer realm="documents", {FOUND}'
INVALID = f'Bearer realm="documents", error="invalid_token", error_description="no such token", {FOUND}'
EXPIRED = INVALID.replace("no such token", "the token has expired")
MALFORMED = (
    'Bearer realm="documents", error="invalid_request", '
    f'error_description="not one scheme and one token", {FOUND}'
)
GET_WRITE = '"fixes":["get a token with the scope `write:documents`"]'
SCOPE = f'Bearer realm="documents", error="insufficient_scope", scope="write:documents", {FOUND}'
LOGIN = (
    'Bearer realm="documents", error="insufficient_user_authentication", '
    f'acr_values="urn:example:mfa", max_age="900", {FOUND}'
)

BAD_REQUEST = '{"title":"Bad Request","status":400}'
UNAUTHORIZED = '{"title":"Unauthorized","status":401}'
FORBIDDEN = '{"title":"Forbidden","status":403}'
NOT_FOUND = '{"title":"Not Found","status":404}'
UNAVAILABLE = '{"title":"Service Unavailable","status":503}'


class Case(NamedTuple):
    """A request, its answer, and how often the loader was called.

    `path` begins with the guard's name; the flavour is put behind that. `body` is None for a fault of
    the service, which the framework answers as it likes.
    """

    name: str
    method: str
    path: str
    token: str | None
    status: int
    body: str | None
    challenge: str | None = None
    loads: int = 0
    headers: tuple[tuple[str, str], ...] = ()

    @property
    def is_allowed(self) -> bool:
        return self.status == 200


def _told(title: str, status: int, rest: str) -> str:
    return f'{{"title":"{title}","status":{status},{rest}}}'


CASES = (
    Case("permission", "GET", "plain/documents/plan", "ann", 200, "plan", loads=1),
    Case("an editor writes", "PUT", "plain/documents/plan", "editor", 200, "plan", loads=1),
    Case("an owner writes", "PUT", "plain/documents/plan", "owner", 200, "plan", loads=1),
    Case("the API itself", "GET", "plain/documents", "reader", 200, "the API"),
    Case("a fresh login", "GET", "plain/ledgers/l1", "fresh", 200, "l1", loads=1),
    Case("no login needed", "GET", "plain/ledgers/d1", "owner", 200, "d1", loads=1),
    Case("anonymous", "GET", "plain/notices/open", None, 200, "open owes log", loads=1),
    Case("an obligation", "GET", "plain/notices/open", "stranger", 200, "open owes log", loads=1),
    Case("a scheme has no case", "GET", "plain/documents/plan", "bEARER ann", 200, "plan", loads=1),
    Case("HEAD", "HEAD", "plain/documents/plan", "ann", 200, "", loads=1),
    # -- no token, or none that is any good: the loader is not called
    Case("no token", "GET", "plain/documents/plan", None, 401, UNAUTHORIZED, NO_TOKEN),
    Case("no token, no resource", "GET", "plain/documents/none", None, 401, UNAUTHORIZED, NO_TOKEN),
    Case("no token for the API", "GET", "plain/documents", None, 401, UNAUTHORIZED, NO_TOKEN),
    Case("unknown token", "GET", "plain/documents/plan", "eve", 401, UNAUTHORIZED, INVALID),
    Case("unknown where none is needed", "GET", "plain/notices/open", "eve", 401, UNAUTHORIZED, INVALID),
    Case("expired", "GET", "plain/documents/plan", "expired", 401, UNAUTHORIZED, EXPIRED),
    Case("HEAD without a token", "HEAD", "plain/documents/plan", None, 401, "", NO_TOKEN),
    Case(
        "two tokens",
        "GET",
        "plain/documents/plan",
        "ann",
        400,
        BAD_REQUEST,
        MALFORMED,
        headers=(("Authorization", "Bearer editor"),),
    ),
    Case("no keys", "GET", "plain/documents/plan", "down", 503, UNAVAILABLE),
    # -- denied whatever the resource holds: the loader is not called
    Case("scope", "PUT", "plain/documents/plan", "reader", 403, FORBIDDEN, SCOPE),
    Case("scope, no resource", "PUT", "plain/documents/none", "reader", 403, FORBIDDEN, SCOPE),
    Case(
        "scope, concealed",
        "PUT",
        "hidden/documents/none",
        "reader",
        403,
        _told(
            "Forbidden",
            403,
            '"detail":"the token was not granted write:documents",'
            f'"layer":"scope","missing_scopes":["write:documents"],{GET_WRITE}',
        ),
        SCOPE,
    ),
    Case("a login, whatever it is", "PUT", "plain/ledgers/none", "owner", 401, UNAUTHORIZED, LOGIN),
    # -- denied for what the resource holds
    Case("a tenant", "GET", "plain/documents/plan", "stranger", 403, FORBIDDEN, loads=1),
    Case("a role", "PUT", "plain/documents/plan", "ann", 403, FORBIDDEN, loads=1),
    Case("a login", "GET", "plain/ledgers/l1", "owner", 401, UNAUTHORIZED, LOGIN, loads=1),
    Case("no login would do", "GET", "plain/ledgers/l1", "ann", 403, FORBIDDEN, loads=1),
    # -- not there
    Case("missing", "GET", "plain/documents/none", "ann", 404, NOT_FOUND, loads=1),
    Case("missing, to be written", "PUT", "plain/documents/none", "ann", 404, NOT_FOUND, loads=1),
    Case("missing, anonymous", "GET", "plain/notices/none", None, 401, UNAUTHORIZED, NO_TOKEN, loads=1),
    Case("there, anonymous", "GET", "plain/notices/shut", None, 401, UNAUTHORIZED, NO_TOKEN, loads=1),
    Case("there, with a token", "GET", "plain/notices/shut", "ann", 403, FORBIDDEN, loads=1),
    # -- concealed: who may not read gets what is said of a resource that is not there
    Case("concealed", "GET", "hidden/documents/plan", "stranger", 404, NOT_FOUND, loads=1),
    Case("concealed, written", "PUT", "hidden/documents/plan", "stranger", 404, NOT_FOUND, loads=1),
    Case("concealed, a login", "GET", "hidden/ledgers/l1", "owner", 404, NOT_FOUND, loads=1),
    Case("nothing to be known by", "GET", "hidden/notices/shut", "ann", 404, NOT_FOUND, loads=1),
    Case("concealed, missing", "GET", "hidden/documents/none", "ann", 404, NOT_FOUND, loads=1),
    Case(
        "known of",
        "PUT",
        "hidden/documents/plan",
        "ann",
        403,
        _told(
            "Forbidden",
            403,
            '"detail":"no permit applies, and the caller lacks the permission","layer":"permission",'
            '"fixes":["give the caller the role `editor`","give the caller the role `admin`",'
            '"make the caller the `owner`"]',
        ),
        loads=1,
    ),
    Case(
        "full, a rule",
        "GET",
        "full/notices/shut",
        "ann",
        403,
        _told(
            "Forbidden",
            403,
            '"detail":"no permit applies","layer":"rules","fixes":["set `public` to true"]',
        ),
        loads=1,
    ),
    # -- disclosure
    Case(
        "layer",
        "GET",
        "layer/documents/plan",
        "stranger",
        403,
        _told("Forbidden", 403, '"layer":"rules"'),
        loads=1,
    ),
    Case(
        "layer of a scope",
        "PUT",
        "layer/documents/plan",
        "reader",
        403,
        _told("Forbidden", 403, '"layer":"scope"'),
        SCOPE,
    ),
    Case(
        "scopes",
        "PUT",
        "scopes/documents/plan",
        "reader",
        403,
        _told("Forbidden", 403, f'"layer":"scope","missing_scopes":["write:documents"],{GET_WRITE}'),
        SCOPE,
    ),
    Case(
        "full",
        "GET",
        "full/documents/plan",
        "stranger",
        403,
        _told(
            "Forbidden",
            403,
            '"detail":"documents never cross tenants","layer":"rules",'
            '"fixes":["get a token whose claim `tenant` is set to \\"acme\\"",'
            '"set `tenant` to \\"other\\""]',
        ),
        loads=1,
    ),
    Case(
        "full, no token",
        "GET",
        "full/documents/plan",
        None,
        401,
        _told("Unauthorized", 401, '"detail":"the request carries no token","layer":"token"'),
        NO_TOKEN,
    ),
    Case(
        "full, a token",
        "GET",
        "full/documents/plan",
        "eve",
        401,
        _told("Unauthorized", 401, '"detail":"no such token","layer":"token"'),
        INVALID,
    ),
    # -- context and parameters
    Case(
        "parameters",
        "POST",
        "plain/notices/shut",
        "ann",
        200,
        "shut",
        loads=1,
        headers=(("X-Shelf", "open"), ("X-Channel", "desk")),
    ),
    Case(
        "other parameters",
        "POST",
        "plain/notices/shut",
        "ann",
        403,
        FORBIDDEN,
        headers=(("X-Shelf", "locked"), ("X-Channel", "desk")),
    ),
    Case(
        "no context", "POST", "plain/notices/shut", "ann", 403, FORBIDDEN, headers=(("X-Shelf", "open"),)
    ),
    Case(
        "no parameters",
        "POST",
        "plain/notices/shut",
        "ann",
        403,
        FORBIDDEN,
        headers=(("X-Channel", "desk"),),
    ),
    Case(
        "a fault in the context",
        "GET",
        "plain/notices/open",
        "ann",
        403,
        FORBIDDEN,
        headers=(("X-Channel", "fault"),),
    ),
    Case(
        "the same, anonymous",
        "GET",
        "plain/notices/open",
        None,
        401,
        UNAUTHORIZED,
        NO_TOKEN,
        headers=(("X-Channel", "fault"),),
    ),
    # -- the service's own faults
    Case(
        "a fault of the loader",
        "GET",
        "plain/documents/broken",
        "ann",
        500,
        None,
        loads=1,
        headers=(("Connection", "close"),),  # as a server does when it has failed
    ),
    # -- two schemes
    Case(
        "both schemes",
        "GET",
        "both/documents/plan",
        None,
        401,
        UNAUTHORIZED,
        f'{NO_TOKEN}, DPoP realm="documents", {FOUND}, algs="ES256"',
    ),
    Case(
        "the scheme of a bad token",
        "GET",
        "both/documents/plan",
        "DPoP eve",
        401,
        UNAUTHORIZED,
        f'{NO_TOKEN}, DPoP realm="documents", error="invalid_token", '
        f'error_description="no such token", {FOUND}, algs="ES256"',
    ),
    Case(
        "a scheme that is not offered",
        "GET",
        "plain/documents/plan",
        "DPoP ann",
        401,
        UNAUTHORIZED,
        NO_TOKEN,
    ),
    Case(
        "the scheme that was used",
        "PUT",
        "both/documents/plan",
        "DPoP reader",
        403,
        FORBIDDEN,
        SCOPE.replace("Bearer", "DPoP") + ', algs="ES256"',
    ),
)
