"""The product's directory as tables for the manual: what is shown, and what is kept back and why."""

from __future__ import annotations

from coplearn.helplines.directory import Directory
from coplearn.helplines.entries import Helpline


def shown_table() -> str:
    """Every line that may be shown: how it is reached, whom it is for, where it was read, and its last day on a page."""
    rows = [
        f"| {line.country} | {line.kind} | {line.name or '-'} | {_reach(line)} | {line.who or '-'} "
        f"| [{line.voice}]({line.page}){f', {line.year}' if line.year else ''} | {line.check_by} |"
        for line in Directory.load().lines
        if not line.withheld
    ]
    head = ["| Country | Kind | Name | Reach | Who may call | Read in | Check by |", "|---|---|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def kinds_table() -> str:
    """Counts by kind: lines that are shown, their countries, and how many of them somebody called."""
    shown = [line for line in Directory.load().lines if not line.withheld]
    kinds: dict[str, list[Helpline]] = {
        kind: [line for line in shown if line.kind == kind] for kind in sorted({line.kind for line in shown})
    }
    kinds["of the police"] = [line for line in shown if line.police]
    kinds["takes reports, whatever its kind"] = [line for line in shown if line.kind == "report" or line.takes_reports]
    kinds["any"] = shown
    rows = [
        f"| {kind} | {len(lines)} | {len({line.country for line in lines})} | {sum(line.called is not None for line in lines)} |"
        for kind, lines in kinds.items()
    ]
    return "\n".join(["| Kind | Lines | Countries | Called |", "|---|---|---|---|", *rows])


def withheld_table() -> str:
    """Every line that is kept back, with the reason."""
    rows = [
        f"| {line.country} | {line.kind} | {line.name or '-'} | {_reach(line)} | [{line.site}]({line.page}) | {line.withheld} |"
        for line in Directory.load().withheld()
    ]
    return "\n".join(["| Country | Kind | Name | Reach | Read in | Why |", "|---|---|---|---|---|---|", *rows])


def _reach(line: Helpline) -> str:
    whatsapp = f"WhatsApp {line.whatsapp}" if line.whatsapp else None
    text = f"SMS {line.sms_word or ''} {line.sms}".replace("  ", " ") if line.sms else None
    return ", ".join(way for way in (line.phone, text, whatsapp, line.url) if way)
