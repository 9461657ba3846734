"""How the options in a file change what is known about indexes, by pip's rules."""

from __future__ import annotations

import os

from msgspec.structs import replace

from conflictlens.names import canonicalize_name
from conflictlens.requirements.options import Option
from conflictlens.requirements.records import IndexOptions
from conflictlens.requirements.workspace import Workspace

# Read, and without a say in what can be installed together.
_WITHOUT_EFFECT = frozenset(
    {
        "prefer-binary", "require-hashes", "no-require-hashes", "use-feature", "hash",
        "config-settings", "global-option", "install-option",
    }
)  # fmt: skip


def with_option(
    options: IndexOptions, option: Option, directory: str, workspace: Workspace
) -> IndexOptions | None:
    """`options` after one more of a file in `directory`; None: conflictlens does not heed it."""
    value = option.value
    match option.name:
        case "index-url":
            # pip starts its list of indexes anew here, so earlier extra ones are gone.
            return replace(options, index_url=value, extra_index_urls=())
        case "extra-index-url":
            return replace(options, extra_index_urls=(*options.extra_index_urls, value))
        case "no-index":
            return replace(options, no_index=True)
        case "find-links":
            links = _find_links(value, directory, workspace)
            return replace(options, find_links=(*options.find_links, links))
        case "trusted-host":
            return replace(options, trusted_hosts=(*options.trusted_hosts, value))
        case "pre":
            return replace(options, pre=True)
        case "all-releases" if value == ":all:":
            return replace(options, pre=True)
        case "no-binary":
            chosen, other = _exclusive(value, options.no_binary, options.only_binary)
            return replace(options, no_binary=chosen, only_binary=other)
        case "only-binary":
            chosen, other = _exclusive(value, options.only_binary, options.no_binary)
            return replace(options, only_binary=chosen, no_binary=other)
        case name:
            return options if name in _WITHOUT_EFFECT else None


def _find_links(value: str, directory: str, workspace: Workspace) -> str:
    """A path is relative to the file if it exists there, else to the current directory."""
    if "://" in value or value.lower().startswith("file:"):
        return value
    beside = workspace.absolute(os.path.join(directory, value))
    return beside if os.path.exists(beside) else workspace.absolute(value)


def _exclusive(
    value: str, chosen: frozenset[str], other: frozenset[str]
) -> tuple[frozenset[str], frozenset[str]]:
    """A project stands in one of both sets; ``:all:`` empties the other, ``:none:`` this one."""
    names = value.split(",")
    while ":all:" in names:
        chosen, other = frozenset({":all:"}), frozenset()
        names = names[names.index(":all:") + 1 :]
        if ":none:" not in names:
            return chosen, other
    for name in names:
        if name == ":none:":
            chosen = frozenset()
            continue
        project = canonicalize_name(name)
        chosen, other = chosen | {project}, other - {project}
    return chosen, other
