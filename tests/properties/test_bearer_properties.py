"""Laws of the verifying front end, on tokens that were changed and on text that never was one."""

import json
from contextlib import suppress

from hypothesis import given
from hypothesis import strategies as st

from remit.bearer import Credentials, Verified, Verifier
from remit.bearer.decoding import Unreadable, base64url, base64url_of, json_object
from tests.issuing import answered, bearer, claims, signer, verifying

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~+/= ,"
SIGNERS = [signer("ES256"), signer("RS256"), signer("Ed25519")]
TOKENS = [each.token(claims()) for each in SIGNERS]
VERIFIERS = [verifying(each) for each in SIGNERS]


def refused(verifier: Verifier, credentials: Credentials) -> bool:
    return not isinstance(answered(verifier, credentials), Verified)


@given(st.sampled_from(range(3)), st.data())
def test_a_token_with_one_letter_changed_is_refused(which: int, data: st.DataObject) -> None:
    token, verifier = TOKENS[which], VERIFIERS[which]
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from(LETTERS).filter(lambda each: each != token[place]))
    for changed in (
        token[:place] + letter + token[place + 1 :],
        token[:place] + token[place + 1 :],
        token[:place] + letter + token[place:],
    ):
        assert changed == token or refused(verifier, bearer(changed))
    assert not refused(verifier, bearer(token))


@given(st.lists(st.text(), max_size=2), st.lists(st.text(), max_size=2), st.text(), st.text())
def test_whatever_is_sent_raises_nothing_but_a_refusal(
    authorization: list[str], dpop: list[str], method: str, url: str
) -> None:
    assert refused(VERIFIERS[0], Credentials(authorization, dpop, method, url))
    named = [f"DPoP {each}" for each in authorization]
    assert refused(VERIFIERS[0], Credentials(named, dpop, method, url))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.dictionaries(st.text(), JSON), st.dictionaries(st.text(), JSON))
def test_whatever_an_issuer_signs_raises_nothing_but_a_refusal(
    header: dict[str, object], said: dict[str, object]
) -> None:
    signing = SIGNERS[0]
    token = signing.token(claims() | said, signing.header() | header)
    answer = answered(VERIFIERS[0], bearer(token))
    assert isinstance(answer, Verified) or answer == (401, "invalid_token")


@given(st.binary())
def test_base64url_has_one_spelling(data: bytes) -> None:
    assert base64url(base64url_of(data)) == data


@given(st.text(LETTERS))
def test_text_that_is_read_as_base64url_is_its_only_spelling(text: str) -> None:
    try:
        data = base64url(text)
    except Unreadable:
        return
    assert base64url_of(data) == text


@given(
    st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers(-(10**30), 10**30) | st.none())
)
def test_an_object_is_read_as_it_was_written(value: dict[str, int]) -> None:
    assert json_object(json.dumps(value).encode()) == value


@given(st.binary())
def test_bytes_are_an_object_or_unreadable(data: bytes) -> None:
    with suppress(Unreadable):
        assert type(json_object(data)) is dict
