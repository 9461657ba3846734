from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conflictlens.errors import IndexMalformed
from conflictlens.index.pages import File, Page, decode_page, encode_page
from conflictlens.index.simple import parse_json, parse_page
from conflictlens.index.simple_html import parse_html

URL = "https://index.example/simple/a/"


def html(body: str, head: str = "") -> Page:
    return parse_html(f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>", URL)


def test_html_with_every_attribute() -> None:
    [file] = html(
        '<a href="../../files/a-1.0-py3-none-any.whl#sha256=ABC"'
        ' data-requires-python="&gt;=3.8,&lt;4" data-yanked="bad &amp; broken"'
        ' data-core-metadata="sha256=def" data-upload-time="2024-01-02T03:04:05.5Z">a</a>'
    ).files
    assert file == File(
        "a-1.0-py3-none-any.whl",
        "https://index.example/files/a-1.0-py3-none-any.whl",
        requires_python=">=3.8,<4",
        upload_time=datetime(2024, 1, 2, 3, 4, 5, 500_000, tzinfo=UTC),
        yanked="bad & broken",
        has_metadata=True,
        metadata_sha256="def",
        sha256="abc",
    )


@pytest.mark.parametrize(
    ("anchor", "url"),
    [
        ('<a href="a-1.zip">', URL + "a-1.zip"),
        ("<a href='a-1.zip'>", URL + "a-1.zip"),
        ("<a href=a-1.zip>", URL + "a-1.zip"),
        ('<A HREF = "a-1.zip" >', URL + "a-1.zip"),
        ('<a\n  class="x" href="a-1.zip" download/>', URL + "a-1.zip"),
        ('<a href="/files/a-1.zip#md5=1">', "https://index.example/files/a-1.zip"),
        ('<a href="//other.example/a-1.zip">', "https://other.example/a-1.zip"),
        ('<a href="https://other.example/a-1.zip?x=1">', "https://other.example/a-1.zip?x=1"),
        ('<a data-requires-python=">=3" href="a-1.zip">', URL + "a-1.zip"),
    ],
)
def test_links_as_html_allows_them(anchor: str, url: str) -> None:
    [file] = html(anchor + "a-1.zip</a>").files
    assert (file.filename, file.url) == ("a-1.zip", url)


def test_percent_encoded_names_are_decoded_and_their_urls_kept() -> None:
    [file] = html('<a href="torch-2.0%2Bcpu-py3-none-any.whl">x</a>').files
    assert file.filename == "torch-2.0+cpu-py3-none-any.whl"
    assert file.url == URL + "torch-2.0%2Bcpu-py3-none-any.whl"


def test_a_base_moves_relative_links() -> None:
    page = html('<a href="a-1.zip">x</a>', head='<base href="https://cdn.example/all/">')
    assert page.files[0].url == "https://cdn.example/all/a-1.zip"


def test_links_in_comments_and_scripts_are_none() -> None:
    page = html(
        '<!-- <a href="a-1.zip">x</a> --><script>"<a href=a-2.zip>"</script><a href="a-3.zip">x</a>'
    )
    assert [file.filename for file in page.files] == ["a-3.zip"]


@pytest.mark.parametrize("href", ["javascript:x", "mailto:x@y", "file:///etc/a-1.zip", "data:,"])
def test_links_that_lead_to_no_file_of_the_network_are_left_out(href: str) -> None:
    assert html(f'<a href="{href}">x</a><a href="a-1.zip">x</a>').files[0].filename == "a-1.zip"


@pytest.mark.parametrize(
    ("attribute", "announced", "digest"),
    [
        ('data-core-metadata="true"', True, None),
        ('data-dist-info-metadata="sha256=abc"', True, "abc"),
        ('data-core-metadata="sha256=new" data-dist-info-metadata="sha256=old"', True, "new"),
        ('data-core-metadata="false"', False, None),
        ("", None, None),
    ],
)
def test_announcements_of_metadata(
    attribute: str, announced: bool | None, digest: str | None
) -> None:
    [file] = html(f'<a href="a-1-py3-none-any.whl" {attribute}>x</a>').files
    assert (file.has_metadata, file.metadata_sha256) == (announced, digest)


def test_where_one_link_announces_metadata_silence_means_none() -> None:
    page = html('<a href="a-1.zip" data-core-metadata="true">x</a><a href="a-2.zip">x</a>')
    assert [file.has_metadata for file in page.files] == [True, False]


def test_an_empty_yanked_attribute_is_a_yank_without_a_reason() -> None:
    assert [file.yanked for file in html('<a href="a-1.zip" data-yanked>x</a>').files] == [""]


def test_an_upload_time_that_can_not_be_read_is_not_told() -> None:
    [file] = html('<a href="a-1.zip" data-upload-time="yesterday">x</a>').files
    assert file.upload_time is None


def test_the_password_of_the_index_is_not_in_the_links() -> None:
    [file] = parse_html('<a href="a-1.zip">x</a>', "https://me:secret@index.example/a/").files
    assert file.url == "https://index.example/a/a-1.zip"


def test_a_page_without_links_is_a_project_without_files() -> None:
    assert html("<h1>Links for a</h1>") == Page(())


@pytest.mark.parametrize(
    "text", ["", "not html at all", '<html><form action="/login"><input name="user"></form></html>']
)
def test_what_is_no_index_page_is_malformed(text: str) -> None:
    with pytest.raises(IndexMalformed, match=r"index\.example.*no index page"):
        parse_html(text, URL)


def test_a_newer_major_version_of_the_api_is_refused() -> None:
    with pytest.raises(IndexMalformed, match=r"version 2\.0"):
        html("", head='<meta name="pypi:repository-version" content="2.0">')
    with pytest.raises(IndexMalformed, match=r"version 2\.0"):
        parse_json(b'{"meta": {"api-version": "2.0"}, "files": []}', URL)
    assert html("", head='<meta name="pypi:repository-version" content="1.3">') == Page(())


class Anchors(HTMLParser):
    """Python's own HTML parser, as the independent opinion."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        # The first of several attributes of a name counts in HTML.
        href = next((value for name, value in attrs if name == "href"), None)
        if tag == "a" and href:
            self.hrefs.append(href)


words = st.text("ab><&;\"'=- /#", max_size=8)
values = words.map(lambda text: text.replace("&", "&amp;").replace('"', "&quot;"))
anchors = st.builds(
    lambda extra, name, text: f'<a data-x="{extra}" href="x{name}">{text}</a>',
    values,
    st.text("ab.-_", max_size=5),
    st.text("ab ", max_size=3),
)


@given(st.lists(anchors, max_size=5))
def test_links_are_those_that_python_s_html_parser_finds(found: list[str]) -> None:
    text = "<html>" + "<br/>\n".join(found) + "</html>"
    oracle = Anchors()
    oracle.feed(text)
    assert [file.url for file in parse_html(text, URL).files] == [URL + x for x in oracle.hrefs]


def test_json_with_every_key() -> None:
    [file] = parse_json(
        b"""{"meta": {"api-version": "1.4", "_last-serial": 1}, "name": "a", "versions": ["1.0"],
        "files": [{"filename": "a-1.0-py3-none-any.whl",
        "url": "../../files/a-1.0-py3-none-any.whl",
        "hashes": {"sha256": "abc", "md5": "x"}, "requires-python": ">=3.8", "size": 12,
        "upload-time": "2024-01-02T03:04:05Z", "yanked": "bad", "provenance": null,
        "core-metadata": {"sha256": "def"}, "dist-info-metadata": false}]}""",
        URL,
    ).files
    assert file == File(
        "a-1.0-py3-none-any.whl",
        "https://index.example/files/a-1.0-py3-none-any.whl",
        requires_python=">=3.8",
        upload_time=datetime(2024, 1, 2, 3, 4, 5, tzinfo=UTC),
        yanked="bad",
        has_metadata=True,
        metadata_sha256="def",
        sha256="abc",
        size=12,
    )


@pytest.mark.parametrize(
    ("keys", "announced", "yanked"),
    [
        ("", None, None),
        (', "core-metadata": true', True, None),
        (', "core-metadata": false', False, None),
        (', "core-metadata": {}', True, None),
        (', "dist-info-metadata": {"sha256": "x"}', True, None),
        (', "yanked": true', None, ""),
        (', "yanked": false', None, None),
        (', "yanked": ""', None, None),
        (', "requires-python": null, "upload-time": null, "size": null', None, None),
    ],
)
def test_json_keys(keys: str, announced: bool | None, yanked: str | None) -> None:
    body = f'{{"files": [{{"filename": "a-1.zip", "url": "a-1.zip", "hashes": {{}}{keys}}}]}}'
    [file] = parse_json(body.encode(), URL).files
    assert (file.has_metadata, file.yanked) == (announced, yanked)


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b'{"files": 1}', b'{"files": [{"filename": "a"}]}', b'{"x": 1}', b"\xff"],
)
def test_json_of_another_shape_is_malformed(body: bytes) -> None:
    with pytest.raises(IndexMalformed, match="JSON that is not PEP 691's"):
        parse_json(body, URL)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/vnd.pypi.simple.v1+json", b'{"files": []}'),
        ("application/json; charset=utf-8", b'{"files": []}'),
        ("application/vnd.pypi.simple.v1+html", b"<html></html>"),
        ("text/html", b"<html></html>"),
        ("TEXT/HTML; charset=latin-1", b"<html>\xe9</html>"),
        ("text/html; charset=no-such", b"<html>\xe9</html>"),
        ("", b"<html></html>"),
        ("", b' {"files": []}'),
    ],
)
def test_the_content_type_chooses_the_parser(content_type: str, body: bytes) -> None:
    assert parse_page(body, content_type, URL) == Page(())


def test_another_content_type_is_malformed() -> None:
    with pytest.raises(IndexMalformed, match="text/plain"):
        parse_page(b"<html></html>", "text/plain", URL)


files = st.builds(
    File,
    filename=st.sampled_from(["a-1.zip", "a-2+x.zip"]),
    url=st.sampled_from(
        ["https://x.example/f/1/a-1.zip", "https://x.example/f/2/a-2%2Bx.zip", "http://y/a-1.zip"]
    ),
    upload_time=st.none() | st.just(datetime(2024, 1, 2, 3, 4, 5, 6, tzinfo=UTC)),
    yanked=st.none() | st.just(""),
    sha256=st.none() | st.just("abc"),
    size=st.none() | st.integers(0, 1 << 40),
)


@given(st.builds(Page, st.lists(files, max_size=4).map(tuple), st.booleans()))
def test_a_page_comes_back_from_the_cache_as_it_was(page: Page) -> None:
    assert decode_page(encode_page(page)) == page
