"""Who is known to the demonstration, and what is in its database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from policies.documents.service.models import Classification, Document, Share

AUDIENCE: Final = "https://api.example.com/documents"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an access token: what is to be known of them, and the claims that say so.

    `lifetime` is that of their tokens, in seconds; below nothing, they are over when they are made.
    """

    about: str
    claims: Mapping[str, object]
    lifetime: int = 3600


def _user(name: str, tenant: str, roles: list[str], scope: str, **more: object) -> dict[str, object]:
    mine = {"sub": f"auth0|{name}", "azp": "web-app", "tenant": tenant, "roles": roles, "scope": scope}
    return {"aud": AUDIENCE, **mine, **more}


_ALL: Final = "read:documents write:documents share:documents delete:documents"
_EVE: Final = _user("eve", "acme", ["editor"], _ALL, mfa=True)

PEOPLE: Final[Mapping[str, Person]] = {
    "ann": Person(
        "viewer at acme, by an application that may read and write",
        _user("ann", "acme", ["viewer"], "read:documents write:documents"),
    ),
    "bob": Person("no role at acme; owns some documents", _user("bob", "acme", [], _ALL)),
    "eve": Person("editor at acme, logged in with a second factor", _EVE),
    "eve-kiosk": Person(
        "the same editor, by an application that may only read", {**_EVE, "scope": "read:documents"}
    ),
    "dan": Person("admin at acme, without a second factor", _user("dan", "acme", ["admin"], _ALL)),
    "max": Person("admin at globex, another tenant", _user("max", "globex", ["admin"], _ALL, mfa=True)),
    "nightly-job": Person(
        "an application on its own behalf, at acme",
        {
            "aud": AUDIENCE,
            "sub": "job@clients",
            "azp": "job",
            "gty": "client-credentials",
            "tenant": "acme",
            "scope": "read:documents",
        },
    ),
    "eve-elsewhere": Person(
        "the editor, with a token for another API", {**_EVE, "aud": "https://api.example.com/mail"}
    ),
    "eve-yesterday": Person("the editor, with a token that has expired", _EVE, lifetime=-86400),
}


def documents() -> Iterator[Document]:
    """What is in the database at first."""
    bob, eve = "auth0|bob", "auth0|eve"
    yield _document("plan", "Plan for next year", bob, "internal", shared_with=("auth0|ann",))
    yield _document("merger", "Merger with globex", eve, "secret")
    yield _document("handbook", "Handbook for everybody", "auth0|dan", "public")
    yield _document("notes", "Notes of a meeting", "auth0|ann", "internal")
    yield _document("draft", "Draft of a letter", bob, "internal")
    yield _document("offer", "Offer to acme", "auth0|max", "secret", tenant="globex")
    for quarter in range(1, 5):
        yield _document(f"report-{quarter}", f"Report, quarter {quarter}", eve, "internal")
        yield _document(
            f"sales-{quarter}", f"Sales, quarter {quarter}", "auth0|max", "internal", tenant="globex"
        )


def _document(
    name: str,
    title: str,
    owner: str,
    classification: Classification,
    *,
    tenant: str = "acme",
    shared_with: tuple[str, ...] = (),
) -> Document:
    return Document(
        id=name,
        title=title,
        text=f"{title}.",
        owner=owner,
        tenant=tenant,
        classification=classification,
        shares=[Share(user=user) for user in shared_with],
    )
