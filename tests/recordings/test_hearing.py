"""What a course brings to be heard is told before it is loaded, played in parts, captioned in every language, and a podcast."""

from __future__ import annotations

import re
from xml.etree.ElementTree import fromstring

import pytest
from flask import Flask
from flask.testing import FlaskClient

from coplearn.courses.course import Course
from coplearn.recordings.presenters import captions_digest
from coplearn.recordings.rules import KeptFile
from coplearn.site import site_of

ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"


@pytest.fixture
def course(shared_app: Flask) -> Course:
    """The course that ships with a recording."""
    return site_of(shared_app).library.current().courses["cop-parents"]


def spoken(app: Flask, locale: str) -> KeptFile:
    """Its smallest file in that language."""
    with app.app_context():
        site = site_of(app)
        files = site.recordings.files_of(site.library.current().courses["cop-parents"], "introduction")
    return min((file for file in files if file.locale == locale), key=lambda file: file.bytes)


def address(file: KeptFile) -> str:
    return f"/recordings/{file.key}.{file.type.extension}"


def test_page_tells_what_a_recording_costs_and_loads_nothing(reader: FlaskClient, course: Course) -> None:
    """Minutes, size, whose voice, the words below; and a reader without a recording hears another and reads captions."""
    page = reader.get(f"/en/c/{course.code}/recordings").text
    plain = re.sub("[\u2066-\u2069]", "", page)
    assert 'preload="none"' in page and "autoplay" not in page
    for told in ("1 minute", "77 kB", "Read by a machine voice", "Being online is now a normal part of growing up."):
        assert told in plain
    assert page.count("<track ") == 7 and " default" not in page and "download>" in page
    arabic = reader.get(f"/ar/c/{course.code}/recordings").text
    assert re.search(r'<track kind="captions" src="/ar/[^"]+/en.vtt" srclang="ar" label="[^"]+" default>', arabic)
    assert "إن كان طفلكم على الإنترنت فأنتم لم تقصّروا." in arabic


def test_captions_have_the_times_of_what_is_heard_and_the_words_of_the_reader(
    reader: FlaskClient, course: Course
) -> None:
    """French words at the times of the French recording, and at those of the English one beside it."""
    code = course.recording_code("introduction")
    times = []
    for spoken_in in ("fr", "en"):
        answer = reader.get(f"/fr/c/{course.code}/captions/{code}/{spoken_in}.vtt")
        assert answer.mimetype == "text/vtt" and answer.text.startswith(
            "WEBVTT\n\nyour-child-online\n00:00:00.300 --> "
        )
        assert "vous n’avez pas échoué" in answer.text
        times.append(re.findall(r"(\S+) --> (\S+)", answer.text))
    assert len(times[0]) == len(times[1]) == 10 and times[0] != times[1]
    assert reader.get(f"/fr/c/{course.code}/captions/{code}/xx.vtt").status_code == 404


PARTS: list[tuple[str, int, int, int | None]] = [
    ("bytes=0-99", 206, 0, 100),
    ("bytes=100-", 206, 100, None),
    ("bytes=-10", 206, -10, None),
    ("bytes=-99999999", 206, 0, None),
    ("bytes=0-99999999999999999999", 206, 0, None),
    ("bytes=99999999-", 416, 0, 0),
    ("bytes=-0", 200, 0, None),
    ("bytes=5-2", 200, 0, None),
    ("bytes=0-0,2-3", 200, 0, None),
    ("bytes=" + ",".join(["0-1"] * 3000), 200, 0, None),
    ("bytes=a-b", 200, 0, None),
    ("lines=0-5", 200, 0, None),
]


def test_parts_of_a_file(shared_app: Flask, reader: FlaskClient) -> None:
    """A part as it is asked for; what cannot be had is refused with the size, and what cannot be read is answered whole."""
    file = spoken(shared_app, "en")
    whole = reader.get(address(file)).data
    assert len(whole) == file.bytes
    for asked, status, start, end in PARTS:
        answer = reader.get(address(file), headers={"Range": asked})
        assert answer.status_code == status, asked[:40]
        if status == 416:
            assert answer.headers["Content-Range"] == f"bytes */{file.bytes}"
        else:
            assert answer.data == whole[start:end] and answer.content_length == len(answer.data), asked[:40]


def test_download_goes_on_where_it_broke_off(shared_app: Flask, reader: FlaskClient) -> None:
    """Only while the file is the same one; and whoever has all of it is told so without a byte."""
    file = spoken(shared_app, "es")
    first = reader.get(address(file), headers={"Range": "bytes=0-999"})
    tag = first.headers["ETag"]
    rest = reader.get(address(file), headers={"Range": "bytes=1000-", "If-Range": tag})
    assert rest.status_code == 206 and len(first.data + rest.data) == file.bytes
    other = reader.get(address(file), headers={"Range": "bytes=1000-", "If-Range": '"another"'})
    dated = reader.get(address(file), headers={"Range": "bytes=1000-", "If-Range": "Mon, 30 Nov 2026 11:00:00 GMT"})
    assert other.status_code == dated.status_code == 200 and len(other.data) == len(dated.data) == file.bytes
    assert reader.get(address(file), headers={"If-None-Match": tag}).status_code == 304
    head = reader.head(address(file))
    assert head.content_length == file.bytes and not head.data and "immutable" in head.headers["Cache-Control"]


def test_podcast_has_what_is_heard_in_its_language(shared_app: Flask, reader: FlaskClient, course: Course) -> None:
    """Valid RSS with whole addresses and true sizes; no feed where nothing is heard in the language."""
    answer = reader.get(f"/ru/c/{course.code}/podcast.xml")
    channel = fromstring(answer.data).find("channel")
    assert channel is not None and channel.findtext("language") == "ru" and answer.mimetype == "application/rss+xml"
    (item,) = channel.findall("item")
    enclosure = item.find("enclosure")
    assert enclosure is not None and enclosure.get("type") == "audio/mpeg"
    assert item.findtext("pubDate", "").startswith("Mon, 30 Nov 2026") and item.findtext(f"{ITUNES}duration") == "48"
    heard = reader.get(enclosure.get("url", ""))
    assert enclosure.get("url", "").startswith("http://") and str(len(heard.data)) == enclosure.get("length")
    again = reader.get(f"/ru/c/{course.code}/podcast.xml", headers={"If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304
    assert reader.get(f"/ar/c/{course.code}/podcast.xml").status_code == 404


def test_what_is_heard_nowhere_is_no_page(shared_app: Flask, reader: FlaskClient, course: Course) -> None:
    """A course without recordings, and captions of other words than these, which whoever asks would keep for ever."""
    code = course.recording_code("introduction")
    silent = next(one for one in site_of(shared_app).library.current().courses.values() if not one.recordings)
    captions = f"/en/c/{course.code}/captions/{code}/en.vtt?v="
    for path in (f"/en/c/{silent.code}/recordings", f"/en/c/{silent.code}/podcast.xml", f"{captions}{'0' * 12}"):
        page = reader.get(path)
        assert page.status_code == 404 and "There is no page at this address." in page.text, path
        assert "immutable" not in page.headers.get("Cache-Control", "")
    now = captions_digest(reader.get(captions).text)
    assert "immutable" in reader.get(f"{captions}{now[:12]}").headers["Cache-Control"]
