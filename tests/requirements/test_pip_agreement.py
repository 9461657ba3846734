"""The same files, read by pip itself."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conflictlens.errors import RequirementsError
from conflictlens.requirements.reading import read_requirements
from conflictlens.requirements.records import OriginKind, RootRequirement, UnnamedRoot
from tests.requirements.writing import write

pip_req_file = pytest.importorskip("pip._internal.req.req_file")
pip_constructors = pytest.importorskip("pip._internal.req.constructors")
pip_session = pytest.importorskip("pip._internal.network.session")
pip_exceptions = pytest.importorskip("pip._internal.exceptions")

FILES: dict[str, str | bytes] = {
    "plain.txt": "a\nB_c >= 1 , <2  # x\nd[x,Y.z]~=1.0; python_version<'3'\n\n  e (==1)\nf===odd\n",
    "joined.txt": "a \\\n>=1 \\\n# c\\\n,<2\nb\\\n\nc>=\\\n1\\\n",
    "joined2.txt": "a \\\n>=1\nb\\\n\nc>=\\\n1\\\n",
    "comments.txt": "#a\n #b\nc#d\n",
    "comments2.txt": "a #b\nc\t#d\ngit+https://h.example/x#egg=y # z\n",
    "hashes.txt": "a==1 \\\n  --hash=sha256:aa \\\n --hash=sha512:bb\nb --hash sha384:cc ; no\n",
    "variables.txt": "a==${VERSION}\nb ${UNSET}\n",
    "variables2.txt": "a==${VERSION}\n-r ${NAMED}.txt\n",
    "nested.txt": "-r sub/one.txt\n-csub/limits.txt\nx\n",
    "sub/one.txt": "--requirement=two.txt\none\n",
    "sub/two.txt": "two\n",
    "sub/limits.txt": "one<2\n-r two-b.txt\n",
    "sub/two-b.txt": "twob\n",
    "urls.txt": (
        "https://h.example/foo-1.0-py3-none-any.whl ; python_version>'3'\n"
        "bar @ https://h.example/bar.zip ; python_version>'3'\nbaz@https://h.example/b;x\n"
    ),
    "urls2.txt": (
        "git+ssh://git@h.example/a.git@rev#egg=aa\nhg+https://h.example/x#egg=bb&subdirectory=c\n"
        "ftp://h.example/x.zip\nqux[e] @ git+https://h.example/q ; os_name=='nt'\n"
        "https://h.example/x;y.zip ; os_name=='nt'\n"
    ),
    "paths.txt": "./local\n./local[extra]\nlocal/\n./missing-1.0-py3-none-any.whl\nmissing.zip\n",
    "local/setup.py": "",
    "missing_path.txt": "./nowhere\n",
    "empty_directory.txt": "./sub\n",
    "editable.txt": (
        "-e ./local[a,B]\n--editable=git+https://h.example/x#egg=x\n-e file:///some/where\n"
        "-e 'y[z] @ git+https://h.example/y ; python_version>\"3\"'\n-e git://h.example/z#egg=z\n"
    ),
    "editable2.txt": "-e nowhere\n",
    "editable3.txt": "-e git+https://h.example/x\n",
    "options.txt": "--pre --no-index\n-i https://i.example/ --extra https://e.example\na --pre\n",
    "unknown.txt": "--nope\n",
    "no_value.txt": "a\n--index-url\n",
    "quotes.txt": "-r 'a.txt\n",
    "weak.txt": "a --hash=md5:00\n",
    "no_deps.txt": "--no-deps\n",
    "invalid.txt": "a=1\n",
    "invalid2.txt": "-1\n",
    "invalid3.txt": "a;;\n",
    "marker.txt": "a; nonsense == 1\n",
    "egg.txt": "git+https://h.example/x#egg=a==1\n",
    "wheel.txt": "https://h.example/x-1.whl\n",
    "cycle.txt": "-r cycle2.txt\n",
    "cycle2.txt": "-r ./cycle.txt\n",
    "gone.txt": "-r not-there.txt\n",
    "utf8.txt": "\ufeffa # \u00e9\n",
    "utf16.txt": "a\r\nb\r\n".encode("utf-16"),
    "coding.txt": b"# coding: latin-1\na # \xe9\nb\n",
    "separators.txt": "a\x0cb\u2028c\rd\n",
    "global.txt": "a --use-feature=fast-deps -r ignored.txt\n-r sub/two.txt -r ignored.txt\n",
    "config.txt": "a --config-settings x=y -C z=w\n",
    "dashes.txt": "a >=1 -b\n",
}
READ = sorted(name for name in FILES if name.endswith(".txt") and "/" not in name)
ENVIRON = {"VERSION": "1.5", "NAMED": "sub/two"}

Short = tuple[str | None, str, frozenset[str], str, bool, bool, tuple[str, ...]]


@pytest.fixture
def corpus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in ENVIRON.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("UNSET", raising=False)
    write(tmp_path, FILES)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def _of_pip(name: str) -> list[Short] | None:
    """What pip reads, None where it refuses the file; what it reads twice counts once."""
    try:
        return list(dict.fromkeys(_roots_of_pip(name)))
    except pip_exceptions.PipError:
        return None


def _roots_of_pip(name: str) -> Iterator[Short]:
    for parsed in pip_req_file.parse_requirements(name, session=pip_session.PipSession()):
        options = parsed.options or {}
        hashes = options.get("hashes", {})
        if parsed.is_editable:
            made = pip_constructors.install_req_from_editable(parsed.requirement)
        else:
            made = pip_constructors.install_req_from_line(parsed.requirement)
        yield _short_of_pip(made, parsed, hashes)


def _short_of_pip(made: Any, parsed: Any, hashes: dict[str, list[str]]) -> Short:
    extras = frozenset(extra.lower().replace("_", "-").replace(".", "-") for extra in made.extras)
    return (
        None if made.req is None else made.req.name.lower().replace("_", "-"),
        "" if made.req is None else str(made.req.specifier),
        extras,
        "" if made.markers is None else str(made.markers),
        parsed.is_editable,
        parsed.constraint,
        tuple(f"{name}:{value}" for name, values in hashes.items() for value in values),
    )


def _ours(name: str) -> list[Short] | None:
    try:
        read = read_requirements([name])
    except RequirementsError:
        return None
    roots = (*read.roots, *read.constraints)
    return [_short(root) for root in roots]


def _short(root: RootRequirement | UnnamedRoot) -> Short:
    return (
        root.name if isinstance(root, RootRequirement) else None,
        str(root.specifier) if isinstance(root, RootRequirement) else "",
        frozenset(map(str, root.extras)),
        "" if root.marker is None else str(root.marker),
        root.editable,
        root.origin.kind is OriginKind.CONSTRAINT,
        root.hashes,
    )


@pytest.mark.usefixtures("corpus")
@pytest.mark.parametrize("name", READ)
def test_the_same_is_read_and_refused(name: str) -> None:
    pips, ours = _of_pip(name), _ours(name)
    assert (pips is None) == (ours is None)
    assert set(ours or []) == set(pips or [])


def test_line_numbers(corpus: Path) -> None:
    def of_pip(name: str) -> list[str]:
        parsed = pip_req_file.parse_requirements(name, session=pip_session.PipSession())
        places = [requirement.line_source for requirement in parsed]
        return sorted(place.replace(str(corpus) + os.sep, "") for place in places)

    for name in ("plain.txt", "joined2.txt", "hashes.txt", "nested.txt", "urls2.txt", "utf16.txt"):
        read = read_requirements([name])
        origins = [root.origin for root in (*read.roots, *read.constraints)]
        assert sorted(f"line {origin.line} of {origin.path}" for origin in origins) == of_pip(name)
