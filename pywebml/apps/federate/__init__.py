"""`federate`: one model taught by many, each with pictures that stay where they are."""

from __future__ import annotations

from dataclasses import dataclass

from ..app import App, Given, Outcome, Takes
from ..options import Options, extractor_option, no_cache_option, option
from .common import PORT

FITS = ("crop", "squash")


@dataclass(frozen=True)
class FederateOptions(Options):
    """What server and clients take; what only one of them asks for says so."""

    extractor: str = extractor_option()
    fit: str = option(
        "crop",
        "how pictures that are not square are looked at; server and clients must agree",
        choices=FITS,
    )
    classes: str | None = option(
        None, "server: the classes, as rock,paper,scissors", metavar="A,B,..."
    )
    rounds: int = option(10, "server: how often clients train and are averaged", low=1, high=10_000)
    clients: int = option(
        2,
        "server: how many must be there for a round to begin; simulate: how many there are",
        low=1,
        high=10_000,
    )
    shares: str = option(
        "mixed",
        "simulate: what a client has, some pictures of every class, or a class or several as a"
        " whole, which is harder",
        choices=("mixed", "class"),
    )
    epochs: int = option(
        10, "server: how often a client sees its pictures in a round", low=1, high=1000
    )
    batch_fraction: float = option(
        0.4, "server: pictures per step, as a fraction of a client's", above=0, high=1
    )
    units: int = option(100, "server: size of the hidden layer", low=1, high=10_000)
    learning_rate: float | None = option(
        None, "server: of clients' steps; defaults to what suits the extractor", above=0, high=1000
    )
    pace: float = option(
        3.0,
        "server: how far it goes along what clients changed; 1 is their plain average",
        above=0,
        high=100,
    )
    momentum: float = option(
        0.5, "server: how much of the rounds before it keeps; 0 for none", low=0, below=1
    )
    timeout: float = option(600.0, "server: seconds that a round waits for answers", above=0)
    host: str = option("127.0.0.1", "server: where it listens; others reach it on 0.0.0.0")
    port: int = option(PORT, "server: its port", low=1, high=65_535)
    cert: str | None = option(None, "server: its TLS certificate, with --key", metavar="FILE")
    key: str | None = option(None, "server: the certificate's private key", metavar="FILE")
    ca: str | None = option(None, "who signed the server's certificate: for TLS", metavar="FILE")
    server: str = option(
        f"127.0.0.1:{PORT}", "client: where the server listens", metavar="HOST:PORT"
    )
    validation: float = option(
        0.2,
        "client: fraction of every class that is kept aside to test on",
        low=0,
        below=1,
        word="val",
    )
    seed: int = option(0, "the same seed gives the same start and the same split")
    no_cache: bool = no_cache_option()
    out: str | None = option(
        None,
        "where the model goes (client: nowhere; else federated.zip)",
        metavar="MODEL",
        writes=True,
    )


def run(given: Given) -> Outcome:
    """The `federate` command."""
    if given.inputs["action"] == "server":
        from .server import serve

        return serve(given)
    if given.inputs["action"] == "simulate":
        from .simulate import simulate

        return simulate(given)
    from .client import take_part

    return take_part(given)


APP = App(
    name="federate",
    says="Teach one model with many people's pictures, which stay where they are.",
    run=run,
    options=FederateOptions,
    takes=(
        Takes("action", choices=("server", "client", "simulate")),
        Takes(
            "folder",
            "client: its pictures, a folder per class; simulate: those of all clients; server:"
            " pictures to test on in the end",
            metavar="DIR",
            optional=True,
        ),
    ),
    shows=(
        "federate simulate photos --clients 3 --shares class",
        "federate server --classes rock,paper,scissors",
        "federate client photos --server 192.168.1.2:9092",
    ),
    unmeasured="it takes several of them; tests/distributed runs a server and its clients",
    stops=True,
)
