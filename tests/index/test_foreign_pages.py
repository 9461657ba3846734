"""A login or a portal in the place of an index is no project without files."""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.utils import canonicalize_name

from conflictlens import explain
from conflictlens.errors import IndexMalformed
from conflictlens.explanation.records import Outcome
from conflictlens.index.pages import Page
from conflictlens.index.simple_html import parse_html
from tests.index.opening import opened
from tests.served_index import Fault, Variant, served

URL = "https://index.example/simple/tea-pot/"
TEA = canonicalize_name("tea-pot")

EMPTY = {
    "warehouse": """<!DOCTYPE html>
<html>
  <head>
    <meta name="pypi:repository-version" content="1.4">
    <title>Links for tea-pot</title>
  </head>
  <body>
    <h1>Links for tea-pot</h1>
</body>
</html>
<!--SERIAL 12345-->""",
    "devpi": """<!DOCTYPE html><html><head><title>root/dev: links for tea-pot</title></head>
<body><h1>root/dev: links for tea-pot</h1>
<form action="/root/dev/+simple/tea-pot/refresh" method="post"><input type="submit"
name="refresh" value="Refresh"></form></body></html>""",
    "pypiserver": """<!DOCTYPE html><html><head><title>Links for tea-pot</title></head>
<body><h1>Links for tea-pot</h1></body></html>""",
    "gitlab": """<!DOCTYPE html>
<html><head><title>Links for tea-pot</title></head><body><h1>Links for tea-pot</h1>

</body></html>""",
    "nexus": """<html lang="en"><head><title>Links for tea-pot</title>
<meta name="api-version" value="2"/></head><body><h1>Links for tea-pot</h1></body></html>""",
    "artifactory": """<!DOCTYPE html><html><head><title>Simple Index</title>
<meta name="api-version" value="2" /></head><body></body></html>""",
    "a folder of a web server": """<html><head><title>Index of /simple/tea-pot/</title></head>
<body><h1>Index of /simple/tea-pot/</h1><hr><pre><a href="../">../</a></pre><hr></body></html>""",
    "python -m http.server": """<!DOCTYPE HTML><html lang="en"><head><meta charset="utf-8">
<title>Directory listing for /simple/tea-pot/</title></head><body>
<h1>Directory listing for /simple/tea-pot/</h1><hr><ul></ul><hr></body></html>""",
    "a static one": "<!DOCTYPE html><html><body></body></html>",
    "its name alone": "<html><head><title>anything</title></head><h1>Tea-Pot</h1></html>",
}


@pytest.mark.parametrize("text", EMPTY.values(), ids=EMPTY)
def test_servers_of_indexes_list_no_files_in_many_ways(text: str) -> None:
    page = parse_html(text, URL)
    assert not page.is_foreign
    assert not any(file.filename for file in page.files)


FOREIGN = {
    "a form": '<html><form action="/login"><input name="user"></form></html>',
    "single sign-on": """<!doctype html><html><head><title>Sign in</title>
<script src="/app.js"></script></head><body><div id="root"></div></body></html>""",
    "a portal that redirects": """<html><head>
<meta http-equiv="refresh" content="0; url=http://portal.example/"></head><body></body></html>""",
    "a portal of words": "<html><body><p>Welcome to our network. Accept the terms.</p></html>",
    "a front page": "<!doctype html><html><body><h1>Page not found</h1></body></html>",
}


@pytest.mark.parametrize("text", FOREIGN.values(), ids=FOREIGN)
def test_another_web_page_without_links_is_malformed(text: str) -> None:
    with pytest.raises(IndexMalformed, match="no index page"):
        parse_html(text, URL)


def test_who_asks_for_a_password_is_no_index_whatever_links_are_there() -> None:
    with pytest.raises(IndexMalformed, match="is a login needed"):
        parse_html('<a href="/reset">Forgot it?</a><input name="p" type="password">', URL)


LINKED = """<html><head><title>Sign in with your company</title></head>
<body><a href="/oauth2/start?rd=/simple/tea-pot/">Sign in</a></body></html>"""


def test_a_page_whose_links_lead_to_no_archive_is_doubted() -> None:
    assert parse_html(LINKED, URL).is_foreign
    listed = '<a href="tea_pot-1.0.tar.gz">x</a>'
    assert not parse_html(f"{LINKED}{listed}", URL).is_foreign
    # Old projects have nothing that pip would install.
    assert not parse_html('<p>Some words</p><a href="Tea-1.0.win32.exe">x</a>', URL).is_foreign
    assert not parse_html("<title>Links for x</title><a href='readme'>x</a>", URL).is_foreign


def test_a_login_in_the_place_of_a_page_leaves_the_answer_open() -> None:
    html = Fault(200, times=99, content_type="text/html", body=LINKED.encode())
    variant = Variant(faults={"/simple/tea-pot/": [html]})
    with served({"tea-pot": {"1.0": []}, "lid": {"1.0": []}}, variant) as server:
        with opened(server.url) as index:
            answer = explain(["lid", "tea-pot"], index=index, python="3.11")
        assert answer.findings.outcome is Outcome.UNDECIDED
        assert "/simple/tea-pot/" in str(answer.findings.undecided)
        assert "no index page" in str(answer.findings.undecided)
        # A page of links may be one, for all that is asked of it.
        with opened(server.url + "/lid", find_links=(f"{server.url}/tea-pot/",)) as index:
            assert index.project(TEA).distributions == ()


def test_a_doubtful_page_is_asked_for_again(tmp_path: Path) -> None:
    html = Fault(200, content_type="text/html", body=LINKED.encode())
    variant = Variant(faults={"/": [html]}, cache_control="max-age=600")
    with served({"tea-pot": {"1.0": []}}, variant) as server:
        with opened(server.url, cache_dir=tmp_path) as index, pytest.raises(IndexMalformed):
            index.project(TEA)
        with opened(server.url, cache_dir=tmp_path) as index:
            assert len(index.project(TEA).distributions) == 1


@pytest.mark.parametrize(("path", "found"), [("/login/?next=x", False), ("/pages/", True)])
def test_a_redirect_to_the_login_of_another_host(path: str, found: bool) -> None:
    page = b"<!DOCTYPE html><html><body></body></html>"
    with served(
        {}, Variant(faults={"/": [Fault(200, content_type="text/html", body=page)]})
    ) as sso:
        there = f"{sso.origin.replace('127.0.0.1', 'localhost')}{path}"
        moved = Fault(302, headers={"Location": there})
        with (
            served({}, Variant(faults={"/simple/tea-pot/": [moved]})) as server,
            opened(server.url) as index,
        ):
            if found:
                assert index.project(TEA).found
            else:
                with pytest.raises(IndexMalformed, match="is a login needed"):
                    index.project(TEA)


def test_a_page_is_kept_with_its_doubt() -> None:
    from conflictlens.index.pages import decode_page, encode_page

    page = parse_html(LINKED, URL)
    assert decode_page(encode_page(page)) == page == Page(page.files, is_foreign=True)
