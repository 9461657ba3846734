import os
import subprocess
import sys
from pathlib import Path

import pytest

from conflictlens.index.configuration import DEFAULT_INDEX_URL, IndexSources, configured_sources
from conflictlens.index.pip_config import PipConfigError, PipSettings, read_pip_settings
from conflictlens.requirements.records import IndexOptions

NO_FILES = {"PIP_CONFIG_FILE": os.devnull, "HOME": "/nonexistent"}
FIRST, SECOND = "https://first.example/simple", "https://second.example/simple"


def sources(options: IndexOptions, **variables: str) -> IndexSources:
    return configured_sources(options, NO_FILES | variables)


def test_without_any_configuration_the_public_index_is_asked() -> None:
    assert sources(IndexOptions()) == IndexSources(index_urls=(DEFAULT_INDEX_URL,))


def test_pip_s_variables() -> None:
    found = sources(
        IndexOptions(),
        PIP_INDEX_URL=FIRST,
        PIP_EXTRA_INDEX_URL=f"{SECOND}\nhttps://third.example/simple",
        PIP_FIND_LINKS="/a /b",
        PIP_CERT="~/ca.pem",
        PIP_TRUSTED_HOST="first.example second.example:8080",
        PIP_PROXY="http://proxy.example:3128",
    )
    assert found == IndexSources(
        index_urls=(FIRST, SECOND, "https://third.example/simple"),
        find_links=("/a", "/b"),
        cert=os.path.expanduser("~/ca.pem"),
        trusted_hosts=("first.example", "second.example:8080"),
        proxy="http://proxy.example:3128",
    )


def test_a_named_index_replaces_pip_s_indexes_and_find_links_but_not_how_to_connect() -> None:
    found = sources(
        IndexOptions(index_url=FIRST, find_links=("/mine",)),
        PIP_INDEX_URL="https://pip.example/simple",
        PIP_EXTRA_INDEX_URL=SECOND,
        PIP_FIND_LINKS="/pip",
        PIP_NO_INDEX="1",
        PIP_CERT="/ca.pem",
    )
    assert found == IndexSources(index_urls=(FIRST,), find_links=("/mine",), cert="/ca.pem")


def test_an_extra_index_and_find_links_add() -> None:
    options = IndexOptions(extra_index_urls=(SECOND,), find_links=("/mine",))
    found = sources(options, PIP_INDEX_URL=FIRST, PIP_FIND_LINKS="/pip")
    assert found == IndexSources(index_urls=(FIRST, SECOND), find_links=("/pip", "/mine"))


def test_no_index_leaves_find_links() -> None:
    expected = IndexSources(index_urls=(), find_links=("/a",), no_index=True)
    assert sources(IndexOptions(no_index=True), PIP_FIND_LINKS="/a") == expected
    assert sources(IndexOptions(), PIP_NO_INDEX="yes", PIP_FIND_LINKS="/a") == expected
    assert sources(IndexOptions(), PIP_NO_INDEX="off").index_urls == (DEFAULT_INDEX_URL,)


def test_an_index_that_is_named_twice_is_asked_once() -> None:
    options = IndexOptions(index_url=FIRST, extra_index_urls=(FIRST + "/", SECOND))
    assert sources(options).index_urls == (FIRST, SECOND)


def test_empty_values_count_as_not_said() -> None:
    assert sources(IndexOptions(), PIP_INDEX_URL="", PIP_FIND_LINKS="") == IndexSources()


def test_the_named_file_outranks_and_install_outranks_global(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text(
        "[install]\nindex_url = https://install.example\n"
        "[global]\nindex-url = https://global.example\nfind-links =\n    /a\n    /b\n"
        "extra-index-url = https://x.example\n"
        "[download]\ntrusted-host = not-for-install.example\n"
    )
    environ = {"PIP_CONFIG_FILE": str(file), "HOME": str(tmp_path), "PIP_EXTRA_INDEX_URL": SECOND}
    found = read_pip_settings(environ)
    assert found.index_url == "https://install.example"
    assert found.find_links == ("/a", "/b")
    assert found.extra_index_urls == (SECOND,)


@pytest.mark.skipif(sys.platform != "linux", reason="folders as on Linux")
def test_files_from_the_lowest_to_the_highest(tmp_path: Path) -> None:
    places = ["xdg/pip", "home/.pip", "home/.config/pip"]
    environ = {"HOME": str(tmp_path / "home"), "XDG_CONFIG_DIRS": str(tmp_path / "xdg")}
    for rank, place in enumerate(places):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / "pip.conf").write_text(f"[install]\nindex-url = https://{rank}.example")
        assert read_pip_settings(environ).index_url == f"https://{rank}.example"
    named = tmp_path / "named.conf"
    # A named file that does not exist changes nothing, one that does switches the user's off.
    environ["PIP_CONFIG_FILE"] = str(named)
    assert read_pip_settings(environ).index_url == "https://2.example"
    named.write_text("[install]\nproxy = http://proxy.example")
    assert read_pip_settings(environ).index_url == "https://0.example"
    assert read_pip_settings(environ).proxy == "http://proxy.example"
    environ["PIP_CONFIG_FILE"] = os.devnull
    assert read_pip_settings(environ) == PipSettings()


def test_pip_itself_reads_the_same(tmp_path: Path) -> None:
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip" / "pip.conf").write_text("[global]\nfind-links = /user\ncert = /user.pem\n")
    site = {"HOME": str(tmp_path), "PATH": os.environ["PATH"], "PIP_PROXY": "http://p.example"}
    script = """
from pip._internal.commands import create_command
options, _ = create_command("install").parse_args([])
print(options.index_url, options.extra_index_urls, options.find_links, options.no_index,
      options.cert, options.trusted_hosts, options.proxy, sep="|")
"""
    run = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, env=site, check=True
    )
    ours = read_pip_settings(site)
    assert run.stdout.strip().split("|") == [
        ours.index_url or DEFAULT_INDEX_URL,
        str(list(ours.extra_index_urls)),
        str(list(ours.find_links)),
        str(ours.no_index),
        str(ours.cert),
        str(list(ours.trusted_hosts)),
        str(ours.proxy or ""),
    ]


def test_a_broken_file_is_the_user_s_to_mend(tmp_path: Path) -> None:
    file = tmp_path / "pip.conf"
    file.write_text("no section\n")
    with pytest.raises(PipConfigError, match=r"pip\.conf"):
        read_pip_settings({"PIP_CONFIG_FILE": str(file), "HOME": "/nonexistent"})


def test_the_public_index_is_named_in_one_place() -> None:
    root = Path(__file__).parents[2]
    host = DEFAULT_INDEX_URL.split("/")[2]
    folders = [root / "src" / "conflictlens" / "index", root / "tests" / "index"]
    naming = [
        file.name for folder in folders for file in folder.glob("*.py") if host in file.read_text()
    ]
    assert naming == ["configuration.py"]
