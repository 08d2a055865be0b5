"""What organisers type of a programme: its details, and its completion rules without writing JSON.

The rules themselves are checked by the domain; here they are only taken apart and put together.
What the form has no field for stays as it is.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programmes.domain.completion_rules import BASIS, PROGRAMME
from programmes.models import Alliance, Programme, Topic

ELECTIVES = "electives"
Rule = dict[str, Any]


class ProgrammeForm(forms.Form):
    """A programme without its events and rules."""

    name = forms.CharField(label=_("Name"), max_length=400)
    kind = forms.ChoiceField(label=_("Kind"), choices=Programme.Kind.choices)
    description = forms.CharField(
        label=_("Description"),
        required=False,
        help_text=_("For whom it is and what people can do afterward."),
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    topics = forms.ModelMultipleChoiceField(
        Topic.objects.none(),
        label=_("Topics"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    co_hosts = forms.ModelMultipleChoiceField(
        Alliance.objects.none(),
        label=_("Other hosts"),
        required=False,
        to_field_name="slug",
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Their organizers put in events of their own and see who is enrolled."),
    )
    sharing = forms.ChoiceField(
        label=_("What the other hosts see of who is enrolled"),
        choices=Programme.Sharing.choices,
        help_text=_("The lead sees everyone. People read this where they enroll."),
    )
    takes_enrolments = forms.BooleanField(
        label=_("People can register for the whole program"), required=False
    )
    award_title = forms.CharField(
        label=_("Certificate for completing it"),
        required=False,
        max_length=400,
        help_text=_("Its title. Blank where completing it earns none."),
    )
    version = forms.IntegerField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, leads: Any = None, lead: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["topics"].queryset = Topic.objects.all()
        others = Alliance.objects.active()
        fields["co_hosts"].queryset = others.exclude(pk=lead.pk) if lead else others
        if leads is not None:
            fields["lead"] = forms.ModelChoiceField(
                leads, label=_("Lead"), to_field_name="slug", empty_label=None
            )
            self.order_fields(["lead", *(name for name in fields if name != "lead")])

    def changes(self, award: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """The fields of a ProgrammePlan that this form has; of ``award`` the title changes."""
        data = self.cleaned_data
        kept = {name: value for name, value in (award or {}).items() if name != "title"}
        title = data["award_title"]
        return {
            **{n: data[n] for n in ("name", "kind", "description", "sharing", "takes_enrolments")},
            "topics": tuple(sorted(data["topics"], key=lambda topic: topic.pk)),
            "co_hosts": tuple(data["co_hosts"]),
            "award": {"kind": "certificate", **kept, "title": title} if title else kept,
        }


class RuleForm(forms.Form):
    """What completing the programme takes. Everything is optional."""

    attendance = forms.ChoiceField(
        label=_("An event counts if people attend"),
        required=False,
        choices=[
            ("", "As each event’s own settling says"),
            ("min_percent", "At least this percentage of its minutes"),
            ("min_minutes", "At least this many minutes"),
        ],
        help_text=_("Breaks are left out."),
    )
    attendance_value = forms.IntegerField(label=_("Percent or minutes"), required=False)
    per_event = forms.BooleanField(
        label=_("Each event stands alone: there is nothing more to complete"), required=False
    )
    count = forms.IntegerField(
        label=_("Number of events"), required=False, help_text=_("Of all events of the program.")
    )
    minutes = forms.IntegerField(label=_("Minutes in all"), required=False)
    required = forms.MultipleChoiceField(
        label=_("Required events"), required=False, widget=forms.CheckboxSelectMultiple
    )
    electives = forms.MultipleChoiceField(
        label=_("Electives"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A set of events to choose from."),
    )
    electives_count = forms.IntegerField(label=_("Number of electives"), required=False)
    evaluations = forms.BooleanField(
        label=_("An event counts only with its evaluation handed in"), required=False
    )
    assignment = forms.CharField(
        label=_("Assignment"), required=False, help_text=_("Such as: project brief.")
    )
    reviewer = forms.ChoiceField(
        label=_("It is reviewed by"),
        required=False,
        choices=[
            ("host", "Any host"),
            ("other_alliance", "A host the person does not belong to"),
        ],
    )
    approval = forms.CharField(
        label=_("Approval"), required=False, help_text=_("What a host has to say yes to.")
    )
    window_months = forms.IntegerField(
        label=_("Window in months"),
        required=False,
        help_text=_("All of it within so many months of the first event. Blank for no limit."),
    )
    version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self,
        *args: Any,
        events: Sequence[tuple[str, str]],
        before: Mapping[str, Any],
        **kwargs: Any,
    ) -> None:
        """``events`` are slug and title; ``before`` has the stored ``completion`` and ``sets``."""
        self.before = before
        known, self.left_out = _taken_apart(before["completion"], before["sets"])
        kwargs["initial"] = {**known, **(kwargs.get("initial") or {})}
        super().__init__(*args, **kwargs)
        for name in ("required", "electives"):
            there = {slug for slug, _title in events}
            gone = [(s, f"{s} (no longer in it)") for s in known.get(name, []) if s not in there]
            self.fields[name].choices = [*events, *gone]  # type: ignore[attr-defined]
        self.places: list[str] = []

    def changes(self) -> dict[str, Any]:
        """``completion`` and ``sets`` as they are stored."""
        data = self.cleaned_data
        completion: dict[str, Any] = {}
        if data["attendance"]:
            value = data["attendance_value"]
            completion["attendance"] = {data["attendance"]: value, "of": BASIS}
        if data["per_event"]:
            completion["per_event"] = True
        rules = [*self._rules(), *self.left_out]
        if rules:
            completion["all_of"] = rules
        if data["window_months"] is not None:
            completion["window_months"] = data["window_months"]
        return {"completion": completion, "sets": self._sets()}

    def _rules(self) -> list[Rule]:
        data = self.cleaned_data
        made: list[tuple[str, Rule]] = []
        if data["count"] is not None:
            made.append(("count", {"rule": "min_events", "count": data["count"], "of": PROGRAMME}))
        if data["required"]:
            made.append(("required", self._required(data["required"])))
        if data["electives_count"] is not None:
            rule = {"rule": "min_events", "count": data["electives_count"], "of": ELECTIVES}
            made.append(("electives_count", rule))
        if data["minutes"] is not None:
            made.append(("minutes", {"rule": "min_minutes", "minutes": data["minutes"]}))
        if data["evaluations"]:
            rule = {"rule": "evaluation_submitted", "each": "counted_event"}
            made.append(("evaluations", rule))
        if data["assignment"]:
            reviewer = data["reviewer"] or "host"
            rule = {"rule": "assignment_accepted", "name": data["assignment"], "reviewer": reviewer}
            made.append(("assignment", rule))
        if data["approval"]:
            made.append(("approval", {"rule": "approval", "name": data["approval"]}))
        self.places = [field for field, _rule in made]
        return [rule for _field, rule in made]

    def _required(self, slugs: list[str]) -> Rule:
        """With what stands in for those that were required before, which no field shows."""
        stored = [r for r in _stored_rules(self.before["completion"]) if _is(r, "required_events")]
        kept = {
            slug: instead
            for rule in stored[:1]
            for slug, instead in (rule.get("substitutes") or {}).items()
            if slug in slugs
        }
        rule: Rule = {"rule": "required_events", "events": slugs}
        return {**rule, "substitutes": kept} if kept else rule

    def _sets(self) -> dict[str, Any]:
        others = {n: s for n, s in self.before["sets"].items() if n not in {PROGRAMME, ELECTIVES}}
        chosen = self.cleaned_data["electives"]
        asks = self.cleaned_data["electives_count"] is not None
        return {**others, ELECTIVES: chosen} if chosen or asks else others

    def place_of(self, loc: Sequence[Any]) -> str | None:
        """The field a fault of the domain is about; None for the form as a whole."""
        match list(loc):
            case ["completion", "all_of", int(index), *_]:
                return self.places[index] if index < len(self.places) else None
            case ["completion", "attendance", *_]:
                return "attendance_value"
            case ["completion", "window_months" | "per_event" as name, *_]:
                return str(name)
            case ["sets", "electives", *_]:
                return "electives"
        return None


def _taken_apart(
    completion: Mapping[str, Any], sets: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Rule]]:
    """The form's fields, and the rules it has no field for."""
    known: dict[str, Any] = {"electives": list(sets.get(ELECTIVES) or [])}
    for word in ("min_percent", "min_minutes"):
        if word in (completion.get("attendance") or {}):
            known["attendance"] = word
            known["attendance_value"] = completion["attendance"][word]
    known["per_event"] = bool(completion.get("per_event"))
    known["window_months"] = completion.get("window_months")
    left_out = []
    for rule in _stored_rules(completion):
        fields = _fields_of(rule)
        if fields is None or set(fields) & set(known):
            left_out.append(rule)
        else:
            known |= fields
    return known, left_out


def _stored_rules(completion: Mapping[str, Any]) -> list[Rule]:
    return [rule for rule in completion.get("all_of") or [] if isinstance(rule, dict)]


def _is(rule: Rule, kind: str) -> bool:
    return rule.get("rule") == kind


def _fields_of(rule: Rule) -> dict[str, Any] | None:
    """The fields one rule fills, or None where there are none for it."""
    match rule:
        case {"rule": "min_events", "count": count, "of": "electives"}:
            return {"electives_count": count}
        case {"rule": "min_events", "count": count} if rule.get("of", PROGRAMME) == PROGRAMME:
            return {"count": count}
        case {"rule": "required_events", "events": list(events)}:
            return {"required": events}
        case {"rule": "min_minutes", "minutes": minutes} if rule.get("of") in {None, PROGRAMME}:
            return {"minutes": minutes}
        case {"rule": "evaluation_submitted"}:
            return {"evaluations": True}
        case {"rule": "assignment_accepted", "name": name}:
            return {"assignment": name, "reviewer": rule.get("reviewer", "host")}
        case {"rule": "approval", "name": name}:
            return {"approval": name}
    return None
