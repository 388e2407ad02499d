"""A mail server that keeps nothing and tells everything.

Prints ``listening smtp://127.0.0.1:PORT`` once it serves, then one line ``mail {JSON}`` for each mail it took.

PORT          default: any free one
TLS           ``starttls`` or ``implicit``, with CERT and KEY; default: neither
LOGIN         ``user:password``: nobody else may send, and not before encryption if there is any
REFUSE        addresses, comma separated, that nobody has here: 550
BUSY          how often an address is answered by 451 before it is let in, for addresses that begin with ``busy``
"""

import asyncio
import collections
import email
import email.policy
import json
import os
import signal
import ssl
import stat
import sys

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session


class Keeper:
    """Takes every mail, but for the addresses it was told of."""

    def __init__(self) -> None:
        self.refused = {address for address in os.environ.get("REFUSE", "").split(",") if address}
        self.busy = int(os.environ.get("BUSY", "0"))
        self.tries = collections.Counter()
        self.connections = {}

    async def handle_RCPT(self, server, session: Session, envelope: Envelope, address: str, options: list) -> str:
        print(f"rcpt {address}", flush=True)
        if address in self.refused:
            return f"550 5.1.1 <{address}>: nobody of that name here, see http://127.0.0.1/help?secret"
        self.tries[address] += 1
        if address.startswith("busy") and self.tries[address] <= self.busy:
            return "451 4.7.1 come back later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session: Session, envelope: Envelope) -> str:
        number = self.connections.setdefault(id(server), len(self.connections) + 1)
        message = email.message_from_bytes(envelope.original_content, policy=email.policy.default)
        bodies = {part.get_content_type(): part.get_content() for part in message.walk() if not part.is_multipart()}
        kept = {
            "from": envelope.mail_from,
            "to": envelope.rcpt_tos,
            "headers": [[name, str(value)] for name, value in message.items()],
            "text": bodies.get("text/plain", "").replace("\r\n", "\n"),
            "html": bodies.get("text/html", "").replace("\r\n", "\n"),
            "raw": envelope.original_content.decode("latin-1"),
            "encrypted": session.ssl is not None or os.environ.get("TLS") == "implicit",
            "user": session.auth_data.decode() if session.auth_data else None,
            "connection": number,
        }
        print(f"mail {json.dumps(kept)}", flush=True)
        return "250 kept"


def authenticator(server, session: Session, envelope: Envelope, mechanism: str, data: LoginPassword) -> AuthResult:
    right = b":".join([data.login, data.password]).decode() == os.environ["LOGIN"]
    return AuthResult(success=right, auth_data=data.login if right else None, handled=False)


def certificate() -> ssl.SSLContext | None:
    if not os.environ.get("TLS"):
        return None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(os.environ["CERT"], os.environ["KEY"])
    return context


async def serve() -> None:
    tls, mode, keeper = certificate(), os.environ.get("TLS"), Keeper()
    login = "LOGIN" in os.environ

    def connection() -> SMTP:
        return SMTP(
            keeper,
            hostname="mailbox.test",
            enable_SMTPUTF8=True,
            tls_context=tls if mode == "starttls" else None,
            require_starttls=mode == "starttls",
            authenticator=authenticator if login else None,
            auth_required=login,
            auth_require_tls=mode == "starttls",
        )

    port = int(os.environ.get("PORT", "0"))
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        connection, "127.0.0.1", port, ssl=tls if mode == "implicit" else None, reuse_address=True
    )
    end = asyncio.Event()
    loop.add_signal_handler(signal.SIGTERM, end.set)
    loop.add_signal_handler(signal.SIGINT, end.set)
    form = os.fstat(0).st_mode
    if stat.S_ISFIFO(form) or stat.S_ISSOCK(form):
        loop.add_reader(0, lambda: None if os.read(0, 4096) else (loop.remove_reader(0), end.set()))
    print(f"listening smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await end.wait()


if __name__ == "__main__":
    asyncio.run(serve())
    sys.stdout.flush()
    os._exit(0)
