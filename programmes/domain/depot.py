"""Files people hand in, kept below MEDIA_ROOT under the hash of what is in them."""

import hashlib
import os
from pathlib import Path

from django.conf import settings


def keep(folder: str, content: bytes, *, ending: str) -> str:
    """Store ``content``; returns its path below MEDIA_ROOT. The same content twice is one file.

    ``ending`` is such as “pdf”. The file is there whole or not at all, whatever happens meanwhile.
    """
    sha256 = hashlib.sha256(content).hexdigest()
    path = f"{folder}/{sha256[:2]}/{sha256}.{ending}"
    target = Path(settings.MEDIA_ROOT) / path
    if target.exists() and target.stat().st_size == len(content):
        return path
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = target.with_suffix(f".{os.getpid()}.part")
    with draft.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(target)
    return path


def whole(path: str) -> Path:
    """Where a kept file is on this machine."""
    return Path(settings.MEDIA_ROOT) / path


def drop(path: str) -> None:
    """Delete a kept file; one that is gone already is no fault."""
    whole(path).unlink(missing_ok=True)
