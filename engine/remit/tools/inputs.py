"""Files of the command line -> a request, a policy.

JSON is read strictly: a member named twice is refused.
"""

import json
import sys
from collections.abc import Iterator, Mapping
from inspect import cleandoc
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from remit.checker.files import named_once, no_number
from remit.checker.fixtures import instant
from remit.decider.engine import Engine
from remit.decider.loading import BUNDLE
from remit.decider.reading import Reading, read_set
from remit.tokens.principal import Principal, VerifiedClaims
from remit.tools import pasted
from remit.tools.terminal import near, waiting

Model = TypeVar("Model", bound=BaseModel)

STANDARD_INPUT = Path("-")
STANDARD_INPUT_NAME = "<stdin>"
UNVERIFIED = "the token was read as it stands: its signature was not checked"

_MAX_BYTES = 1024 * 1024


class BadInput(Exception):
    """A file, or what stands in it, cannot be used."""


class TokenInput(BaseModel):
    """`{"header": {...}, "claims": {...}}`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    claims: dict[str, Any]
    header: dict[str, Any] | None = None


class ResourceInput(BaseModel):
    """`{"type": "Document", "attributes": {...}}`."""

    model_config = ConfigDict(extra="forbid", strict=True)
    type: str
    attributes: dict[str, Any]


class RequestInput(BaseModel):
    """What the options of `decide` and `explain` come to.

    `unverified`: the claims are those of a token whose signature nobody has checked.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)
    claims: Mapping[str, Any] | None
    header: Mapping[str, Any] | None
    resource: tuple[str, dict[str, Any]] | None
    context: dict[str, Any] | None
    parameters: dict[str, Any] | None
    now: float | None
    unverified: bool


def read_request(
    token: Path | None,
    resource: Path | None,
    context: Path | None,
    parameters: Path | None,
    at: str | None,
) -> RequestInput:
    """Read the files. Raises BadInput with the file and what is wrong in it."""
    claims, unverified = (None, False) if token is None else _token(token)
    thing = None if resource is None else validated(ResourceInput, resource)
    now = None if at is None else instant(at)
    if at is not None and now is None:
        raise BadInput(f"--at: `{at}` is not an instant; write it as 2026-11-23T12:00Z")
    return RequestInput.model_construct(
        claims=claims.claims if claims else None,
        header=claims.header if claims else None,
        resource=(thing.type, thing.attributes) if thing else None,
        context=None if context is None else as_object(read_bytes(context), str(context)),
        parameters=None if parameters is None else as_object(read_bytes(parameters), str(parameters)),
        now=now,
        unverified=unverified,
    )


def caller(engine: Engine, request: RequestInput) -> Principal | None:
    """Who a request's token speaks for; None where there is none."""
    if request.claims is None:
        return None
    return engine.principal(VerifiedClaims(request.claims), header=request.header)


def written_policy(path: Path) -> tuple[Engine, Reading]:
    """The policy at `path`, in force and as it is written. Raises BadInput for a bundle."""
    if path.suffix == BUNDLE:
        raise BadInput(f"{path}: a bundle has no source: name the files it was made of")
    with waiting("loading"):
        return Engine.load(path), read_set(path)


def loaded(path: Path) -> Engine:
    """The policy at `path`, or the bundle, in force; raises what `Engine.load` raises, and BadInput."""
    if path.suffix == BUNDLE and not path.is_file():
        raise BadInput(f"{path}: no such file")
    with waiting("loading"):
        return Engine.load(path)


def note_action(engine: Engine, action: str, request: RequestInput) -> None:
    """Say, to a person, which names of a request the policy does not know.

    The answer is one like others: what is not declared is not read.
    """
    for note in _unknown(engine, action, request):
        print(f"note: {note}", file=sys.stderr)


def _unknown(engine: Engine, action: str, request: RequestInput) -> Iterator[str]:
    kind, held = request.resource or (None, {})
    rules = engine.rules()
    if kind is not None and kind not in rules.actions:
        types = [name for name in rules.actions if name is not None]
        yield f"the policy has no resource type `{kind}`{near(kind, types)}"
        return
    known = rules.actions.get(kind, ())
    if action not in known:
        where = "the API itself" if kind is None else kind
        yield f"{where} has no action `{action}`{near(action, known)}"
        return
    block = rules.blocks[kind]
    parameters = block.actions[action].parameters
    for name in request.parameters or ():
        if name not in parameters:
            yield f"`{action}` has no parameter `{name}`{near(name, parameters)}"
    for name in request.context or ():
        if name not in rules.context:
            yield f"the context has no `{name}`{near(name, rules.context)}"
    lacking = [name for name in block.members if name not in held]
    for name in held:  # a resource holds much that no policy reads: only what may be a slip is told
        if name not in block.members and near(name, lacking):
            yield f"{kind} has no attribute `{name}`{near(name, lacking)}"


def _token(path: Path) -> tuple[TokenInput, bool]:
    """A token, and whether it is one whose signature nobody has checked."""
    content = read_bytes(path)
    parts = pasted.jwt(content)
    if parts is not None:
        header, claims = (as_object(part, str(path)) for part in parts)
        return TokenInput(claims=claims, header=header), True
    held = as_object(content, str(path))
    if isinstance(held.get("claims"), dict):
        return _as(TokenInput, path, held), False
    return TokenInput(claims=held), False


def validated(model: type[Model], path: Path) -> Model:
    """The JSON object in a file, or (`-`) from standard input, as a model. Raises BadInput."""
    return _as(model, path, as_object(read_bytes(path), str(path)))


def _as(model: type[Model], path: Path, held: dict[str, Any]) -> Model:
    try:
        return model.model_validate(held)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"{path}: {where}: {first['msg'].lower()}; expected {_shape(model)}") from None


def _shape(model: type[BaseModel]) -> str:
    """What the first words of a model's docstring say that it is."""
    text = cleandoc(model.__doc__ or "").partition("\n")[0].partition(";")[0].rstrip(".")
    return text[:1].lower() + text[1:]


def read_bytes(path: Path) -> bytes:
    """What is in a file, or comes from standard input.

    Raises BadInput for what cannot be read, or is too much.
    """
    if path == STANDARD_INPUT:
        if sys.stdin.isatty():
            print("paste it here, and end with Ctrl-D", file=sys.stderr)
        content = sys.stdin.buffer.read(_MAX_BYTES + 1)
    else:
        try:
            content = path.read_bytes()
        except (OSError, ValueError) as error:
            raise BadInput(f"{path}: {getattr(error, 'strerror', None) or 'cannot be read'}") from None
    if len(content) > _MAX_BYTES:
        raise BadInput(f"{path}: more than {_MAX_BYTES} bytes")
    return content


def as_object(content: bytes, origin: str) -> dict[str, Any]:
    """The JSON object that a text is. Raises BadInput with where it is from."""
    try:
        value = json.loads(content, object_pairs_hook=named_once, parse_constant=no_number)
    except RecursionError:
        raise BadInput(f"{origin}: nested too deep") from None
    except ValueError as error:
        raise BadInput(f"{origin}: not JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadInput(f"{origin}: expected a JSON object")
    return value
