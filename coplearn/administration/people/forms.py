"""Forms of the pages of accounts: a role with its place and its end, and what the list is asked for."""

from __future__ import annotations

from typing import Final

from flask_security import hash_password
from wtforms import PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Optional

from coplearn.accounts.mail import stored_address
from coplearn.accounts.passwords import new_password
from coplearn.accounts.rules import Granted
from coplearn.administration.people.rules import Invited
from coplearn.kernel.errors import Refused
from coplearn.kernel.text import N_, Phrase
from coplearn.kernel.words import Role
from coplearn.site import site
from coplearn.spreadsheets.reading import rows_of
from coplearn.web.forms import Choices, LastDayField, LazyText, PageForm
from coplearn.web.render import say, say_phrase

MOST_INVITED: Final = 500


class RoleForm(PageForm):
    """A role, where it holds, and the last day of it."""

    role = SelectField(LazyText(N_("Role")), validate_choice=False)
    locale = SelectField(LazyText(N_("Language")), validate_choice=False)
    course = SelectField(LazyText(N_("Course")), validate_choice=False)
    country = SelectField(LazyText(N_("Country")), validate_choice=False)
    last_day = LastDayField(LazyText(N_("Last day of the role")), validators=[Optional()])

    def offer(self, roles: Choices, locales: Choices, courses: Choices, countries: Choices) -> None:
        """Fill the lists; the first of each place is every place."""
        every = say(N_("All"))
        self.role.choices = roles
        self.locale.choices = [("", every), *locales]
        self.course.choices = [("", every), *courses]
        self.country.choices = [("", every), *countries]

    def is_above(self) -> bool:
        """Whether a role is sent that is none of those offered: the page has no such choice, so somebody wrote it in."""
        return self.role.data in set(Role) and self.role.data not in {value for value, _ in self.role.choices or []}

    def granted(self) -> Granted | None:
        """The role as typed, or None with the sentences at their fields."""
        for field in (self.role, self.locale, self.course, self.country):
            if (field.data or "") not in {value for value, _ in field.choices or []}:
                field.errors = [say(N_("Choose one from the list."))]
        until = self.last_day.until()
        if self.errors:
            return None
        places = (self.role, self.locale, self.course, self.country)
        role, locale, course, country = (str(field.data or "") for field in places)
        return Granted(role, locale, course, country, until=until)


class InviteForm(RoleForm):
    """People to invite, a line each, to a role, and the language that they are written to in."""

    people = TextAreaField(
        LazyText(N_("Whom to invite")),
        render_kw={"rows": 8, "dir": "auto", "autocomplete": "off"},
        validators=[InputRequired()],
    )
    language = SelectField(LazyText(N_("Language of the message")), validate_choice=False)

    def offer(self, roles: Choices, locales: Choices, courses: Choices, countries: Choices) -> None:
        """Fill the lists."""
        super().offer(roles, locales, courses, countries)
        self.language.choices = [(locale.code, locale.name) for locale in site().locales.live]

    def invited(self) -> list[Invited] | None:
        """The people of the list, each once, or None with what is wrong in which line."""
        if self.language.data not in {value for value, _ in self.language.choices or []}:
            self.language.errors = [say(N_("Choose one from the list."))]
            return None
        try:
            found, wrong = read_invited(self.people.data or "")
        except Refused as error:
            self.people.errors = [say_phrase(error.phrase)]
            return None
        if wrong:
            told = N_(
                "There is no mail address, or one that cannot be, in these lines: %(lines)s. Nobody was written to."
            )
            self.people.errors = [say_phrase(Phrase(told, {"lines": tuple(wrong[:20])}))]
        elif not found:
            self.people.errors = [say(N_("Type at least one mail address."))]
        elif len(found) > MOST_INVITED:
            self.people.errors = [
                say_phrase(Phrase(N_("Invite at most %(most)s people at once."), {"most": MOST_INVITED}))
            ]
        return None if self.people.errors else found


def read_invited(text: str) -> tuple[list[Invited], list[int]]:
    """The people of a pasted list, each address once, and the lines without a good one.

    A line has an address and perhaps a name, in any order, as a spreadsheet or a mail program copies them. Raises Refused
    when a line cannot be read at all.
    """
    found, wrong = dict[str, Invited](), list[int]()
    for line, cells in rows_of(text):
        parts = [part for cell in cells for part in _parts_of(cell)]
        addresses = {part: address for part in parts if (address := _address_in(part))}
        names = [part for part in parts if part not in addresses]
        if not addresses or any("@" in name for name in names):
            wrong.append(line)
            continue
        for part, address in addresses.items():
            beside = part.partition("<")[0].strip(' "') if "<" in part else ""
            name = beside or (names[0] if names and len(addresses) == 1 else "")
            found.setdefault(address, Invited(address, name[:200]))
    return list(found.values()), wrong


def _parts_of(cell: str) -> list[str]:
    """The parts of a cell; two where a name and an address stand in it with nothing but a space between them."""
    words = cell.split()
    with_sign = [word for word in words if "@" in word]
    if len(words) < 2 or len(with_sign) != 1 or "<" in cell or words.index(with_sign[0]) not in (0, len(words) - 1):
        return [cell.strip()] if words else []
    return [" ".join(word for word in words if word not in with_sign), with_sign[0].strip(",;()")]


def _address_in(part: str) -> str | None:
    """The address of ``ana@example.org`` and of ``Ana <ana@example.org>``."""
    bare = part.partition("<")[2].partition(">")[0] if "<" in part else part
    try:
        return stored_address(bare)
    except ValueError:
        return None


class AcceptForm(PageForm):
    """Fields that open an invitation: a password for a new account, and the first administrator's address."""

    email = StringField(
        LazyText(N_("Mail address")),
        render_kw={"type": "email", "maxlength": 254, "dir": "ltr", "autocomplete": "username"},
        validators=[InputRequired()],
    )
    password = PasswordField(
        LazyText(N_("Password")), render_kw={"autocomplete": "new-password"}, validators=[InputRequired()]
    )

    def fit(self, *, has_account: bool, is_first: bool) -> None:
        """Ask for what is needed alone."""
        if not is_first:
            del self.email
        if has_account:
            del self.password

    def address(self) -> str:
        """The address as typed, in its stored form; empty where none is asked for or it is none."""
        return (_address_in(self.email.data or "") or "") if "email" in self else ""

    def hashed_password(self, email: str) -> str | None:
        """The new password, hashed; None where none is asked for, and with the sentence at its field for one that is not good."""
        if "email" in self and not self.address():
            self.email.errors = [say(N_("That does not look like a mail address. It needs an @ and a dot after it."))]
        if "password" not in self:
            return None
        faults, normal = new_password(self.password.data or "", email or self.address())
        if faults:
            self.password.errors = faults
        return None if self.summary() else hash_password(normal)
