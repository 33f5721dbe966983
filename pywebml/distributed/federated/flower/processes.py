"""Flower's two programs, started and ended with us: the SuperLink, which passes
messages on, and a SuperNode, which fetches them. Both run with Flower's isolation mode
"process": what answers a message is this process, never a program that came over the
net.
"""

from __future__ import annotations

import logging
import os
import secrets
import socket
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from ....host.optional import need

STARTING = 180.0
"""Seconds that a program may take to start: its imports are 5 on quiet cores."""
# the program of a console script, which need not be on the PATH. It ends with its
# parent, even where a thread of its own would go on, and takes along what is left of it
_PROGRAM = """
import os, shutil, sys, threading, time
parent, home = int(sys.argv.pop(1)), sys.argv.pop(1)
os.environ.update(FLWR_HOME=home, NO_COLOR="1")
from {module} import {name}

def watch():
    while os.getppid() == parent:
        time.sleep(0.5)
    shutil.rmtree(home, ignore_errors=True)
    os._exit(1)

threading.Thread(target=watch, daemon=True).start()
{name}()
"""
SUPERLINK = "flwr.superlink.cli", "flower_superlink"
SUPERNODE = "flwr.supernode.cli", "flower_supernode"


class Address(NamedTuple):
    """A host and a port, as Flower writes them."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @classmethod
    def read(cls, text: str) -> Address:
        """Of HOST:PORT. ValueError for anything else.

        Example:
            >>> from pywebml.distributed.federated.flower.processes import Address
            >>> Address.read("127.0.0.1:9092").port, str(Address.read("[::1]:80"))
            (9092, '[::1]:80')
        """
        host, _, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not host or "/" in host or not port.isdecimal() or not 0 < int(port) < 65536:
            raise ValueError(f"{text!r:.200} is no address; expected HOST:PORT, as 127.0.0.1:9092")
        return cls(host, int(port))

    @property
    def local(self) -> bool:
        """Whether only this machine reaches it."""
        return self.host in ("localhost", "::1") or self.host.startswith("127.")

    def answers(self, authority: Path | None) -> str:
        """ "" where a server answers there, by TLS if it is to be signed for by an
        authority; else why not, in words.
        """
        why = self.reached()
        if why:
            return why
        with socket.create_connection(self, 10) as line:
            if authority is None:
                with suppress(OSError):
                    line.sendall(b"GET / HTTP/1.0\r\n\r\n")
                    if line.recv(5) == b"HTTP/":
                        return ""
                return "it answers no plain HTTP (does it want --ca?)"
            try:
                context = ssl.create_default_context(cafile=authority)
                context.wrap_socket(line, server_hostname=self.host).close()
            except ssl.SSLCertVerificationError as error:
                return f"{authority} has not signed its certificate ({error.verify_message})"
            except OSError:
                return f"it speaks no TLS (is --ca meant?), or {authority} is no certificate"
        return ""

    def reached(self, timeout: float = 10) -> str:
        """ "" where somebody listens there, else why not."""
        try:
            socket.create_connection(self, timeout).close()
        except OSError as error:
            return error.strerror or str(error)
        return ""


class Keys(NamedTuple):
    """Files of a TLS certificate, its private key, and of who signed it."""

    certificate: Path
    key: Path
    authority: Path

    def words(self) -> list[str]:
        files = ("--ssl-certfile", self.certificate, "--ssl-keyfile", self.key)
        return [str(word) for word in (*files, "--ssl-ca-certfile", self.authority)]


def quiet() -> None:
    """Flower, checked for, and told to report to nobody: no telemetry, no question for
    updates. ImportError without it.
    """
    os.environ.setdefault("FLWR_TELEMETRY_ENABLED", "0")
    os.environ.setdefault("FLWR_DISABLE_UPDATE_CHECK", "1")
    need("flwr", "trains where the pictures are", extra="federate")
    logging.getLogger("flwr").setLevel(logging.CRITICAL)


def free_port() -> int:
    """One of this machine that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def check_free(address: Address) -> None:
    """OSError where the port is in use, or the host is none of this machine's."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(tuple(address))
        except OSError as error:
            raise OSError(
                f"{address} cannot be listened at: {error.strerror or error}; give another --port,"
                " or a --host of this machine"
            ) from None


class Program:
    """One of Flower's programs, with a folder of its own for what it writes.

    `secret` is what lets us, and nobody else, take its tasks.
    """

    def __init__(self, program: tuple[str, str], words: Sequence[str], runtime: Address):
        self.runtime, self.name = runtime, program[1].replace("_", "-")
        self.secret = secrets.token_bytes(32)
        self._folder = tempfile.TemporaryDirectory(prefix="pywebml-federate-")
        folder = Path(self._folder.name)
        secret, self._log = folder / "secret", folder / "log.txt"
        secret.touch(0o600)
        secret.write_bytes(self.secret)
        module, name = program
        command = [sys.executable, "-c", _PROGRAM.format(module=module, name=name)]
        command += [str(os.getpid()), str(folder), "--isolation", "process"]
        command += [
            "--superexec-auth-secret-file",
            str(secret),
            "--host",
            runtime.host,
            "--port",
            str(runtime.port),
            *words,
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                # a Ctrl-C is ours: we end it when the round is done
                start_new_session=True,
            )

    def __enter__(self) -> Program:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    @property
    def said(self) -> str:
        """What it wrote."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def wait(self) -> None:
        """Until its Runtime API answers. RuntimeError with its last words where it ends
        before.
        """
        end = time.monotonic() + STARTING
        where = self.runtime._replace(host="127.0.0.1") if self._any else self.runtime
        while where.reached():
            if not self.alive or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not start: {self.last_words()}")
            time.sleep(0.1)

    @property
    def _any(self) -> bool:
        return self.runtime.host in ("0.0.0.0", "::")

    def last_words(self) -> str:
        """The end of what it wrote."""
        lines = [line.strip() for line in self.said.splitlines() if line.strip()]
        return " ".join(lines[-3:])[-500:] or "it said nothing"

    def end(self) -> None:
        """Ends it, as a server that is told to, or after some seconds as one that
        hangs.
        """
        if self.alive:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()
