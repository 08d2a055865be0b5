"""Tags and filters of the pages, on plain values."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django import forms
from django.core.paginator import Paginator
from django.template import Context, Template
from django.test import RequestFactory
from lxml import html

from programmes.views.styleguide import BY_CODE, NETWORK

AT = datetime(2026, 12, 2, 18, 0, tzinfo=UTC)
LATER = AT + timedelta(minutes=75)


def draw(source, **values):
    return Template(source).render(Context({"at": AT, "later": LATER, **values}))


def tree(source, **values):
    return html.fragment_fromstring(draw(source, **values), create_parent="div")


def words(element):
    return " ".join(element.text_content().split())


# --- clocks


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("{{ at|clock:'America/Denver' }}", "11 a.m."),
        ("{{ at|zoned_clock:'America/Phoenix' }}", "11 a.m. Arizona"),
        ("{{ at|long_date:'America/Denver' }}", "Wednesday, December 2, 2026"),
        ("{{ at|short_date:'Australia/Sydney' }}", "Thu, Dec 3"),
        ("{{ at|moment:'America/New_York' }}", "December 2, 2026, 1 p.m. Eastern"),
        (
            "{{ at|day_short:'UTC' }} {{ at|day_number:'UTC' }} {{ at|month_short:'UTC' }}",
            "Wed 2 Dec",
        ),
        ("{{ at|day_name:'UTC' }}, {{ at|month_name:'UTC' }}", "Wednesday, December 2026"),
        ("{{ 'America/Chicago'|zone_label:at }}", "Central"),
        ("{{ at|iso }}", "2026-12-02T18:00:00Z"),
        ("{% time_range at later 'America/Denver' %}", "11 a.m. to 12:15 p.m. Mountain"),
    ],
)
def test_times_are_said_as_the_design_says(source, said):
    assert draw(source) == said


def test_a_plain_date_is_not_moved_by_any_zone():
    assert draw("{{ day|long_date }}", day=date(2026, 12, 2)) == "Wednesday, December 2, 2026"


def test_the_readers_line_is_empty_but_there_while_the_zone_is_unknown():
    line = tree("{% yours at later 'America/Denver' %}").find("p")

    assert dict(line.attrib) == {
        "class": "yours",
        "data-local": "2026-12-02T18:00:00Z",
        "data-until": "2026-12-02T19:15:00Z",
        "data-zone": "America/Denver",
    }
    assert line.text is None


def test_the_readers_line_is_filled_where_the_zone_is_known():
    request = SimpleNamespace(reader_zone="America/New_York")

    line = tree("{% yours at later 'America/Denver' %}", request=request).find("p")

    assert line.text == "Your time: Wed, Dec 2, 1 p.m. Eastern"


def test_both_clocks_stand_under_the_date():
    found = tree("{% when at later 'America/Denver' %}", reader_zone="America/Phoenix")

    assert words(found) == (
        "Wednesday, December 2, 202611 a.m. to 12:15 p.m. Mountain Same as your local time"
    )
    assert found.find(".//time").get("datetime") == "2026-12-02T18:00:00Z"


def test_an_event_over_midnight_names_both_days_once():
    found = tree("{% when at later 'America/Denver' %}", later=AT + timedelta(hours=15))

    assert words(found.find(".//time")) == "Wed, Dec 2, 11 a.m. to Thu, Dec 3, 2 a.m. Mountain"


def test_the_zone_table_goes_from_west_to_east_with_each_zone_once():
    found = tree("{% zone_table at later network %}", network=NETWORK)

    rows = [[words(cell) for cell in row.iterfind("*")] for row in found.iterfind(".//tbody/tr")]
    assert [row[:3] for row in rows] == [
        ["Mountain", "Wed, Dec 2, 11 a.m.", "12:15 p.m."],
        ["Arizona", "Wed, Dec 2, 11 a.m.", "12:15 p.m."],
        ["Central", "Wed, Dec 2, 12 p.m.", "1:15 p.m."],
        ["Eastern", "Wed, Dec 2, 1 p.m.", "2:15 p.m."],
    ]
    assert rows[1][3] == "The Connective; Southern Arizona Smart Region"


def test_the_zone_table_names_the_day_of_the_end_where_it_is_another_one():
    later = AT + timedelta(days=7, hours=1)
    found = tree("{% zone_table at later network %}", later=later, network=NETWORK)

    first = [words(cell) for cell in found.find(".//tbody/tr").iterfind("*")]
    assert first[:3] == ["Mountain", "Wed, Dec 2, 11 a.m.", "Wed, Dec 9, 12 p.m."]


# --- numbers


@pytest.mark.parametrize(
    ("source", "value", "said"),
    [
        ("{{ value|duration }}", 75, "1 hour 15 minutes"),
        ("{{ value|duration }}", 120, "2 hours"),
        ("{{ value|duration }}", 1, "1 minute"),
        ("{{ value|duration }}", 0, "0 minutes"),
        ("{{ value|credit_hours }}", Decimal("1.00"), "1 credit hour"),
        ("{{ value|credit_hours }}", Decimal("1.50"), "1.5 credit hours"),
        ("{{ value|credit_hours }}", "10", "10 credit hours"),
        ("{{ value|grouped }}", 10000, "10,000"),
        ("{{ value|ordinal }}", 3, "3rd"),
        ("{{ value|ordinal }}", 11, "11th"),
        ("{{ value|ordinal }}", 101, "101st"),
        ("{{ value|ordinal }}", 112, "112th"),
    ],
)
def test_numbers_are_said_as_people_say_them(source, value, said):
    assert draw(source, value=value) == said


# --- alliances


def test_an_alliance_is_its_mark_its_name_and_its_class():
    tag = tree("{% alliance_tag alliance %}", alliance=BY_CODE["ntxia"]).find("span")

    assert tag.get("class") == "tag ntxia"
    assert (tag.find("b").text, tag.find("b").get("aria-hidden")) == ("NT", "true")
    assert words(tag.find("span")) == "North Texas Innovation Alliance"


def test_the_short_mark_keeps_the_name_for_screen_readers():
    tag = tree("{% alliance_tag alliance short=True %}", alliance=BY_CODE["snf"]).find("span")

    assert tag.find("span/span").get("class") == "vh"
    assert words(tag) == "FLSmart North Florida"


def test_an_alliances_name_is_escaped():
    rogue = SimpleNamespace(code="x", mark="<b", name="<script>")

    assert "<script>" not in draw("{% alliance_tag rogue %}", rogue=rogue)


def test_the_figure_joins_the_hosts_west_to_east_and_leaves_the_others_empty():
    hosts = [BY_CODE["snf"], BY_CODE["csca"], BY_CODE["kcdd"]]

    svg = tree("{% glyph hosts network %}", hosts=hosts, network=NETWORK).find("svg")

    assert svg.find("polyline").get("points") == "19,13 38,15 59,33"
    assert [c.get("class") for c in svg.iterfind("circle") if c.get("class")] == [
        "on csca",
        "on kcdd",
        "on snf",
    ]
    assert len([c for c in svg.iterfind("circle") if not c.get("class")]) == 4
    assert svg.get("aria-hidden") == "true"


def test_one_host_alone_has_no_line():
    svg = tree("{% glyph hosts network %}", hosts=NETWORK[:1], network=NETWORK).find("svg")

    assert svg.find("polyline") is None


def test_the_brandmark_goes_round_through_every_region():
    svg = tree("{% brandmark network %}", network=NETWORK).find("svg")

    assert sorted(svg.find("polygon").get("points").split()) == sorted(
        f"{a.dot_x},{a.dot_y}" for a in NETWORK
    )


# --- states


@pytest.mark.parametrize("kind", ["ok", "waiting", "problem", "off", "info"])
def test_a_status_is_an_icon_and_a_word(kind):
    mark = tree("{% status kind 'Word' %}", kind=kind).find("span")

    assert mark.get("class") == f"status {kind}"
    assert mark.find("svg").get("aria-hidden") == "true"
    assert words(mark) == "Word"


def test_the_levels_of_messages_are_states_too():
    kinds = ["success", "warning", "error", "info", "nonsense"]

    found = [draw("{% status_kind kind %}", kind=kind) for kind in kinds]

    assert found == ["ok", "waiting", "problem", "info", "info"]


def test_an_error_notice_is_an_alert_and_any_other_a_status():
    source = "{% include 'components/notice.html' with text='Done.' only %}"

    roles = [
        tree(source.replace("text=", f"kind='{kind}' text=")).find("div").get("role")
        for kind in ("error", "success", "info")
    ]

    assert roles == ["alert", "status", "status"]


# --- pages and forms


def request(path):
    return RequestFactory().get(path)


@pytest.mark.parametrize(
    ("path", "current"),
    [
        ("/", [("Events", "page")]),
        ("/events/", [("Events", "page")]),
        ("/events/curb-data/", [("Events", "true")]),
        ("/events/calendar/2026-12/", [("Calendar", "true")]),
        ("/verify/", [("Verify a certificate", "page")]),
        ("/organize/", []),
    ],
)
def test_the_navigation_marks_where_the_reader_is(path, current):
    found = tree("{% main_nav %}", request=request(path))

    marked = [(words(a), a.get("aria-current")) for a in found.iter("a") if a.get("aria-current")]
    assert marked == current


def test_the_pager_keeps_the_rest_of_the_query():
    page = Paginator(range(120), 50).page(2)

    found = tree("{% pager page noun='registration' %}", page=page, request=request("/?q=a&page=2"))

    assert [a.get("href") for a in found.iter("a")] == [
        "?q=a&page=1",
        "?q=a&page=1",
        "?q=a&page=2",
        "?q=a&page=3",
        "?q=a&page=3",
    ]
    assert words(found.find(".//p")) == "51 to 100 of 120 registrations"


def test_a_list_that_fits_one_page_has_no_links():
    found = tree("{% pager page noun='registration' %}", page=Paginator([1], 50).page(1))

    assert words(found) == "1 to 1 of 1 registration"
    assert list(found.iter("a")) == []


class TwoFields(forms.Form):
    name = forms.CharField(label="Your name")
    kind = forms.ChoiceField(
        label="Kind", widget=forms.RadioSelect, choices=[("a", "A")], help_text="Choose one."
    )
    note = forms.CharField(label="Note", required=False, help_text="If you like.")


def test_the_summary_links_each_error_to_its_field():
    form = TwoFields({})
    form.add_error(None, "Registration has closed.")

    found = tree("{% field_errors_summary form %}", form=form)

    assert [words(item) for item in found.iter("li")] == [
        "Registration has closed.",
        "Your name: This field is required.",
        "Kind: This field is required.",
    ]
    fields = tree("{{ form }}", form=form)
    for link in found.iter("a"):
        assert fields.find(f".//*[@id='{link.get('href')[1:]}']") is not None


def test_there_is_no_summary_without_errors():
    assert draw("{% field_errors_summary form %}", form=TwoFields()).strip() == ""
    good = TwoFields({"name": "Ana", "kind": "a"})
    assert draw("{% field_errors_summary form %}", form=good).strip() == ""


def test_every_id_a_field_is_described_by_is_there():
    found = tree("{{ form }}", form=TwoFields({"note": ""}))

    ids = {element.get("id") for element in found.iter() if element.get("id")}
    named = [e.get("aria-describedby") for e in found.iter() if e.get("aria-describedby")]
    assert named == ["id_name_error", "id_kind_helptext id_kind_error", "id_note_helptext"]
    assert {word for words in named for word in words.split()} <= ids


def test_a_field_that_may_stay_empty_says_so():
    found = tree("{{ form }}", form=TwoFields())

    labels = [words(e) for e in found.iter("label", "legend")]
    assert labels == ["Your name", "Kind", "A", "Note (optional)"]


def test_bars_carry_their_numbers_in_the_picture_and_in_a_table():
    rows = [
        {"label": a.name, "value": v, "code": a.code, "mark": a.mark}
        for a, v in zip(NETWORK, (92, 61, 0), strict=False)
    ]

    found = tree("{% chart_bar rows 'Most came from Colorado.' unit='Attended' %}", rows=rows)

    widths = [float(bar.get("width")) for bar in found.iter("rect")]
    assert widths[1] / widths[0] == pytest.approx(61 / 92, abs=0.01)
    assert widths[2] == 0
    assert "Colorado Smart Cities Alliance 92" in found.find(".//svg").get("aria-label")
    assert [words(cell) for cell in found.iter("td")] == ["92", "61", "0"]


def test_a_chart_of_nothing_says_so():
    assert "No numbers yet." in draw("{% chart_bar rows 'Nobody came.' %}", rows=[])


def test_markdown_is_cleaned():
    assert draw("{% markdown text %}", text="**a** <b>") == "<p><strong>a</strong> &lt;b&gt;</p>\n"
