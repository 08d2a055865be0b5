"""Reads settings from the environment (and `.env`) and says which variable is wrong, and why."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
_env = environ.Env()
_env.read_env(ROOT / ".env") if (ROOT / ".env").exists() else None

_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str | None = None) -> str:
    """The variable's text. Without a default an unset or blank one stops the start."""
    value = _env.str(name, default="").strip() or default
    if value is None:
        raise ImproperlyConfigured(f"Set {name} in the environment or in .env; see README.md.")
    return value


def flag(name: str, *, default: bool) -> bool:
    """on/off, true/false, yes/no, 1/0."""
    value = _env.str(name, default="").strip().lower()
    if name not in _env.ENVIRON or value == "":
        return default
    if value in _TRUE:
        return True
    if value in _FALSE:
        return False
    raise ImproperlyConfigured(f"{name} is “{value}”: write on or off.")


def number(name: str, default: int, *, least: int = 0) -> int:
    """A whole number, not below ``least``."""
    value = text(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} is “{value}”: write a whole number from {least} up.")
    return int(value)


def listing(name: str, default: list[str]) -> list[str]:
    """Items between commas, blanks trimmed."""
    value = _env.str(name, default="")
    return [item.strip() for item in value.split(",") if item.strip()] or default


def base_url(name: str, default: str | None) -> str:
    """An http(s) address without a path, such as https://events.example.org."""
    value = text(name, default).rstrip("/")
    parts = urlsplit(value)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.path:
        raise ImproperlyConfigured(
            f"{name} is “{value}”: write an address such as https://events.example.org, no path."
        )
    return value


def database(name: str, default: str) -> dict[str, Any]:
    """A database address: sqlite:///path or postgres://user:password@host/name."""
    value = text(name, default)
    if urlsplit(value).scheme not in {"sqlite", "postgres", "postgresql"}:
        raise ImproperlyConfigured(
            f"{name} must start with sqlite:/// or postgres://; it starts with “{value[:12]}”."
        )
    return dict(_env.db_url_config(value))


def mail(name: str) -> dict[str, Any]:
    """smtp://user:password@host:port (smtp+tls:, smtp+ssl:), or file:///folder."""
    value = text(name, "")
    known = {"smtp", "smtps", "smtp+tls", "smtp+ssl", "filemail", "consolemail", "memorymail"}
    if urlsplit(value).scheme not in known:
        raise ImproperlyConfigured(
            f"{name} must look like smtp://user:password@host:25; it starts with “{value[:12]}”."
        )
    return dict(_env.email_url_config(value))
