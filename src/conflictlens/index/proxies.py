"""Which proxy leads to a server: the one that is set, else what the machine says."""

from __future__ import annotations

import os
import sys

import httpcore

from conflictlens.index.credentials import split_credentials


class Proxies:
    """Knows the way to each server.

    A proxy that was named is for all of them. Else it is as in the standard library: HTTP_PROXY,
    HTTPS_PROXY, ALL_PROXY and NO_PROXY, and on Windows and macOS the settings of the system.
    """

    def __init__(self, named: str | None) -> None:
        self._named = named
        self._found: dict[str, str] = {} if named else _of_the_machine()

    def to(self, origin: httpcore.Origin) -> httpcore.Proxy | None:
        """The proxy for a server; None where there is none on the way."""
        url = self._named or self._found.get(origin.scheme.decode()) or self._found.get("all")
        if not url or (self._named is None and _is_bypassed(origin)):
            return None
        bare, pair = split_credentials(url if "://" in url else f"http://{url}")
        auth = None if pair is None else (pair[0].encode(), pair[1].encode())
        return httpcore.Proxy(bare, auth=auth)


def _of_the_machine() -> dict[str, str]:
    asked = sys.platform in ("darwin", "win32") or any(
        name.lower().endswith("_proxy") for name in os.environ
    )
    if not asked:
        # Half of the standard library's HTTP is loaded by asking.
        return {}
    from urllib.request import getproxies

    return getproxies()


def _is_bypassed(origin: httpcore.Origin) -> bool:
    from urllib.request import proxy_bypass

    return bool(proxy_bypass(f"{origin.host.decode()}:{origin.port}"))
