"""Reading the pages behind a registration's link."""

from lxml import html

from events.domain import links
from events.models import Registration


def url(mine: Registration, rest: str = "") -> str:
    return f"/r/{links.registration_token(mine)}/{rest}"


def read(response) -> html.HtmlElement:
    return html.document_fromstring(response.content.decode())


def words(element) -> str:
    return " ".join(element.text_content().split())


def heading(response) -> str:
    return words(read(response).find(".//h1"))
