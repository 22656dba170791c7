"""`remit matrix`, `scopes` and `graph`: a whole policy at a glance.

What they do is imported when they are run: that takes as long as to check a small policy.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.tools.inputs import BadInput, loaded, written_policy
from remit.tools.options import AsJson, PolicyPath
from remit.tools.terminal import print_json, waiting

if TYPE_CHECKING:
    from remit.tools.overview.drawn import Node

OneResource = Annotated[
    str | None, typer.Option("--resource", metavar="TYPE", help="Only the actions of this type.")
]
OneAction = Annotated[
    str | None, typer.Option("--action", metavar="NAME", help="Only the actions of this name.")
]
AsMarkdown = Annotated[bool, typer.Option("--markdown", help="Print tables for a README.")]
ActionNames = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ACTION", help="`Document.read`, or `read` where that is one; none: a table of all."
    ),
]
OnlyGrants = Annotated[
    bool, typer.Option("--grants", help="Draw roles, implied scopes and clients in place of rules.")
]
PictureFile = Annotated[
    Path, typer.Option("--output", "-o", metavar="FILE", help="Where to write the SVG.")
]


def show_matrix(
    path: PolicyPath,
    resource: OneResource = None,
    *,
    as_markdown: AsMarkdown = False,
    as_json: AsJson = False,
) -> None:
    """Show what a user may do who holds one role and what it extends, and what clients and nobody may.

    Example: remit matrix policy/ --resource Document --markdown

    `always` is whatever the request is about, `depends` is on what the note says, `never` is never.
    The application was granted every scope; what an action needs of them stands beside it.
    """
    from remit.tools.overview.matrix import markdown, matrices, record, show  # noqa: PLC0415  (above)

    engine = loaded(path)
    with waiting("every role, every action"):
        found = list(matrices(engine))
    if resource is not None:
        found = [each for each in found if each.resource == resource]
        if not found:
            raise BadInput(f"the policy has no actions on `{resource}`")
    if as_json:
        print_json({"matrices": [record(each) for each in found]})
    elif as_markdown:
        print("\n\n".join("\n".join(markdown(each)) for each in found))
    else:
        show(path, found)


def show_scopes(path: PolicyPath, actions: ActionNames = None, *, as_json: AsJson = False) -> None:
    """Name the least sets of scopes that are enough for all of some actions, and who may have them.

    Example: remit scopes policy/ Document.read Document.write

    Each line is a set that is enough. What implies more than is needed is not told.
    """
    from remit.tools.overview import scopes  # noqa: PLC0415  (above)
    from remit.tools.overview.needed import needed  # noqa: PLC0415  (above)

    tree = loaded(path).rules()
    api, every = tree.api, scopes.actions_of(tree)
    if actions:
        chosen = list(dict.fromkeys(scopes.one_of(every, name) for name in actions))
        found = needed(api.scopes, [(name, every[name]) for name in chosen])
        if as_json:
            print_json(scopes.record(api, chosen, found))
        else:
            print("\n".join(scopes.lines(api, found)))
        return
    table = {name: needed(api.scopes, [(name, action)]) for name, action in every.items()}
    if as_json:
        print_json({"actions": [scopes.record(api, [name], each) for name, each in table.items()]})
    else:
        print("\n".join(scopes.table_lines(api, table)))


def draw(
    path: PolicyPath,
    output: PictureFile,
    resource: OneResource = None,
    action: OneAction = None,
    *,
    grants: OnlyGrants = False,
    as_json: AsJson = False,
) -> None:
    """Draw the rules of a policy as a tree: the API, its resources, their actions, rules, conditions.

    Example: remit graph policy/ --resource Document -o document.svg

    remit graph policy/ --grants -o roles.svg

    Permits are round, forbids have cut corners, requires a point at either side. Point at a box for
    where its rule stands, and for its text.
    """
    from remit.tools.overview.layout import laid_out  # noqa: PLC0415  (above)
    from remit.tools.overview.svg import svg  # noqa: PLC0415  (above)
    from remit.tools.pages import write_file  # noqa: PLC0415  (above)

    if grants and (resource or action):
        raise BadInput("--grants draws no rules: leave --resource and --action out")
    tree = _grants(path) if grants else _rules(path, resource, action)
    write_file(output, svg(laid_out(tree), with_rules=not grants).encode())
    if as_json:
        print_json({"file": str(output), "tree": tree.record()})
    else:
        print(f"drawn: {output}")


def _rules(path: Path, resource: str | None, action: str | None) -> "Node":
    from remit.tools.explaining.explained import read_policy  # noqa: PLC0415  (above)
    from remit.tools.overview.drawn import tree_of  # noqa: PLC0415  (above)

    tree = tree_of(read_policy(path), resource, action)
    if not tree.nodes:
        raise BadInput("the policy has no such actions")
    return tree


def _grants(path: Path) -> "Node":
    from remit.tools.overview.granted import grants_of  # noqa: PLC0415  (above)

    tree = grants_of(*written_policy(path))
    if not tree.nodes:
        raise BadInput("the policy has no roles, no clients, and no scope that implies another")
    return tree
