"""`WWW-Authenticate`, as RFC 6750, 9449, 9470 and 9728 spell it."""

import pytest

from remit.tokens.challenge import Challenge

METADATA = "https://api.example.com/.well-known/oauth-protected-resource"


def test_a_request_without_a_token_is_told_no_error() -> None:
    # RFC 6750, section 3.1: no error code or other error information.
    assert Challenge(401).headers(realm="example") == ['Bearer realm="example"']


def test_an_invalid_token_is_said_to_be_so() -> None:
    challenge = Challenge(401, "invalid_token", "The access token expired")
    assert challenge.headers(realm="example") == [
        'Bearer realm="example", error="invalid_token", error_description="The access token expired"'
    ]


def test_scopes_are_parted_by_single_spaces() -> None:
    challenge = Challenge(403, "insufficient_scope", scopes=("read:documents", "write:documents"))
    assert challenge.headers() == [
        'Bearer realm="api", error="insufficient_scope", scope="read:documents write:documents"'
    ]


def test_a_stronger_login_is_asked_for_as_rfc_9470_does() -> None:
    challenge = Challenge(401, "insufficient_user_authentication", acr_values=("a", "b"), max_age=5)
    assert challenge.headers() == [
        'Bearer realm="api", error="insufficient_user_authentication", acr_values="a b", max_age="5"'
    ]


def test_the_metadata_of_the_resource_is_named() -> None:
    assert Challenge(401).headers(resource_metadata=METADATA) == [
        f'Bearer realm="api", resource_metadata="{METADATA}"'
    ]


def test_an_error_belongs_to_the_scheme_that_was_used() -> None:
    challenge = Challenge(401, "invalid_dpop_proof")
    values = challenge.headers(schemes=("Bearer", "DPoP"), used="DPoP", algs=("ES256", "PS256"))
    assert values == [
        'Bearer realm="api"',
        'DPoP realm="api", error="invalid_dpop_proof", algs="ES256 PS256"',
    ]


def test_a_scheme_that_nobody_offered_is_not_answered_in() -> None:
    assert Challenge(401, "invalid_token").headers(used="Basic") == [
        'Bearer realm="api", error="invalid_token"'
    ]


def test_what_is_no_401_offers_no_other_scheme() -> None:
    challenge = Challenge(403, "insufficient_scope", scopes=("a",))
    assert challenge.headers(schemes=("Bearer", "DPoP")) == [
        'Bearer realm="api", error="insufficient_scope", scope="a"'
    ]


def test_a_denial_that_no_token_changes_has_no_challenge() -> None:
    assert Challenge(403).headers() == []


@pytest.mark.parametrize(
    ("realm", "written"),
    [('a "b" \\c', '"a \\"b\\" \\\\c"'), ("a\r\nSet-Cookie: b", '"aSet-Cookie: b"'), ("käse", '"kse"')],
)
def test_a_realm_is_escaped_and_ends_no_header(realm: str, written: str) -> None:
    assert Challenge(401).headers(realm=realm) == [f"Bearer realm={written}"]


def test_a_description_has_no_quotes_at_all() -> None:
    # RFC 6750, section 3: error_description has neither `"` nor a backslash.
    challenge = Challenge(401, "invalid_token", 'a "b" \\ c\n')
    assert challenge.headers() == [
        'Bearer realm="api", error="invalid_token", error_description="a \'b\' \' c\'"'
    ]


def test_an_acr_that_cannot_be_said_is_left_out() -> None:
    challenge = Challenge(401, "insufficient_user_authentication", acr_values=("a b", "ü", 'c"', "d"))
    assert challenge.headers() == [
        'Bearer realm="api", error="insufficient_user_authentication", acr_values="d"'
    ]
    assert "acr_values" not in Challenge(401, "x", acr_values=("a b",)).headers()[0]
