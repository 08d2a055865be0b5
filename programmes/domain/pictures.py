"""Pictures of people: read with limits, cut square, and written anew with nothing else in them.

Writing anew leaves behind where and with what a picture was taken, and anything hidden in the file.
"""

import hashlib
import warnings
from io import BytesIO
from pathlib import Path

from django.db import transaction
from PIL import Image, ImageOps

from kit.errors import Invalid
from programmes.domain import depot
from programmes.models import Speaker

SIDE = 400
"""Pixels: shown at 96, sharp on screens of four times the density."""
MOST_BYTES = 10 * 1024 * 1024
MOST_PIXELS = 25_000_000
LEAST_SIDE = 100
FORMATS = ("JPEG", "PNG", "WEBP")
FOLDER, ENDING = "speakers", "jpg"
_ASK = "Send a JPEG, PNG or WebP picture."


def square(raw: bytes) -> bytes:
    """A JPEG of 400 by 400 pixels from what somebody sent, turned upright, without metadata.

    What is not square is cut to its middle, a little above the center, where faces are. Raises
    Invalid (place ``photo``) for what is no such picture, over 10 MB, over 25 megapixels or under
    100 pixels a side.
    """
    if len(raw) > MOST_BYTES:
        raise _bad(
            f"The picture is {len(raw) / 1024**2:.0f} MB large, at most 10. Make it smaller."
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            return _squared(raw)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as fault:
        raise _too_many() from fault
    except (OSError, ValueError, SyntaxError, MemoryError, EOFError) as fault:
        raise _bad(f"This file cannot be read as a picture. {_ASK}") from fault


def keep(content: bytes) -> str:
    """Store what ``square`` made; returns the name it is served under, its SHA-256."""
    depot.keep(FOLDER, content, ending=ENDING)
    return hashlib.sha256(content).hexdigest()


def path_of(name: str) -> Path:
    """Where the picture called ``name`` is on this machine."""
    return depot.whole(_path(name))


def drop_unused(name: str) -> None:
    """Delete a picture after the commit, unless another speaker has the very same."""
    if name and not Speaker.objects.filter(photo=name).exists():
        transaction.on_commit(lambda: depot.drop(_path(name)))


def _path(name: str) -> str:
    return f"{FOLDER}/{name[:2]}/{name}.{ENDING}"


def _squared(raw: bytes) -> bytes:
    with Image.open(BytesIO(raw), formats=FORMATS) as picture:
        width, height = picture.size
        if width * height > MOST_PIXELS:
            raise _too_many()
        if min(width, height) < LEAST_SIDE:
            raise _bad(
                f"The picture is {width} by {height} pixels. Send one of at least 100 a side."
            )
        # A JPEG is decoded no larger than it is needed: a quarter of the memory and time.
        picture.draft("RGB", (SIDE * 2, SIDE * 2))
        upright = _flat(ImageOps.exif_transpose(picture))
        small = ImageOps.fit(upright, (SIDE, SIDE), Image.Resampling.LANCZOS, centering=(0.5, 0.35))
    written = BytesIO()
    small.save(written, "JPEG", quality=85, optimize=True)
    return written.getvalue()


def _flat(picture: Image.Image) -> Image.Image:
    """In plain colors on white, where it was transparent."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        picture = picture.convert("RGBA")
        ground = Image.new("RGBA", picture.size, "white")
        picture = Image.alpha_composite(ground, picture)
    flat = Image.new("RGB", picture.size)
    flat.paste(picture.convert("RGB"))
    return flat


def _too_many() -> Invalid:
    return _bad("The picture has more than 25 megapixels. Make it smaller, 1000 by 1000 is plenty.")


def _bad(sentence: str) -> Invalid:
    return Invalid.at("photo", msg=sentence)
