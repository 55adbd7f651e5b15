"""A mail server for tests: accepts mail by SMTP, optionally with TLS and a login, and keeps it."""

from __future__ import annotations

import base64
import email
import email.policy
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Inbox:
    """What the server received, and how it behaves."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, list[str]]] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    were_encrypted: list[bool] = field(default_factory=list)
    #: Recipients that the server does not know.
    unknown: set[str] = field(default_factory=set)
    #: Refuses connections at first, with this message.
    is_busy: bool = False


@contextmanager
def smtp_server(certificate: Path | None = None, *, is_tls_from_the_start: bool = False) -> Iterator[Inbox]:
    """Run a server on a free port; with a certificate it offers STARTTLS."""
    inbox = Inbox()
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

        def get_request(self):
            connection, address = super().get_request()
            wrapped = (
                context.wrap_socket(connection, server_side=True) if is_tls_from_the_start else connection
            )
            return wrapped, address

    class Handler(_Handler):
        keeper = inbox
        tls = context
        is_encrypted = is_tls_from_the_start

    with Server(("127.0.0.1", 0), Handler) as server:
        inbox.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield inbox
        finally:
            server.shutdown()
            thread.join(10)


class _Handler(socketserver.StreamRequestHandler):
    keeper: Inbox
    tls: ssl.SSLContext | None
    is_encrypted: bool

    def handle(self) -> None:
        if self.keeper.is_busy:
            return self.say("421 come back later")
        self.say("220 test")
        sender, recipients = "", []
        while line := self.rfile.readline().decode().strip():
            verb, _, rest = line.partition(" ")
            verb = verb.upper()
            if verb == "EHLO":
                offers = ["250-test", "250-AUTH PLAIN", "250 8BITMIME"]
                if self.tls and not self.is_encrypted:
                    offers.insert(1, "250-STARTTLS")
                self.say("\r\n".join(offers))
            elif verb == "STARTTLS":
                self.say("220 go on")
                self.request = self.tls.wrap_socket(self.request, server_side=True)
                self.is_encrypted = True
                self.setup()
            elif verb == "AUTH":
                _, user, password = base64.b64decode(rest.split()[-1]).decode().split("\0")
                self.keeper.logins.append(f"{user}:{password}")
                self.say("235 welcome" if password == "right" else "535 wrong password")
            elif verb == "MAIL":
                sender, recipients = rest[6:-1].partition(">")[0], []
                self.say("250 fine")
            elif verb == "RCPT":
                address = rest[4:-1]
                is_known = address not in self.keeper.unknown
                recipients += [address] if is_known else []
                self.say("250 fine" if is_known else "550 unknown")
            elif verb == "DATA":
                self.say("354 go on")
                self._take(sender, recipients)
                self.say("250 taken")
            else:
                self.say("221 bye" if verb == "QUIT" else "250 fine")
        return None

    def say(self, text: str) -> None:
        self.wfile.write(text.encode() + b"\r\n")
        self.wfile.flush()

    def _take(self, sender: str, recipients: list[str]) -> None:
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        self.keeper.mails.append(email.message_from_bytes(b"".join(lines), policy=email.policy.default))
        self.keeper.envelopes.append((sender, recipients))
        self.keeper.were_encrypted.append(self.is_encrypted)


def make_certificate(folder: Path) -> Path:
    """A self-signed certificate for 127.0.0.1 with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    file = folder / "mail.pem"
    file.write_bytes(private + certificate.public_bytes(pem))
    return file
