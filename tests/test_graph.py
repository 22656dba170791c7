"""`remit graph`: what is drawn, where, and that it is well-formed whatever a policy is called."""

from itertools import combinations
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import orjson
import pytest

from remit.tools.explaining.explained import read_policy
from remit.tools.overview.drawn import tree_of
from remit.tools.overview.layout import Box, laid_out
from remit.tools.overview.svg import svg
from tests.commands import remit

OK, BAD_INPUT = 0, 2
SVG = "{http://www.w3.org/2000/svg}"
HEAD = 'api a { audience "https://api.example.com/a" issuer "https://example.com/" profile rfc9068\n'


def drawn(path: Path | str, resource: str | None = None, action: str | None = None) -> Box:
    return laid_out(tree_of(read_policy(Path(path)), resource, action))


def picture(tmp_path: Path, path: Path | str, *options: str) -> Element:
    file = tmp_path / "rules.svg"
    done = remit("graph", path, "-o", file, *options)
    assert (done.returncode, str(file) in done.stdout) == (OK, True)
    return fromstring(file.read_text())  # noqa: S314  (our own picture)


def texts(root: Element, kind: str) -> list[str]:
    """What stands in the boxes of a kind, from top to bottom, the legend's first."""
    groups = (each for each in root.iter(f"{SVG}g") if each.get("class") == kind)
    return [" ".join("".join(text.itertext()).split()) for g in groups for text in g.iter(f"{SVG}text")]


def test_the_tree_goes_from_the_api_to_the_tests(tmp_path: Path) -> None:
    root = picture(tmp_path, "policies/documents")
    assert texts(root, "api") == ["api documents"]
    assert texts(root, "resource") == ["Document"]
    assert texts(root, "actions") == [
        "delete: delete:documentsshare: share:documentswrite: write:documents",
        "read: read:documents",
    ]
    assert texts(root, "forbid")[1:3] == [
        "forbid secret documents need a second factor",
        "forbid documents never cross tenants",
    ]
    assert texts(root, "permit")[1:] == [
        "permit documents.remit:25",
        "permit documents.remit:26",
        "permit documents.remit:25",
    ]
    assert set(texts(root, "test")) == {
        'classification == "secret"',
        "not token.mfa",
        "tenant != token.tenant",
        "owner == token.sub",
        "entitled",
        "token.sub in shared_with",
    }
    assert set(texts(root, "join")) == {"all of", "any of"}


def test_a_rule_is_told_by_its_shape_its_word_and_its_title(tmp_path: Path) -> None:
    root = picture(tmp_path, "policies/records")
    shapes = {"permit": f"{SVG}rect", "forbid": f"{SVG}polygon", "require": f"{SVG}polygon"}
    corners: dict[str, set[int]] = {}
    for kind, shape in shapes.items():
        for group in (each for each in root.iter(f"{SVG}g") if each.get("class") == kind):
            [outline] = group.findall(shape)
            corners.setdefault(kind, set()).add(len((outline.get("points") or "").split()))
            word = group.find(f"{SVG}text/{SVG}tspan/{SVG}tspan")
            assert word is not None
            assert word.text == kind
    assert corners == {"permit": {0}, "forbid": {8}, "require": {6}}
    titles = [each.text or "" for each in root.iter(f"{SVG}title")]
    [glass] = {title for title in titles if title.startswith("glass\n")}
    assert "policies/records/records.remit:" in glass
    assert '\npermit "glass" read to role clinician' in glass


@pytest.mark.parametrize("name", ["documents", "github", "records", "mcp", "todo", "management_api"])
def test_no_two_boxes_meet_and_all_is_on_the_paper(name: str) -> None:
    root = drawn(f"policies/{name}")
    boxes = sorted(root.all(), key=lambda box: box.left)
    for one, other in combinations(boxes, 2):
        beside = one.left + one.width <= other.left or other.left + other.width <= one.left
        under = one.top + one.height <= other.top + 0.001 or other.top + other.height <= one.top + 0.001
        assert beside or under, (one.node.lines, other.node.lines)
    assert min(box.top for box in boxes) >= 0
    for box in boxes:
        assert all(inner.left > box.left + box.width for inner in box.boxes)
        if box.boxes and len(box.node.lines) == 1:
            assert box.boxes[0].middle - 0.001 <= box.middle <= box.boxes[-1].middle + 0.001
    width, height = (float(fromstring(svg(root)).get(side) or 0) for side in ("width", "height"))  # noqa: S314
    assert all(box.left + box.width <= width and box.top + box.height <= height for box in boxes)


def test_the_same_policy_is_the_same_picture() -> None:
    assert svg(drawn("policies/github")) == svg(drawn("policies/github"))


def test_one_resource_or_one_action_is_drawn(tmp_path: Path) -> None:
    root = picture(tmp_path, "policies/github", "--resource", "Team", "--action", "leave")
    assert texts(root, "resource") == ["Team"]
    assert texts(root, "actions") == ["leave: write:org"]
    everywhere = picture(tmp_path, "policies/github", "--action", "read")
    assert set(texts(everywhere, "resource")) >= {"Team", "Repository"}
    for wrong in (("--resource", "Nobody"), ("--action", "nothing")):
        done = remit("graph", "policies/github", "-o", tmp_path / "x.svg", *wrong)
        assert (done.returncode, "no such actions" in done.stderr) == (BAD_INPUT, True)


def test_json_has_the_tree(tmp_path: Path) -> None:
    file = tmp_path / "rules.svg"
    told = orjson.loads(remit("graph", "policies/documents", "-o", file, "--json").stdout)
    assert told["file"] == str(file)
    assert told["tree"]["kind"] == "api"
    [document] = told["tree"]["nodes"]
    assert (document["kind"], document["title"]) == ("resource", "Document")
    assert file.exists()


HOSTILE = (
    HEAD
    + """
  scope `<s>&'`
  action `a<b>` needs `<s>&'`
  action free needs nothing
  action old needs nothing
  permit `a<b>`, old to anyone when not (context.k in ["\\u{202e}", "</svg><script>"])
    because "]]>&\\u{0}"
  permit free to anyone
  permit "a & b" free to anyone when context.k like "x/*" and not (context.k == "a" or context.k == "b")
  permit "\u4e2d\u6587" free to anyone when any t in context.tags
    where not (t == "\u4e2d\u6587\u4e2d\u6587" and t == context.k)
  forbid old when all t in context.tags where t == "LONG" because "WORDS"
  require old max_age 5m
}
context { k: string tags: set<string> }
resource New {
  owner: user
  action new make needs nothing
  permit make to anyone when not granted(`<s>&'`)
}
"""
).replace("LONG", "x" * 90)


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    path = tmp_path / "hostile.remit"
    path.write_text(HOSTILE)
    return path


def test_hostile_names_make_no_markup(tmp_path: Path, hostile: Path) -> None:
    root = picture(tmp_path, hostile)
    kinds = {each.tag.removeprefix(SVG) for each in root.iter()}
    assert kinds == {"svg", "style", "rect", "g", "title", "text", "tspan", "path", "polygon"}
    assert "a<b>: <s>&'" in " ".join(texts(root, "actions"))
    assert "permit ]]>&\\u{0000}" in texts(root, "permit")
    content = (tmp_path / "rules.svg").read_text()
    assert not set(content) & {"\u202e", "\x00"}


def test_conditions_are_told_in_the_words_of_the_language(tmp_path: Path, hostile: Path) -> None:
    root = picture(tmp_path, hostile)
    told = texts(root, "test")
    assert any(text.startswith("context.k not in [") for text in told)
    assert {"anyone", 'context.k like "x/*"', 'context.k == "a"', "not max_age 5m"} <= set(told)
    assert "not granted(<s>&')" in told
    assert {"not", "any in context.tags", "all in context.tags", "any of", "all of"} <= set(
        texts(root, "join")
    )
    assert any(text.endswith("…") for text in told)
    assert "permit a & b" in texts(root, "permit")


def test_a_bundle_is_drawn_by_the_names_of_its_rules(tmp_path: Path) -> None:
    bundle = tmp_path / "documents.bundle"
    remit("compile", "policies/documents", "-o", bundle)
    root = picture(tmp_path, bundle)
    assert texts(root, "permit")[1].startswith("permit permit-")


def test_many_actions_are_told_in_a_title_and_some_in_the_box() -> None:
    root = drawn("policies/management_api")
    [many] = [box for box in root.all() if box.node.lines[-1].startswith("and ")]
    assert len(many.node.lines) == 13
    assert len(many.node.title.splitlines()) == 12 + int(many.node.lines[-1].split()[1])


def test_a_picture_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    done = remit("graph", "policies/documents", "-o", tmp_path / "none" / "x.svg")
    assert (done.returncode, "x.svg" in done.stderr) == (BAD_INPUT, True)


# ---- what is granted

GRANTS = (
    HEAD
    + """
  scope read:{a,b}, plain
  scope write implies read:a, read:b
  scope manage implies write, own
  scope own implies read:a
  role reader grants read:{*}
  role writer extends reader grants write
  role keeper extends reader grants own
  role boss extends writer, keeper grants {*} except plain
  client web grants {*} except manage
  client old, older
  action list needs plain
  permit list to entitled
}
"""
)


def under(tree: dict[str, Any], *path: str) -> list[str]:
    """What the boxes say that are under a box, found by the last lines of the titles on the way."""
    for step in path:
        [tree] = [each for each in tree["nodes"] if each["title"].splitlines()[-1].startswith(step)]
    return [each["title"].splitlines()[-1] for each in tree["nodes"]]


def test_roles_scopes_and_clients_are_drawn_with_what_they_bring(tmp_path: Path) -> None:
    policy, file = tmp_path / "p.remit", tmp_path / "p.svg"
    policy.write_text(GRANTS)
    told = orjson.loads(remit("graph", policy, "--grants", "-o", file, "--json").stdout)["tree"]
    assert under(told) == ["roles", "scopes", "clients"]
    assert under(told, "roles") == ["role boss extends writer, keeper grants {*} except plain"]
    boss = ("roles", "role boss")
    assert under(told, *boss)[2:] == ["{*}", "except plain"]
    assert under(told, *boss, "role writer") == ["role reader grants read:{*}", "write"]
    assert under(told, *boss, "role writer", "role reader") == ["read:{*}"]
    assert under(told, *boss, "role keeper", "role reader") == []
    assert under(told, "scopes") == ["manage"]
    assert under(told, "scopes", "manage") == ["own", "write"]
    assert under(told, "scopes", "manage", "write") == ["read:a", "read:b"]
    assert under(told, "clients", "client web") == ["{*}", "except manage"]
    root = fromstring(file.read_text())  # noqa: S314  (our own picture)
    assert texts(root, "actions").count("role reader") == 2
    assert texts(root, "test").count("every scope") == 2
    assert texts(root, "permit") == []


def test_the_grants_of_a_worked_policy_have_their_places(tmp_path: Path) -> None:
    root = picture(tmp_path, "policies/documents", "--grants")
    titles = [each.text or "" for each in root.iter(f"{SVG}title")]
    [editor] = [title for title in titles if "role editor" in title]
    assert editor.startswith("policies/documents/documents.remit:")


def test_scopes_that_share_much_are_drawn_once(tmp_path: Path) -> None:
    pairs = [
        f"scope a{n} implies a{n + 1}, b{n + 1} scope b{n} implies a{n + 1}, b{n + 1}" for n in range(40)
    ]
    policy = tmp_path / "p.remit"
    policy.write_text(f"{HEAD} {' '.join(pairs)} scope a40, b40 }}")
    root = picture(tmp_path, policy, "--grants")
    assert 80 <= len(texts(root, "test")) <= 4 * 41


def test_where_nothing_is_granted_nothing_is_drawn(tmp_path: Path) -> None:
    policy, file = tmp_path / "p.remit", tmp_path / "p.svg"
    policy.write_text(f"{HEAD} scope s }}")
    bundle = tmp_path / "p.bundle"
    remit("compile", policy, "-o", bundle)
    for asked, said in (
        ((policy, "--grants"), "no roles"),
        ((bundle, "--grants"), "a bundle has no source"),
        (("policies/documents", "--grants", "--action", "read"), "draws no rules"),
    ):
        done = remit("graph", *asked, "-o", file)
        assert (done.returncode, said in done.stderr, file.exists()) == (BAD_INPUT, True, False)
