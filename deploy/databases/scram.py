"""Whether a password matches the verifier that Postgres keeps (RFC 5802, SCRAM-SHA-256)."""

from __future__ import annotations

import base64
import hashlib
import hmac

#: A role may give itself a verifier that takes half a minute to check; Postgres' own have 4,096 iterations.
MOST_ITERATIONS = 1_000_000


def matches(verifier: str | None, password: str) -> bool:
    """Whether `password` (ASCII) matches `pg_authid.rolpassword`; False for any other kind of verifier."""
    if not verifier or not verifier.startswith("SCRAM-SHA-256$"):
        return False
    _, parameters, keys = verifier.split("$")
    iterations, salt = parameters.split(":")
    if int(iterations) > MOST_ITERATIONS:
        return False
    stored, _ = keys.split(":")
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), base64.b64decode(salt), int(iterations))
    client_key = hmac.new(salted, b"Client Key", "sha256").digest()
    return hmac.compare_digest(hashlib.sha256(client_key).digest(), base64.b64decode(stored))
