"""Who may open the pages of declarations and campaigns: what is adopted is everybody's, the rest whoever works in its country."""

from __future__ import annotations

from tests.contracts.access_rows import Row, same

DECLARATION = {"declaration": "{declaration}"}
RECOMMENDATION = {"recommendation": "{recommendation}"}
CAMPAIGN = {"campaign": "{campaign}"}
DECLARATION_ROWS = [
    # A declaration of the coordinator's that is adopted and shown; its recommendations are theirs to look after.
    same("declared.listing", 200),
    same("declared.page", 200, **DECLARATION),
    same("declared.fixed_file", 200, **DECLARATION, language="en"),
    Row("declarations.staff_list", "GET", 302, 404, 404, 200),
    Row("declarations.new", "GET", 302, 404, 404, 200),
    Row("declarations.record", "POST", 404, 404, 404, 422),
    Row("declarations.one", "GET", 302, 404, 404, 200, DECLARATION),
    Row("declarations.edit", "GET", 302, 404, 404, 200, DECLARATION),
    Row("declarations.change", "POST", 404, 404, 404, 303, DECLARATION),
    Row("declarations.add_group", "POST", 404, 404, 404, 303, DECLARATION, {"group": "parents", "basis": "not-stated"}),
    Row("declarations.draft", "GET", 302, 404, 404, 200, {**DECLARATION, "language": "ar"}),
    Row("declarations.save_draft", "POST", 404, 404, 404, 422, {**DECLARATION, "language": "ar"}),
    # One version alone cannot be compared.
    Row("declarations.compare", "GET", 302, 404, 404, 404, {**DECLARATION, "language": "en"}),
    Row("declarations.ask_adopt", "GET", 302, 404, 404, 200, DECLARATION),
    Row("declarations.adopt", "POST", 404, 404, 404, 422, DECLARATION),
    Row("declarations.show", "POST", 404, 404, 404, 303, DECLARATION, {"shown": "yes"}),
    Row("recommendations.page", "GET", 302, 404, 404, 200, RECOMMENDATION),
    Row("recommendations.tell_standing", "POST", 404, 404, 404, 422, RECOMMENDATION),
    Row("recommendations.who", "GET", 302, 404, 404, 200, RECOMMENDATION),
    Row("recommendations.assign", "POST", 404, 404, 404, 303, RECOMMENDATION),
    Row("recommendations.evidence", "GET", 302, 404, 404, 404, {**RECOMMENDATION, "report": "999"}),
    Row("campaigns.listing", "GET", 302, 404, 404, 200),
    Row("campaigns.new", "GET", 302, 404, 404, 200),
    Row("campaigns.record", "POST", 404, 404, 404, 422),
    Row("campaigns.one", "GET", 302, 404, 404, 200, CAMPAIGN),
    Row("campaigns.edit", "GET", 302, 404, 404, 200, CAMPAIGN),
    Row("campaigns.change", "POST", 404, 404, 404, 303, CAMPAIGN),
    Row("campaigns.poster", "GET", 302, 404, 404, 200, {**CAMPAIGN, "kind": "parents"}),
    Row("campaigns.give_out", "POST", 404, 404, 404, 422, CAMPAIGN),
    Row("campaigns.take_back", "POST", 404, 404, 404, 404, {**CAMPAIGN, "line": "999"}),
]
