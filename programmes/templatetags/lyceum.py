"""Template tags and filters of every page: clocks, marks of the alliances, states, pages, forms.

Settings make this library a builtin, so templates need no ``{% load %}``.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from django import template
from django.contrib.staticfiles import finders
from django.core.paginator import Page
from django.forms import BaseForm, Field
from django.templatetags.static import static
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from heroicons.templatetags.heroicons import heroicon_mini

from programmes import figures
from programmes.domain import brand
from programmes.templatetags import clocks
from programmes.templatetags.clocks import request_of

register = template.Library()
register.filters.update(clocks.register.filters)
register.tags.update(clocks.register.tags)

MAIN_NAVIGATION = (
    ("/events/", "Events"),
    ("/events/calendar/", "Calendar"),
    ("/feeds/", "Subscribe"),
    ("/verify/", "Verify a certificate"),
)
FONTS = ("fonts/manrope.woff2", "fonts/serif.woff2")
STATE_ICONS = {
    "ok": "check-circle",
    "waiting": "clock",
    "problem": "exclamation-triangle",
    "off": "minus-circle",
    "info": "information-circle",
}
# What Django's messages call the same things.
STATE_OF_LEVEL = {"success": "ok", "warning": "waiting", "error": "problem", "debug": "off"}


# --- marks of the alliances ----------------------------------------------------------------------


@register.simple_tag
def alliance_tag(alliance: Any, *, short: bool = False, role: str = "") -> SafeString:
    """Mark and name; ``short`` shows the mark and keeps the name for screen readers."""
    return _tag(alliance.code, alliance.mark, alliance.name, short, role)


@lru_cache(maxsize=256)
def _tag(code: str, mark: str, name: str, is_short: bool, role: str) -> SafeString:
    words = format_html('<span class="vh">{}</span>', name) if is_short else name
    note = format_html(" <small>{}</small>", role) if role else ""
    return format_html(
        '<span class="tag {}"><b aria-hidden="true">{}</b><span>{}{}</span></span>',
        code,
        mark,
        words,
        note,
    )


@register.simple_tag
def alliance_tags(alliances: Iterable[Any], *, short: bool = False) -> SafeString:
    """A list of marks and names in the order given: lead first, then as they joined."""
    items = format_html_join(
        "", "<li>{}</li>", ((alliance_tag(a, short=short),) for a in alliances)
    )
    return format_html('<ul class="tags">{}</ul>', items) if items else items


@register.simple_tag
def glyph(hosts: Iterable[Any], network: Iterable[Any] | None = None) -> SafeString:
    """The map figure: the hosts' regions filled and joined, the rest of the network empty."""
    return figures.glyph(_dots(hosts), _dots(network or brand.marks()))


@register.simple_tag
def brandmark(network: Iterable[Any] | None = None) -> SafeString:
    """The product's mark: every region filled and joined."""
    return figures.brandmark(_dots(network or brand.marks()))


def _dots(alliances: Iterable[Any]) -> tuple[figures.Dot, ...]:
    return tuple(figures.Dot(a.code, a.dot_x, a.dot_y) for a in alliances)


# --- states --------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _icon(name: str) -> SafeString:
    return heroicon_mini(name, size=20, **{"class": "icon", "focusable": "false"})


@register.simple_tag
def icon(name: str) -> SafeString:
    """A Heroicons drawing (mini, 20 px), hidden from screen readers: words carry the meaning."""
    return _icon(str(name))


@register.simple_tag
def status_kind(kind: str) -> str:
    """One of the five states; also understands the levels of Django's messages."""
    kind = STATE_OF_LEVEL.get(kind, kind)
    return kind if kind in STATE_ICONS else "info"


@register.simple_tag
def status_icon(kind: str) -> SafeString:
    """The icon of a state alone, where the word stands elsewhere."""
    return _icon(STATE_ICONS[status_kind(kind)])


@register.simple_tag
def status(kind: str, word: str) -> SafeString:
    """Icon and word. ``kind``: ok, waiting, problem, off or info."""
    return format_html(
        '<span class="status {}">{}{}</span>', status_kind(kind), status_icon(kind), word
    )


# --- pages and forms -----------------------------------------------------------------------------


@register.inclusion_tag("components/main_nav.html", takes_context=True)
def main_nav(context: template.Context) -> dict[str, Any]:
    """The public addresses, with the one the reader is in marked."""
    here = _path(context)
    inside = [url for url, _ in MAIN_NAVIGATION if here.startswith(url)]
    current = max(inside, key=len, default="/events/" if here == "/" else "")
    return {
        "links": [
            {"url": url, "text": text, "current": _current(here, url) if url == current else ""}
            for url, text in MAIN_NAVIGATION
        ]
    }


@register.simple_tag(takes_context=True)
def current_under(context: template.Context, url: str) -> SafeString:
    """`` aria-current`` where the page is at ``url`` or below it."""
    here = _path(context)
    if not here.startswith(url):
        return mark_safe("")
    return format_html(' aria-current="{}"', _current(here, url))


def _current(here: str, url: str) -> str:
    return "page" if here in {url, "/"} else "true"


def _path(context: template.Context) -> str:
    return getattr(request_of(context), "path", "")


@register.simple_tag
def font_preload() -> SafeString:
    """Links that load the fonts early, where set-up has built them; else nothing."""
    link = '<link rel="preload" href="{}" as="font" type="font/woff2" crossorigin>'
    return format_html_join("\n", link, ((url,) for url in map(_font_url, FONTS) if url))


_known_fonts: dict[str, str] = {}


def _font_url(name: str) -> str:
    """The address of a font file, or "" while it is not built. Only finds are remembered."""
    if name not in _known_fonts:
        if finders.find(name) is None:
            return ""
        try:
            _known_fonts[name] = static(name)
        except ValueError:  # built, but collectstatic has not seen it yet
            return ""
    return _known_fonts[name]


@register.inclusion_tag("components/pagination.html", takes_context=True)
def pager(context: template.Context, page: Page[Any], *, noun: str = "row") -> dict[str, Any]:
    """Links to the pages of ``page``; the rest of the query stays as it is."""
    request = request_of(context)
    query = request.GET.copy() if request else None

    def url(number: int) -> str:
        if query is None:
            return f"?page={number}"
        query["page"] = str(number)
        return f"?{query.urlencode()}"

    numbers: Sequence[Any] = list(page.paginator.get_elided_page_range(page.number, on_each_side=1))
    return {
        "page": page,
        "noun": noun if page.paginator.count == 1 else f"{noun}s",
        "links": [
            {"text": n, "url": url(n) if isinstance(n, int) else "", "current": n == page.number}
            for n in numbers
        ],
        "previous": url(page.previous_page_number()) if page.has_previous() else "",
        "next": url(page.next_page_number()) if page.has_next() else "",
    }


@register.inclusion_tag("components/error_summary.html")
def field_errors_summary(*forms: BaseForm) -> dict[str, Any]:
    """The box above a form that lists what is wrong and links to each field."""
    problems = []
    for form in forms:
        if not form or not form.is_bound:
            continue
        problems += [{"text": text, "href": ""} for text in form.non_field_errors()]
        for field in form:
            target = f"{field.auto_id}_group" if field.use_fieldset else field.id_for_label
            problems += [
                {"text": _with_label(text, field.label), "href": f"#{target}"}
                for text in field.errors
            ]
    return {"problems": problems}


def _with_label(text: str, label: str) -> str:
    """The summary stands apart from the fields, so a bare "This field is required." says which."""
    return f"{label}: {text}" if text == Field.default_error_messages["required"] else text


@register.inclusion_tag("components/chart_bar.html")
def chart_bar(rows: Iterable[Any], title: str, *, unit: str = "Count") -> dict[str, Any]:
    """Bars as inline SVG. ``rows``: dicts of label, value and, where they have them, code and mark.

    ``title`` states the finding in a sentence; ``unit`` heads the numbers in the table below.
    """
    return {"chart": figures.bars([dict(row) for row in rows]), "title": title, "unit": unit}
