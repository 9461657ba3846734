"""An index that can't be trusted, refuses, hangs or is not there."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime

import trustme

from conflictlens.diagnosis.records import Layer
from tests.provoke.making import local, served
from tests.provoke.resolving import NO_VERSION, PIP, UV
from tests.served_index import Fault, Variant

QUICK = "--retries 1 --timeout 2 "
ALWAYS = 10_000


def _tls(host: str, not_after: datetime | None = None) -> Variant:
    """Shows a certificate of an authority that nobody trusts."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert(host, not_after=not_after).configure_cert(context)
    return Variant(tls=context)


def answers(status: int, path: str = "/simple/", body: bytes = b"", **more: float) -> Variant:
    fault = Fault(status=status, times=ALWAYS, body=body, hang=more.get("hang", 0.0))
    return Variant(json=False, hashes=False, faults={path: [fault]})


NETWORK = Layer.NETWORK
RETRYING = "Retrying .*after connection broken"
STOPS = "^(?:╰─>|(?:ERROR: )?Could not install)"
DROPPED = Variant(faults={"/": [Fault(drop=True, times=ALWAYS)]})
PIP_URL = "{pip} install --no-input --target target " + QUICK
UV_URL = "{uv} pip install --target target --python {python} "
SECURE = (
    served(
        "pip-self-signed", Layer.SSL, RETRYING + ".*SSL", PIP + QUICK + "reed", _tls("127.0.0.1")
    ),
    served(
        "pip-expired",
        Layer.SSL,
        RETRYING + ".*SSL",
        PIP + QUICK + "reed",
        _tls("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC)),
    ),
    served(
        "pip-self-signed-file",
        Layer.SSL,
        STOPS + ".*SSL",
        PIP_URL + "{origin}/files/reed-1.0-py3-none-any.whl",
        _tls("127.0.0.1"),
    ),
    served(
        "pip-not-https",
        Layer.SSL,
        "SSL",
        PIP_URL + "-i https://$(echo {origin} | cut -c8-)/simple reed",
        Variant(),
    ),
    served("uv-self-signed", Layer.SSL, "invalid peer certificate", UV + "reed", _tls("127.0.0.1")),
    served(
        "uv-expired",
        Layer.SSL,
        "invalid peer certificate",
        UV + "reed",
        _tls("127.0.0.1", datetime(2020, 1, 1, tzinfo=UTC)),
    ),
)
REACHED = (
    served("pip-403-verbose", NETWORK, "403 Client Error", PIP + QUICK + "-vv reed", answers(403)),
    served("pip-401-verbose", NETWORK, "401 Client Error", PIP + QUICK + "-vv reed", answers(401)),
    served(
        "pip-401-password",
        NETWORK,
        "401 Error, Credentials not correct",
        PIP_URL + "-i http://me:secret@$(echo {origin} | cut -c8-)/simple reed",
        Variant(credentials=("me", "other")),
    ),
    served(
        "pip-404-verbose",
        Layer.NO_MATCHING_DISTRIBUTION,
        NO_VERSION,
        PIP + QUICK + "-vv reed",
        answers(404),
    ),
    served(
        "pip-502-verbose", NETWORK, "Could not fetch URL", PIP + QUICK + "-vv reed", answers(502)
    ),
    served(
        "pip-file-403",
        NETWORK,
        "HTTP error 403|403 Client Error",
        PIP + QUICK + "reed",
        answers(403, "/files/"),
    ),
    served(
        "pip-file-503",
        NETWORK,
        "HTTP error 503|503 Server Error|too many 503|" + RETRYING,
        PIP + QUICK + "reed",
        answers(503, "/files/"),
    ),
    served("pip-hang", NETWORK, RETRYING, PIP + QUICK + "reed", answers(200, hang=9)),
    served(
        "pip-file-hang",
        NETWORK,
        STOPS + "|imed out$",
        PIP + QUICK + "reed",
        answers(200, "/files/", hang=9),
    ),
    served("pip-drop", NETWORK, RETRYING, PIP + QUICK + "reed", DROPPED),
    served(
        "pip-proxy-407",
        NETWORK,
        "Could not fetch URL .*407",
        "http_proxy={origin} " + PIP_URL + "--trusted-host index.example "
        "-i http://index.example/simple -vv reed",
        answers(407, "http://"),
    ),
    served(
        "pip-proxy-tunnel",
        NETWORK,
        RETRYING,
        "https_proxy={origin} " + PIP_URL + "-i https://index.example/simple reed",
        Variant(),
    ),
    served(
        "pip-requirements-404",
        Layer.MISSING_INPUT_FILE,
        "404",
        PIP + QUICK + "-r {origin}/none.txt",
        Variant(),
    ),
    local("pip-closed", NETWORK, RETRYING, PIP_URL + "-i {closed} reed"),
    local(
        "pip-closed-file",
        NETWORK,
        STOPS + ".*(?:refused|Max retries)",
        PIP_URL + "{closed}/reed-1.0-py3-none-any.whl",
    ),
    local("pip-no-host", NETWORK, RETRYING, PIP_URL + "-i https://index.invalid/simple reed"),
    local(
        "pip-untrusted",
        NETWORK,
        "not a trusted or secure host",
        PIP_URL + "-i http://index.invalid/simple reed",
    ),
    served("uv-401", NETWORK, "returned a|could not be queried|401", UV + "reed", answers(401)),
    served("uv-403", NETWORK, "returned a|could not be queried|403", UV + "reed", answers(403)),
    served("uv-500", NETWORK, "HTTP status server error|500", UV + "reed", answers(500)),
    served(
        "uv-file-403",
        NETWORK,
        "HTTP status client error|403 Forbidden",
        UV + "reed",
        answers(403, "/files/"),
    ),
    served("uv-hang", NETWORK, "operation timed out|timed out", UV + "reed", answers(200, hang=9)),
    served("uv-drop", NETWORK, "connection closed|connection reset", UV + "reed", DROPPED),
    local(
        "uv-closed",
        NETWORK,
        "onnection refused",
        UV_URL + "--index-url {closed} reed",
        environment={"UV_HTTP_RETRIES": "1"},
    ),
    local(
        "uv-no-host",
        NETWORK,
        "failed to lookup address",
        UV_URL + "--index-url https://index.invalid/simple reed",
        environment={"UV_HTTP_RETRIES": "1"},
    ),
    local(
        "uv-offline",
        NETWORK,
        "network was disabled|network connectivity is disabled",
        UV_URL + "--offline --index-url {closed} reed",
    ),
)
ALL = (*SECURE, *REACHED)
