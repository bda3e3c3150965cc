"""Everything that anybody needs to check a badge of this site: its keys (did:web), its status list, and a page that says how."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, jsonify, render_template
from werkzeug.exceptions import NotFound

from coplearn.credentials import documents, queries
from coplearn.credentials.presenters import key_lines, this_issuer
from coplearn.credentials.rules import Issuer
from coplearn.credentials.service import signing_now
from coplearn.kernel.clock import utcnow
from coplearn.keys.ring import KeyPurpose
from coplearn.site import site
from coplearn.storage.database import current_session

_MINUTES: int = 5
blueprint = Blueprint("issuing", __name__, url_prefix="/<lang:lang>/issuer", template_folder="templates")
machine = Blueprint("credentials", __name__)


@blueprint.get("/")
def page() -> str:
    """The issuer's page: who signs badges here, with which keys, and how one is checked."""
    return render_template("credentials/issuer.html", issuer=this_issuer(), keys=key_lines())


@machine.get("/.well-known/did.json")
def keys_here() -> Response:
    """The issuer's keys under the present address (did:web)."""
    return _keys(this_issuer())


@machine.get("/credentials/issuers/<host>/did.json")
def keys_of(host: str) -> Response:
    """The issuer's keys under an address that this site has signed with; an old host sends its ``did.json`` here."""
    return _keys(_issuer(host))


@machine.get("/credentials/status/<host>")
def status(host: str) -> Response:
    """The list of what was taken back, signed anew each time (Bitstring Status List 1.0). Its key is there as soon as
    anything was signed."""
    issuer = _issuer(host)
    if not site().keys.public_keys(KeyPurpose.CREDENTIALS):
        raise NotFound
    taken_back = queries.taken_back(current_session(current_app))
    token = documents.status_list(issuer, signing_now(site().keys, issuer), taken_back, utcnow())
    return _fresh(Response(token, mimetype="application/vc+jwt"))


def _issuer(host: str) -> Issuer:
    found = queries.issuer_at(current_session(current_app), host, this_issuer().address)
    if found is None:
        raise NotFound
    return found


def _keys(issuer: Issuer) -> Response:
    keys = [(key.id, key.raw) for key in reversed(site().keys.public_keys(KeyPurpose.CREDENTIALS))]
    response = jsonify(documents.keys_document(issuer, keys))
    response.mimetype = "application/did+json"
    return _fresh(response)


def _fresh(response: Response) -> Response:
    response.headers["Cache-Control"] = f"public, max-age={_MINUTES * 60}"
    # Wallets in a browser ask from their own address; there is nothing here that is not everybody's.
    response.headers["Access-Control-Allow-Origin"] = "*"
    return response
