"""Two libraries without the half of them that no answer here needs.

msgspec takes UUIDs and decimals from the standard library on its import, to know them when it
meets them, lays out JSON schemas and an inspection of types, and tries how Python compiles a
forward reference. That costs a tenth of a warm answer. argparse looks for translations of its
messages, which neither Python nor we have, with modules that nothing else needs.

Stand-ins are there for the one import each, in a process that has no other thread yet; what asks
for the real modules later gets them. Only the command line does this: a library must not decide
for others what their msgspec knows.
"""

from __future__ import annotations

import sys

# Importing `typing` for its constant would take longer than all options.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import ModuleType

_module: Callable[[str], ModuleType] = type(sys)


def import_argparse() -> None:
    """Import argparse, which then speaks English alone."""
    gettext = _module("gettext")
    gettext.__dict__.update(
        gettext=lambda text: text, ngettext=lambda one, many, n: one if n == 1 else many
    )
    _import("argparse", {"gettext": gettext})


def import_msgspec() -> None:
    """Import msgspec, lean if it lets us."""
    import typing

    reference = typing.ForwardRef
    # It is tried for the arguments that it takes; what msgspec makes later are real ones.
    typing.ForwardRef = lambda *_, **__: None  # type: ignore[assignment,misc]
    try:
        _import("msgspec", _of_msgspec())
    finally:
        typing.ForwardRef = reference  # type: ignore[misc]


def _import(library: str, stand_ins: Mapping[str, ModuleType | None]) -> None:
    hidden = {name: one for name, one in stand_ins.items() if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]
    try:
        __import__(library)
    except (ImportError, AttributeError):
        # A release that needs more of them.
        for name in [name for name in sys.modules if name.partition(".")[0] == library]:
            del sys.modules[name]
    finally:
        for name, one in hidden.items():
            if name in sys.modules and sys.modules[name] is one:
                del sys.modules[name]


def _of_msgspec() -> Mapping[str, ModuleType | None]:
    """By the name of what they stand in for; None makes an import fail, where that is borne."""
    from types import SimpleNamespace

    uuid, decimal = _module("uuid"), _module("decimal")
    uuid.__dict__.update(UUID=type("UUID", (), {}), SafeUUID=SimpleNamespace(unknown=None))
    decimal.__dict__.update(Decimal=type("Decimal", (), {}))
    schema, inspect = _module("msgspec._json_schema"), _module("msgspec.inspect")
    schema.__dict__.update(schema=None, schema_components=None)
    # What msgspec takes from this one, `typing` has since Python 3.11.
    made = {one.__name__: one for one in (uuid, decimal, schema, inspect)}
    return {"typing_extensions": None, **made}
