"""msgspec without the half of it that is for types which no record here has.

On its import it takes UUIDs and decimals from the standard library, to know them when it meets
them, and lays out JSON schemas and an inspection of types. That costs a tenth of a warm answer.
Stand-ins are there for this one import, in a process that has no other thread yet; what asks for
the real modules later gets them. Only the command line does this: a library must not decide for
others what their msgspec knows.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace


def import_msgspec() -> None:
    """Import msgspec, lean if it lets us."""
    hidden = {name: one for name, one in _stand_ins().items() if name not in sys.modules}
    sys.modules.update(hidden)  # type: ignore[arg-type]
    try:
        import msgspec  # noqa: F401
    except (ImportError, AttributeError):
        # A release that needs more of them.
        for name in [name for name in sys.modules if name.partition(".")[0] == "msgspec"]:
            del sys.modules[name]
    finally:
        for name, one in hidden.items():
            if name in sys.modules and sys.modules[name] is one:
                del sys.modules[name]


def _stand_ins() -> dict[str, ModuleType | None]:
    """By the name of what they stand in for; None makes an import fail, where that is borne."""
    uuid, decimal = ModuleType("uuid"), ModuleType("decimal")
    uuid.__dict__.update(UUID=type("UUID", (), {}), SafeUUID=SimpleNamespace(unknown=None))
    decimal.__dict__.update(Decimal=type("Decimal", (), {}))
    schema, inspect = ModuleType("msgspec._json_schema"), ModuleType("msgspec.inspect")
    schema.__dict__.update(schema=None, schema_components=None)
    # What msgspec takes from this one, `typing` has since Python 3.11.
    made = {one.__name__: one for one in (uuid, decimal, schema, inspect)}
    return {"typing_extensions": None, **made}
