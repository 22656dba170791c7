"""remit itself.

`allows` and `decide` are handed a principal, as a service makes it once for a token; `claims` makes one
at each call, as a service without any memory would; `bundle` loads what `remit compile` made.
"""

import atexit
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from operator import attrgetter
from pathlib import Path
from typing import Any

from benchmarks.engines.candidate import Ready, Skipped
from benchmarks.scenarios import Claims, Request, Scenario, Shape
from benchmarks.scenarios.scenario import ACTIONS, AUDIENCE, ISSUER, NEEDS, ROLES
from remit import Engine, VerifiedClaims

Texts = dict[str, str]
_KINDS_OF_A_FILE = 100
_WORKED = Path(__file__).parents[2] / "policies" / "documents" / "documents.remit"

_API = f"""\
api documents {{
  audience "{AUDIENCE}"
  issuer   "{ISSUER}" profile auth0
  scope {", ".join(NEEDS.values())}
"""
_ACTIONS = "".join(f"  action {action} needs {need}\n" for action, need in NEEDS.items())
_HIERARCHY = """\
  role viewer                grants read:documents
  role editor extends viewer grants write:documents, share:documents
  role admin  extends editor grants delete:documents
"""
_DOCUMENT = (
    """\
  owner:          user
  tenant:         string
  classification: "public" | "internal" | "secret"
  shared_with:    set<user>
"""
    + _ACTIONS
    + "".join(f"  permit {action} to entitled\n" for action in ACTIONS)
    + "".join(
        f"  permit {action} to owner{', shared_with' * (action == 'read')}\n" for action in ACTIONS
    )
    + """\
  forbid any unless tenant == token.tenant because "documents never cross tenants"
  forbid any when classification == "secret" and not token.mfa
    because "secret documents need a second factor"
"""
)


def source(scenario: Scenario, way: str) -> Texts | Path:
    """Policy texts by file name, or a bundle of them."""
    written = texts(scenario)
    return _compiled(written) if way == "bundle" else written


def texts(scenario: Scenario) -> Texts:
    """S2 is the worked policy of this repository, as it stands."""
    if scenario.shape is Shape.SCOPE:
        return {"scope.remit": f"{_API}}}\nresource Document {{\n{_ACTIONS}  permit any to anyone\n}}\n"}
    if scenario.shape is Shape.TENANTS:
        return _tenants(scenario)
    if scenario.shape is Shape.ROLES:
        return _roles(scenario)
    if not scenario.name.startswith("s3-"):
        return {"documents.remit": _WORKED.read_text()}
    texts = {"api.remit": f"{_API}{_HIERARCHY}}}\ntoken {{ tenant: string  mfa: bool = false }}\n"}
    kinds = [f"resource {kind} {{\n{_DOCUMENT}}}\n" for kind in scenario.kinds]
    for first in range(0, len(kinds), _KINDS_OF_A_FILE):
        texts[f"kinds{first}.remit"] = "".join(kinds[first : first + _KINDS_OF_A_FILE])
    return texts


def _tenants(scenario: Scenario) -> Texts:
    roles = "".join(f"  role {role} grants read:documents\n" for role in ROLES)
    rules = "".join(
        f'  permit read to role {scenario.role_of(tenant)} when tenant == "{tenant}"\n'
        for tenant in scenario.tenants
    )
    return {
        "tenants.remit": f"{_API}{roles}}}\ntoken {{ tenant: string }}\n"
        f"resource Document {{\n  tenant: string\n{_ACTIONS}{rules}"
        '  forbid any unless tenant == token.tenant because "documents never cross tenants"\n}\n'
    }


def _roles(scenario: Scenario) -> Texts:
    roles = "".join(
        f"  role {role} grants {', '.join(sorted(scopes))}\n" for role, scopes in scenario.grants.items()
    )
    actions = "".join(f"  action {action} needs {need}\n" for action, need in scenario.needs.items())
    api = _API.replace(", ".join(NEEDS.values()), ", ".join(scenario.needs.values()))
    return {
        "roles.remit": f"{api}{roles}}}\nresource Document {{\n{actions}  permit any to entitled\n}}\n"
    }


def _compiled(texts: Texts) -> Path:
    """A bundle of the texts, made by `remit compile`. Raises Skipped where there is no such command."""
    folder = Path(tempfile.mkdtemp(prefix="remit-bundle-"))
    atexit.register(shutil.rmtree, folder)
    for name, text in texts.items():
        (folder / name).write_text(text)
    bundle = folder / "policy.bundle"
    command = [sys.executable, "-m", "remit.tools", "compile", str(folder), "--output", str(bundle)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  (our own module)
    if done.returncode or not bundle.exists():
        raise Skipped("`remit compile` makes no bundle")
    return bundle


def load(source: Texts | Path, way: str) -> Ready:
    """Load from source, or from a bundle."""
    engine = Engine.load(source) if isinstance(source, Path) else Engine.from_text(source)
    principal, allows = engine.principal, engine.allows

    def asked(request: Request) -> tuple[Any, ...]:
        claims, action, kind, resource = request
        return principal(VerifiedClaims(claims)), action, (kind, resource)

    def asked_with_claims(request: Request) -> tuple[Any, ...]:
        claims, action, kind, resource = request
        return claims, action, (kind, resource)

    def from_claims(claims: Claims, action: str, resource: object) -> bool:
        return allows(principal(VerifiedClaims(claims)), action, resource)

    def restart() -> None:
        engine.reload()
        engine.warm()

    ready = Ready(allows, asked, bool, engine.invalidate_principals, engine.warm, restart)
    if way == "claims":
        return replace(ready, decide=from_claims, arguments=asked_with_claims)
    if way == "decide":
        return replace(ready, decide=engine.decide, allowed=attrgetter("allowed"))
    return ready
