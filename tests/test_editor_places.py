"""Offsets, and what an editor counts instead; statements that are cut apart, and read as one."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from remit.decider.reading import Reading, read_set
from remit.diagnostics import Finding, Severity
from remit.linter import inspect
from remit.spans import Source, Span
from remit.syntax.format import formatted
from remit.syntax.lexer import Token
from remit.syntax.parser import parse
from remit.syntax.tree import Document
from remit.tools.language_server import cutting, formatting
from remit.tools.language_server.cutting import cut
from remit.tools.language_server.policy import Desk, Policy
from remit.tools.language_server.positions import Encoding, Lines, Place, changed, units
from tests.marked import known
from tests.test_formatting import TEXTS
from tests.worked import FOLDERS

ODD = 'a\u00e9\u4e2d\U0001f600b\r\n"\U0001f680"\n\rlast'


@pytest.mark.parametrize("encoding", Encoding)
def test_every_offset_has_a_place_that_leads_back_to_it(encoding: Encoding) -> None:
    lines = Lines(ODD, encoding)
    within = [ODD.index("\n")]  # between the two signs that end a line there is no place
    for offset in range(len(ODD) + 1):
        if offset not in within:
            assert lines.offset(lines.place(offset)) == offset


@pytest.mark.parametrize(
    ("encoding", "column", "codec"),
    [("utf-8", 10, "utf-8"), ("utf-16", 5, "utf-16-le"), ("utf-32", 4, "utf-32-le")],
)
def test_columns_are_counted_in_units_of_the_encoding(encoding: str, column: int, codec: str) -> None:
    lines = Lines(ODD, Encoding(encoding))
    assert lines.place(ODD.index("b")) == Place(0, column)
    width = {"utf-8": 1, "utf-16-le": 2, "utf-32-le": 4}[codec]
    assert units(ODD, Encoding(encoding)) == len(ODD.encode(codec)) // width


def test_a_place_that_is_none_is_the_nearest_before_it() -> None:
    lines = Lines(ODD, Encoding.UTF16)
    assert lines.offset(Place(0, 4)) == ODD.index("\U0001f600")
    assert lines.offset(Place(0, 99)) == ODD.index("\r")
    assert lines.offset(Place(99, 0)) == len(ODD)
    assert lines.place(-1) == Place(0, 0)
    assert lines.place(999) == Place(3, 4)


def test_an_edit_replaces_what_is_between_two_places() -> None:
    lines = Lines(ODD, Encoding.UTF16)
    assert changed(lines, Place(0, 3), Place(0, 5), "X") == ODD.replace("\U0001f600", "X")
    assert changed(lines, Place(3, 4), Place(3, 4), "!") == f"{ODD}!"


# ---- statements apart


@pytest.mark.parametrize("text", TEXTS)
def test_statements_apart_say_what_they_say_together(text: str) -> None:
    pieces, whole = cut(text)
    assert whole
    assert "".join(piece.text for piece in pieces) == text
    assert [text[piece.start :].startswith(piece.text) for piece in pieces] == [True] * len(pieces)
    assert known(text).policy.items == parse(Source("p.remit", text))[0].items


def test_a_long_text_is_not_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "let a = 1\nlet b = 2\n"
    assert len(cut(text).parts) == 2
    monkeypatch.setattr(cutting, "LONGEST", 10)
    assert cut(text).parts == ((0, text),)


def test_what_looks_like_a_statement_and_is_none_begins_nothing() -> None:
    text = 'let a = token.sub ==\ntoken.sub # {\nlet b = `}` like "}"\ntype `{` = int\n'
    assert [piece.text.split()[1] for piece in cut(text).parts] == ["a", "b", "`{`"]


def test_where_braces_do_not_fit_statements_at_the_margin_are_cut_all_the_same() -> None:
    for text in ("resource A {\n  a: {\nresource B {\n}\n", "resource A {\n}\n}\nresource B {\n}\n"):
        pieces, whole = cut(text)
        assert not whole
        assert [piece.text.split()[1] for piece in pieces] == ["A", "B"]
        assert [type(item).__name__ for item in known(text).policy.items] == ["Resource"] * 2


# ---- what is wrong with them


def found(policy: Policy) -> tuple[Finding, ...]:
    return Desk().diagnose(policy).findings


def broken(rng: random.Random, text: str, count: int) -> Iterator[str]:
    """The text, ended or with something left out or put in at tokens of it."""
    tokens: list[Token] = []
    parse(Source("", text), tokens)
    for token in rng.sample(tokens, min(count, len(tokens))):
        without = text[: token.start] + text[token.end :]
        yield without
        yield text[: token.start]
        sign = rng.choice(["}", "{", '"', "(", "`", "permit ", "\n", "# "])
        yield text[: token.start] + sign + text[token.start :]


def compare(folder: Path, name: str, text: str, desk: Desk, tmp_path: Path) -> Policy:
    """Whether an editor is told what `remit check` says."""
    for path in folder.iterdir():
        if path.is_file():
            (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / name).write_text(text, encoding="utf-8", newline="")
    files = {str(path): path.read_bytes() for path in sorted(tmp_path.glob("*.remit"))}
    policy = desk.read(files)
    assert desk.diagnose(policy).findings == told(read_set(tmp_path))
    return policy


def told(reading: Reading) -> tuple[Finding, ...]:
    """What the command line says: `remit check`, and where that finds no error `remit lint` as well."""
    if reading.checked is None:
        return reading.findings
    items = [item for source in reading.sources for item in parse(source)[0].items]
    return inspect(
        Document(tuple(items)), reading.checked, reading.sources, warnings=reading.findings
    ).findings


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda folder: folder.name)
def test_an_editor_is_told_what_the_command_line_says(folder: Path, tmp_path: Path) -> None:
    rng, desk = random.Random(folder.name), Desk()
    for path in folder.glob("*.remit"):
        text = path.read_text(encoding="utf-8")
        compare(folder, path.name, text, desk, tmp_path)
        compare(folder, path.name, next(broken(rng, text, 1)), desk, tmp_path)


@pytest.mark.volume
def test_an_editor_is_told_what_the_command_line_says_wherever_the_text_is_broken(
    tmp_path: Path,
) -> None:
    folder, desk = Path("policies/documents"), Desk()
    text = (folder / "documents.remit").read_text(encoding="utf-8")
    for spoilt in broken(random.Random(7), text, 10_000):
        compare(folder, "documents.remit", spoilt, desk, tmp_path)


def test_a_statement_that_goes_on_at_the_margin_is_found_to_be_one() -> None:
    text = 'api a { audience "x" issuer "y" scope s }\nlet a =\ntoken\n.sub\n'
    policy = known(text).policy
    assert not policy.is_sound
    assert found(policy) == told(read_set(None, {"p.remit": text}))
    assert {finding.severity for finding in found(policy)} == {Severity.WARNING}


def test_what_may_not_stand_in_a_file_is_told_before_anything_else() -> None:
    policy = Desk().read({"a.remit": b"\xff", "b.remit": "permit", "c.remit": "let a = \x00"})
    assert [finding.code for finding in found(policy)] == ["R001", "R003"]
    assert not policy.is_sound


def test_only_what_has_changed_is_read_again() -> None:
    desk = Desk()
    before = desk.read({"p.remit": "let a = 1\nlet b = 2\nlet b = 2\n"})
    after = desk.read({"p.remit": "# moved\n\nlet a = 7\nlet b = 2\nlet b = 2\n"})
    old, new = (
        [statement for _, statement in policy.files["p.remit"].statements] for policy in (before, after)
    )
    assert [one is other for one, other in zip(old, new, strict=True)] == [False, True, True]
    assert old[1] is not old[2]
    assert [f.message for f in desk.diagnose(after).findings] == [
        "no `api` block",
        "name `b` is declared twice",
    ]
    assert desk.diagnose(after).findings[1].span == Span("p.remit", 33, 34)


# ---- layout


def laid_out(text: str, span: Span | None = None) -> str:
    edits = formatting.edits(text, span or Span("p.remit", 0, len(text)))
    for place, new in sorted(edits, key=lambda edit: -edit[0].start):
        text = text[: place.start] + new + text[place.end :]
    return text


@pytest.mark.parametrize("text", sorted(TEXTS, key=len)[:8])
def test_an_editor_lays_out_as_the_command_line_does(text: str) -> None:
    lays_out(text)


@pytest.mark.volume
@pytest.mark.parametrize("text", TEXTS)
def test_an_editor_lays_out_as_the_command_line_does_every_policy(text: str) -> None:
    lays_out(text)


def lays_out(text: str) -> None:
    rng = random.Random(text)
    spoilt = "".join(sign * rng.choice([1, 1, 1, 2]) if sign == " " else sign for sign in text)
    lines = [rng.choice(["", "", "", "  ", "\n\n"]) + line for line in spoilt.split("\n")]
    for each in (text, "\n".join(lines)):
        wanted, problems = formatted(Source("p.remit", each))
        assert laid_out(each) == (each if problems else wanted)


def test_what_is_broken_or_refused_is_not_laid_out() -> None:
    for text in ("let  a = 1\n\npermit )\n", "let  a = 1 \x00\n", "resource  A {\n"):
        assert laid_out(text) == text


def test_a_part_is_laid_out_without_the_rest() -> None:
    text = "let  a = 1\n\n\n# b\nlet  b = 2\n\npermit )\n"
    assert laid_out(text, Span("p.remit", 18, 22)) == "let  a = 1\n\n\n# b\nlet b = 2\n\npermit )\n"
    assert laid_out(text, Span("p.remit", 0, 1)) == "let a = 1\n\n# b\nlet  b = 2\n\npermit )\n"


def test_no_more_lines_are_replaced_than_have_to_be() -> None:
    text = "resource A {\n  a: int\n  b:   int\n  c: int\n}\n"
    ((span, new),) = formatting.edits(text, Span("p.remit", 0, len(text)))
    assert (text[span.start : span.end], new) == ("  b:   int\n", "  b: int\n")
    assert formatting.edits(laid_out(text), Span("p.remit", 0, 1)) == []
