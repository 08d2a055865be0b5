"""Facts for search engines inside a page: JSON-LD in a block that no browser runs.

A ``script`` element whose type is no script is data: it is not executed, and a content security
policy does not concern it (HTML, “prepare the script element”, which ends before asking it).
"""

import json
from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

# So that no text can end the element or begin another, whatever the parser makes of it; and the two
# line ends that JSON allows and older scripts do not.
_ESCAPES = {ord(sign): f"\\u{ord(sign):04X}" for sign in "<>&'\u2028\u2029"}


def block(facts: dict[str, Any]) -> SafeString:
    """The element with ``facts``; every sign that means something to HTML is written as an escape.

    Raises ValueError for what is no JSON, such as NaN.
    """
    text = json.dumps(facts, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    escaped = mark_safe(text.translate(_ESCAPES))  # noqa: S308  (nothing of HTML is left in it)
    return format_html('<script type="application/ld+json">{}</script>', escaped)
