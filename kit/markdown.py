"""Markdown that people type, turned into clean HTML: one allow-list for pages and mail."""

import nh3
from markdown_it import MarkdownIt

_TAGS = {
    "a",
    "blockquote",
    "br",
    "code",
    "em",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "ul",
}
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}
_SCHEMES = {"https", "http", "mailto", "tel"}
# A page has its own h1 and h2, so what a person types starts one step below.
_LOWERED = {"h1": "h3", "h2": "h3", "h3": "h3", "h4": "h4", "h5": "h4", "h6": "h4"}

_parser = MarkdownIt("commonmark", {"html": False, "linkify": False})
_parser.disable("image")


def to_html(text: str) -> str:
    """Clean HTML of ``text`` in CommonMark; safe to put into a page as it is.

    HTML in the text is shown as text, pictures become links, headings begin at h3, and a link that
    is not web, mail or telephone loses its address.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        token.tag = _LOWERED.get(token.tag, token.tag)
    html = _parser.renderer.render(tokens, _parser.options, {})
    return nh3.clean(
        html,
        tags=_TAGS,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="nofollow noopener",
    )
