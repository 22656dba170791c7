"""Bytes, characters, folders and sizes: what may stand in a policy file, and what may not."""

import os
import unicodedata
from pathlib import Path

import pytest

from remit import Engine, PolicyError
from remit.decider.reading import read_set
from remit.diagnostics import Code, render
from remit.spans import Span
from remit.syntax import tree
from remit.syntax.findings import MAX_BYTES
from remit.syntax.parser import parse
from remit.syntax.source import decode, inspect, read_path

FILE = "p.remit"
CATEGORIES = ("Cc", "Cf", "Co", "Cn", "Zl", "Zp")
POLICY = """api a {
  audience "x"
  issuer "y"
  scope s
}
resource R {
  owner: user
  action r needs s
  permit r to owner
}
"""


def codes(content: bytes) -> list[tuple[Code, int]]:
    """What is wrong with the bytes, each with its place."""
    return [(f.code, f.span.start) for f in decode(FILE, content)[1] if f.span]


def digest(text: str) -> str:
    return Engine.from_text(text).digest


# ---- encodings


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf_16_and_utf_32_are_refused(encoding: str) -> None:
    assert codes(POLICY.encode(encoding)) != []


@pytest.mark.parametrize(
    ("content", "bad"),
    [
        ("# für".encode("latin-1"), 3),
        (b"# \xc0\xaf", 2),  # an overlong `/`
        (b"# \xed\xa0\x80", 2),  # a surrogate
        (b"# \xf4\x90\x80\x80", 2),  # beyond the last character
        (b"# ab\xe2\x82", 4),  # cut short
    ],
)
def test_what_is_not_utf_8_is_refused_with_its_first_bad_byte(content: bytes, bad: int) -> None:
    source, (finding,) = decode(FILE, content)
    assert finding.code is Code.ENCODING
    assert f"byte {bad} " in finding.message
    assert finding.span == Span(FILE, bad, bad + 1)
    assert source.text.startswith(content[:bad].decode())


def test_what_is_not_utf_8_is_shown_at_its_line_and_column() -> None:
    source, (finding,) = decode(FILE, "# ü\napi a {} # ".encode() + b"\xff\n")
    assert "\n  p.remit:2:12\n 2 | api a {} # \ufffd\n" in render(finding, source)


def test_a_byte_order_mark_is_refused_by_name_at_the_beginning_only() -> None:
    content = "\ufeff# \ufeff".encode()
    assert codes(content) == [(Code.BYTE_ORDER_MARK, 0), (Code.FORBIDDEN_CHARACTER, 3)]


def test_line_breaks_of_either_kind_mean_the_same() -> None:
    assert codes(POLICY.replace("\n", "\r\n").encode()) == []
    assert digest(POLICY.replace("\n", "\r\n")) == digest(POLICY)


def test_tabs_and_letters_of_any_language_are_fine() -> None:
    text = POLICY.replace("  ", "\t").replace("api a", "# für 漢字 \U0001f600 e\u0301\napi a")
    assert codes(text.encode()) == []
    assert digest(text) == digest(POLICY)


# ---- characters (failure mode 21)


@pytest.mark.parametrize(
    "character",
    [
        "\0",
        "\x0b",
        "\x0c",
        "\x1b",
        "\x7f",
        "\x85",
        "\xad",
        "\u061c",
        "\u200b",
        "\u200d",
        "\u200e",
        "\u2028",
        "\u2029",
        "\u202a",
        "\u202e",
        "\u2060",
        "\u2066",
        "\u2069",
        "\ue000",
        "\ufeff",
        "\uffff",
        "\u0378",
        "\U000e0041",
    ],
    ids=lambda character: f"U+{ord(character):04X}",
)
@pytest.mark.parametrize("before", ["# ", 'api "', "api `", "api"])
def test_a_character_that_hides_something_is_refused_wherever_it_stands(
    before: str, character: str
) -> None:
    assert codes(f"{before}{character}x".encode()) == [(Code.FORBIDDEN_CHARACTER, len(before))]


def is_refused(character: str) -> bool:
    return character not in "\t\n" and unicodedata.category(character) in CATEGORIES


def test_every_control_format_private_and_unassigned_character_is_refused() -> None:
    # each by itself in the first plane; the others hold little that is not refused
    characters = [chr(code) for code in range(0x10000) if not 0xD800 <= code < 0xE000]
    refused = [character for character in characters if is_refused(character)]
    assert [character for character in refused if not inspect(FILE, character)[1]] == []


def test_every_other_character_may_stand_in_a_policy() -> None:
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    assert inspect(FILE, "".join(c for c in characters if not is_refused(c)))[1] == ()


def test_a_lone_surrogate_in_text_is_refused() -> None:
    _, (finding,) = inspect(FILE, "# \ud800")
    assert (finding.code, finding.span) == (Code.FORBIDDEN_CHARACTER, Span(FILE, 2, 3))


@pytest.mark.parametrize("text", ["# a\rpermit", "a\r", "\r\r\n"])
def test_a_carriage_return_alone_is_refused(text: str) -> None:
    # an editor shows a new line where the parser still reads a comment
    assert codes(text.encode()) == [(Code.FORBIDDEN_CHARACTER, text.index("\r"))]


@pytest.mark.parametrize("letter", ["\u0430", "\u212a", "\u017f"], ids=["cyrillic", "kelvin", "long s"])
def test_a_letter_that_looks_like_another_begins_no_name(letter: str) -> None:
    # failure mode 20
    findings = read_set(None, {FILE: POLICY.replace("owner", f"{letter}wner", 1)}).findings
    assert findings[0].code is Code.UNKNOWN_CHARACTER


def test_escapes_write_what_may_not_stand_in_the_text() -> None:
    text = POLICY.replace('"y"', r'"y\u{202E}\u{0}\t\"\\\n\r"')
    reading = read_set(None, {FILE: text})
    assert reading.checked is not None
    assert list(reading.checked.api.issuers) == ['y\u202e\0\t"\\\n\r']


def test_a_key_of_data_may_be_any_text_through_escapes() -> None:
    source, problems = inspect(FILE, r'let x = [{ "a\u{202E} \u{0}\n": 1 }] data y: int from "\u{e9}"')
    document, more = parse(source)
    assert (*problems, *more) == ()
    match document.items:
        case (
            tree.Let(value=tree.ListOf(items=(tree.RecordOf(pairs=((key, _),)),))),
            tree.Data(file=file),
        ):
            assert (key.text, file.value) == ("a\u202e \0\n", "\u00e9")
        case other:
            pytest.fail(f"read as {other}")


@pytest.mark.parametrize("letter", ["\u0430", "\u212a", "\u0661"], ids=["letter", "kelvin", "digit"])
@pytest.mark.parametrize(
    "before", ["type ", "let x = 1 + ", "let x = any ", "let x = -", "data ", "type t = {"]
)
def test_a_letter_or_digit_of_another_alphabet_begins_nothing(before: str, letter: str) -> None:
    # failure mode 20
    _, (finding,) = parse(inspect(FILE, before + letter)[0])
    assert (finding.code, finding.span) == (
        Code.UNKNOWN_CHARACTER,
        Span(FILE, len(before), len(before) + 1),
    )


def test_composed_and_decomposed_text_differ() -> None:
    # failure mode 21: data is compared as given
    one, other = (POLICY.replace('"y"', f'"{text}"') for text in ("\u00e9", "e\u0301"))
    assert digest(one) != digest(other)


def test_a_file_full_of_bad_characters_has_a_few_findings_only() -> None:
    # failure mode 44
    assert len(codes(b"\0" * 100_000)) == len(codes("\u202e".encode() * 100_000)) == 20


# ---- sizes (failure mode 59)


@pytest.mark.parametrize("filler", [" ", "é"], ids=["ascii", "two bytes"])
@pytest.mark.parametrize("over", [-1, 0, 1])
def test_the_limit_of_a_text_is_in_bytes(filler: str, over: int) -> None:
    width = len(filler.encode())
    text = "#" + " " * ((MAX_BYTES + over - 1) % width) + filler * ((MAX_BYTES + over - 1) // width)
    for source, findings in (decode(FILE, text.encode()), inspect(FILE, text)):
        assert [f.code for f in findings] == ([Code.TOO_LARGE] if over > 0 else [])
        assert source.text == ("" if over > 0 else text)


# ---- folders


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / f"{name}.remit").write_text(text, encoding="utf-8")


def test_a_folder_is_read_in_order_of_name_and_other_files_are_left(tmp_path: Path) -> None:
    write(tmp_path, b="# b", a="# a", c="# c")
    (tmp_path / "notes.txt").write_bytes(b"\xff")
    (tmp_path / "a.remit.bak").write_bytes(b"\xff")
    (tmp_path / "below").mkdir()
    write(tmp_path / "below", d="# d")
    sources, findings = read_path(tmp_path)
    assert [(Path(source.file).name, source.text) for source in sources] == [
        ("a.remit", "# a"),
        ("b.remit", "# b"),
        ("c.remit", "# c"),
    ]
    assert findings == ()


def test_a_file_is_read_by_itself_whatever_its_name(tmp_path: Path) -> None:
    file = tmp_path / "policy.txt"
    file.write_text(POLICY, encoding="utf-8")
    (source,), findings = read_path(file)
    assert (source.file, source.text, findings) == (str(file), POLICY, ())


def refusal(path: Path) -> tuple[Code, str]:
    """The one finding of a path of which nothing is read."""
    sources, (finding,) = read_path(path)
    assert sources == ()
    return finding.code, finding.message


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    assert refusal(missing) == (Code.UNREADABLE, f"cannot read `{missing}`: No such file or directory")


def test_an_empty_folder_is_refused(tmp_path: Path) -> None:
    # failure mode 4
    assert refusal(tmp_path) == (Code.NO_POLICY, f"no `.remit` file at `{tmp_path}`")


def test_a_path_that_no_system_takes_is_refused() -> None:
    assert refusal(Path("a\0b")) == (Code.UNREADABLE, "cannot read `a\0b`: not a usable path")


def test_one_unreadable_file_refuses_the_folder_and_is_named(tmp_path: Path) -> None:
    # failure mode 47: never fewer rules in silence
    write(tmp_path, a=POLICY)
    gone = tmp_path / "b.remit"
    gone.symlink_to(tmp_path / "gone")
    assert refusal(tmp_path) == (Code.UNREADABLE, f"cannot read `{gone}`: No such file or directory")


def test_a_folder_named_like_a_policy_refuses_the_folder_around_it(tmp_path: Path) -> None:
    write(tmp_path, a=POLICY)
    inner = tmp_path / "x.remit"
    inner.mkdir()
    assert refusal(tmp_path) == (Code.UNREADABLE, f"cannot read `{inner}`: Is a directory")


def test_a_folder_named_like_a_policy_can_be_the_policy(tmp_path: Path) -> None:
    folder = tmp_path / "x.remit"
    folder.mkdir()
    write(folder, a=POLICY)
    assert Engine.load(folder).digest == digest(POLICY)


def test_a_bad_file_refuses_the_good_ones_beside_it(tmp_path: Path) -> None:
    # failure mode 51
    write(tmp_path, a=POLICY)
    (tmp_path / "b.remit").write_bytes(b"\xff")
    reading = read_set(tmp_path)
    assert reading.checked is None
    assert [finding.code for finding in reading.findings] == [Code.ENCODING]
    with pytest.raises(PolicyError, match="R001"):
        Engine.load(tmp_path)


@pytest.mark.parametrize("content", ["", "\n", " \n\t"])
def test_an_empty_file_refuses_the_set(content: str, tmp_path: Path) -> None:
    # failure mode 49: what is cut to nothing takes its forbids along, in silence
    write(tmp_path, a=POLICY, b=content)
    (finding,) = read_set(tmp_path).findings
    assert (finding.code, finding.span) == (Code.EMPTY_FILE, Span(str(tmp_path / "b.remit"), 0, 0))
    write(tmp_path, b="# nothing is forbidden yet")
    assert read_set(tmp_path).findings == ()


@pytest.mark.parametrize("ending", ["REMIT", "Remit"])
def test_a_file_whose_ending_is_in_capitals_refuses_the_set(ending: str, tmp_path: Path) -> None:
    # failure mode 47: never fewer rules in silence
    write(tmp_path, a=POLICY)
    (tmp_path / f"b.{ending}").write_text("", encoding="utf-8")
    (finding,) = read_set(tmp_path).findings
    assert finding.code is Code.OTHER_ENDING
    assert f"b.{ending}` is not read" in finding.message
    (tmp_path / f"b.{ending}").unlink()
    (tmp_path / f"b.{ending}").mkdir()
    assert read_set(tmp_path).findings == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_no_policy_file_and_nobody_waits_for_it(tmp_path: Path) -> None:
    pipe = tmp_path / "p.remit"
    os.mkfifo(pipe)
    for path in (tmp_path, pipe):
        assert refusal(path) == (Code.UNREADABLE, f"cannot read `{pipe}`: not a regular file")


def test_what_is_there_and_cannot_be_read_is_not_guessed_at(tmp_path: Path) -> None:
    write(tmp_path, a=POLICY)
    (tmp_path / "b.remit").mkdir()
    loop = tmp_path / "loop.remit"
    loop.symlink_to(loop)
    for path in (tmp_path, loop):
        _, (finding,) = read_path(path)
        assert (finding.code, finding.help) == (Code.UNREADABLE, None)
    _, (missing,) = read_path(tmp_path / "aa.remit")
    assert missing.help == f"did you mean `{tmp_path / 'a.remit'}`?"
