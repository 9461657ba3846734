"""Files in pip's requirements format."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.markers import Marker
from packaging.utils import canonicalize_name

from conflictlens.errors import BadLine, RequirementsError
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import (
    IndexOptions,
    Origin,
    OriginKind,
    RequirementSet,
    RootRequirement,
)
from tests.requirements.writing import bad_lines, read_text, texts, write


def test_a_requirement_with_everything(tmp_path: Path) -> None:
    text = (
        "# first\n"
        "My.Pkg[B_b,a]>=1,<${TOP} ; python_version < '3.12' \\\n"
        "    --hash=sha256:aa \\\n"
        "    --hash sha384:bb  # why\n"
    )
    assert read_text(tmp_path, text, TOP="2").roots == (
        RootRequirement(
            text="My.Pkg[B_b,a]>=1,<${TOP} ; python_version < '3.12'",
            name=canonicalize_name("my-pkg"),
            origin=Origin(OriginKind.REQUIREMENT, "requirements.txt", 2),
            versions="<2,>=1",
            extras=frozenset({canonicalize_name("a"), canonicalize_name("b-b")}),
            marker=Marker("python_version < '3.12'"),
            hashes=("sha256:aa", "sha384:bb"),
        ),
    )


def test_an_empty_file_asks_for_nothing(tmp_path: Path) -> None:
    assert read_text(tmp_path, "\n# nothing\n") == RequirementSet(roots=())


def test_nested_files_are_relative_to_the_file_that_names_them(tmp_path: Path) -> None:
    cwd = write(
        tmp_path,
        {
            "req/dev.txt": "-r base.txt\n--requirement=../top.txt\n-c limits/c.txt\ndev\n",
            "req/base.txt": "base\n",
            "req/limits/c.txt": "base<2\n-r more.txt\n",
            "req/limits/more.txt": "asked-for\n",
            "top.txt": "top\n",
        },
    )
    assert texts(read_requirements(["req/dev.txt"], cwd=cwd)) == [
        ("req/base.txt:1", "base"),
        ("top.txt:1", "top"),
        # As for pip: what a constraints file names with -r is required, not a constraint.
        ("req/limits/more.txt:1", "asked-for"),
        ("req/dev.txt:4", "dev"),
        ("req/limits/c.txt:1", "base<2"),
    ]


def test_absolute_and_file_url_paths(tmp_path: Path) -> None:
    write(tmp_path, {"a b.txt": "a\n"})
    path = tmp_path / "a b.txt"
    assert texts(read_text(tmp_path, f"-r '{path}'")) == [(f"{path}:1", "a")]
    assert texts(read_text(tmp_path, f"-r {path.as_uri()}")) == [(f"{path}:1", "a")]


def test_a_file_that_two_others_name_is_read_once(tmp_path: Path) -> None:
    cwd = write(
        tmp_path,
        {"a.txt": "-r c.txt\na", "b.txt": "-r ./c.txt\nb", "c.txt": "c", "d.txt": "-c c.txt"},
    )
    read = read_requirements(["a.txt", "b.txt", "d.txt"], cwd=cwd)
    assert texts(read) == [("c.txt:1", "c"), ("a.txt:2", "a"), ("b.txt:2", "b"), ("c.txt:1", "c")]


def test_many_routes_to_a_file_take_no_time(tmp_path: Path) -> None:
    files = {f"{n}.txt": f"-r {n + 1}.txt\n-r {n + 1}.txt\n" for n in range(40)}
    cwd = write(tmp_path, {**files, "40.txt": "a"})
    assert texts(read_requirements(["0.txt"], cwd=cwd)) == [("40.txt:1", "a")]


def test_a_cycle_names_its_chain(tmp_path: Path) -> None:
    cwd = write(tmp_path, {"a.txt": "-r d/b.txt", "d/b.txt": "x\n-c ../a.txt"})
    with pytest.raises(RequirementsError) as caught:
        read_requirements(["a.txt"], cwd=cwd)
    assert caught.value.lines == (
        BadLine("d/b.txt", 2, "-c ../a.txt", "the file includes itself: a.txt → d/b.txt → a.txt"),
    )


def test_nesting_has_an_end(tmp_path: Path) -> None:
    cwd = write(tmp_path, {f"{n}.txt": f"-r {n + 1}.txt" for n in range(60)})
    with pytest.raises(RequirementsError) as caught:
        read_requirements(["0.txt"], cwd=cwd)
    assert [(line.path, line.reason) for line in caught.value.lines] == [
        ("49.txt", "files are nested more than 50 deep")
    ]


def test_index_options(tmp_path: Path) -> None:
    write(tmp_path, {"wheels/.keep": ""})
    text = """\
--extra-index-url https://gone.example/
-i https://index.example/simple --trusted-host index.example
--extra-index https://a.example/
--extra-index-url=https://b.example/
--find-links wheels
-f nowhere
-fhttps://links.example/
--pre
--no-binary=:all:
--only-binary Foo_Bar,baz
--no-binary baz
--prefer-binary --require-hashes --use-feature fast-deps
--config-settings a=b
"""
    read = read_text(tmp_path, text)
    assert read == RequirementSet(
        roots=(),
        options=IndexOptions(
            index_url="https://index.example/simple",
            extra_index_urls=("https://a.example/", "https://b.example/"),
            find_links=(
                str(tmp_path / "wheels"),
                str(tmp_path / "nowhere"),
                "https://links.example/",
            ),
            pre=True,
            only_binary=frozenset({"foo-bar"}),
            no_binary=frozenset({":all:", "baz"}),
            trusted_hosts=("index.example",),
        ),
    )


@pytest.mark.parametrize(
    ("lines", "only", "none"),
    [
        ("--only-binary :all:\n--no-binary :all:", set(), {":all:"}),
        ("--only-binary a\n--only-binary :none:", set(), set()),
        ("--only-binary a,:all:,:none:,b", {"b"}, set()),
        ("--no-binary a\n--only-binary :all:,b", {":all:"}, set()),
    ],
)
def test_format_control(lines: str, only: set[str], none: set[str], tmp_path: Path) -> None:
    options = read_text(tmp_path, lines).options
    assert options == IndexOptions(only_binary=frozenset(only), no_binary=frozenset(none))


def test_no_index_and_find_links_beside_the_file(tmp_path: Path) -> None:
    cwd = write(tmp_path, {"sub/r.txt": "--no-index\n-f links", "sub/links/.keep": ""})
    assert read_requirements(["sub/r.txt"], cwd=cwd).options == IndexOptions(
        no_index=True, find_links=(str(tmp_path / "sub" / "links"),)
    )


def test_what_has_no_effect_is_noted(tmp_path: Path) -> None:
    text = (
        "a -r other.txt\n"
        "--only-final numpy\n"
        "b --hash=sha256:aa ; python_version>'3'\n"
        "--all-releases=:all:"
    )
    read = read_text(tmp_path, text)
    assert read.notes == (
        "requirements.txt:1: pip ignores `--requirement other.txt` in this line",
        "requirements.txt:2: --only-final numpy is not taken into account",
        "requirements.txt:3: pip ignores `; python_version>3` in this line",
    )
    assert texts(read) == [("requirements.txt:1", "a"), ("requirements.txt:3", "b")]
    assert read.options == IndexOptions(pre=True)


def test_all_bad_lines_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    cwd = write(
        tmp_path,
        {
            "a.txt": "ok\nnumpy=>1\n-r b.txt\n-r missing.txt\n--huh\n",
            "b.txt": "x y\n",
            "c.txt": "a[b]\n-e .\n./wheel-1-py3-none-any.whl\ngit+https://git.example/x\n",
            "utf.txt": b"\xff\xfea",
        },
    )
    with pytest.raises(RequirementsError) as caught:
        read_requirements(
            ["a.txt", "utf.txt", "=1"], requirement_files=["d"], constraint_files=["c.txt"], cwd=cwd
        )
    assert caught.value.lines == (
        BadLine("a.txt", 2, "numpy=>1", "`=>` is not an operator; did you mean `>=`?"),
        BadLine(
            "b.txt",
            1,
            "x y",
            "is not a requirement (PEP 508): "
            "expected semicolon (after name with no version specifier) or end",
        ),
        BadLine("a.txt", 4, "-r missing.txt", "missing.txt: no such file"),
        BadLine(
            "a.txt",
            5,
            "--huh",
            "pip does not read the option --huh in a requirements file",
        ),
        BadLine("utf.txt", None, "", "is not utf-16-le, as it claims: byte 0x61 in line 1"),
        BadLine(
            "argument",
            None,
            "=1",
            "is not a requirement (PEP 508): "
            "expected package name at the start of dependency specifier",
        ),
        BadLine("d", None, "", "no such file"),
        BadLine("c.txt", 1, "a[b]", "a constraint can't have extras"),
        BadLine("c.txt", 2, "-e .", "a constraint can't be editable"),
        BadLine(
            "c.txt", 4, "git+https://git.example/x", "a constraint needs a name: write name @ URL"
        ),
    )


def test_the_line_of_a_continued_one_is_its_first(tmp_path: Path) -> None:
    (bad,) = bad_lines(tmp_path, "\nfoo \\\n >= \\\n x\n")
    assert (bad.line, bad.text) == (2, "foo  >=  x")


def test_a_bad_line_is_shown_fit_for_a_terminal(tmp_path: Path) -> None:
    first, second = bad_lines(
        tmp_path, "https://me:secret@index.example/\x1b[31m -X\n" + "é" * 500 + "!"
    )
    assert first.text == "https://me:****@index.example/\\x1b[31m -X"
    assert second.text == "é" * 200 + "…"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            "\n <!DOCTYPE html>\n<p>numpy</p>",
            "is a web page, not a requirements file; was it downloaded from a page about it?",
        ),
        (
            "a\nb\0",
            "is not a text file (a NUL byte in line 2); "
            "if it is UTF-16 without a byte order mark, save it as UTF-8",
        ),
    ],
)
def test_what_is_no_requirements_file_is_one_fault(
    content: str, reason: str, tmp_path: Path
) -> None:
    assert bad_lines(tmp_path, content) == (BadLine("requirements.txt", None, "", reason),)


def test_a_program_is_no_requirements_file(tmp_path: Path) -> None:
    file = tmp_path / "requirements.txt"
    file.write_bytes(b"\x7fELF\n\x00\xd0")
    with pytest.raises(RequirementsError, match=r"is not a text file \(a NUL byte in line 2\)"):
        read_requirements([str(file)])


def test_encodings(tmp_path: Path) -> None:
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        data = "# é\r\na\r\nb\r\n".encode(encoding)
        expected = [("requirements.txt:2", "a"), ("requirements.txt:3", "b")]
        assert texts(read_text(tmp_path, data)) == expected


def test_a_directory_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(RequirementsError) as caught:
        read_requirements([], requirement_files=[str(tmp_path)])
    assert caught.value.lines == (BadLine(str(tmp_path), None, "", "is a directory"),)
