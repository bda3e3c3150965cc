"""Read an overlay's folder: overlay.toml and the files of blocks/. Every fault becomes a problem with its line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from coplearn.authoring.fields import Fields, Text
from coplearn.authoring.problems import Place, Problems
from coplearn.authoring.toml import read_toml
from coplearn.courses.figures import read_figure
from coplearn.courses.manifest import FOLDER, VERSION
from coplearn.courses.overlays.contract import (
    BLOCKS,
    MANIFEST,
    BlockEdit,
    Brand,
    EditAction,
    Overlay,
    OwnFact,
    OwnPart,
    said_plainly,
    text_hash,
)
from coplearn.courses.source import read_source, read_text
from coplearn.i18n.countries import COUNTRIES

_KEYS: Final = (
    "id",
    "course",
    "versions",
    "version",
    "country",
    "languages",
    "adapted_by",
    "modules",
    "items",
    "facts",
    "sources",
    "brand",
    "home",
    "to_fill",
)
_CONTEXT: Final = r"(?:module\.)?[a-z][a-z0-9-]{1,47}#[A-Za-z0-9_.-]{1,120}"
_ITEM: Final = r"items/[0-9a-z][0-9a-z-]{0,60}\.(?:md|yaml)"
_COLOUR: Final = r"#[0-9a-f]{6}"
_MOST_EDITS: Final = 2000
PAPER: Final = ("#fbf7ef", "#0f1e22")
"""What a light and a dark page are made of (coplearn.css): a brand's colour is read on it."""
LEAST_CONTRAST: Final = 4.5


def read_overlay(folder: Path, own: Path | None, problems: Problems) -> Overlay | None:
    """The overlay in ``folder``; ``own`` holds a folder by its id with what this site decided. None where it is unusable."""
    text = read_text(folder, MANIFEST, problems)
    source = read_toml(text, MANIFEST, problems) if text is not None else None
    if source is None:
        return None
    before, fields = len(problems.errors), Fields.whole(source, problems)
    fields.only(*_KEYS)
    name, adapted_by = fields.identifier() or "", fields.text("adapted_by")
    decided = own / name if own is not None and name else None
    layers = [folder]
    if decided is not None and decided.is_dir() and decided.resolve() != folder.resolve():
        layers.append(decided)
    overlay = Overlay(
        id=name,
        course=fields.identifier("course") or "",
        versions=_versions(fields),
        version=fields.match("version", VERSION, 'Write three numbers such as "0.1.0".') or "",
        country=_country(fields),
        languages=fields.list_of(
            "languages", r"[a-z]{2,3}(?:_[A-Za-z]{2,8})*", "Write codes of translations/locales.toml."
        ),
        adapted_by=adapted_by or Text("", fields.place()),
        modules=_parts(fields, "modules", FOLDER),
        items=_parts(fields, "items", _ITEM),
        facts=tuple(_facts(fields)),
        sources=_sources(fields),
        brand=_brand(folder, fields.mapping("brand"), problems),
        home=_home(fields.mapping("home")),
        to_fill=tuple(one for row in _rows(fields, "to_fill") if (one := row.text("what")) is not None),
        edits=read_edits(layers, problems),
        layers=tuple(layers),
    )
    return overlay if len(problems.errors) == before else None


def _rows(fields: Fields, name: str) -> tuple[Fields, ...]:
    return fields.rows(name, 0) if name in fields.data else ()


def _versions(fields: Fields) -> str:
    written = fields.match("versions", r".+", 'Write it as ">=1.0,<2.0".') or ""
    try:
        return str(SpecifierSet(written))
    except InvalidSpecifier:
        what = f'"{written}" is no range of versions.'
        fields.error("versions", "overlay-versions", what, 'Write it as ">=1.0,<2.0".')
        return ""


def _country(fields: Fields) -> str:
    code = fields.match("country", r"[A-Z]{2}", "Write a code such as MA.") or ""
    if code and code not in COUNTRIES:
        fields.error("country", "unknown-country", f'"{code}" is no country.', "Write a code such as MA.")
    return code


def _parts(fields: Fields, name: str, pattern: str) -> tuple[OwnPart, ...]:
    found = []
    for row in _rows(fields, name):
        row.only("path", "after")
        path = row.match("path", pattern, "Name a folder of modules/, or a file of items/.")
        after = row.identifier("after")
        if path is not None and after is not None:
            found.append(OwnPart(path=path, after=after, place=row.place("path")))
    return tuple(found)


def _facts(fields: Fields) -> Iterator[OwnFact]:
    for module, named in fields.table("facts", required=False).items():
        for name, entry in _inside(named).items():
            entry.only("text", "source", "general", "advice", "open")
            text, source = entry.text("text", required=False), ""
            general, still = entry.text("general", required=False), entry.text("open", required=False)
            if text is not None:
                source = entry.identifier("source") or ""
            elif still is None:
                what = "This fact has neither a text nor what is still to be found out."
                mend = "Write text and source, or open with what the national team has to fill in."
                entry.error("", "overlay-fact", what, mend)
            yield OwnFact(
                module=module,
                name=name,
                text=text.text if text is not None else "",
                source=source,
                general=general.text if general is not None else "",
                is_advice=entry.flag("advice"),
                open=still.text if still is not None else "",
                place=entry.place(),
            )


def _inside(fields: Fields) -> dict[str, Fields]:
    """The mappings of a mapping, by id."""
    return {name: one for name in fields.data if (one := fields.mapping(name)) is not None}


def _sources(fields: Fields) -> dict[str, dict[str, Any]]:
    """The sources as they are written: what is wrong with one is told where the module is read."""
    return {
        module: {name: dict(entry.data) for name, entry in _inside(named).items()}
        for module, named in fields.table("sources", required=False).items()
    }


def _home(fields: Fields | None) -> tuple[Text, Text] | None:
    if fields is None:
        return None
    fields.only("title", "text")
    title, text = fields.text("title"), fields.text("text")
    return (title, text) if title is not None and text is not None else None


def _brand(folder: Path, fields: Fields | None, problems: Problems) -> Brand:
    if fields is None:
        return Brand()
    fields.only("name", "colour", "colour_dark", "logo")
    mend = "Write it as #0b666c."
    colours = [fields.match(name, _COLOUR, mend, required=False) or "" for name in ("colour", "colour_dark")]
    if bool(colours[0]) != bool(colours[1]):
        what = "A colour for light pages needs one for dark pages, and the other way round."
        fields.error("colour", "brand-colours", what, "Write colour and colour_dark.")
    for name, colour, paper in zip(("colour", "colour_dark"), colours, PAPER, strict=True):
        found = contrast(colour, paper) if colour else LEAST_CONTRAST
        if found < LEAST_CONTRAST:
            what = f"{colour} on {paper} has a contrast of {found:.1f}; {LEAST_CONTRAST} is the least that can be read."
            fields.error(
                name, "brand-contrast", what, "Choose a darker colour for light pages, a lighter one for dark pages."
            )
    logo = fields.match("logo", r"media/[a-z0-9][a-z0-9-]{0,60}\.svg", "Name an .svg file of media/.", required=False)
    return Brand(
        name=fields.text("name", required=False),
        colour=colours[0],
        colour_dark=colours[1],
        logo=read_figure(folder, logo, problems) if logo else None,
    )


def contrast(one: str, other: str) -> float:
    """The contrast of two colours ``#rrggbb`` as WCAG 2 counts it, from 1 to 21."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def read_edits(layers: Sequence[Path], problems: Problems) -> tuple[BlockEdit, ...]:
    """The files of blocks/, those of a later layer in place of an earlier one's for the same text; what stands after a text
    is told apart by its file's name."""
    found: dict[tuple[str, str], BlockEdit] = {}
    for folder in layers:
        taken: dict[str, Place] = {}
        names = sorted(path.name for path in (folder / BLOCKS).glob("*.md")) if (folder / BLOCKS).is_dir() else []
        if len(names) > _MOST_EDITS:
            what = f"There are {len(names)} files; {_MOST_EDITS} are the most."
            problems.error(Place(BLOCKS), "course-too-big", what, "Make it a course of its own.")
        for name in names[:_MOST_EDITS]:
            edit = _read_edit(folder, f"{BLOCKS}/{name}", problems)
            if edit is None:
                continue
            if edit.action != EditAction.INSERT and edit.block in taken:
                what = f"{edit.block} is changed in {taken[edit.block]} as well."
                problems.error(edit.place, "overlay-twice", what, "Keep one of the two files.")
            elif edit.action != EditAction.INSERT:
                taken[edit.block] = edit.place
            if edit.action == EditAction.NOTHING:
                found.pop(("", name), None)
            found[("", name) if edit.action == EditAction.INSERT else (edit.block, "")] = edit
    return tuple(one for one in found.values() if one.action != EditAction.NOTHING)


def _read_edit(folder: Path, path: str, problems: Problems) -> BlockEdit | None:
    source = read_source(folder, path, problems)
    if source is None:
        return None
    before, fields = len(problems.errors), Fields.whole(source, problems)
    fields.only("do", "block", "base", "hash", "why")
    action = fields.word("do", tuple(EditAction))
    block = fields.match("block", _CONTEXT, "Write what stands in course.pot, such as first-hour#b7k2q4x.")
    why, text = fields.data.get("why", ""), source.body.strip()
    base: str | None = ""
    if action in (EditAction.REPLACE, EditAction.HIDE):
        base, named = _base(fields)
        if base is not None and named is not None and named != text_hash(base):
            what = f"hash: is not that of base:, which is {text_hash(base)}."
            mend = "Leave both as they were written; coplearn overlay report tells what the course says now."
            fields.error("hash", "overlay-hash", what, mend)
    if action in (EditAction.REPLACE, EditAction.INSERT) and not text:
        fields.error("", "empty-text", "Nothing stands below the second line ---.", "Write the text there.")
    if action is None or block is None or len(problems.errors) > before:
        return None
    return BlockEdit(
        action=action,
        block=block,
        base=said_plainly(base or ""),
        text=text if action == EditAction.INSERT else said_plainly(text),
        why=str(why),
        place=Place(path, 1),
        folder=folder,
    )


def _base(fields: Fields) -> tuple[str | None, str | None]:
    base = fields.data.get("base")
    if not isinstance(base, str):
        mend = "coplearn overlay take writes the file with what the course says."
        fields.error("base", "missing-key", '"base" is missing.', mend)
    return (base if isinstance(base, str) else None), fields.match(
        "hash", r"[0-9a-f]{16}", "It is written by coplearn overlay take."
    )
