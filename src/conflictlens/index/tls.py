"""Whose certificates are accepted."""

from __future__ import annotations

import os
import ssl
from collections.abc import Mapping

import certifi

from conflictlens.errors import IndexTLSFailure

CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE", "SSL_CERT_DIR")
"""What requests, curl and OpenSSL read, in the order in which pip lets them win."""


def checked_context(
    cert: str | None, client_cert: str | None, environ: Mapping[str, str]
) -> ssl.SSLContext:
    """Trusts the named CA bundle or folder alone, or else the system's authorities and certifi's.

    Raises `IndexTLSFailure` where a named file can't be used.
    """
    named = cert or next((environ[name] for name in CA_VARIABLES if environ.get(name)), None)
    try:
        context = _trusting(named)
        if client_cert is not None:
            context.load_cert_chain(client_cert)
    except OSError as error:
        # ssl.SSLError is one.
        raise IndexTLSFailure(named or client_cert or "", str(error)) from error
    return context


def _trusting(named: str | None) -> ssl.SSLContext:
    if named is None:
        context = ssl.create_default_context()
        context.load_verify_locations(cafile=certifi.where())
        return context
    if os.path.isdir(named):
        return ssl.create_default_context(capath=named)
    return ssl.create_default_context(cafile=named)


def unchecked_context() -> ssl.SSLContext:
    """For hosts that the user trusts whatever their certificate says (pip's trusted-host)."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
