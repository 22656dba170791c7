"""What is wanted -> the files of a service that has it, by their names.

The texts are in the folder `skeleton`; a policy is laid out once its names stand in it.
"""

import json
from collections.abc import Iterable, Mapping
from importlib.resources import files
from string import Template
from typing import Any, NamedTuple

from remit.spans import Source
from remit.syntax.format import formatted
from remit.tokens.profiles import PROFILES
from remit.tools.starting.providers import PROVIDERS, claims_of, marks_of, roles_place

FASTAPI, NO_FRAMEWORK = "fastapi", "none"
FRAMEWORKS = (FASTAPI, NO_FRAMEWORK)


class Wanted(NamedTuple):
    """The name of an API, whose tokens it takes (a profile), and what its service is made with."""

    name: str
    profile: str
    framework: str


def skeleton(wanted: Wanted) -> dict[str, str]:
    """The text of each file, by its path below the folder."""
    names = _names(wanted)
    policy = f"policy/{wanted.name}.remit"
    made = {
        policy: _laid_out(policy, _filled("policy", names)),
        "policy/tests.remit": _laid_out("policy/tests.remit", _filled("tests", names)),
        "README.md": _filled("readme", names),
        "requirements.txt": names["requirements"],
    }
    if wanted.framework == FASTAPI:
        made["service.py"] = _filled("service", names)
        made["test_service.py"] = _filled("test_service", names | _of_service(wanted, names))
    return made


def _filled(name: str, names: Mapping[str, str]) -> str:
    return Template(_text(name)).substitute(names)


def _text(name: str) -> str:
    return files("remit.tools.starting").joinpath("skeleton", f"{name}.txt").read_text("utf-8")


def _laid_out(file: str, text: str) -> str:
    laid_out, findings = formatted(Source(file, text))
    assert not findings, "the skeleton's policy has no errors"
    return laid_out


def _names(wanted: Wanted) -> dict[str, str]:
    """What stands in the files in the places that are marked there."""
    profile, provider = wanted.profile, PROVIDERS[wanted.profile]
    read, write = (each.format(name=wanted.name) for each in (provider.read, provider.write))
    tenant = "" if provider.tenant == "tenant" else f"from {_step(provider.tenant)}"
    narrowed = "" if provider.roles is None else f"{{ roles from {_path(provider.roles)} }}"

    def said(user: str, scopes: list[str], roles: list[str]) -> dict[str, Any]:
        claims = claims_of(profile, user, scopes, roles)
        claims["tenant"] = claims.pop(provider.tenant)
        return claims

    ann, eve = said("ann", [read, write], ["viewer"]), said("eve", [read, write], ["editor"])
    place, scope = roles_place(profile)[0], PROFILES[profile].scope[0]
    return {
        "name": wanted.name,
        "file": f"{wanted.name}.remit",
        "title": provider.title,
        "profile": profile,
        "issuer": provider.issuer,
        "audience": provider.audience.format(name=wanted.name),
        "narrowed": narrowed,
        "source": tenant,
        "read": read,
        "write": write,
        "subjects": provider.subjects,
        "ann": _record(ann),
        "eve": _record(eve),
        "viewer": _record({place: ann[place]}),
        "no_roles": _record({place: said("ann", [], [])[place]}),
        "only_read": _record({scope: said("ann", [read], [])[scope]}),
        "steps": _text(profile),
        **_of_framework(wanted.framework),
    }


def _of_framework(framework: str) -> dict[str, str]:
    if framework == NO_FRAMEWORK:
        return {"served": "", "requirements": "remit[cli]\n", "commands": _commands()}
    return {
        "served": ", `service.py` is the API behind it, and\n`test_service.py` asks it",
        "requirements": "remit[cli,jwt,fastapi]\nuvicorn\npytest\n",
        "commands": _commands(
            "remit routes service:app --policy policy", "pytest", "uvicorn service:app"
        ),
    }


def _commands(*more: str) -> str:
    lines = (
        "pip install -r requirements.txt",
        "remit check policy",
        "remit test policy --coverage",
        *more,
    )
    return "\n".join(f"    {line}" for line in lines)


def _of_service(wanted: Wanted, names: Mapping[str, str]) -> dict[str, str]:
    """What stands in the service's tests: claims as Python has them."""
    provider, form = PROVIDERS[wanted.profile], PROFILES[wanted.profile]
    read, write = names["read"], names["write"]

    def token(user: str, roles: list[str]) -> str:
        claims = claims_of(wanted.profile, user, [read, write], roles)
        return _dict({**claims, **marks_of(wanted.profile, user)})

    scope = form.scope[0]
    only_read = claims_of(wanted.profile, "ann", [read], [])[scope]
    return {
        "ann": token("ann", ["viewer"]),
        "eve": token("eve", ["editor"]),
        "only_read": json.dumps({scope: only_read}),
        "aud": form.audience,
        "tenant": provider.tenant,
        "typ": "at+jwt" if wanted.profile == "rfc9068" else "JWT",
    }


# ---- spelling


def _record(values: Mapping[str, Any]) -> str:
    """Members as a test of a policy writes them."""
    return ", ".join(f"{_step(name)}: {_value(value)}" for name, value in values.items())


def _value(value: object) -> str:
    return f"{{ {_record(value)} }}" if isinstance(value, dict) else json.dumps(value)


def _path(steps: Iterable[str]) -> str:
    return ".".join(map(_step, steps))


def _step(name: str) -> str:
    return name if name.isidentifier() else json.dumps(name)


def _dict(values: Mapping[str, Any]) -> str:
    """As Python writes it, a member in each line."""
    lines = (f"    {json.dumps(name)}: {json.dumps(value)}," for name, value in values.items())
    return "\n".join(["{", *lines, "}"])
