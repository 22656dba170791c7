"""What a condition may read, and the expressions that come to a value of a given type."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from remit.syntax import tree
from remit.syntax.tree import ListType, MapType, Path, RecordType, SetType, TypeExpression
from tests.choices import Choices, chance, some
from tests.generate_types import Types, alike, constant, expand, is_scalar, kind, names_users
from tests.pieces import S, enum, literal, member, name, named, path


@dataclass(frozen=True)
class Readable:
    """Where a value stands, its type (written out), and which paths may be absent on the way there.

    A condition must ask for each of those, the outermost first, before it reads the value.
    """

    path: Path
    type: TypeExpression
    guards: tuple[Path, ...] = ()

    @property
    def element(self) -> TypeExpression | None:
        return self.type.element if isinstance(self.type, SetType | ListType) else None


@dataclass(frozen=True)
class Surroundings:
    """What the rules of one block may speak of."""

    block: str
    types: Types
    scopes: tuple[str, ...]
    readables: tuple[Readable, ...]
    attributes: tuple[str, ...] = ()
    relations: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()

    def of_type(self, type_: TypeExpression) -> list[Readable]:
        """What can be read without further ado."""
        return [r for r in self.readables if not r.guards and alike(r.type, type_)]

    def with_(self, more: Iterable[Readable]) -> "Surroundings":
        return replace(self, readables=(*self.readables, *more))

    def there(self, paths: Sequence[Path]) -> "Surroundings":
        """The same where these paths are known to be there."""
        return replace(self, readables=tuple(without_guards(r, paths) for r in self.readables))


BOOL, INT, DECIMAL, STRING, USER, CLIENT, DATETIME, DURATION, IP, CIDR, ZONE = map(
    named,
    ("bool", "int", "decimal", "string", "user", "client", "datetime", "duration", "ip", "cidr", "zone"),
)
WEEKDAY = enum("mon", "tue", "wed", "thu", "fri", "sat", "sun", ordered=True)
SUBJECT = Readable(path("token", "sub"), USER)
NOW = Readable(path("now"), DATETIME)
BUILT_IN = (
    SUBJECT,
    NOW,
    Readable(path("token", "client"), CLIENT),
    Readable(path("token", "kind"), enum("anonymous", "client", "user")),
    Readable(path("token", "issuer"), STRING),
)
FOREVER = path("forever")
ACTOR_TYPE = RecordType((member("sub", STRING), member("client_id", STRING, optional=True)), S)


def readables(root: tuple[str, ...], declared: Iterable[tree.Field], types: Types) -> Iterator[Readable]:
    """What stands under `root`, members of records included."""
    for item in declared:
        at = path(*root, item.name.text)
        guards = (at,) if item.optional and item.default is None else ()
        yield from opened(Readable(at, expand(item.type, types.aliases), guards))


def opened(readable: Readable) -> Iterator[Readable]:
    """The value itself, and where it is a record its members, theirs, and so on."""
    yield readable
    if isinstance(readable.type, RecordType):
        for each in readable.type.fields:
            at = stepped(readable.path, each.name)
            yield from opened(Readable(at, each.type, (*readable.guards, *([at] * each.optional))))


def actor() -> Iterator[Readable]:
    """Who acts for the one that the token speaks of."""
    at = path("token", "actor")
    return opened(Readable(at, ACTOR_TYPE, (at,)))


def stepped(base: Path, step: tree.Name | tree.Index) -> Path:
    return Path(base.root, (*base.steps, step), S)


def without_guards(readable: Readable, paths: Sequence[Path]) -> Readable:
    if not readable.guards:
        return readable
    return replace(readable, guards=tuple(each for each in readable.guards if each not in paths))


# ---- values


def other_value(
    choices: Choices, around: Surroundings, type_: TypeExpression, but: Path | None = None
) -> tree.Expression:
    """A value of the type: a constant, another reading, or something worked out.

    The reading `but` is compared with itself in rare cases only.
    """
    if chance(choices, 20):
        worked_out = calculated(choices, around, type_) if chance(choices, 60) else None
        worked_out = worked_out or with_fallback(choices, around, type_)
        if worked_out is not None:
            return worked_out
    return plain_value(choices, around, type_, but)


def plain_value(
    choices: Choices, around: Surroundings, type_: TypeExpression, but: Path | None = None
) -> tree.Expression:
    """A constant, or a reading that needs no guard."""
    others = [r.path for r in around.of_type(type_)]
    if but is not None and not chance(choices, 5):
        others = [other for other in others if other != but]
    can_be_written = around.types.users or not names_users(type_)
    if others and (not can_be_written or chance(choices, 50)):
        return choices.choice(others)
    if not can_be_written:
        return SUBJECT.path if is_scalar(type_) else tree.ListOf((), S)
    if type_ == DATETIME and chance(choices, 10):
        return FOREVER
    return constant(choices, type_)


def with_fallback(
    choices: Choices, around: Surroundings, type_: TypeExpression
) -> tree.Expression | None:
    """`optional ?? value`, or `map[key] ?? value`, where there is such a thing."""
    absent = [r for r in around.readables if r.guards == (r.path,) and alike(r.type, type_)]
    looked_up = [
        r for r in around.readables if isinstance(r.type, MapType) and alike(r.type.value, type_)
    ]
    options = [*absent, *(r for r in looked_up if not r.guards)]
    if not options or not can_fall_back(type_):
        return None
    readable = choices.choice(options)
    left = readable.path
    if isinstance(readable.type, MapType) and not alike(readable.type, type_):
        left = lookup(choices, around, readable.path, readable.type)
    return tree.Coalesce(left, plain_value(choices, around, type_, left), S)


def can_fall_back(type_: TypeExpression) -> bool:
    """Is there a constant of the type that may stand in a condition?"""
    element = type_.element if isinstance(type_, SetType | ListType) else type_
    return is_scalar(element)


def lookup(choices: Choices, around: Surroundings, base: Path, type_: MapType) -> Path:
    return stepped(base, tree.Index(plain_value(choices, around, type_.key), S))


def calculated(choices: Choices, around: Surroundings, type_: TypeExpression) -> tree.Expression | None:
    """Arithmetic or a call that comes to the type; None where nothing does."""
    match kind(type_):
        case "int" if chance(choices, 40):
            return measured(choices, around)
        case "int" | "decimal":
            return sum_or_product(choices, around, type_)
        case "duration":
            return duration(choices, around)
        case "datetime":
            return moment(choices, around)
        case "set":
            assert isinstance(type_, SetType)
            sets = around.of_type(type_)
            return difference(choices, around, choices.choice(sets).path, type_) if sets else None
        case _:
            return None


def call(function: str, *arguments: tree.Expression) -> tree.Call:
    return tree.Call(name(function), arguments, S)


def measured(choices: Choices, around: Surroundings) -> tree.Expression | None:
    """A count or a length."""
    many = [r for r in around.readables if not r.guards and kind(r.type) in ("set", "list", "map")]
    texts = around.of_type(STRING)
    options = [call("count", r.path) for r in many] + [call("length", r.path) for r in texts[:3]]
    return choices.choice(options) if options else None


def sum_or_product(
    choices: Choices, around: Surroundings, type_: TypeExpression
) -> tree.Expression | None:
    numbers = around.of_type(type_)
    if not numbers:
        return None
    left: tree.Expression = choices.choice(numbers).path
    right = plain_value(choices, around, type_)
    if chance(choices, 25):
        left, right = right, left
    sums = tree.Arithmetic(choices.choice(("+", "-", "*")), left, right, S)
    if chance(choices, 20):
        return tree.Arithmetic(choices.choice(("+", "-", "*")), sums, literal(choices.integer(0, 3)), S)
    return sums


def duration(choices: Choices, around: Surroundings) -> tree.Expression | None:
    durations = [r.path for r in around.of_type(DURATION)]
    instants = [r.path for r in around.of_type(DATETIME)]
    match choices.choice(("clock", "between", "sum", "times")):
        case "sum" if durations:
            by = constant(choices, DURATION)
            return tree.Arithmetic(choices.choice(("+", "-")), choices.choice(durations), by, S)
        case "times" if durations:
            times: tree.Expression = literal(choices.integer(0, 5))
            if integers := around.of_type(INT):
                times = choices.choice((times, choices.choice(integers).path))
            length = choices.choice(durations)
            left, right = (length, times) if chance(choices, 50) else (times, length)
            return tree.Arithmetic("*", left, right, S)
        case "between" if len(instants) > 1:
            later, earlier = some(choices, instants, 2, 2)
            return tree.Arithmetic("-", later, earlier, S)
        case _:
            return clock(choices, around) if instants else None


def clock(choices: Choices, around: Surroundings) -> tree.Expression:
    instants = around.of_type(DATETIME) or [NOW]
    return call("clock", choices.choice(instants).path, plain_value(choices, around, ZONE))


def moment(choices: Choices, around: Surroundings) -> tree.Expression:
    """An instant before or after another."""
    instants = around.of_type(DATETIME) or [NOW]
    by = plain_value(choices, around, DURATION)
    start: Path = choices.choice(instants).path if chance(choices, 50) else NOW.path
    if chance(choices, 15):
        return tree.Arithmetic("+", by, start, S)
    return tree.Arithmetic(choices.choice(("-", "+")), start, by, S)


def difference(choices: Choices, around: Surroundings, base: Path, type_: SetType) -> tree.Expression:
    """The set without the elements of another, or without these values."""
    others = around.of_type(type_)
    if others and chance(choices, 40):
        return tree.Arithmetic("-", base, choices.choice(others).path, S)
    count = choices.integer(1, 2)
    items = tuple(plain_value(choices, around, type_.element) for _ in range(count))
    return tree.Arithmetic("-", base, tree.ListOf(items, S), S)
