"""Mail as files: one `.eml` each, the raw MIME as it would be sent."""

import re
import time
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.base import BaseEmailBackend
from django.core.mail.message import EmailMessage


class EmlFiles(BaseEmailBackend):
    """An e-mail backend for a machine without a mail server: writes into EMAIL_FILE_PATH."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        """Write each message; returns how many. A file appears whole or not at all."""
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(parents=True, exist_ok=True)
        for message in email_messages:
            whom = re.sub(r"[^\w.@-]", "_", (message.recipients() or ["nobody"])[0])[:60]
            path = folder / f"{time.time_ns()}-{whom}.eml"
            draft = path.with_suffix(".part")
            draft.write_bytes(message.message().as_bytes(linesep="\r\n"))  # type: ignore[call-arg]
            draft.rename(path)
        return len(email_messages)
