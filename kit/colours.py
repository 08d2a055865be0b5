"""Colours by the names that CSS3 gives them, for formats that take nothing finer."""

_NAMES = {
    "black": 0x000000, "navy": 0x000080, "blue": 0x0000FF, "green": 0x008000, "teal": 0x008080,
    "darkcyan": 0x008B8B, "midnightblue": 0x191970, "dodgerblue": 0x1E90FF, "seagreen": 0x2E8B57,
    "steelblue": 0x4682B4, "darkslateblue": 0x483D8B, "indigo": 0x4B0082,
    "darkolivegreen": 0x556B2F, "cadetblue": 0x5F9EA0, "dimgray": 0x696969, "slateblue": 0x6A5ACD,
    "olivedrab": 0x6B8E23, "slategray": 0x708090, "maroon": 0x800000, "purple": 0x800080,
    "olive": 0x808000, "gray": 0x808080, "skyblue": 0x87CEEB, "saddlebrown": 0x8B4513,
    "darkseagreen": 0x8FBC8F, "sienna": 0xA0522D, "brown": 0xA52A2A, "firebrick": 0xB22222,
    "darkgoldenrod": 0xB8860B, "rosybrown": 0xBC8F8F, "darkkhaki": 0xBDB76B, "silver": 0xC0C0C0,
    "indianred": 0xCD5C5C, "chocolate": 0xD2691E, "goldenrod": 0xDAA520, "crimson": 0xDC143C,
    "darksalmon": 0xE9967A, "sandybrown": 0xF4A460, "tomato": 0xFF6347, "darkorange": 0xFF8C00,
    "gold": 0xFFD700, "white": 0xFFFFFF,
}  # fmt: skip


def css_name(colour: str) -> str:
    """The CSS3 name nearest to ``colour``, “#0b5570”. Raises ValueError for what is no colour.

    Nearest by the “redmean” distance, a cheap likeness of how eyes tell colours apart.
    """
    wanted = _parts(int(colour.removeprefix("#"), 16))
    return min(_NAMES, key=lambda name: _distance(wanted, _parts(_NAMES[name])))


def _parts(value: int) -> tuple[int, int, int]:
    if not 0 <= value <= 0xFFFFFF:
        raise ValueError(f"{value:#x} is no colour")
    return value >> 16, value >> 8 & 0xFF, value & 0xFF


def _distance(one: tuple[int, int, int], other: tuple[int, int, int]) -> float:
    mean = (one[0] + other[0]) / 2
    red, green, blue = (a - b for a, b in zip(one, other, strict=True))
    return (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2
