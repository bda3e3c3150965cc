"""``cmi5.xml`` (cmi5, 13) and ``tincan.xml`` (packages of xAPI), read: the parts that can be opened, and what each asks for."""

from __future__ import annotations

from collections.abc import Collection, Container
from typing import Final

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_
from coplearn.packages.manifests import (
    MANIFEST,
    ReadManifest,
    add_item,
    address_in_package,
    manifest_root,
    said_languages,
)
from coplearn.packages.rules import MoveOn, PackageItem, PackageStandard, number_of
from coplearn.question_formats.xml_files import Element, below, child, children, local
from coplearn.xapi.rules.formats import iri

CMI5: Final = "cmi5.xml"
TINCAN: Final = "tincan.xml"
_LONGEST_ID: Final = 255
_LONGEST_TITLE: Final = 200
_LONGEST_TEXT: Final = 4_096
_METHODS: Final = ("AnyWindow", "OwnWindow")
_NO_START: Final = N_("%(name)s names nothing that can be opened: no item leads to a file of the package.")
_UNKNOWN: Final = N_("%(name)s: %(place)s says %(value)s, which its standard does not know.")


def is_by_statements(files: Container[str]) -> bool:
    """Whether a package with those files is read as one that says in statements what is reached."""
    return MANIFEST not in files and (CMI5 in files or TINCAN in files)


def read_structure(data: bytes, files: Collection[str]) -> ReadManifest:
    """The course structure of cmi5, in a package with those files. Raises Refused that names the place and what is wrong there."""
    root = manifest_root(data, CMI5)
    course = child(root, "course")
    if local(root) != "courseStructure" or course is None:
        raise _unknown(CMI5, "", f"<{local(root)}>")
    read = ReadManifest(PackageStandard.CMI5, _said(course, "title"), said_languages(_languages(course)))
    read.course = _named(course, CMI5)
    _walk(read, root, (), files)
    if not read.items:
        raise Refused(_NO_START, name=CMI5)
    return read


def read_tincan(data: bytes, files: Collection[str]) -> ReadManifest:
    """The activities of a package of xAPI that can be launched. Raises Refused as :func:`read_structure` does."""
    root = manifest_root(data, TINCAN)
    if local(root) != "tincan":
        raise _unknown(TINCAN, "", f"<{local(root)}>")
    read, named = ReadManifest(PackageStandard.XAPI, "", ""), list[str]()
    for one in below(root, "activity"):
        launch = child(one, "launch")
        if launch is None:
            continue
        read.title = read.title or _said(one, "name")
        named += [part.get("lang") or "" for part in children(one, "name", "launch")]
        href = address_in_package((), _text(launch), files, TINCAN)
        add_item(read, PackageItem(id=_named(one, TINCAN), title=_said(one, "name"), href=href), TINCAN)
    if not read.items:
        raise Refused(_NO_START, name=TINCAN)
    read.language = said_languages(named)
    return read


def _walk(read: ReadManifest, node: Element, blocks: tuple[str, ...], files: Collection[str]) -> None:
    for one in children(node, "block", "au"):
        if local(one) == "block":
            _walk(read, one, (*blocks, _named(one, CMI5)), files)
        else:
            add_item(read, _unit(read, one, blocks, files), CMI5)


def _unit(read: ReadManifest, node: Element, blocks: tuple[str, ...], files: Collection[str]) -> PackageItem:
    name = _named(node, CMI5)
    move_on = _one_of(node, "moveOn", MoveOn.NOT_APPLICABLE, tuple(MoveOn))
    method = _one_of(node, "launchMethod", _METHODS[0], _METHODS)
    if method == _METHODS[1]:
        read.note(N_("A part asks for a window of its own. Here it plays in the page, as all others do."))
    mastery = (node.get("masteryScore") or "").strip()
    least = number_of(mastery)
    if mastery and (least is None or not 0 <= least <= 1):
        raise _unknown(CMI5, f"masteryScore of {name}", mastery)
    return PackageItem(
        id=name,
        title=_said(node, "title") or read.title,
        href=address_in_package((), _text(child(node, "url")), files, CMI5),
        mastery=None if least is None else round(least * 100, 2),
        launch_data=_text(child(node, "launchParameters"))[:_LONGEST_TEXT],
        move_on=move_on,
        launch_method=method,
        entitlement_key=_text(child(node, "entitlementKey"))[:_LONGEST_TEXT],
        blocks=blocks,
    )


def _one_of(node: Element, name: str, usual: str, known: Collection[str]) -> str:
    value = (node.get(name) or usual).strip()
    if value not in known:
        raise _unknown(CMI5, f"{name} of {_named(node, CMI5)}", value)
    return value


def _unknown(manifest: str, place: str, value: str) -> Refused:
    return Refused(_UNKNOWN, name=manifest, place=place[:300] or "/", value=value[:100])


def _named(node: Element, manifest: str) -> str:
    """The identifier of an element, which statements name it by. Raises Refused for what is no IRI."""
    name = (node.get("id") or "").strip()
    try:
        if len(name) <= _LONGEST_ID:
            return iri(name)
    except ValueError:
        pass
    raise Refused(
        N_("%(name)s gives a part an identifier that is no IRI of up to %(number)s letters: %(id)s"),
        name=manifest,
        number=_LONGEST_ID,
        id=name[:300],
    )


def _text(element: Element | None) -> str:
    return "" if element is None else "".join(element.itertext()).strip()


def _said(node: Element, name: str) -> str:
    """The first of the texts in several languages, in one line."""
    found = child(node, name)
    strings = children(found, "langstring")
    return " ".join(_text(strings[0] if strings else found).split())[:_LONGEST_TITLE]


def _languages(course: Element) -> list[str]:
    return [one.get("lang") or "" for one in children(child(course, "title"), "langstring")]
