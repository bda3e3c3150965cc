"""Files for the old host, so that old links lead to the new address."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

_PAGE: Final = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta http-equiv="refresh" content="3; url={to}">
<link rel="canonical" href="{to}">
<title>{site}</title>
</head>
<body>
<p>{site}: <a href="{to}">{to}</a></p>
</body>
</html>
"""
_NGINX: Final = """# On the old host, in place of the site: everything leads to the same page at the new address.
# Calendars, invitations and certificates keep their addresses behind the host's name.
server {{
    listen 443 ssl;
    server_name {host};
    # ssl_certificate and ssl_certificate_key stay as they were
    # Badges that were signed under this name: their keys are asked for here, whoever answers.
    location = /.well-known/did.json {{
        return 308 {to}/credentials/issuers/{host}/did.json;
    }}
    location / {{
        return 308 {to}$request_uri;
    }}
}}
server {{
    listen 80;
    server_name {host};
    return 308 {to}$request_uri;
}}
"""
_CADDY: Final = """# On the old host, in place of the site.
{host} {{
    # Badges that were signed under this name: their keys are asked for here, whoever answers.
    redir /.well-known/did.json {to}/credentials/issuers/{host}/did.json 308
    redir {to}{{uri}} 308
}}
"""
_MAP: Final = """# On the old host, which goes on serving everybody else. The maps stand beside the server's block, the rest in it.
map $uri $moved_number {{
    "~*/check/(?<number>[^/]+)/?$" $number;
    "~*/cohorts/(?<cohort>[^/]+)" $cohort;
    "~*/series/(?<series>[^/]+)" $series;
    "~*/calendar/(?<token>[^/.]+)" $token;
    default "";
}}
map $moved_number $moved_to {{
    default "";
{lines}
}}
server {{
    # … as it was …
    if ($moved_to) {{
        return 308 $moved_to$request_uri;
    }}
}}
"""


def write_redirects(folder: Path, site: str, before: str, to: str) -> list[Path]:
    """Write what sends everybody from the old address to the new one: for nginx, for Caddy, and a page for any other host."""
    host = urlsplit(before).hostname or before
    files = {
        "nginx.conf": _NGINX.format(host=host, to=to),
        "Caddyfile": _CADDY.format(host=host, to=to),
        "index.html": _PAGE.format(site=escape(site), to=escape(to, quote=True)),
    }
    return _written(folder, files)


def write_map(folder: Path, words: Iterable[str], to: str) -> list[Path]:
    """Write what sends the certificates, cohorts and calendars of a country that left to its new address, by their codes."""
    lines = "\n".join(f'    "{word}" {to};' for word in sorted(set(words)))
    return _written(folder, {"nginx.conf": _MAP.format(lines=lines)})


def _written(folder: Path, files: dict[str, str]) -> list[Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    paths = []
    for name, text in files.items():
        path = folder / name
        path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths
