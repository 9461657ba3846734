"""HTML that is put together of parts, so that no text gets into it unescaped, and no password."""

from __future__ import annotations

from html import escape
from typing import TypeAlias

from conflictlens.render.escaping import visible

_VOID = frozenset({"meta", "input", "wbr"})


class Html(str):
    """Markup. Any other string is a text, which is escaped where it becomes a part of markup."""

    __slots__ = ()


Part: TypeAlias = str | None
Attribute: TypeAlias = str | bool | None


def tag(name: str, /, *parts: Part, **attributes: Attribute) -> Html:
    """An element. ``class_`` is the attribute class, ``data_node`` is data-node; None is left out.

    An attribute that is True has no value, one that is False is left out.
    """
    start = "".join(
        _attribute(key, value)
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Html(f"<{name}{start}>")
    return Html(f"<{name}{start}>{joined(*parts)}</{name}>")


def joined(*parts: Part) -> Html:
    """Parts one after the other; a text is escaped, and what is not printable in it is shown."""
    return Html("".join(_escaped(part) for part in parts if part is not None))


def _escaped(part: str) -> str:
    return part if isinstance(part, Html) else escape(visible(part))


def _attribute(key: str, value: str | bool | None) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{_escaped(str(value))}"'


def code(text: str) -> Html:
    """Code that is broken after its commas, if at all."""
    first, *rest = visible(text).split(",")
    return tag("code", first, *(part for one in rest for part in (",", tag("wbr"), one)))
