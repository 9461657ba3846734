"""Whether an HTML page is one of a package index, or what stood in the way of it.

Portals of networks and single sign-on answer in the place of an index, with status 200 and a page
of theirs. Read as an index's, it would list a project without files, and a conflict would be
"proved" by that. But a page without files is legal (PEP 503), and servers write it in many ways:
all that is known of them say in their title what they are, or say nothing at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

REASON = (
    "it answered with a web page that is no index page; "
    "is a login needed, or does the network have a portal?"
)

_ARCHIVE = re.compile(
    r"\.(?:whl|egg|zip|tgz|tar(?:\.\w+)?|exe|msi|rpm|deb|dmg|asc|metadata)$", re.IGNORECASE
)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKS = re.compile(
    r"""
    <meta\b[^>]*\bname\s*=\s*["']?(?:pypi:repository-version|api-version)\b
    | <(?:title|h1)\b[^>]*>[^<]*\b(?:links\s+for|simple\s+index|index\s+of|directory\s+listing)\b
    """,
    re.IGNORECASE | re.VERBOSE,
)
_PASSWORD = re.compile(r"""<input\b[^>]*\btype\s*=\s*["']?password\b""", re.IGNORECASE)
_APPLICATION = re.compile(
    r"""<(?:form|script|input|button|frameset|iframe)\b|<meta\b[^>]*\bhttp-equiv\s*=\s*["']?refresh\b""",
    re.IGNORECASE,
)
_NOT_SHOWN = re.compile(r"<(title|style)\b.*?</\1\s*>|<[^>]*>", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"[^\W\d_]{2,}")
_LOGIN_PATH = re.compile(
    r"/(?:log-?in|sign-?in|sso|saml2?|oauth2?|authorize|adfs|idp|captive\w*)(?=[/.]|$)",
    re.IGNORECASE,
)


def wants_password(text: str) -> bool:
    """Whether the page asks for a password, whatever else it is."""
    return _PASSWORD.search(_COMMENT.sub("", text)) is not None


def is_index_page(text: str, url: str, filenames: Iterable[str]) -> bool:
    """Whether it links to an archive, says that it is an index page, or says nothing else."""
    if any(map(_ARCHIVE.search, filenames)):
        return True
    text = _COMMENT.sub("", text)
    if _MARKS.search(text):
        return True
    if "<" not in text or _APPLICATION.search(text):
        return False
    words = _WORD.findall(_NOT_SHOWN.sub(" ", text))
    name = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    return {word.lower() for word in words} <= {*_WORD.findall(name.lower())}


def leads_to_login(asked: str, answered: str) -> bool:
    """Whether redirects led from one URL to the login page of another host."""
    there = urlsplit(answered)
    moved = urlsplit(asked).hostname != there.hostname
    return moved and _LOGIN_PATH.search(there.path) is not None
