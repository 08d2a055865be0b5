"""Nothing in an export runs; and nothing in it is lost."""

import csv
import io
import unicodedata
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kit.sheets import csv_response, csv_text, safe_cell

ANYTHING = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
STARTS = st.sampled_from(["=", "+", "-", "@", "＝", "＋", "－", "＠", "﹢"])


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))


@pytest.mark.parametrize(
    "typed",
    ["=1+1", "+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "  =cmd|' /C calc'!A0", "\u200b=1", "＝1"],
)
def test_text_that_would_run_is_quoted(typed):
    assert safe_cell(typed) == "'" + typed


@pytest.mark.parametrize("typed", ["", "Ana", "O'Neil", "a=b", "José", "100%", "' =1", "  blank"])
def test_other_text_stays_as_it_is(typed):
    assert safe_cell(typed) == typed


def test_numbers_and_times_are_not_text():
    at = datetime(2027, 1, 13, 18, tzinfo=UTC)

    cells = [safe_cell(value) for value in (-5, Decimal("-1.25"), 0, None, at)]

    assert cells == ["-5", "-1.25", "0", "", "2027-01-13T18:00:00+00:00"]


@given(start=STARTS, blanks=st.text(" \t\u00a0\u200b", max_size=3), rest=ANYTHING)
def test_no_cell_begins_like_a_formula(start, blanks, rest):
    cell = safe_cell(blanks + start + rest)

    assert cell.startswith("'")


@given(typed=ANYTHING)
def test_a_cell_is_the_text_or_the_text_behind_a_quote(typed):
    kept = typed.replace("\0", "")

    assert safe_cell(typed) in {kept, "'" + kept}
    first = unicodedata.normalize("NFKC", safe_cell(typed))[:1]
    assert first not in {"=", "+", "-", "@"}


@given(rows=st.lists(st.lists(ANYTHING, min_size=2, max_size=2), max_size=5))
def test_what_is_written_is_read_back_cell_by_cell(rows):
    expected = [["Name", "Email"], *([safe_cell(cell) for cell in row] for row in rows)]

    assert read(csv_text(["Name", "Email"], rows)) == expected


def test_the_answer_is_a_download_that_is_not_kept():
    response = csv_response("people.csv", ["Name"], [["=1"]])

    assert response["Content-Disposition"] == 'attachment; filename="people.csv"'
    assert response["Cache-Control"] == "private, no-store"
    assert response.content == "\ufeffName\r\n'=1\r\n".encode()
