"""Records beside courses: found by those who may see them alone, in whichever language, and never from an old index."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from coplearn.findable import PUBLIC, FindableRecord, FindableSource
from coplearn.kernel.clock import utcnow
from coplearn.search.engines import open_store
from coplearn.search.finding import TextFinder
from coplearn.search.indexing import SearchIndex
from coplearn.search.records import circle_token
from coplearn.site import site_of

POSTER = FindableRecord(
    place="p", locale="en", title="A poster for school doors", texts=("Whom to call.",), endpoint="x"
)
RABAT = FindableRecord(
    place="r",
    locale="fr",
    title="Atelier à Rabat",
    texts=("Une affiche zinzolin.",),
    circles=frozenset({"ma"}),
    endpoint="x",
)


def source_of(kept: dict[str, FindableRecord]) -> FindableSource:
    """A source whose records lie in ``kept``."""

    def read(_session: Session, places: Collection[str]) -> Iterator[FindableRecord]:
        return (kept[place] for place in places if place in kept)

    return FindableSource(
        name="posters",
        label="Poster",
        stamps=lambda _session: {"0": str(sorted(kept.items(), key=str))},
        piece=lambda _session, _piece: list(kept.values()),
        read=read,
        circles=lambda _session, _user, _grants: frozenset({"ma"}),
    )


@pytest.mark.usefixtures("app")
def test_records_are_found_by_who_may_see_them_and_as_they_are_now(
    app: Flask, migrated_url: str, tmp_path: Path
) -> None:
    """On each kind of database: a stranger finds no word of what is not theirs; what changed is checked before it is shown."""
    engine = create_engine(migrated_url or f"sqlite:///{tmp_path / 'site.sqlite3'}")
    kept, site, today = {"p": POSTER, "r": RABAT}, site_of(app), utcnow().date()
    site.findable[:] = [source_of(kept)]
    store = open_store(engine, tmp_path)
    with app.app_context(), Session(engine) as session:
        index = SearchIndex(lambda: site, lambda: store, lambda: Session(engine))
        names = [name for name in index.wanted(today) if name.startswith("posters.0/")]
        assert sum(index.renew_piece(name, "one", today) for name in names) == 2
        finder = TextFinder(lambda: site, lambda: store)
        english, french = site.locales.get("en"), site.locales.get("fr")

        def found(typed: str, *circles: str) -> list[str]:
            finder.look_now()
            lines = finder.find_records(typed, [english, french], {"posters": {PUBLIC, *circles}}, session)
            return [one.record.place for one in lines]

        assert found("posters on doors") == ["p"]
        assert found("affiche") == [] and found("affiche", "ma") == ["r"]
        assert not finder.find("zinzoline", french, [english], today, {}).meant
        # One page by its name in two languages is found once, in the reader's.
        kept["p.fr"] = replace(POSTER, place="p.fr", locale="fr")
        assert sum(index.renew_piece(name, "both", today) for name in names) == 1
        assert found("posters") == ["p"]
        del kept["p.fr"]
        # Taken away, or closed to the reader, before the index knows of it.
        kept["p"] = replace(POSTER, circles=frozenset({"ma"}))
        assert found("posters on doors") == [] and found("posters on doors", "ma") == ["p"]
        del kept["r"]
        assert found("affiche", "ma") == []
        assert sum(index.renew_piece(name, "two", today) for name in names) == 3
        assert store.digests("posters.0", "fr+") == {}
    store.drop()
    engine.dispose()


@pytest.mark.parametrize(("source", "circle"), [("cohort_1", "a"), ("cohort", "a b"), ("", "a"), ("cohort", "")])
def test_circle_has_a_plain_name(source: str, circle: str) -> None:
    """Another name could be cut into words that anybody can search for."""
    with pytest.raises(ValueError, match="small letters and digits"):
        circle_token(source, circle)
