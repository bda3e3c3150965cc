"""The search page: what is shown and to whom, help first where a child may be at risk, and that nothing of a search is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from structlog.testing import capture_logs

from coplearn.helplines.risk import LISTS, suggests_risk
from coplearn.kernel.clock import utcnow
from coplearn.search.sources import texts_of
from coplearn.site import site_of
from coplearn.storage.base import Base
from coplearn.storage.database import current_session
from tests.conftest import MakeSite, settings_in, sites

SECRET = "zebrawurzel quastenflosser"
PIECES = ("cop-parents/en", "cop-parents/ar", "glossary/en", "help/en")


@pytest.fixture(scope="module")
def indexed_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flask]:
    """A site in which the parents' course can be found in two languages, and the words and help in one."""
    with sites(settings_in(tmp_path_factory.mktemp("search"))) as make:
        app = make()
        with app.app_context():
            for name in PIECES:
                site_of(app).search_index.renew_piece(name, "stamp", utcnow().date())
        yield app


@pytest.fixture
def seeker(indexed_app: Flask) -> FlaskClient:
    """A visitor of that site."""
    return indexed_app.test_client()


def searched(client: FlaskClient, words: str, lang: str = "en") -> tuple[str, str]:
    """The address that a search leads to, and its page without the box in its head."""
    answer = client.post(f"/{lang}/search", data={"words": words})
    assert answer.status_code == 303
    page = client.get(answer.headers["Location"])
    assert page.status_code == 200
    assert page.headers["Cache-Control"] == "no-store"
    return answer.headers["Location"], page.text.partition('<main id="main"')[2].partition("</main>")[0]


def test_a_search_finds_and_marks(seeker: FlaskClient) -> None:
    """A lesson by a form of its word, with the word marked; a slip is mended and told; another language is named."""
    _, page = searched(seeker, "groomed")
    assert "How play builds trust" in page and "<mark>grooming</mark>" in page
    _, page = searched(seeker, "gromming")
    assert "Did you mean" in page and "<mark>grooming</mark>" in page
    _, page = searched(seeker, "رقابة")
    assert "In other languages" in page and 'lang="ar" dir="rtl"' in page and "العربية" in page


def test_words_stand_in_no_address_and_open_in_one_browser(indexed_app: Flask, seeker: FlaskClient) -> None:
    """The address says nothing of the words; it opens again for whoever searched, and for nobody else."""
    address, page = searched(seeker, "grooming")
    assert "grooming" not in address and "<mark>" in page
    assert "<mark>" in seeker.get(address).text
    for other in (address, address[:-4] + "AAAA", "/en/search?s=x"):
        assert "This search is over" in indexed_app.test_client().get(other).text
    assert "grooming" not in seeker.get(address).text.partition("<title>")[2].partition("</title>")[0]


def test_nothing_of_a_search_is_kept(indexed_app: Flask, seeker: FlaskClient) -> None:
    """Neither a table, nor a file of the instance, nor a log holds what was searched for."""
    with capture_logs() as logs:
        searched(seeker, SECRET)
    traces = [str(logs)]
    with indexed_app.app_context():
        session = current_session(indexed_app)
        for table in Base.metadata.sorted_tables:
            traces += [str(tuple(row)) for row in session.execute(select(table))]
        instance: Path = site_of(indexed_app).settings.instance_path
    traces += [file.read_bytes().decode("latin-1") for file in instance.rglob("*") if file.is_file()]
    for word in SECRET.split():
        assert not any(word in trace for trace in traces)


def test_help_comes_first_where_a_child_may_be_at_risk(seeker: FlaskClient) -> None:
    """Words of danger put the card with help before what was found; others do not."""
    _, page = searched(seeker, "someone is blackmailing my son")
    assert 0 < page.index("help-first") < page.index('class="found"')
    _, page = searched(seeker, "screen time")
    assert "help-first" not in page
    _, page = searched(seeker, "sextorsion")
    assert "Did you mean" in page and "help-first" in page


@pytest.mark.parametrize("code", sorted(LISTS))
def test_every_list_of_danger_is_heard(code: str) -> None:
    """Each line of each language is recognised as it is typed; a word of every day is not."""
    locale = {"zh": "zh_Hans_CN"}.get(code, code)
    assert [line for line in LISTS[code] if not suggests_risk(line, (locale,))] == []
    calm = {
        "en": "screen time",
        "es": "tarea",
        "fr": "devoirs",
        "ru": "уроки",
        "ar": "مدرسة",
        "zh": "作业",
        "hy": "դպրոց",
    }
    assert not suggests_risk(calm[code], (locale,))


def test_the_terms_of_abuse_put_help_first(app: Flask) -> None:
    """The glossary's terms for what is done to children are heard in every language."""
    wanted = (
        "grooming",
        "sextortion",
        "sexual extortion of a child",
        "child sexual exploitation and abuse",
        "child sexual abuse material",
        "live streaming of child sexual abuse",
        "non-consensual sharing of intimate images",
        "cyberbullying",
    )
    with app.app_context():
        for locale in site_of(app).locales:
            glossary = site_of(app).glossaries.of(locale.code)
            terms = {term.source: term.targets for term in glossary.terms} if glossary is not None else {}
            for source in wanted:
                for said in terms.get(source, ())[:1]:
                    assert suggests_risk(said, (locale.code,)), (locale.code, said)


def test_what_is_not_shown_is_not_indexed(make_app: MakeSite) -> None:
    """A text that a language lacks is not among its own, nor is an answer or what comes later in a story."""
    app = make_app()
    with app.app_context():
        site, today = site_of(app), utcnow().date()
        course = site.library.current().courses["cop-parents"]
        for locale in site.locales:
            texts = site.library.texts(course, locale)
            fallbacks = {texts.get(one.context).text for one in course.messages if texts.get(one.context).fallback}
            found = {said for page in texts_of(site, course.id, locale, today) for said in page.texts}
            assert not found & fallbacks
        every = " ".join(said for page in texts_of(site, course.id, site.locales.source, today) for said in page.texts)
        hidden = [
            one.text
            for one in course.messages
            if len(one.text) > 60 and (one.group is not None or ".reason" in one.context)
        ]
        assert hidden and not any(one in every for one in hidden)


def test_the_glossary_explains_words_in_their_own_language(reader: FlaskClient) -> None:
    """Each word with its meaning; its place is found again by an address that says no topic."""
    page = reader.get("/ar/glossary").text
    assert "استمالة الأطفال لأغراض جنسية" in page
    assert page.count('class="terms__one"') > 40


def test_a_program_that_searches_without_end_has_to_wait(make_app: MakeSite, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others' pages cost nothing by it, and help is still one press away."""
    monkeypatch.setattr("coplearn.search.views.MOST_SEARCHES", 2)
    client = make_app(rate_limits=True).test_client()
    answers = [client.post("/en/search", data={"words": "grooming"}) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [303, 303, 429]
    assert int(answers[2].headers["Retry-After"]) > 0
    assert "Get help now" in answers[2].text


def test_page_of_another_site_sends_nobody_to_search(seeker: FlaskClient) -> None:
    """What somebody seems to have searched for is theirs to choose."""
    answer = seeker.post("/en/search", data={"words": "grooming"}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == 400
    assert "Location" not in answer.headers
