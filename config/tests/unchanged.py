"""What tests of pages share: is every table as it was, what does a page say, what would it send."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection
from django.http import HttpResponse
from lxml import html as markup

NOT_COMPARED = ("django_session", "programmes_apikey", "programmes_idempotentanswer")
"""Who is signed in, and when a key was used last."""


def everything() -> dict[str, list[str]]:
    """Every row of every table."""
    with connection.cursor() as cursor:
        tables = sorted(connection.introspection.table_names(cursor))
        rows = {}
        for table in tables:
            if table not in NOT_COMPARED:
                cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
                rows[table] = sorted(map(repr, cursor.fetchall()))
    return rows


@contextmanager
def nothing_changes() -> Iterator[None]:
    before = everything()
    yield
    assert everything() == before


def said(response: HttpResponse) -> str:
    """The words of a page, with single blanks between them."""
    return " ".join(markup.document_fromstring(response.content.decode()).text_content().split())


def form_of(page: HttpResponse, *, holding: str) -> dict[str, str]:
    """The form that holds a field of that name, filled in as a browser would send it."""
    forms = markup.document_fromstring(page.content.decode()).forms
    form = next(form for form in forms if holding in form.fields)
    values = dict(form.form_values())
    # The line break right after <textarea> is none of its content (HTML Standard, 13.2.6.4.7).
    areas = {area.name for area in form.iter("textarea")}
    return {n: v.removeprefix("\n") if n in areas else v for n, v in values.items()}
