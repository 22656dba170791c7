"""Test blocks -> the fixtures and expectations of each, and every name in them that plays no part.

A test has the fixtures of the groups that it uses and its own. Each cell of a matrix that asks something
is an expectation, which stands where the cell does.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from remit.checker import findings
from remit.checker.checked import Action, Block, CheckedApi, CheckedTest, Member
from remit.checker.fitting import Fitting
from remit.checker.fixtures import ANONYMOUS, Declared, Fixtures, instant
from remit.diagnostics import Finding
from remit.spans import Span
from remit.syntax import tree

_Group = tuple[tree.Fixtures, Declared]


def check_tests(
    items: Iterable[tree.Item],
    api: CheckedApi,
    blocks: Mapping[str | None, Block],
    members: tuple[Mapping[str, Member], Mapping[str, Member]],
    found: list[Finding],
) -> tuple[CheckedTest, ...]:
    """The tests among the items of a set; `members` are the claims and the context."""
    said = list(items)
    fixtures = Fixtures(api, blocks, members, found)
    groups: dict[str, _Group] = {}
    for group in (item for item in said if isinstance(item, tree.Fixtures)):
        if group.name.text in groups:
            first = groups[group.name.text][0].name.span
            found.append(
                findings.duplicate("group of fixtures", group.name.text, group.name.span, first)
            )
        groups[group.name.text] = group, Declared()
        fixtures.declare(group.items, groups[group.name.text][1])
    tests: dict[str, CheckedTest] = {}
    before: dict[str, Span] = {}
    for test in (item for item in said if isinstance(item, tree.PolicyTest)):
        name = str(test.name.value)
        if before.setdefault(name, test.name.span) is not test.name.span:
            found.append(findings.duplicate("test", name, test.name.span, before[name]))
        tests[name] = _Test(fixtures, api, groups).check(test)
    return tuple(tests.values())


class _Test:
    """One test block."""

    def __init__(self, fixtures: Fixtures, api: CheckedApi, groups: Mapping[str, _Group]) -> None:
        self.fixtures = fixtures
        self.api = api
        self.groups = groups
        self.found = fixtures.found
        self.known = Declared()

    def check(self, test: tree.PolicyTest) -> CheckedTest:
        """What the test comes to, as far as it can be made out."""
        used = list(self._used(test.using))
        self.fixtures.declare(test.items, self.known)
        expected: list[tree.Expectation] = []
        if len(used) == len(test.using):  # or else what is missing is missing for that reason
            for item in test.items:
                match item:
                    case tree.Expectation():
                        self._expectation(item)
                        expected.append(item)
                    case tree.Matrix():
                        expected += self._matrix(item)
                    case _:
                        pass
        shared = (each for group in used for each in group.items)
        own = (each for each in test.items if isinstance(each, tree.Fixture))
        return CheckedTest(str(test.name.value), (*shared, *own), tuple(expected))

    def _used(self, using: Iterable[tree.Name]) -> Iterator[tree.Fixtures]:
        """The groups of these names; what they declare is known from here on."""
        seen: set[str] = set()
        for name in using:
            if name.text in seen:
                self.found.append(findings.duplicate("group of fixtures", name.text, name.span))
            elif name.text in self.groups:
                group, declared = self.groups[name.text]
                self.known.use(name, declared, self.found)
                yield group
            else:
                self.found.append(findings.unknown_fixtures(name.text, name.span, self.groups))
            seen.add(name.text)

    # -- expectations

    def _expectation(self, item: tree.Expectation) -> None:
        block = self._about(item.who, item.resource)
        if block is not None:
            unknown = (action for action in item.actions if action.text not in block.actions)
            for action in unknown:
                self._unknown_action(action, block)
            self._arguments(item, block)
        for change in item.changes:
            self._change(change, (item.who, item.resource))
        self._missing(item.missing)
        for obligation in item.obligations:
            if obligation.values is not None:
                self.fixtures.constant(obligation.values)
        self._instant(item.at)

    def _about(self, who: tree.Name, resource: tree.Name | None) -> Block | None:
        """The block that an expectation is about; None where its resource is unknown."""
        self._named(who, lambda declared: declared.tokens)
        if resource is None:
            return self.fixtures.blocks[None]
        self._named(resource, lambda declared: declared.resources)
        return self.known.resources.get(resource.text)

    def _named(self, name: tree.Name, names: Callable[[Declared], Collection[str]]) -> None:
        known = names(self.known)
        if name.text not in known:
            having = [group for group, (_, other) in self.groups.items() if name.text in names(other)]
            self.found.append(findings.unknown_test_name(name.text, name.span, known, having))

    def _unknown_action(self, action: tree.Name, block: Block) -> None:
        known, of = block.actions, _called(block)
        self.found.append(findings.unknown_action(action.text, action.span, known, of))

    def _instant(self, at: tree.Literal | None) -> None:
        if at is not None and instant(str(at.value)) is None:
            self.found.append(findings.bad_instant(str(at.value), at.span))

    def _arguments(self, item: tree.Expectation, block: Block) -> None:
        """Each value handed in is a parameter of every action that is asked for."""
        if item.arguments is not None:
            asked = [block.actions[a.text] for a in item.actions if a.text in block.actions]
            known = [set(action.parameters) for action in asked]
            shared = set.intersection(*known) if known else set[str]()
            names = ", ".join(f"`{action.name}`" for action in asked)
            self.fixtures.record("action", item.arguments, shared, names or None)

    def _change(self, change: tree.With, involved: tuple[tree.Name | None, ...]) -> None:
        fixtures = self.fixtures
        meant = Fitting(fixtures.one_issuer, on_purpose=True)
        if change.name is None:
            fixtures.record("context", change.changes, fixtures.context)
            fixtures.fit("context", change.changes, fixtures.context, meant)
            return
        if change.name not in involved or change.name.text == ANONYMOUS:
            self.found.append(findings.not_involved(change.name.text, change.name.span))
        elif change.name.text in self.known.members:
            known = self.known.members[change.name.text]
            resource = self.known.resources.get(change.name.text)
            block = "token" if resource is None else f"resource {resource.name}"
            members = fixtures.declared if resource is None else resource.members
            fixtures.record(change.name.text, change.changes, known, block=block)
            fixtures.fit(change.name.text, change.changes, members, meant)
            if resource is None:
                fixtures.read_claims(change.changes)

    def _missing(self, missing: tree.MissingScope | tree.MissingRole | tree.MissingAcr | None) -> None:
        match missing:
            case tree.MissingScope(scope=scope) if scope.text not in self.api.scopes:
                known = self.api.scopes
                self.found.append(findings.unknown_scope(scope.text, scope.span, known))
            case tree.MissingRole(role=role) if role.text not in self.api.roles:
                self.found.append(findings.unknown_role(role.text, role.span, self.api.roles))
            case _:
                pass

    # -- matrices

    def _matrix(self, matrix: tree.Matrix) -> Iterator[tree.Expectation]:
        """An expectation for each cell that asks something."""
        self._instant(matrix.at)
        head = matrix.head
        if head is None:
            return
        self._twice("action", ((action.text, action) for action in head.actions))
        asked = ((_asked(row), row) for row in matrix.rows)
        self._twice("row", asked)
        abouts = [self._about_row(row, head) for row in matrix.rows]
        for place, action in enumerate(head.actions):
            known = [block for block in abouts if block and action.text in block.actions]
            if not known:
                self._known_nowhere(action, abouts)
                continue
            self._without_parameters(action, (block.actions[action.text] for block in known))
            for row, block in zip(matrix.rows, abouts, strict=True):
                if block and action.text not in block.actions and _allowed(row, place) is not None:
                    span = row.cells[place].span
                    self.found.append(findings.lacks_action(action.text, _called(block), span))
        for row in matrix.rows:
            for action, cell in zip(head.actions, row.cells, strict=False):
                if cell.allowed is not None:
                    yield _expected(matrix, row, action, cell)

    def _twice(self, what: str, said: Iterable[tuple[str, tree.Name | tree.MatrixRow]]) -> None:
        seen: set[str] = set()
        for text, node in said:
            if text in seen:
                self.found.append(findings.duplicate(what, text, node.span))
            seen.add(text)

    def _about_row(self, row: tree.MatrixRow, head: tree.MatrixHead) -> Block | None:
        """The block that a row is about; None where that is unknown."""
        wanted = len(head.actions)
        if len(row.cells) != wanted:
            self.found.append(findings.uneven_row(len(row.cells), wanted, row.span))
        if (row.resource is not None) is head.of_resources:
            return self._about(row.who, row.resource)
        self.found.append(findings.row_without_resource(row.span, of_resources=head.of_resources))
        return None

    def _known_nowhere(self, action: tree.Name, abouts: Iterable[Block | None]) -> None:
        block = next((block for block in abouts if block), None)
        if block is not None:
            self._unknown_action(action, block)

    def _without_parameters(self, action: tree.Name, meant: Iterable[Action]) -> None:
        wanted = {p.name for each in meant for p in each.parameters.values() if not p.optional}
        if wanted:
            self.found.append(findings.wants_parameters(action.text, sorted(wanted), action.span))


def _called(block: Block) -> str:
    return "the API itself" if block.name is None else f"`{block.name}`"


def _asked(row: tree.MatrixRow) -> str:
    return row.who.text if row.resource is None else f"{row.who.text}, {row.resource.text}"


def _allowed(row: tree.MatrixRow, place: int) -> bool | None:
    return row.cells[place].allowed if place < len(row.cells) else None


def _expected(
    matrix: tree.Matrix, row: tree.MatrixRow, action: tree.Name, cell: tree.Cell
) -> tree.Expectation:
    return tree.Expectation(
        who=row.who,
        allowed=bool(cell.allowed),
        actions=(action,),
        resource=row.resource,
        arguments=None,
        changes=(),
        at=matrix.at,
        missing=None,
        because=None,
        obligations=(),
        span=cell.span,
    )
