"""The proof of a move and the proof of an erasure as accessible PDFs, in the language of whoever reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from importlib.resources import files
from typing import Final

from coplearn.i18n import formats
from coplearn.i18n.paper import clean, common, typeset
from coplearn.kernel.text import N_
from coplearn.moving.proofs import SignedProof
from coplearn.moving.service import CountryRelease
from coplearn.web.render import page_locale, say

Fact = tuple[str, str, bool]
"""A name, its value, and whether that is a code."""
_COUNTRY: Final = N_("Country")
_ROOT: Final = N_("Hash of everything")
_SIGNED_BY: Final = N_("Signed with key")
_SIGNATURE: Final = N_("Signature")
_ROWS: Final = N_("Rows")
_TABLE: Final = N_("Table")
_HASH: Final = N_("Hash")


@dataclass(frozen=True, slots=True)
class ProofPaper:
    """Everything that the paper says; every text is in its language already."""

    title: str
    sentence: str
    facts: list[Fact]
    signatures: list[Fact]
    tables: list[tuple[str, str, str]]
    notes: list[str]
    made: date


def move_paper(signed: SignedProof) -> bytes:
    """The proof that a site came over whole, with both signatures. Raises PaperError when a font is missing."""
    proof = signed.proof
    facts: list[Fact] = [
        (say(N_("Site")), proof.from_site, False),
        (say(N_("Old address")), proof.from_address, True),
        (say(N_("New address")), proof.to_address, True),
        *([(say(_COUNTRY), _country(proof.country), False)] if proof.country else []),
        (say(N_("Taken away on")), _moment(proof.archive_made_at), False),
        (say(N_("Brought in on")), _moment(proof.at), False),
        (say(N_("Databases")), f"{proof.engine_before} → {proof.engine} ({proof.revision})", True),
        (say(_ROWS), formats.number(proof.rows, page_locale()), False),
        (say(N_("Files")), formats.number(proof.files, page_locale()), False),
        (say(_ROOT), proof.root, True),
    ]
    signatures: list[Fact] = [
        (say(N_("Archive")), proof.archive, True),
        (say(N_("Hash of its manifest")), proof.manifest_sha256, True),
        (say(_SIGNED_BY), proof.manifest_key_id, True),
        (say(_SIGNATURE), proof.manifest_signature, True),
        (say(N_("Hash of this proof")), signed.sha256, True),
        (say(_SIGNED_BY), signed.key_id, True),
        (say(_SIGNATURE), signed.signature, True),
    ]
    paper = ProofPaper(
        title=say(N_("Proof of a move")),
        sentence=say(
            N_("Every row and every file that left the old site was found at the new one, and none was changed.")
        ),
        facts=facts,
        signatures=signatures,
        tables=[(name, str(rows), sha256) for name, (rows, sha256) in sorted(proof.tables.items())],
        notes=[
            say(N_("Rows were counted and hashed again in the new database, and files where they lie now.")),
            say(N_("Whoever changes a single character in a row or a file gets another hash.")),
            say(N_("Compare the first key with what the old site printed when it was exported.")),
        ],
        made=datetime.fromisoformat(proof.at).date(),
    )
    return _typeset(paper)


def _country(code: str) -> str:
    return next((name for found, name in formats.country_names([code], page_locale()) if found == code), code)


def _moment(at: str) -> str:
    return formats.moment(datetime.fromisoformat(at), "UTC", page_locale())


def _typeset(paper: ProofPaper) -> bytes:
    locale = page_locale()
    words: dict[str, object] = {
        "title": clean(paper.title),
        "sentence": clean(paper.sentence),
        "facts": [[clean(name), clean(value), is_code] for name, value, is_code in paper.facts],
        "signatures_title": clean(say(N_("Signatures"))),
        "signatures": [[clean(name), clean(value), is_code] for name, value, is_code in paper.signatures],
        "tables_title": clean(say(N_("Tables"))),
        "heads": [clean(say(head)) for head in (_TABLE, _ROWS, _HASH)],
        "tables": [list(row) for row in paper.tables],
        "notes": [clean(note) for note in paper.notes],
    }
    words |= common(language=locale.bcp47, direction=locale.dir, title=paper.title, made=paper.made)
    return typeset(_template(), words, paper.made)


@lru_cache(maxsize=1)
def _template() -> bytes:
    return files("coplearn.moving").joinpath("templates/proof.typ").read_bytes()


def erasure_paper(release: CountryRelease) -> bytes:
    """The proof that a country's people are forgotten at the old site. Raises PaperError when a font is missing."""
    one, locale = release.released, page_locale()
    facts: list[Fact] = [
        (say(_COUNTRY), _country(one.country), False),
        (say(N_("New address")), one.moved_to, True),
        (say(N_("Erased on")), _moment(one.at), False),
        (say(N_("Accounts erased")), formats.number(one.accounts, locale), False),
        (say(N_("Records of learning erased")), formats.number(one.learners, locale), False),
        (say(N_("Places in cohorts without a name now")), formats.number(one.seats, locale), False),
        (say(N_("Rows on the list of erasures")), formats.number(one.listed, locale), False),
        (say(N_("Hash of that list")), one.list_sha256, True),
    ]
    signatures: list[Fact] = [
        (say(N_("Archive")), one.archive, True),
        (say(N_("Hash of the proof of the move")), one.proof_sha256, True),
        (say(_SIGNED_BY), release.key_id, True),
        (say(_SIGNATURE), release.signature, True),
    ]
    paper = ProofPaper(
        title=say(N_("Proof of an erasure")),
        sentence=say(N_("The people of this country moved to a site of their own, and are forgotten here.")),
        facts=facts,
        signatures=signatures,
        tables=[],
        notes=[
            say(N_("What was counted stays at the old site, of nobody in particular.")),
            say(N_("Whoever has to do with another country as well keeps an account there.")),
            say(N_("A backup that is brought back later forgets them again.")),
        ],
        made=datetime.fromisoformat(one.at).date(),
    )
    return _typeset(paper)
