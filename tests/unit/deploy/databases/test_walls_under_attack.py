"""Attacks on the guard itself, tested without a server."""

import base64

import psycopg
import pytest
from sqlalchemy.engine import make_url

from deploy.databases import roles, scram


def test_a_verifier_that_would_take_long_does_not_match():
    salt, key = base64.b64encode(b"s" * 16).decode(), base64.b64encode(b"k" * 32).decode()
    verifier = f"SCRAM-SHA-256$2147483647:{salt}${key}:{key}"
    assert not scram.matches(verifier, "secret")


def test_a_server_that_does_not_answer_says_nothing_about_a_password(free_port):
    url = make_url(f"postgresql://owner@127.0.0.1:{free_port()}/warehouse")
    with pytest.raises(psycopg.OperationalError):
        roles._takes(url, roles.Login("reporter", "secret"))
