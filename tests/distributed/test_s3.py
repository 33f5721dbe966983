"""Pictures in an S3 store: a real server of this machine's own, with keys, through
Arrow; and servers that refuse, fail, do not answer or are not there.
"""

from __future__ import annotations

import json
import socket
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any, NamedTuple

import numpy as np
import pytest
from hosts import shared_device

from pywebml import cli
from pywebml.data.folders import find_pictures
from pywebml.data.samples import sample_folder
from pywebml.device import set_device
from pywebml.distributed import extract_features, places, s3
from pywebml.distributed.places import StoreError, name_in, read
from pywebml.distributed.places import find_pictures as find_at
from pywebml.zoo import extract_features as alone
from pywebml.zoo import load_extractor

moto = pytest.importorskip("moto.server", reason="moto is the S3 store of these tests")
settings = pytest.importorskip("moto.settings")
boto3 = pytest.importorskip("boto3", reason="fills the store")
pytest.importorskip("pyarrow.fs", reason="Arrow reads what is at an address")

ODD = ("a b.png", "50%.png", "a#b?c.png", "é+ü.png", "%41.png")
ALLOWED = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}],
}


class Store(NamedTuple):
    """Where it is, and a key that may read it."""

    url: str
    key: str
    secret: str

    def words(self, **others: str) -> dict[str, str]:
        """The environment of who uses it."""
        words = {"AWS_ENDPOINT_URL": self.url, "AWS_ACCESS_KEY_ID": self.key}
        return {**words, "AWS_SECRET_ACCESS_KEY": self.secret, "AWS_REGION": "us-east-1", **others}


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    first = {"aws_access_key_id": "first", "aws_secret_access_key": "first"}
    at = {"endpoint_url": url, "region_name": "us-east-1", **first}
    bucket = boto3.resource("s3", **at).create_bucket(Bucket="school")
    for picture in find_pictures(sample_folder()).pictures[::8]:
        name = f"my hands/{picture.path.parent.name}/{picture.path.name}"
        bucket.put_object(Key=name, Body=picture.path.read_bytes())
    for name in ODD:
        bucket.put_object(Key=f"odd/up/{name}", Body=name.encode())
    bucket.put_object(Key="odd/down/1.png", Body=b"1")
    bucket.put_object(Key="odd/down/notes.txt", Body=b"no picture")
    bucket.put_object(Key="odd/.hidden/1.png", Body=b"1")
    users = boto3.client("iam", **at)
    users.create_user(UserName="teacher")
    policy = {"PolicyName": "reads", "PolicyDocument": json.dumps(ALLOWED)}
    users.put_user_policy(UserName="teacher", **policy)
    key = users.create_access_key(UserName="teacher")["AccessKey"]
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0  # from here on signatures count
    yield Store(url, key["AccessKeyId"], key["SecretAccessKey"])
    settings.INITIAL_NO_AUTH_ACTION_COUNT = float("inf")
    # what is there is the process's, and the next server would have it
    urllib.request.urlopen(urllib.request.Request(f"{url}/moto-api/reset", method="POST")).close()
    server.stop()


@pytest.fixture(autouse=True)
def at_the_store(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    as_if(monkeypatch, store.words())


def as_if(monkeypatch: pytest.MonkeyPatch, words: dict[str, str]) -> None:
    """The environment says this, and nothing is remembered of another."""
    for name, value in words.items():
        monkeypatch.setenv(name, value)
    s3.bucket_of.cache_clear()


def test_what_is_there_is_listed_and_read() -> None:
    folder = find_at("s3://school/odd/")
    assert folder.classes == ("down", "up") and folder.counts() == [1, len(ODD)]
    assert folder.left_out == {".txt": 1}
    up = [str(picture.path) for picture in folder.pictures[1:]]
    assert {read(address).getvalue().decode() for address in up} == set(ODD)
    assert "s3://school/odd/up/a%20b.png" in up and read(up[0]).name == up[0]


def test_a_name_may_be_typed_as_it_is(store: Store) -> None:
    typed, written = find_at("s3://school/my hands"), find_at("s3://school/my%20hands")
    assert typed == written and typed.classes == ("down", "left", "right", "up")
    with_words = find_at(f"s3://school/my hands?region=us-east-1&endpoint_override={store.url}")
    assert with_words.counts() == typed.counts() and read(str(with_words.pictures[0].path))
    assert name_in("s3://school/my%20hands/?region=us-east-1") == "my hands"


@pytest.mark.parametrize(
    ("address", "error", "says"),
    [
        ("s3://nobody/odd", StoreError, "NO_SUCH_BUCKET.*; look at the bucket's name"),
        ("s3://school/none", FileNotFoundError, "nothing is at .* such as s3://school/none/up"),
        ("s3://school/odd/up", ValueError, "two class folders.* it has no class folder"),
        ("s3://key:secret@school/odd", ValueError, "an address of S3 takes no keys"),
        ("s3://school/odd?speed=9", ValueError, "says speed; expected one of region"),
        ("s3:///odd", ValueError, "names no bucket; expected s3://BUCKET/FOLDER"),
        ("http://school/odd", ValueError, "is no address that is read.* expected s3://BUCKET"),
    ],
)
def test_addresses_that_hold_none(address: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says) as raised:
        find_at(address)
    assert "Request ID" not in str(raised.value) and "secret@" not in str(raised.value)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"AWS_SECRET_ACCESS_KEY": "wrong"}, "SIGNATURE_DOES_NOT_MATCH"),
        ({"AWS_ACCESS_KEY_ID": "AKIANOBODY"}, "INVALID_ACCESS_KEY_ID"),
    ],
)
def test_wrong_keys(
    store: Store, monkeypatch: pytest.MonkeyPatch, words: dict[str, str], says: str
) -> None:
    as_if(monkeypatch, store.words(**words))
    with pytest.raises(StoreError, match=f"{says}.*; set AWS_ACCESS_KEY_ID and AWS_SECRET"):
        find_at("s3://school/odd")
    # what is asked for a single picture has no words in its answer
    with pytest.raises(StoreError, match=r"1.png cannot be read: .*; set AWS_ACCESS_KEY_ID"):
        read("s3://school/odd/down/1.png")


def test_pictures_that_are_not_there_or_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(FileNotFoundError, match=r"s3://school/odd/9.png is not there"):
        read("s3://school/odd/9.png")
    monkeypatch.setattr(places, "LARGEST", 4)
    with pytest.raises(OSError, match="has 7 bytes; of a picture 4 are read") as raised:
        read("s3://school/odd/up/50%25.png")
    assert not isinstance(raised.value, StoreError)


@contextmanager
def failing() -> Iterator[str]:
    """A server that answers everything with 503."""

    class Fails(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_error(503)

        do_HEAD = do_GET

        def log_message(self, *words: Any) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Fails) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def silent() -> Iterator[str]:
    """A server that takes calls and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@contextmanager
def closed() -> Iterator[str]:
    with silent() as url:
        pass
    yield url


@pytest.mark.parametrize(
    ("place", "says"),
    [
        (failing, "; the store itself failed; the same command may do later"),
        (silent, "; look at the network, and at AWS_ENDPOINT_URL"),
        (closed, "; look at the network, and at AWS_ENDPOINT_URL"),
    ],
)
def test_stores_that_fail(
    store: Store, monkeypatch: pytest.MonkeyPatch, place: Any, says: str
) -> None:
    monkeypatch.setattr(s3, "ANSWER", 1.0)
    with place() as url:
        as_if(monkeypatch, store.words(AWS_ENDPOINT_URL=url))
        with pytest.raises(StoreError, match=f"cannot be listed: .*{says}"):
            find_at("s3://school/odd")


def test_teach_says_what_an_address_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["teach", "s3://school/odd"]) == 2
    assert "teach s3://school/odd --ray" in capsys.readouterr().err


def test_features_are_those_of_the_same_files_on_disk() -> None:
    """By workers of a cluster, among them a picture that is broken and one that went."""
    ray = pytest.importorskip("ray", reason="Ray shares work out among machines")
    set_device(shared_device("cpu"))
    extractor = load_extractor("efficientnet_lite0")
    ray.init(num_cpus=2, include_dashboard=False, log_to_driver=False)  # with these words
    try:
        hands = [picture.path for picture in find_at("s3://school/my hands").pictures]
        files = [picture.path for picture in find_pictures(sample_folder()).pictures]
        named = {f"{path.parent.name}/{path.name}": path for path in files}
        same = [named["/".join(str(address).split("/")[-2:])] for address in hands]
        broken, gone = "s3://school/odd/down/1.png", "s3://school/odd/down/9.png"
        ours = extract_features(extractor, [broken, *hands, gone])
        theirs = alone(extractor, same)
        np.testing.assert_allclose(ours.values.numpy(), theirs.values.numpy(), atol=1e-4)
        assert ours.kept == list(range(1, len(hands) + 1))
        assert [skipped.reason for skipped in ours.skipped] == [
            f"{broken} is not a picture that can be read", f"{gone} is not there"
        ]  # fmt: skip
        with closed() as url, pytest.raises(OSError, match=r"up.png.* cannot be read: .*network"):
            extract_features(
                extractor, [f"s3://school/{n}up.png?endpoint_override={url}" for n in "12"]
            )
    finally:
        ray.shutdown()
