"""``imsmanifest.xml`` of SCORM 1.2 and 2004, read: what can be opened, in which order, and what the manifest asks for beyond it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import quote, unquote, urljoin, urlsplit

from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.packages.rules import MOST_ITEMS, PackageItem, PackageStandard, number_of
from coplearn.question_formats.questions import Unreadable
from coplearn.question_formats.xml_files import Element, below, child, children, local, parsed

MANIFEST: Final = "imsmanifest.xml"
LARGEST_MANIFEST: Final = 5_000_000
_BASE: Final = "{http://www.w3.org/XML/1998/namespace}base"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"
_LONGEST: Final = 200
_MOST_LANGUAGES: Final = 20
_RULES: Final = ("sequencingRules", "rollupRules", "limitConditions", "randomizationControls", "deliveryControls")
_NO_START: Final = N_("%(name)s names nothing that can be opened: no item leads to a file of the package.")


@dataclass(slots=True)
class ReadManifest:
    """A manifest as it was read: its standard, its words, and its items in their order."""

    standard: PackageStandard
    title: str
    language: str
    items: list[PackageItem] = field(default_factory=list)
    notes: list[Phrase] = field(default_factory=list)
    course: str = ""

    def note(self, text: str, **params: object) -> None:
        """Note something that whoever brought the package should know, once."""
        phrase = Phrase(text, params)
        if phrase not in self.notes:
            self.notes.append(phrase)


def read_manifest(data: bytes, files: Collection[str]) -> ReadManifest:
    """The manifest of a package with those files. Raises Refused that names the place and what is wrong there."""
    root = manifest_root(data, MANIFEST)
    if local(root) != "manifest":
        raise Refused(N_("%(name)s is no manifest of SCORM."), name=MANIFEST)
    organization = _organization(root)
    title = _words(child(organization, "title")) or _words(child(root, "metadata", "lom", "general", "title"))
    read = ReadManifest(_standard(root), title[:_LONGEST], _language(root))
    resources = _resources(root, files)
    for node, by_choice in _leaves(organization, by_choice=True):
        _take(read, node, resources, by_choice=by_choice)
    if not read.items and organization is None:
        for number, name in enumerate(list(resources)[:1], 1):
            read.items.append(PackageItem(id=f"item-{number}", title=title[:_LONGEST], href=resources[name][0]))
    if not read.items:
        raise Refused(_NO_START, name=MANIFEST)
    if read.standard is PackageStandard.SCORM_2004 and below(root, *_RULES):
        read.note(
            N_(
                "The package has rules of sequencing. They are not followed here: learners go from one part to the next, and choose"
                " parts where the package lets them."
            )
        )
    if below(root, "prerequisites"):
        read.note(N_("The package says which part has to come before which. Here every part can be opened at once."))
    return read


def manifest_root(data: bytes, name: str) -> Element:
    """The root of a manifest of a stranger. Raises Refused for what is no XML, or none that is safe to read."""
    try:
        return parsed(data, name)
    except Unreadable as error:
        raise Refused(
            N_("%(name)s cannot be read: it is no whole XML, or declares a document type. %(why)s"),
            name=name,
            why=str(error)[:300],
        ) from error


def _standard(root: Element) -> PackageStandard:
    version = _words(child(root, "metadata", "schemaversion")).lower()
    if "2004" in version or "cam" in version:
        return PackageStandard.SCORM_2004
    if version.startswith("1.2"):
        return PackageStandard.SCORM_12
    names = {one.tag.rpartition("}")[0] for one in root.iter() if isinstance(one.tag, str)}
    names |= {key.rpartition("}")[0] for one in root.iter() for key in one.attrib}
    if any("adlcp_v1p3" in name for name in names):
        return PackageStandard.SCORM_2004
    if any("adlcp_rootv1p2" in name for name in names):
        return PackageStandard.SCORM_12
    raise Refused(
        N_(
            "%(name)s says neither SCORM 1.2 nor SCORM 2004. A Common Cartridge, or a package of AICC, is not played here."
        ),
        name=MANIFEST,
    )


def _organization(root: Element) -> Element | None:
    group = child(root, "organizations")
    rows = children(group, "organization")
    wanted = group.get("default", "") if group is not None else ""
    return next((one for one in rows if one.get("identifier") == wanted), rows[0] if rows else None)


def _language(root: Element) -> str:
    named = [_words(one) for one in children(child(root, "metadata", "lom", "general"), "language")]
    return said_languages(named or [root.get(_LANG, "")])


def said_languages(named: Iterable[str]) -> str:
    """The languages that a package names, each once, as a report has them."""
    told = (" ".join(one.split())[:16] for one in named)
    return ", ".join(list(dict.fromkeys(filter(None, told)))[:_MOST_LANGUAGES])


def _words(element: Element | None) -> str:
    """The text of an element, or of the first language string in it."""
    if element is None:
        return ""
    strings = below(element, "langstring", "string")
    return " ".join("".join((strings[0] if strings else element).itertext()).split())


def _resources(root: Element, files: Collection[str]) -> dict[str, tuple[str, bool]]:
    """By identifier the address of each resource that can be opened, and whether it talks to the runtime."""
    group = child(root, "resources")
    found = {}
    for one in children(group, "resource"):
        href = one.get("href", "").strip()
        kind = next(
            (value for key, value in one.attrib.items() if key.rpartition("}")[2].lower() == "scormtype"), "sco"
        )
        bases = [root.get(_BASE, ""), group.get(_BASE, "") if group is not None else "", one.get(_BASE, "")]
        if href:
            found[one.get("identifier", "")] = (
                address_in_package(bases, href, files, MANIFEST),
                kind.lower() != "asset",
            )
    return found


def address_in_package(bases: Sequence[str], href: str, files: Collection[str], manifest: str) -> str:
    """The address below the package that an ``href`` stands for. Raises Refused where no file of it is meant."""
    joined, host = "", ""
    try:
        for base in (*bases, href):
            joined = urljoin(joined, base.replace("\\", "/").strip())
        split = urlsplit(joined)
        host = split.netloc or split.scheme
    except ValueError:  # half an address of another server
        host = joined or href
    if host:
        raise Refused(
            N_("%(name)s begins at another server, %(host)s. A package has to hold what it shows."),
            name=manifest,
            host=host[:100],
        )
    name = unquote(split.path).lstrip("/")
    if name not in files:
        raise Refused(
            N_("%(name)s begins with %(file)s, and the package has no such file."), name=manifest, file=name[:200]
        )
    question = f"?{split.query}" if split.query else ""
    fragment = f"#{split.fragment}" if split.fragment else ""
    return quote(name) + question + fragment


def _leaves(node: Element | None, *, by_choice: bool) -> Iterator[tuple[Element, bool]]:
    """Yield the items below a node in their order, with whether they may be chosen from the list."""
    if node is None:
        return
    mode = child(node, "sequencing", "controlMode")
    may_choose = mode is None or mode.get("choice", "true").lower() != "false"
    for item in children(node, "item"):
        if item.get("isvisible", "true").lower() == "false" and not item.get("identifierref"):
            continue
        if item.get("identifierref"):
            yield item, may_choose and by_choice
        yield from _leaves(item, by_choice=may_choose and by_choice)


def add_item(read: ReadManifest, item: PackageItem, manifest: str) -> None:
    """Add an item as the last one. Raises Refused for one too many, and for an identifier that another one has."""
    if len(read.items) >= MOST_ITEMS:
        raise Refused(N_("The package has more than %(number)s parts."), number=MOST_ITEMS)
    if any(one.id == item.id for one in read.items):
        raise Refused(N_("%(name)s gives two parts one identifier: %(id)s"), name=manifest, id=item.id)
    read.items.append(item)


def _take(read: ReadManifest, node: Element, resources: Mapping[str, tuple[str, bool]], *, by_choice: bool) -> None:
    found = resources.get(node.get("identifierref", ""))
    if found is None:
        read.note(
            N_("A part of the package leads to no file and is left out: %(title)s"),
            title=_words(child(node, "title"))[:_LONGEST],
        )
        return
    href, tracks = found
    add_item(
        read,
        PackageItem(
            id=node.get("identifier", "")[:255] or f"item-{len(read.items) + 1}",
            title=_words(child(node, "title"))[:_LONGEST] or read.title,
            href=_with_parameters(href, node.get("parameters", "")),
            tracks=tracks,
            mastery=_mastery(node),
            threshold=_threshold(node),
            launch_data=_text(node, "datafromlms", "dataFromLMS"),
            max_time=_text(node, "maxtimeallowed"),
            time_limit=_text(node, "timelimitaction", "timeLimitAction"),
            by_choice=by_choice,
        ),
        MANIFEST,
    )


def _with_parameters(href: str, parameters: str) -> str:
    """The address with the parameters of an item, as SCORM says that they are joined."""
    given = parameters.strip().lstrip("?&")
    if not given:
        return href
    if given.startswith("#"):
        return href if "#" in href else href + given
    address, mark, fragment = href.partition("#")
    return address + ("&" if "?" in address else "?") + given + mark + fragment


def _text(node: Element, *names: str) -> str:
    return _words(next(iter(children(node, *names)), None))[:4096]


def _mastery(node: Element) -> float | None:
    """Percent from which an item is passed: ``masteryscore``, or the measure of the primary objective (2004)."""
    score = number_of(_text(node, "masteryscore"))
    if score is not None:
        return score
    primary = child(node, "sequencing", "objectives", "primaryObjective")
    if primary is None or primary.get("satisfiedByMeasure", "false").lower() != "true":
        return None
    least = number_of(_words(child(primary, "minNormalizedMeasure")))
    return 100.0 if least is None else least * 100


def _threshold(node: Element) -> float | None:
    told = next(iter(children(node, "completionThreshold")), None)
    if told is None or told.get("completedByMeasure", "true").lower() == "false":
        return None
    return number_of(told.get("minProgressMeasure") or _words(told) or "1.0")
