"""Static files under names that change with their content."""

from typing import Any

from whitenoise.storage import CompressedManifestStaticFilesStorage


class LenientManifest(CompressedManifestStaticFilesStorage):
    """As WhiteNoise's, but a file that is not there keeps its plain name.

    The stylesheet names fonts that set-up builds; where they could not be built the pages use the
    system's, and collecting static files must not fail over it.
    """

    manifest_strict = False

    def hashed_name(self, name: str, *args: Any, **kwargs: Any) -> str:
        try:
            return super().hashed_name(name, *args, **kwargs)
        except ValueError:
            return name
