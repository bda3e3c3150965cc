"""``coplearn site``: take a site, or a country's part of it, to another machine, with proof."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from time import monotonic

import click
from flask import Flask, current_app, g
from flask.cli import AppGroup

from coplearn.backups.terminal import present_app, refusals_said, shell_session
from coplearn.cohorts.common.evidence import remove
from coplearn.files.markers import FOLDER, MOVED, put_note
from coplearn.i18n.locales import Locale
from coplearn.kernel.clock import utcnow
from coplearn.moving import service
from coplearn.moving.arriving import finish, import_site, refuse_what_does_not_fit, unpacked_site
from coplearn.moving.packing import WantedExport, export_site, leaving_rows
from coplearn.moving.papers import erasure_paper, move_paper
from coplearn.moving.proofs import SignedProof, proof_of, read_proof
from coplearn.moving.redirects import write_map, write_redirects
from coplearn.moving.rules import SignedManifest, SiteManifest, groups_of, settings_file
from coplearn.outbox.letters import stop_code
from coplearn.serving.answering import answering_at
from coplearn.settings import Settings, changed_settings
from coplearn.site import site
from coplearn.storage.database import current_session, engine_of, migrations_of, settle, writing

site_group = AppGroup("site", help="Take a site, or a country's part of it, to another machine, with proof.")
commands: tuple[click.Command, ...] = (site_group,)
_ROWS_A_SECOND = 30_000
"""What a small machine brings in and compares; for an estimate."""
_PASSPHRASE = click.option(
    "--passphrase-file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A file whose first line is the passphrase that the archive is sealed with.",
)
_LANGUAGE = click.option("--language", default="en", show_default=True, help="The language of the proof on paper.")


def _refuse_running(settings: Settings) -> None:
    if where := answering_at(settings):
        raise click.ClickException(
            f"Something answers at {where}. Stop the site, and `coplearn jobs run` where that runs, first."
        )


def _passphrase(file: Path | None) -> str:
    if file is None:
        return ""
    lines = file.read_text(encoding="utf-8").splitlines()
    if not lines or len(lines[0].strip()) < 12:
        raise click.ClickException(f"The first line of {file} must hold a passphrase of 12 characters or more.")
    return lines[0].strip()


@site_group.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_PASSPHRASE
@click.option("--unencrypted", is_flag=True, help="Write an archive that anybody can open; the private keys stay here.")
@click.option(
    "--since", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="Only what is new since that archive."
)
@click.option("--country", default="", help="Only one country's part, by its ISO code, such as MA.")
@click.option("--yes", is_flag=True, help="Do not ask before a country's part is written.")
@click.option("--last", is_flag=True, help="The site is stopped, and is not to be served here any more.")
def export(
    file: Path, passphrase_file: Path | None, unencrypted: bool, since: Path | None, country: str, yes: bool, last: bool
) -> None:
    """Write the site into the new FILE while people work: rows, files, own languages and, sealed, the keys."""
    settings, passphrase, country = site().settings, _passphrase(passphrase_file), country.upper()
    if not passphrase and not unencrypted:
        raise click.ClickException(
            "An archive holds people's data. Name a passphrase (--passphrase-file FILE), or say --unencrypted: then the"
            " private keys stay here as well."
        )
    if country and (len(country) != 2 or not country.isascii() or not country.isalpha()):
        raise click.ClickException("Name the country by its ISO code of two letters, such as MA.")
    if last and country:
        raise click.ClickException("--last is for a whole site. The rest of this one goes on after a country has left.")
    if last:
        _refuse_running(settings)
    began, session = monotonic(), shell_session()
    with refusals_said():
        if country:
            _show_leaving(country, yes)
        session.commit()
        kinds = [kind.name for kind in site().letters if kind.may_stop]
        wanted = WantedExport(file, passphrase, since, country, kinds, partial(stop_code, present_app()))
        signed = export_site(engine_of(present_app()), settings, site().keys, wanted, utcnow())
    service.note_exported(session, signed.manifest)
    session.commit()
    if last:
        put_note(settings.instance_path, MOVED, {"id": signed.manifest.id, "at": utcnow().isoformat()})
    _tell_exported(signed, file, monotonic() - began, last)


def _show_leaving(country: str, is_sure: bool) -> None:
    rows, left_out = leaving_rows(engine_of(present_app()), site().settings, country)
    click.echo(f"This leaves with {country}:")
    for title, what, tables in groups_of(rows):
        click.echo(f"  {title}: {what}")
        click.echo("    " + ", ".join(f"{rows[table]} rows of {table}" for table in tables))
    click.echo("This stays:")
    for why in sorted(set(left_out.values())):
        click.echo(f"  {why} ({', '.join(sorted(name for name in left_out if left_out[name] == why))})")
    if not is_sure and click.prompt(f"Type {country} to write it") != country:
        raise click.ClickException("Nothing was written.")


def _tell_exported(signed: SignedManifest, file: Path, seconds: float, is_last: bool) -> None:
    manifest = signed.manifest
    size = file.stat().st_size / 1_000_000
    click.echo(
        f"{file}: {manifest.rows} rows of {len(manifest.tables)} tables and {len(manifest.contents)} files in"
        f" {size:.1f} MB, {'all' if not manifest.since else 'what is new'} as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC,"
        f" in {seconds:.1f} s"
    )
    click.echo(f"Archive {manifest.id}, signed with key {signed.key_id}")
    click.echo(f"Hash of everything: {manifest.root}")
    if not manifest.has_keys:
        click.echo(
            "The private keys are not in it: people set up their second steps anew, and links in old letters end."
        )
    if is_last:
        click.echo("This site is not served here any more.")


class SiteSchema:
    """The migrations of the application, run outside of its own connection."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        with app.app_context():
            scripts = migrations_of(app).script_directory
            self.known = {script.revision for script in scripts.walk_revisions()}
            self.newest = str(scripts.get_current_head())

    def upgrade(self, to: str) -> None:
        """Bring the database to that revision."""
        # In a context of its own, which lets go of its connection, and with it of SQLite's lock.
        with writing(), self._app.app_context():
            migrations_of(self._app).upgrade(to)


@site_group.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_PASSPHRASE
@click.option("--dry-run", is_flag=True, help="Look at the archive and tell what would happen; change nothing.")
@_LANGUAGE
def import_(file: Path, passphrase_file: Path | None, dry_run: bool, language: str) -> None:
    """Bring an archive into this empty site, or what is new into one that the archive before was brought into.

    Stop the site first. All of it comes in, counted and compared, or nothing.
    """
    settings, app, passphrase = site().settings, present_app(), _passphrase(passphrase_file)
    locale = _locale(language)
    engine = engine_of(app)
    _refuse_running(settings)
    current_session(current_app).close()
    schema, began = SiteSchema(app), monotonic()
    with refusals_said():
        settings.make_instance()
        if dry_run:
            with unpacked_site(settings, file, passphrase) as (signed, folder):
                refuse_what_does_not_fit(engine, settings, schema, signed.manifest, folder)
            _tell_what_would_come(signed.manifest, file, monotonic() - began, schema.newest)
            return
        found = import_site(engine, settings, schema, file, passphrase, click.echo)
    session = shell_session()
    service.note_imported(session, found.signed.manifest, found.stops, partial(stop_code, app))
    session.commit()
    g.catalogs, g.locale = site().catalogs, locale
    signed_proof = proof_of(found, settings.address, engine.dialect.name, site().keys, utcnow())
    written = _written(settings, signed_proof, found.signed.manifest)
    finish(settings, found, utcnow())
    settle(engine)
    _tell_imported(settings, found.signed, signed_proof, written, monotonic() - began)


def _locale(language: str) -> Locale:
    locales = site().locales
    if language not in locales:
        raise click.ClickException(f"This site has no language {language!r}.")
    return locales.get(language)


def _tell_what_would_come(manifest: SiteManifest, file: Path, seconds: float, newest: str) -> None:
    size = sum(count for count, _ in manifest.contents.values()) / 1_000_000
    minutes = seconds + manifest.rows / _ROWS_A_SECOND
    click.echo(
        f"{file} is whole: {manifest.site} ({manifest.address}), {manifest.rows} rows of {len(manifest.tables)} tables and"
        f" {len(manifest.contents)} files of {size:.1f} MB, as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC."
    )
    if manifest.revision != newest:
        click.echo(f"It is of an earlier version: its tables are migrated from {manifest.revision} to {newest}.")
    click.echo(f"To bring it in takes about {max(1, round(minutes))} s. Nothing was changed.")


def _written(settings: Settings, signed: SignedProof, manifest: SiteManifest) -> list[Path]:
    folder = settings.instance_path / FOLDER
    proof, paper, env = folder / "proof.json", folder / "proof.pdf", folder / "settings.env"
    proof.write_text(signed.as_json(), encoding="utf-8")
    paper.write_bytes(move_paper(signed))
    env.write_text(settings_file(manifest, settings.instance_path), encoding="utf-8")
    for path in (proof, paper, env):
        path.chmod(0o600)
    redirects = (
        []
        if manifest.country
        else write_redirects(folder / "redirects", manifest.site, manifest.address, settings.address)
    )
    return [proof, paper, env, *redirects]


def _tell_imported(
    settings: Settings, signed: SignedManifest, proof: SignedProof, written: list[Path], seconds: float
) -> None:
    manifest = signed.manifest
    click.echo(
        f"{proof.proof.rows} rows and {proof.proof.files} files came in and are what they were, in {seconds:.1f} s."
    )
    click.echo(f"Archive {manifest.id}, signed with key {signed.key_id}: compare that with what the old site printed.")
    click.echo(f"Hash of everything: {proof.proof.root}")
    for path in written:
        click.echo(f"Written: {path}")
    here = {name.removeprefix("COPLEARN_").lower() for name in changed_settings(settings)}
    missing = sorted({*manifest.settings, *manifest.secret_settings} - here)
    if missing:
        click.echo(
            "These were set on the old site and are not set here: "
            + ", ".join(f"COPLEARN_{n.upper()}" for n in missing)
        )
    if not manifest.has_keys:
        click.echo("The archive brought no private keys: second steps are set up anew.")
    if manifest.country:
        click.echo("Nobody is administrator here yet: coplearn people grant ADDRESS admin")
        click.echo("Take proof.json back to the old site: coplearn site release proof.json")


@site_group.command("release")
@click.argument("proof", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@_LANGUAGE
def release(proof: Path, yes: bool, language: str) -> None:
    """Forget the people of a country that has arrived elsewhere, as the PROOF of its new site shows."""
    settings, locale, session, engine = site().settings, _locale(language), shell_session(), engine_of(present_app())
    with refusals_said():
        signed = read_proof(proof.read_text(encoding="utf-8"))
        kept = service.kept_export(settings, signed.proof)
        country = str(kept["country"])
        click.echo(
            f"{country} has arrived at {signed.proof.to_address}, says key {signed.key_id}. Ask there whether it is theirs."
        )
        click.echo(
            f"{len(kept['erasures'])} accounts, records of learning and places in cohorts are forgotten here for good."
        )
        if not yes and click.prompt(f"Type {country} to do it") != country:
            raise click.ClickException("Nothing was erased.")
        released = service.let_go(session, settings, site().keys, signed.proof, signed.sha256, utcnow())
    session.commit()
    settle(engine)
    remove(settings, released.files)
    g.catalogs, g.locale = site().catalogs, locale
    folder = settings.instance_path / FOLDER / country
    redirects = write_map(folder, released.codes, signed.proof.to_address)
    (folder / "erasure.json").write_text(released.as_json(), encoding="utf-8")
    (folder / "erasure.pdf").write_bytes(erasure_paper(released))
    one = released.released
    click.echo(f"Forgotten: {one.accounts} accounts, {one.learners} records of learning, {one.seats} places in cohorts")
    for path in (folder / "erasure.json", folder / "erasure.pdf", *redirects):
        click.echo(f"Written: {path}")
