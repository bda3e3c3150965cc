"""People get a number that works or an honest way round, and a slip in the file never reaches them."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coplearn.helplines.checking import LONGEST, too_old
from coplearn.helplines.directory import IMMEDIATE_DANGER, Directory, HelplineError
from coplearn.helplines.entries import Fallback, Helpline

TODAY = date(2026, 11, 29)
FALLBACK = """
[[fallback]]
name = "Child Helpline International"
name_language = "en"
url = "https://childhelplineinternational.org/helplines/"
purpose = "helpline"
page = "https://childhelplineinternational.org/about/members/"
voice = "owner"
read = 2026-11-15
"""
GOOD = {
    "country": '"NP"',
    "kind": '"helpline"',
    "name": '"Child Helpline 1098"',
    "name_language": '"en"',
    "phone": '"1098"',
    "tel": '"1098"',
    "page": '"https://ncrc.gov.np/en/about-us/topic/48"',
    "voice": '"owner"',
    "read": "2026-11-15",
    "next_check": "2027-05-15",
}


def entry(**changes: str | None) -> str:
    """A good entry with some keys changed, added or (None) taken away."""
    keys = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    return "[[line]]\n" + "\n".join(f"{key} = {value}" for key, value in keys.items()) + "\n"


def loaded(tmp_path: Path, *entries: str) -> Directory:
    path = tmp_path / "own.toml"
    path.write_text(FALLBACK + "\n".join(entries), encoding="utf-8")
    return Directory.load(path)


def faults(tmp_path: Path, *entries: str) -> list[str]:
    with pytest.raises(HelplineError) as caught:
        loaded(tmp_path, *entries)
    return caught.value.problems


def numbers(lines: tuple[Helpline, ...]) -> set[str | None]:
    return {line.tel or line.url for line in lines}


@pytest.fixture(scope="module")
def ours() -> Directory:
    """The directory the product brings."""
    return Directory.load()


def test_directory_ours_shows_the_confirmed_lines(ours: Directory) -> None:
    """People in these countries find what the owners' own pages say."""
    egypt, france, spain = (ours.help_for(code, TODAY) for code in ("EG", "FR", "ES"))
    assert "16000" in numbers(egypt.lines) and "16000" in numbers(egypt.reports)
    assert {"3018", "119"} <= numbers(france.lines)
    assert "https://wa.me/34900116117" in {line.whatsapp_uri for line in spain.lines}
    assert numbers(ours.help_for("CR", TODAY).emergencies) == {"911"}
    assert {"+85592311511", "1288"} <= numbers(ours.help_for("KH", TODAY).reports)


def test_directory_ours_has_something_for_a_hundred_countries(ours: Directory) -> None:
    """A confirmed helpline, a line for adults or a place to report, where the emergency number alone would stand."""
    assert len(ours.countries(TODAY)) >= 100


def test_directory_ours_names_the_line_for_adults_where_children_have_their_own(ours: Directory) -> None:
    """A parent in the United Kingdom is not sent to a line for people under 19."""
    britain = ours.help_for("GB", TODAY)
    assert [line.who for line in britain.support] == ["adults"]
    assert {line.who for line in britain.lines} == {"children"}
    assert "1280" in numbers(ours.help_for("KH", TODAY).lines)
    assert "988" in numbers(ours.help_for("US", TODAY).support)


def test_directory_ours_shows_nothing_without_a_page_that_can_be_asked(ours: Directory) -> None:
    """Each line has the address where it was read, by whom it speaks, the day, and a day when it is due again."""
    for line in ours.lines:
        assert line.page.startswith("http") and line.site
        if not line.withheld:
            assert line.voice in {"owner", "official", "network"} or line.called
            assert not too_old(line.read, line.year)
            assert line.read < line.check_by <= line.read + LONGEST


def test_directory_ours_numbers_exist_in_their_country(ours: Directory) -> None:
    """A slip in a digit is mostly a number that no network could give out."""
    for line in ours.lines:
        for way in (line.tel, line.whatsapp_tel):
            if way is not None and way.startswith("+"):
                assert phonenumbers.is_possible_number(phonenumbers.parse(way)), f"{line.country} {way}"


def test_directory_ours_is_checked_again_a_few_lines_a_week(ours: Directory) -> None:
    """No country and no week loses everything at once, and none of it later than a year from now."""
    shown = [line for line in ours.lines if not line.withheld]
    weeks = Counter(line.check_by.isocalendar()[:2] for line in shown)
    assert max(weeks.values()) <= len(shown) // 10
    assert len({line.check_by.month for line in shown}) >= 8
    for country in ours.countries():
        days = [line.check_by for line in shown if line.country == country]
        assert len(set(days)) == len(days), country


@pytest.mark.parametrize(
    ("country", "number"),
    [
        ("AM", None),
        ("AD", None),
        ("CN", "12355"),
        ("FM", None),
        ("MA", None),
        ("MX", None),
        ("LB", None),
        ("KH", "1290"),
        ("CR", "+50689891147"),
        ("EG", "+201102121600"),
        ("MA", "+212624405889"),
        ("PK", "1799"),
    ],
)
def test_directory_ours_keeps_back_the_unconfirmed(ours: Directory, country: str, number: str | None) -> None:
    """A number nobody confirmed is on no page, and a country with nothing else still has the world-wide services."""
    found = ours.help_for(country, TODAY)
    shown = {way for line in (*found.lines, *found.support, *found.reports, *found.emergencies) for way in line.ways}
    if number is None:
        assert not shown and found.country is None and country not in ours.countries()
    else:
        assert number not in shown
    assert found.fallbacks


@pytest.mark.parametrize("country", [None, "", "  ", "ZZ", "FM", "<script>"])
def test_help_country_unknown_gives_the_world_wide_services(ours: Directory, country: str | None) -> None:
    """Nobody meets an empty page: a directory of helplines, where to report, and how to have a picture taken down."""
    found = ours.help_for(country, TODAY)
    assert (found.country, found.lines, found.support, found.reports, found.emergencies) == (None, (), (), (), ())
    assert [fallback.purpose for fallback in found.fallbacks] == [
        "helpline",
        "portal",
        "report",
        "remove-under-18",
        "remove-adult",
    ]
    assert len({fallback.words.text for fallback in found.fallbacks}) == 5
    assert found.danger == IMMEDIATE_DANGER


def test_help_country_in_small_letters_is_understood(ours: Directory) -> None:
    """An address with `fr` works like `FR`."""
    assert ours.help_for(" fr ", TODAY) == ours.help_for("FR", TODAY)


@given(days=st.integers(min_value=-30, max_value=1000))
def test_help_line_past_its_check_disappears(ours: Directory, days: int) -> None:
    """A line lives to the day of its next check, that day included, and not one day more."""
    for country in ours.countries():
        today = TODAY + timedelta(days=days)
        found = ours.help_for(country, today)
        for line in (*found.lines, *found.support, *found.reports, *found.emergencies):
            assert line.check_by >= today and not line.withheld
        assert found.fallbacks


def test_help_line_on_the_day_of_its_check_is_still_there(tmp_path: Path) -> None:
    """The last good day is good; the next is not, and the country is no longer offered."""
    directory = loaded(tmp_path, entry())
    assert numbers(directory.help_for("NP", date(2027, 5, 15)).lines) == {"1098"}
    late = directory.help_for("NP", date(2027, 5, 16))
    assert late.lines == () and late.country is None and late.fallbacks
    assert directory.countries(date(2027, 5, 15)) == ("NP",)
    assert directory.countries(date(2027, 5, 16)) == ()


def test_due_lists_what_expires_within_a_month_most_urgent_first(tmp_path: Path) -> None:
    """An operator sees the work before the line disappears, and still sees it afterwards."""
    sooner = entry(country='"FR"', next_check="2027-02-15")
    waiting = entry(country='"CH"', withheld='"not read"', next_check="2027-01-01")
    directory = loaded(tmp_path, entry(), sooner, waiting)

    def due(today: date) -> list[str]:
        return [found.country for found in directory.due(today) if isinstance(found, Helpline)]

    assert due(date(2027, 1, 15)) == []
    assert due(date(2027, 1, 16)) == ["FR"]
    assert due(date(2027, 6, 1)) == ["FR", "NP"]
    assert [line.country for line in directory.withheld()] == ["CH"]


def test_due_lists_the_world_wide_services_which_stay_on_the_page(tmp_path: Path) -> None:
    """They are checked again as well, and a visitor is never left with nothing."""
    directory = loaded(tmp_path, entry())
    late = date(2028, 1, 1)
    assert any(isinstance(found, Fallback) for found in directory.due(late))
    assert directory.help_for("NP", late).fallbacks


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"phnoe": '"1"'}, "Nothing here is called 'phnoe'. Did you mean 'phone'?"),
        ({"mood": '"red"'}, "Nothing here is called 'mood'. Known names: called, chat, country,"),
        ({"page": None}, '"page" is missing. Write a web address whole, beginning with https://.'),
        (
            {"page": '"cwin.org.np"'},
            '"cwin.org.np" cannot be the page. Write a web address whole, beginning with https://.',
        ),
        ({"voice": '"press"'}, '"press" is not a known voice. Use one of: owner, official, network, other.'),
        ({"phone": "1098"}, '"phone" must be text. Put it in quotes.'),
        ({"read": '"15 November"'}, '"read" must be a date. Write it as 2026-11-29.'),
        ({"languages": '"ne"'}, '"languages" must be a list. Write it in square brackets, with commas between'),
        ({"up_to": "7"}, '"up_to" cannot be 7. Use a whole number from 10 to 30.'),
        ({"chat": '"yes"'}, '"chat" must be true or false.'),
        ({"tel": '"1089"'}, "phone “1098” and tel “1089” are different numbers. Correct one."),
        ({"tel": None}, "phone and tel go together. Give both or neither."),
        ({"phone": None, "tel": None}, "There is no way to reach it. Give phone, whatsapp, sms or url."),
        ({"url": '"javascript:alert(1)"'}, "cannot be the url. Write a web address whole, beginning with https://."),
        (
            {"next_check": "2027-08-17"},
            "cannot be 2027-08-17. Write a day after 2026-11-15 and no later than 2027-08-16.",
        ),
        (
            {"next_check": "2026-11-15"},
            "cannot be 2026-11-15. Write a day after 2026-11-15 and no later than 2027-08-16.",
        ),
        ({"name_language": None}, "name and name_language go together. Give both or neither."),
        ({"kind": '"report"', "takes_reports": "true"}, "takes_reports is for a line of talk that takes reports too."),
        ({"chat": "true"}, "chat is on their page. Give url."),
        ({"sms_word": '"HELP"'}, "sms_word is the beginning of a message. Give sms, the number it goes to."),
        (
            {"hours": '"always"'},
            '"hours" cannot be read. Write "all-day", or [{ days = "mon-fri", opens = 09:00:00, closes = 23:00:00 }].',
        ),
        ({"hours": '[{ opens = "nine" }]'}, '"opens" must be a time of day. Write it as 09:00:00.'),
        (
            {"hours": '[{ days = "weekend", opens = 09:00:00, closes = 10:00:00 }]'},
            '"weekend" cannot be the days. Write "all-day", or [{ days =',
        ),
        ({"hours": "[{ opens = 09:00:00, closes = 09:00:00 }]"}, "“opens” and “closes” are the same."),
    ],
)
def test_load_faulty_line_is_refused_by_name(tmp_path: Path, changes: dict[str, str | None], message: str) -> None:
    """Whoever edits the file reads on which line something is wrong and how to mend it."""
    found, (key,) = faults(tmp_path, entry(), entry(country='"FR"', **changes)), list(changes)[:1]
    text = (tmp_path / "own.toml").read_text(encoding="utf-8").split("\n")
    heading = max(number for number, line in enumerate(text, 1) if line == "[[line]]")
    said = [problem for problem in found if message in problem]
    assert said, found
    line = int(said[0].split(":")[1])
    assert heading <= line and said[0].startswith(f"own.toml:{line}: error: ")
    assert line == heading or text[line - 1].split(" =")[0] in {*changes, key, "phone", "tel", "name"}


def test_load_wrong_country_is_refused_by_name(tmp_path: Path) -> None:
    """`UK` is what people write; the code is `GB`."""
    (problem,) = faults(tmp_path, entry(country='"UK"'))
    assert problem == (
        "own.toml:11: error: “UK” is not an ISO 3166-1 country code. Write two capitals, such as KE. [bad-value]"
    )


def test_load_several_faults_are_told_at_once(tmp_path: Path) -> None:
    """Nobody mends one fault only to meet the next."""
    assert len(faults(tmp_path, entry(voice=None, kind='"chat"'), entry(country='"XX"'))) == 3


@pytest.mark.parametrize(
    ("changes", "accepted"),
    [
        ({"voice": '"owner"'}, True),
        ({"voice": '"official"'}, True),
        ({"voice": '"network"'}, True),
        ({"voice": '"owner"', "year": "2016"}, True),
        ({"voice": '"owner"', "year": "2015"}, False),
        ({"voice": '"owner"', "year": "2015", "called": "2026-11-20"}, True),
        ({"voice": '"other"'}, False),
        ({"voice": '"other"', "year": "2026"}, False),
        ({"voice": '"other"', "called": "2026-11-20"}, True),
        ({"voice": '"other"', "withheld": '"A newspaper."'}, True),
    ],
)
def test_load_line_needs_its_owner_s_page_or_a_call(
    tmp_path: Path, changes: dict[str, str | None], accepted: bool
) -> None:
    """What others wrote confirms nothing, however new; nor does the owner's page when it is ten years old."""
    text = entry(**changes)
    if accepted:
        assert loaded(tmp_path, text).lines[0].country == "NP"
    else:
        (problem,) = faults(tmp_path, text)
        assert problem.startswith("own.toml:") and "confirms nothing" in problem


@pytest.mark.parametrize(
    ("phone", "tel", "same"),
    [
        ("116 111", "116111", True),
        ("017", "017", True),
        ("017", "17", False),
        ("(242) 322-2763", "+12423222763", True),
        ("092 311 511", "+85592311511", True),
        ("092 311 511", "+85592311151", False),
        ("8-800-2000-122", "+78002000122", True),
        ("+212 6 24 40 58 89", "+212624405889", True),
        ("89", "+212624405889", False),
    ],
)
def test_load_shown_and_dialled_number_must_agree(tmp_path: Path, phone: str, tel: str, same: bool) -> None:
    """The link dials what the page says."""
    text = entry(phone=f'"{phone}"', tel=f'"{tel}"')
    if same:
        assert loaded(tmp_path, text).lines[0].tel_uri == f"tel:{tel}"
    else:
        assert "are different numbers" in faults(tmp_path, text)[0]


def test_load_call_starts_a_new_year(tmp_path: Path) -> None:
    """A line called later than it was read may be trusted longer."""
    directory = loaded(tmp_path, entry(called="2027-03-31", next_check="2028-03-30"))
    assert directory.help_for("NP", date(2028, 3, 30)).lines


def test_line_that_only_a_call_confirmed_goes_a_year_after_the_call(tmp_path: Path) -> None:
    """A newspaper, however lately read, never stood for the line: the call did."""
    directory = loaded(tmp_path, entry(voice='"other"', called="2024-11-20", next_check=None))
    assert directory.help_for("NP", date(2025, 1, 1)).lines
    assert not directory.help_for("NP", TODAY).lines
    assert [found.country for found in directory.due(TODAY) if isinstance(found, Helpline)] == ["NP"]


def test_words_say_who_may_call_and_admit_what_is_unknown(tmp_path: Path) -> None:
    """The course promises that an adult may call; the line says whether it is so."""
    lines = loaded(
        tmp_path,
        entry(who='"both"'),
        entry(country='"FR"', who='"children"'),
        entry(country='"GB"', who='"adults"'),
        entry(country='"KE"'),
        entry(country='"LK"', kind='"report"'),
    ).lines
    assert [line.who_words.text for line in lines] == [
        "For children, and for adults who worry about a child",
        "For children and young people",
        "For adults",
        "Their page does not say who may call. You can ask them.",
        "To report what was done to a child",
    ]


def test_load_same_line_twice_is_refused(tmp_path: Path) -> None:
    """The second copy would go stale unseen."""
    assert faults(tmp_path, entry(), entry()) == [
        "own.toml:22: error: 1098 (NP) stands already in the entry of line 10. Keep one. [twice]",
    ]


def test_load_file_missing_or_broken_is_said_plainly(tmp_path: Path) -> None:
    """An operator's wrong path or broken file stops the start with a sentence."""
    with pytest.raises(HelplineError, match=r"own\.toml: cannot be read"):
        Directory.load(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text("[[line]\n", encoding="utf-8")
    with pytest.raises(HelplineError, match=r"own\.toml:1: error: This is not TOML: .+\. Put texts"):
        Directory.load(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text("line = 3\nfallback = []\n", encoding="utf-8")
    with pytest.raises(
        HelplineError, match=r'own\.toml:1: error: "line" must be a list\. .+ each under a heading \[\[line\]\]'
    ):
        Directory.load(tmp_path / "own.toml")
    (tmp_path / "own.toml").write_text(entry(), encoding="utf-8")
    with pytest.raises(HelplineError, match=r'own\.toml:1: error: "fallback" must be a list\. List 1 or more entries'):
        Directory.load(tmp_path / "own.toml")


def test_line_without_a_name_has_words_and_scope(ours: Directory) -> None:
    """A bare number is never shown without saying what it is."""
    missing = next(line for line in ours.help_for("AL", TODAY).reports if line.tel == "116000")
    assert missing.name is None and missing.words.text == "Place to report"
    assert missing.scope_words is not None and missing.scope_words.text == "For missing children"
    police = next(line for line in ours.help_for("KH", TODAY).reports if line.tel == "1288")
    assert police.words.text == "Police"
