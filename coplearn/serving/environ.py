"""The WSGI environment of a request, made from its ASGI scope."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from functools import lru_cache
from io import BytesIO
from typing import Any, Final
from urllib.parse import unquote_to_bytes

_BASE: Final[dict[str, Any]] = {
    "SCRIPT_NAME": "",
    "SERVER_SOFTWARE": "coplearn",
    "wsgi.version": (1, 0),
    "wsgi.input_terminated": True,
    "wsgi.multithread": True,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
}
_PROTOCOLS: Final = {"1": "HTTP/1.0", "1.0": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2"}
_LONGEST_KEPT: Final = 64


def environ_of(scope: Mapping[str, Any]) -> dict[str, Any]:
    """The WSGI environment (PEP 3333) of that request, as yet without a body."""
    client, server = scope["client"] or ("", 0), scope["server"] or ("", "")
    path: bytes = scope["raw_path"]
    environ = {
        **_BASE,
        "REQUEST_METHOD": scope["method"],
        "PATH_INFO": (unquote_to_bytes(path) if b"%" in path else path).decode("latin-1"),
        "RAW_URI": path.decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": _PROTOCOLS.get(scope["http_version"], "HTTP/1.1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.errors": sys.stderr,
        "wsgi.input": BytesIO(),
    }
    _add_headers(environ, scope["headers"])
    return environ


def _add_headers(environ: dict[str, Any], headers: Iterable[tuple[bytes, bytes]]) -> None:
    for name, value in headers:
        key = _key(name) if len(name) <= _LONGEST_KEPT else _key.__wrapped__(name)
        if key is None:
            continue
        text = value.decode("latin-1")
        earlier = environ.get(key)
        if earlier is None:
            environ[key] = text
        elif key == "HTTP_COOKIE":
            environ[key] = f"{earlier}; {text}"
        elif key not in {"CONTENT_TYPE", "CONTENT_LENGTH", "HTTP_HOST"}:
            environ[key] = f"{earlier},{text}"


@lru_cache(maxsize=512)
def _key(name: bytes) -> str | None:
    # With an underscore it would pass for the header that a proxy in front of us writes, spelt with a hyphen.
    if b"_" in name:
        return None
    key = name.decode("latin-1").upper().replace("-", "_")
    return key if key in {"CONTENT_TYPE", "CONTENT_LENGTH"} else f"HTTP_{key}"
