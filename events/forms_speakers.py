"""What people type about speakers and materials: shape and wording. Rules stay in the domain."""

from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from events.domain.speakers import profiles, uploads
from events.domain.speakers.materials import Handed
from events.forms import AddressForm
from events.forms_organiser import zone_choices
from events.models import Event, EventMaterial, Session
from kit import walltime
from programmes.domain import pictures
from programmes.models import Organisation, Speaker

Kind = EventMaterial.Kind


class OwnProfileForm(forms.Form):
    """What speakers write of themselves."""

    title = forms.CharField(
        label=_("Title or role"),
        required=False,
        max_length=300,
        help_text=_("Such as “Transit planner, City of Denver”."),
    )
    bio = forms.CharField(
        label=_("Biography"),
        required=False,
        max_length=profiles.LONGEST_BIO * 2,
        help_text=_("A few sentences. Markdown: **bold**, - lists, [links](https://…)."),
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    photo_alt = forms.CharField(
        label=_("What the photo shows"),
        required=False,
        max_length=300,
        help_text=_("For people who cannot see it. Your name alone is fine."),
    )
    zone = forms.ChoiceField(label=_("Your time zone"), required=False)
    is_shown = forms.BooleanField(
        label=_("Show my biography and photo on the pages of events and on a page of my own"),
        required=False,
    )

    def __init__(self, *args: Any, speaker: Speaker | None = None, **kwargs: Any) -> None:
        if speaker is not None:
            kwargs.setdefault("initial", initial_of(speaker))
        super().__init__(*args, **kwargs)
        known = (speaker.zone if speaker else "", str(self["zone"].value() or ""))
        offered = zone_choices(*(zone for zone in known if walltime.is_zone(zone)))
        self.fields["zone"].choices = [("", _("Not said")), *offered]  # type: ignore[attr-defined]

    def typed(self) -> dict[str, Any]:
        """What the domain takes."""
        return dict(self.cleaned_data)


class SpeakerForm(OwnProfileForm):
    """What organisers keep of a speaker."""

    name = forms.CharField(label=_("Name"), max_length=300)
    email = forms.CharField(
        label=_("Email"),
        required=False,
        max_length=600,
        help_text=_("Invitations go there. Never shown to the public."),
        widget=forms.EmailInput(attrs={"spellcheck": "false"}),
    )
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(),
        label=_("Organization"),
        required=False,
        to_field_name="slug",
        empty_label=_("None of the members"),
    )
    zone = forms.ChoiceField(label=_("Time zone"), required=False)
    is_shown = forms.BooleanField(
        label=_("They agreed that biography and photo are shown to everybody"), required=False
    )
    field_order = ("name", "title", "organisation", "email", "zone", "bio", "photo_alt", "is_shown")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].queryset = Organisation.objects.order_by("name")  # type: ignore[attr-defined]


def initial_of(speaker: Speaker) -> dict[str, Any]:
    """A profile as its forms start."""
    names = ("name", "title", "email", "zone", "bio", "photo_alt")
    organisation = speaker.organisation.slug if speaker.organisation else ""
    said = {name: getattr(speaker, name) for name in names}
    return {**said, "organisation": organisation, "is_shown": speaker.is_shown}


class OwnLinkForm(AddressForm):
    """Where to send the link of a speaker's own page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["email"].label = _("Your email")
        self.fields["email"].help_text = _("The one the organizers write to you at.")


class PhotoForm(forms.Form):
    """A picture; what it holds is for the domain to find out."""

    photo = forms.FileField(
        label=_("Photo"),
        max_length=300,
        help_text=_("JPEG, PNG or WebP, up to 10 MB. It is cut to a square."),
        widget=forms.FileInput(attrs={"accept": "image/jpeg,image/png,image/webp"}),
        error_messages={
            "required": _("Choose a picture."),
            "empty": _("The file is empty."),
            "max_length": _("The name of this file is too long. Give it a shorter one."),
        },
    )

    def content(self) -> bytes:
        """The bytes, no more than the domain would look at and one to tell that there are more."""
        raw: bytes = self.cleaned_data["photo"].read(pictures.MOST_BYTES + 1)
        return raw


class MaterialForm(forms.Form):
    """Something handed in: a file or an address, and what it is."""

    kind = forms.ChoiceField(label=_("What is it?"), choices=Kind.choices, initial=Kind.SLIDES)
    title = forms.CharField(label=_("Title"), max_length=300)
    file = forms.FileField(
        label=_("File"),
        required=False,
        max_length=300,
        help_text=_("PDF, PowerPoint, Word, Excel or OpenDocument, up to 25 MB."),
        widget=forms.FileInput(
            attrs={"accept": ",".join(f".{ending}" for ending in uploads.TYPES)}
        ),
        error_messages={
            "empty": _("The file is empty."),
            "max_length": _("The name of this file is too long. Give it a shorter one."),
        },
    )
    url = forms.CharField(
        label=_("Or its address"),
        required=False,
        max_length=600,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )
    session = forms.ModelChoiceField(
        Session.objects.none(),
        label=_("Of one session"),
        required=False,
        to_field_name="public_id",
        empty_label=_("Of the whole event"),
    )

    def __init__(self, *args: Any, event: Event, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        sessions = event.sessions.filter(is_cancelled=False).order_by("starts_at", "pk")
        if sessions.count() > 1:
            self.fields["session"].queryset = sessions  # type: ignore[attr-defined]
            self.fields["session"].label_from_instance = _name_of  # type: ignore[attr-defined]
        else:
            del self.fields["session"]

    def handed(self) -> Handed:
        """What the domain takes. Raises Invalid for a file that is not what it says."""
        data = self.cleaned_data
        file = data["file"]
        upload = uploads.read(file.read(uploads.MOST_BYTES + 1), file.name) if file else None
        return Handed(
            kind=data["kind"],
            title=data["title"],
            url=data["url"],
            upload=upload,
            session=data.get("session"),
            captions_url=data.get("captions_url", ""),
            has_captions=data.get("has_captions", False),
        )


class HostMaterialForm(MaterialForm):
    """The same for organisers, who put recordings up."""

    has_captions = forms.BooleanField(
        label=_("For a recording: I watched it, and it has captions"), required=False
    )
    captions_url = forms.CharField(
        label=_("For a recording: address of a transcript"),
        required=False,
        max_length=600,
        widget=forms.URLInput(attrs={"placeholder": "https://"}),
    )


class OwnMaterialForm(MaterialForm):
    """The same for speakers. A recording is the organisers' to put up."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [choice for choice in Kind.choices if choice[0] != Kind.RECORDING]
        self.fields["kind"].choices = offered  # type: ignore[attr-defined]


def _name_of(session: Session) -> str:
    there = session.starts_at.astimezone(ZoneInfo(session.time_zone))
    return f"{session.title or session.event.title}, {walltime.month_day(there)}"
