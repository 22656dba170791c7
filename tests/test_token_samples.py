"""Published tokens of real issuers: what each makes of its bearer, or why it is refused.

The table was written from what issuers and standards say, before any code was run on the samples.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from remit.checker.checked import CheckedIssuer
from remit.tokens import findings
from remit.tokens.claims import Invalid
from remit.tokens.facts import Trust
from remit.tokens.profiles import Kind
from tests.said import Said, read

SAMPLES = Path(__file__).parents[2] / "shared" / "data" / "token_samples.json"


@dataclass(frozen=True)
class Row:
    """What a sample says; `because` is the fact that decides, and the section that states it."""

    name: str
    because: str
    profile: str
    audience: str
    refused: str | None = None
    facts: Mapping[str, object] = field(default_factory=dict)
    added: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    actors: bool = False


HEALTH, STUFF = "https://example.com/health-api", "https://example-api/"
SERVICE, CONSUMER = "https://service26.example.com", "https://consumer.example.com"
SERVER = {"aud": "https://rs.example.com"}
USER = "44444444-4444-4444-4444-444444444444"
ENTRA_API = "11111111-1111-1111-1111-111111111111"
ROWS = [
    Row(
        "auth0-default-profile",
        "1.6: typ is JWT, the client stands in azp; 1.4: roles are not in a token by default",
        "auth0",
        HEALTH,
        facts={
            "kind": Kind.USER,
            "issuer": "https://my-domain.auth0.com/",
            "subject": "auth0|123456",
            "client": "my_client_id",
            "expires": 1311281970,
            "scopes": ("openid", "profile", "read:patients", "read:admin"),
            "roles": None,
            "permissions": None,
        },
    ),
    Row(
        "auth0-rfc9068-profile",
        "1.6: typ is at+jwt, the client stands in client_id, and there is a jti",
        "rfc9068",
        HEALTH,
        facts={
            "kind": Kind.USER,
            "subject": "auth0|123456",
            "client": "my_client_id",
            "scopes": ("openid", "profile", "read:patients", "read:admin"),
            "roles": None,
            "permissions": None,
        },
    ),
    Row(
        "auth0-default-profile",
        "2, RFC 9068: any other typ than at+jwt must be rejected",
        "rfc9068",
        HEALTH,
        refused=findings.BAD_HEADER,
    ),
    Row(
        "auth0-organization-authz",
        "1.3: permissions are all that the user was assigned, whatever the app asked for",
        "auth0",
        STUFF,
        facts={
            "kind": Kind.USER,
            "subject": "auth0|602c0dcab993d10073daf680",
            "client": "ENDmmAJsbwI1hOG1KPJddQ8LHjV6kLkV",
            "scopes": ("openid", "profile", "email"),
            "permissions": ("delete:stuff", "read:stuff", "write:stuff"),
        },
    ),
    Row(
        "auth0-organization-authz",
        "1.1: with and without the slash at the end are two identifiers",
        "auth0",
        STUFF.rstrip("/"),
        refused=findings.NO_AUDIENCE,
    ),
    Row(
        "auth0-m2m-organization",
        "1.6: the subject of a machine ends in @clients, and gty says client-credentials",
        "auth0",
        "https://example-api",
        facts={
            "kind": Kind.CLIENT,
            "subject": "CS2MNgcX1VZFCJaEzfKw2VPAAS0gzhqP@clients",
            "client": "CS2MNgcX1VZFCJaEzfKw2VPAAS0gzhqP",
            "scopes": ("scope1", "scope2"),
            "roles": (),
        },
    ),
    Row(
        "auth0-agent-login-act",
        "2, RFC 8693: an actor has the token; it is refused where the policy says nothing of actors",
        "auth0",
        "https://resource-api.example.com",
        refused=findings.DELEGATED,
    ),
    Row(
        "auth0-agent-login-act",
        "1.6: sub_profile says user; the client of an agent's token is in client_id",
        "auth0",
        "https://resource-api.example.com",
        actors=True,
        facts={
            "kind": Kind.USER,
            "subject": "auth0|user123",
            "client": "agent-linked-client-id",
            "scopes": ("read:data",),
        },
    ),
    Row(
        "rfc9068-section-3",
        "2, RFC 9068: the header's typ has no case, and the RFC's own sample writes at+JWT",
        "rfc9068",
        "https://rs.example.com/",
        facts={
            "kind": Kind.USER,
            "subject": "5ba552d67",
            "client": "s6BhdRkqt3",
            "scopes": ("openid", "profile", "reademail"),
            "roles": None,
        },
    ),
    Row(
        "rfc8693-nested-act",
        "2, RFC 8693: an actor has the token",
        "custom",
        SERVICE,
        refused=findings.DELEGATED,
    ),
    Row(
        "rfc8693-nested-act",
        "2, RFC 8693: top-level claims and the outermost actor are what counts; nothing marks a user",
        "custom",
        SERVICE,
        actors=True,
        facts={
            "kind": Kind.UNKNOWN,
            "subject": "user@example.com",
            "client": None,
            "not_before": 1443904000,
            "scopes": (),
        },
    ),
    Row(
        "rfc8693-may-act",
        "2, RFC 8693: may_act is for the authorization server: nobody acts here",
        "custom",
        CONSUMER,
        facts={"kind": Kind.UNKNOWN, "subject": "user@example.com", "scopes": ()},
    ),
    Row(
        "rfc9396-jwt",
        "2, RFC 9396: what is authorised stands in authorization_details, not in scope",
        "custom",
        "a7AfcPcsl2",
        facts={
            "kind": Kind.UNKNOWN,
            "subject": "24400320",
            "client": None,
            "scopes": (),
            "acr": "psd2_sca",
            "auth_time": None,
        },
    ),
    Row(
        "rfc9396-jwt",
        "2, RFC 9068: no header, and neither client_id nor jti",
        "rfc9068",
        "a7AfcPcsl2",
        refused=findings.BAD_HEADER,
    ),
    Row(
        "rfc9449-jkt",
        "2, RFC 8725: a missing audience is rejected",
        "custom",
        SERVER["aud"],
        refused=findings.NO_AUDIENCE,
    ),
    Row(
        "rfc9449-jkt",
        "2, RFC 9449: a token bound to a key must not be taken from a bare bearer",
        "custom",
        SERVER["aud"],
        refused=findings.BOUND,
        added=SERVER,
    ),
    Row(
        "rfc8705-x5t",
        "2, RFC 8725: a missing audience is rejected",
        "custom",
        SERVER["aud"],
        refused=findings.NO_AUDIENCE,
    ),
    Row(
        "rfc8705-x5t",
        "2, RFC 8705: bound to a certificate, of which nothing was presented",
        "custom",
        SERVER["aud"],
        refused=findings.BOUND,
        added=SERVER,
    ),
    Row(
        "rfc7662-active",
        "2, RFC 7662: an active answer has the members of a token; client and subject differ",
        "custom",
        "https://protected.example.net/resource",
        facts={
            "kind": Kind.USER,
            "subject": "Z5O3upPC88QrAjx00dis",
            "client": "l238j323ds-23ij4",
            "scopes": ("read", "write", "dolphin"),
            "expires": 1419356238,
        },
    ),
    Row(
        "rfc7662-active",
        "2, RFC 7662: whatever else it says, what is not active is invalid",
        "custom",
        "https://protected.example.net/resource",
        refused=findings.INACTIVE,
        added={"active": False},
    ),
    Row(
        "rfc7662-inactive",
        "2, RFC 7662: an inactive answer says nothing else, its issuer included",
        "custom",
        "https://protected.example.net/resource",
        refused=findings.NO_ISSUER,
    ),
    Row(
        "okta-org-as",
        "2, other issuers: scp is an array, the client is cid, the user's own id is uid",
        "okta",
        "https://xxxx.okta.com",
        facts={
            "kind": Kind.USER,
            "subject": "x@xxxxx.com",
            "client": "client_id",
            "scopes": ("openid", "profile", "email", "groups"),
            "roles": None,
            "auth_time": 1688145909_000_000,
        },
    ),
    Row(
        "keycloak",
        "2, other issuers: roles are in realm_access, the client in azp, and typ is a claim",
        "keycloak",
        "account",
        facts={
            "kind": Kind.USER,
            "subject": "aefc221c-1402-41b4-8fb0-4be2eaa003f2",
            "client": "springboot-microservice",
            "scopes": ("email", "profile"),
            "roles": ("offline_access", "uma_authorization", "app-user"),
            "acr": "1",
        },
    ),
    Row(
        "keycloak",
        "2, other issuers: the roles of one client, on a path whose steps may hold any character",
        "keycloak",
        "account",
        sources={"roles": ("resource_access", "springboot-microservice", "roles")},
        facts={"roles": ("user",)},
    ),
    Row(
        "cognito",
        "2, other issuers: no aud; client_id and token_use are checked in its place",
        "cognito",
        "57cbishk4j24pabc1234567890",
        facts={
            "kind": Kind.USER,
            "subject": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
            "client": "57cbishk4j24pabc1234567890",
            "scopes": ("aws.cognito.signin.user.admin",),
            "roles": ("admin",),
            "auth_time": 1562190524_000_000,
        },
    ),
    Row(
        "cognito",
        "2, other issuers: the token of another client is for another API",
        "cognito",
        "another-client",
        refused=findings.NO_AUDIENCE,
    ),
    Row(
        "kinde",
        "2, other issuers: its audience is an empty list, and so nobody",
        "custom",
        "https://todos.example.com",
        refused=findings.NO_AUDIENCE,
    ),
    Row(
        "kinde",
        "2, other issuers: scp is an array; permissions are a claim",
        "custom",
        "https://todos.example.com",
        added={"aud": ["https://todos.example.com"]},
        sources={"scope": ("scp",), "permissions": ("permissions",)},
        facts={
            "kind": Kind.UNKNOWN,
            "subject": "kp:123457890",
            "client": None,
            "scopes": ("openid", "profile", "email", "offline"),
            "permissions": ("read:todos", "create:todos"),
        },
    ),
    Row(
        "entra-v2-delegated-CONSTRUCTED",
        "2, other issuers: scp is a string and makes it a user's, whose stable id is oid; azp in v2",
        "entra",
        ENTRA_API,
        facts={
            "kind": Kind.USER,
            "subject": USER,
            "client": "33333333-3333-3333-3333-333333333333",
            "not_before": 1700000000,
            "scopes": ("Files.Read", "User.Read"),
            "roles": ("Writer",),
            "permissions": None,
        },
    ),
    Row(
        "entra-v2-delegated-CONSTRUCTED",
        "2, other issuers: with more than 200 groups they are left out: unknown, not none",
        "entra",
        ENTRA_API,
        added={"_claim_names": {"groups": "src1"}},
        sources={"roles": ("groups",)},
        facts={"roles": None},
    ),
]


def samples() -> dict[str, dict[str, Any]]:
    if not SAMPLES.exists():
        pytest.skip("the published samples are not beside this checkout")
    return {sample["name"]: sample for sample in json.loads(SAMPLES.read_text("utf-8"))["samples"]}


def facts_of(sample: Mapping[str, Any], row: Row) -> Said:
    """Read a sample as an API would that trusts its issuer."""
    claims = sample["claims"] | row.added
    issuer = CheckedIssuer(row.profile, sources=row.sources)
    trust = Trust({claims.get("iss", ""): issuer}, (row.audience,), {}, takes_actors=row.actors)
    return read(claims, sample.get("header"), trust)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.name}: {row.because}")
def test_a_published_token_is_read_as_its_issuer_means_it(row: Row) -> None:
    sample = samples()[row.name]
    if row.refused is not None:
        with pytest.raises(Invalid) as refusal:
            facts_of(sample, row)
        assert str(refusal.value) == row.refused
    else:
        facts = facts_of(sample, row)
        assert {name: getattr(facts, name) for name in row.facts} == row.facts


def test_every_published_sample_has_its_row() -> None:
    assert samples().keys() == {row.name for row in ROWS}
    assert len(samples()) == 18
