"""Codes a person can read out, secret tokens and what is stored of them, and signed values."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Iterable, Sequence

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no I, L, O or U, so nothing is misread and no word is spelt by accident."""

CERTIFICATE_BITS = 100
REGISTRATION_BITS = 50
SHORTEST, LONGEST = 8, 31
TAG_BYTES = 16

_VALUES = {symbol: value for value, symbol in enumerate(ALPHABET)}
_READ_AS = {symbol.lower(): symbol for symbol in ALPHABET if symbol.isalpha()}
_READ_AS |= dict.fromkeys("Oo", "0") | dict.fromkeys("IiLl", "1")
_SEPARATORS = frozenset("-\u2010\u2011\u2012\u2013\u2014\u2212_.")


def readable_code(bits: int = CERTIFICATE_BITS) -> str:
    """A random code of at least ``bits`` bits and one check symbol, without separators.

    100 bits give 21 symbols. Any one wrong symbol, and any two symbols that changed places, are
    noticed by ``clean``. Raises ValueError for more bits than a checked code can carry (150).
    """
    count = -(-bits // 5)
    if not SHORTEST - 1 <= count <= LONGEST - 1:
        raise ValueError(f"a code of {bits} bits is outside what one check symbol can guard")
    body = "".join(secrets.choice(ALPHABET) for _ in range(count))
    return body + _check_symbol(body)


def short_code() -> str:
    """A code for a registration: 50 random bits and a check symbol, 11 symbols in all."""
    return readable_code(REGISTRATION_BITS)


def group(code: str) -> str:
    """``code`` in fours with dashes, for reading aloud: ``7Q4M-09TZ-…``.

    A single symbol left over joins the last four, because one on its own is easily dropped.
    """
    parts = [code[at : at + 4] for at in range(0, len(code), 4)]
    if len(parts) > 1 and len(parts[-1]) == 1:
        parts[-2:] = [parts[-2] + parts[-1]]
    return "-".join(parts)


def clean(code: str) -> str | None:
    """The code a person meant by what they typed, or None where it cannot be one.

    Small letters, blanks and dashes of any kind do not matter; O is read as zero, I and L as one.
    None also where the check symbol does not fit, so that a slip never costs a look-up.
    """
    symbols = "".join(
        _READ_AS.get(sign, sign) for sign in code if not (sign.isspace() or sign in _SEPARATORS)
    )
    if not SHORTEST <= len(symbols) <= LONGEST or any(s not in _VALUES for s in symbols):
        return None
    return None if _syndrome(symbols) else symbols


def secret_token(size: int = 32) -> str:
    """An unguessable token for a link, ``size`` random bytes as base64url without padding."""
    return secrets.token_urlsafe(size)


def token_hash(token: str) -> str:
    """What is stored of a secret token: its SHA-256 in 64 hex digits, never the token itself."""
    return hashlib.sha256(token.encode()).hexdigest()


def sign(purpose: str, value: str, *, key: bytes) -> str:
    """``value`` in a token only holders of ``key`` can make, good for this ``purpose`` alone.

    The value can be read by anybody who has the token: it is sealed, not hidden. Raises
    ValueError where the key is empty.
    """
    if not key:
        raise ValueError("an empty key seals nothing")
    body = value.encode()
    return _base64url(_tag(purpose, body, key) + body)


def unsign(purpose: str, token: str, *, keys: Sequence[bytes]) -> str | None:
    """The value ``sign`` put into ``token`` for ``purpose`` with one of ``keys``, else None.

    Several keys let an old one be retired: new links are signed with the first, old links still
    open. Every key is tried, whichever fits, so the time taken tells nothing.
    """
    sealed = _from_base64url(token)
    if sealed is None or len(sealed) < TAG_BYTES:
        return None
    tag, body = sealed[:TAG_BYTES], sealed[TAG_BYTES:]
    fits = [hmac.compare_digest(tag, _tag(purpose, body, key)) for key in keys if key]
    return body.decode() if any(fits) else None


def _check_symbol(body: str) -> str:
    return ALPHABET[_times_x(_syndrome(body))]


def _syndrome(symbols: Iterable[str]) -> int:
    """The code read as a polynomial over GF(32), taken at x; 0 where the check symbol fits.

    This is the Reed-Solomon code with one check symbol. A wrong symbol at place i adds e·xⁱ, never
    0; swapped symbols a and b add (a+b)·(xⁱ+xʲ), never 0 for a≠b, because the powers of x differ up
    to the 31st. A weighted sum modulo 37, as Crockford proposed, needs five symbols outside the
    alphabet for the same.
    """
    total = 0
    for symbol in symbols:
        total = _times_x(total) ^ _VALUES[symbol]
    return total


def _times_x(value: int) -> int:
    """``value`` times x in GF(32) modulo x⁵+x²+1, which is primitive."""
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled


def _tag(purpose: str, body: bytes, key: bytes) -> bytes:
    """The first 128 bits of HMAC-SHA256; the length ahead keeps purpose and value apart."""
    name = purpose.encode()
    message = len(name).to_bytes(4, "big") + name + body
    return hmac.digest(key, message, "sha256")[:TAG_BYTES]


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _from_base64url(token: str) -> bytes | None:
    """The bytes, or None; also where another spelling of the same bytes was sent."""
    if not token.isascii():
        return None
    try:
        raw = base64.urlsafe_b64decode(token + "=" * (-len(token) % 4))
    except (binascii.Error, ValueError):
        return None
    return raw if _base64url(raw) == token else None
