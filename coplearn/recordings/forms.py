"""The form that adds a recording."""

from __future__ import annotations

from typing import Final

from flask_wtf.file import FileField, FileRequired
from wtforms import SelectField

from coplearn.kernel.text import N_
from coplearn.recordings.rules import NO_RECORDING, QUALITY_WORDS
from coplearn.web.forms import Choices, LazyText, PageForm
from coplearn.web.render import say

_VOICES: Final = {"person": N_("A person"), "machine": N_("A machine voice")}


class RecordingForm(PageForm):
    """A file, and what it is."""

    name = SelectField(LazyText(N_("Recording")))
    quality = SelectField(LazyText(N_("Quality")))
    voice = SelectField(LazyText(N_("Who is heard")))
    file = FileField(
        LazyText(N_("File")),
        render_kw={"accept": "audio/*,video/*"},
        validators=[FileRequired(LazyText(NO_RECORDING))],
    )

    def offer(self, recordings: Choices) -> None:
        """Let one of those recordings be chosen, and what a file of it may be."""
        self.name.choices = recordings
        self.quality.choices = [(name, say(words)) for name, words in QUALITY_WORDS.items()]
        self.voice.choices = [(name, say(words)) for name, words in _VOICES.items()]
