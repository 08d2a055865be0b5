"""What organisers type to show their events on their own site."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain import embedding
from events.models import Event
from programmes.models import Topic

THEMES = (("auto", "As the reader's device"), ("light", "Light"), ("dark", "Dark"))
LEVELS = (("2", "Second (h2)"), ("3", "Third (h3)"), ("4", "Fourth (h4)"))
WAYS = (
    ("list", "Script: the list becomes part of the page"),
    ("frame", "Script: a frame as high as the list"),
    ("plain", "Frame without a script"),
)


class SiteForm(forms.Form):
    origin = forms.CharField(
        label=_("Web address of the site"),
        help_text=_("Any page of it does, in the form https://www.city.example."),
        max_length=500,
        widget=forms.TextInput(
            attrs={"inputmode": "url", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )


class SnippetForm(forms.Form):
    """How the list shall look: read from the query, so that nothing is saved by trying."""

    way = forms.ChoiceField(label=_("How it gets into the page"), choices=WAYS)
    topic = forms.ChoiceField(label=_("Topic"), required=False)
    format = forms.ChoiceField(
        label=_("Format"), required=False, choices=[("", "Any format"), *Event.Format.choices]
    )
    theme = forms.ChoiceField(label=_("Colors"), choices=THEMES)
    limit = forms.IntegerField(
        label=_("Events at most"), min_value=1, max_value=embedding.MOST_ROWS
    )
    level = forms.ChoiceField(
        label=_("Level of its heading"),
        choices=LEVELS,
        help_text=_("One more than the heading it stands under."),
    )
    title = forms.ChoiceField(
        label=_("Its own heading"), choices=(("show", "Show it"), ("hide", "Leave it out"))
    )

    USUAL = {"way": "list", "theme": "auto", "limit": "10", "level": "2", "title": "show"}

    def __init__(self, typed: Any) -> None:
        super().__init__({**self.USUAL, **{name: typed[name] for name in typed}})
        topics = Topic.objects.values_list("slug", "name")
        self.fields["topic"].choices = [("", "Any topic"), *topics]  # type: ignore[attr-defined]
