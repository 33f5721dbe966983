"""Texts and whole numbers to numbers: hashes, vocabularies, words. Keras needs
TensorFlow for these, which is not here: values are those of its documentation, or of
formulas.
"""

from __future__ import annotations

import copy
import json
import pickle
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pywebml as pw
from pywebml import layers
from pywebml.core.tensor import Tensor
from pywebml.layers.preprocessing.fingerprints import fingerprint, siphash

OTHER_LAYERS = [
    lambda: layers.Hashing(5),
    lambda: layers.HashedCrossing(5),
    lambda: layers.StringLookup(vocabulary=["a", "b"]),
    lambda: layers.IntegerLookup(vocabulary=[7, 9]),
    lambda: layers.TextVectorization(vocabulary=["a", "b"]),
]


# --- hashes


def test_fingerprints_are_farmhash_s() -> None:
    """Of every class of lengths; what Google's library gives."""
    assert fingerprint(b"") == 0x9AE16A3B2F90404F
    assert fingerprint(b"The quick brown fox jumps") == 0x14DD52721D1C6DB7
    text = b"The quick brown fox jumps over the lazy dog"
    assert fingerprint(text) == 0xABBE83F33B1B5134
    assert fingerprint((text + b". ") * 5) == 0x98B8068B25833DF2


def test_siphash_is_that_of_its_paper() -> None:
    key = (0x0706050403020100, 0x0F0E0D0C0B0A0908)
    assert siphash(bytes(range(15)), key) == 0xA129CA6149BE45E5
    assert siphash(b"", key) == 0x726FDB47DD0E0E31


@pytest.mark.parametrize(
    ("options", "bins"),
    [
        ({}, [1, 0, 1, 1, 2]),
        ({"mask_value": ""}, [1, 1, 0, 2, 2]),
        ({"salt": [133, 137]}, [1, 2, 1, 0, 2]),
        ({"salt": 133}, [0, 0, 2, 1, 0]),
    ],
)
def test_hashing_gives_keras_s_numbers(options: dict[str, Any], bins: list[int]) -> None:
    letters = ["A", "", "B", "C", "D"] if "mask_value" in options else ["A", "B", "C", "D", "E"]
    if "mask_value" in options:
        letters = ["A", "B", "", "C", "D"]
    got = layers.Hashing(num_bins=3, **options)(np.array(letters)[:, None])
    assert isinstance(got, Tensor)
    assert got.dtype == "int32"
    assert got.tolist() == [[b] for b in bins]


def test_hashing_of_numbers_is_that_of_their_digits() -> None:
    layer = layers.Hashing(100)
    numbers = np.array([[3, -7], [1 << 40, 0]])
    texts = np.array([["3", "-7"], [str(1 << 40), "0"]])
    assert layer(numbers).tolist() == layer(texts).tolist()
    assert layer(pw.tensor([3, -7])).tolist() == layer(["3", "-7"]).tolist()
    assert layer(np.array([3.0])).tolist() == layer(["3"]).tolist()


def test_hashing_spreads_evenly() -> None:
    for options in ({}, {"salt": 5}):
        bins = layers.Hashing(10, **options)(np.arange(3000)).numpy()
        assert np.bincount(bins, minlength=10).min() > 230


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count"])
def test_hashing_modes(mode: str) -> None:
    x = np.array([["a", "b", "a"], ["c", "c", "c"]])
    numbers = layers.Hashing(7)(x).numpy()
    rows = np.eye(7)[numbers]
    want = {"one_hot": rows, "multi_hot": rows.max(1), "count": rows.sum(1)}[mode]
    got = layers.Hashing(7, output_mode=mode)(x)
    assert got.dtype == "float32"
    np.testing.assert_array_equal(got.numpy(), want)


def test_crosses_give_keras_s_numbers() -> None:
    first, second = np.array(["A", "B", "A", "B", "A"]), np.array([101, 101, 101, 102, 102])
    assert layers.HashedCrossing(5)((first, second)).tolist() == [1, 4, 1, 1, 3]
    rows = layers.HashedCrossing(5, output_mode="one_hot")((first[:, None], second[:, None]))
    np.testing.assert_array_equal(rows.numpy(), np.eye(5)[[1, 4, 1, 1, 3]])


# --- vocabularies


def test_adapting_counts_and_orders_as_keras_does() -> None:
    words = ["b", "c", "a", "c", "b", "c", "[UNK]", "d"]
    layer = layers.StringLookup()
    layer.adapt(words)
    assert layer.get_vocabulary() == ["[UNK]", "c", "b", "d", "a"]
    assert layer.get_vocabulary(include_special_tokens=False) == ["c", "b", "d", "a"]
    assert layer.vocabulary_size() == 5
    assert layer(["a", "e", "c"]).tolist() == [4, 0, 1]
    small = layers.StringLookup(max_tokens=3, mask_token="c", num_oov_indices=1)
    small.adapt(np.array(words))
    assert small.get_vocabulary() == ["c", "[UNK]", "b"]
    assert small([["c", "b"], ["x", "d"]]).tolist() == [[0, 2], [1, 1]]
    layer.adapt(["z"])  # anew
    assert layer.get_vocabulary() == ["[UNK]", "z"]


@pytest.mark.parametrize("kind", ["data set", "generator", "pairs"])
def test_adapting_to_batches(kind: str) -> None:
    batches = [np.array(["a", "b"]), np.array(["b", "c"])]
    data = {
        "data set": pw.data.Dataset(lambda: iter(batches)),
        "generator": (b for b in batches),
        "pairs": pw.data.Dataset(lambda: ((b, 0) for b in batches)),
    }[kind]
    layer = layers.StringLookup()
    layer.adapt(data)
    assert layer.get_vocabulary() == ["[UNK]", "b", "c", "a"]
    endless = pw.data.Dataset(lambda: iter(batches)).repeat()
    layer.adapt(endless, steps=1)
    assert layer.get_vocabulary() == ["[UNK]", "b", "a"]


def test_unknown_words_have_places_by_their_fingerprint() -> None:
    layer = layers.StringLookup(vocabulary=["a"], num_oov_indices=4)
    places = {word: int(layer([word]).item()) for word in "bcdefghij"}
    assert set(places.values()) <= {0, 1, 2, 3}
    assert len(set(places.values())) > 1
    assert all(p == fingerprint(w.encode()) % 4 for w, p in places.items())
    assert layer(["a"]).tolist() == [4]
    numbers = layers.IntegerLookup(vocabulary=[10], num_oov_indices=3)
    assert numbers([[10, 11, 12, -1]]).tolist() == [[3, 2, 0, 2]]  # floormod
    strict = layers.StringLookup(vocabulary=["a"], num_oov_indices=0)
    assert strict(["a"]).tolist() == [0]
    with pytest.raises(ValueError, match="'b' is not in the vocabulary"):
        strict(["b"])


def test_there_and_back() -> None:
    vocabulary = ["a", "b", "c"]
    there = layers.StringLookup(vocabulary=vocabulary)
    back = layers.StringLookup(vocabulary=there.get_vocabulary(), invert=True)
    places = there([["a", "c"], ["d", "b"]])
    texts = back(places)
    assert isinstance(texts, np.ndarray)
    assert texts.tolist() == [["a", "c"], ["[UNK]", "b"]]
    numbers = layers.IntegerLookup(vocabulary=[12, 36, 1138, 42], invert=True)
    assert numbers(np.array([[1, 3, 4], [4, 0, 2]])).tolist() == [[12, 1138, 42], [42, -1, 36]]
    masked = layers.StringLookup(vocabulary=vocabulary, mask_token="", invert=True)
    assert masked([0, 1, 2]).tolist() == ["", "[UNK]", "a"]


def test_numbers_of_64_bits() -> None:
    big = [1 << 40, -(1 << 50), 3]
    layer = layers.IntegerLookup(vocabulary=big)
    assert layer(np.array(big)).tolist() == [1, 2, 3]
    adapted = layers.IntegerLookup(max_tokens=3)
    adapted.adapt(np.array([[1 << 40, 5], [1 << 40, 6]]))
    assert adapted.get_vocabulary() == [-1, 1 << 40, 6]


@pytest.mark.parametrize("mode", ["one_hot", "multi_hot", "count", "tf_idf"])
@pytest.mark.parametrize("pad", [False, True])
def test_modes(mode: str, pad: bool) -> None:
    documents = np.array([["a", "b", "a"], ["c", "a", "x"], ["b", "b", "b"]])
    layer = layers.StringLookup(output_mode=mode, max_tokens=7, pad_to_max_tokens=pad)
    layer.adapt(documents)
    tokens = layer.get_vocabulary()
    assert tokens == ["[UNK]", "b", "a", "x", "c"]
    depth = 7 if pad else 5
    x = np.array([["a", "q", "a"], ["c", "b", "b"]])
    rows = np.eye(depth)[[[tokens.index(w) if w in tokens else 0 for w in row] for row in x]]
    within = [sum(t in d for d in documents.tolist()) for t in tokens[1:]]
    weights = np.log(1 + 3 / (1 + np.array(within)))
    weights = np.array([weights.mean(), *weights, *[0] * (depth - 5)])
    want = {
        "one_hot": rows,
        "multi_hot": rows.max(1),
        "count": rows.sum(1),
        "tf_idf": rows.sum(1) * weights,
    }[mode]
    np.testing.assert_allclose(layer(x).numpy(), want, rtol=1e-5)
    again = layers.StringLookup.from_config(json.loads(json.dumps(layer.get_config())))
    np.testing.assert_allclose(again(x).numpy(), want, rtol=1e-5)


def test_a_mask_does_not_count() -> None:
    layer = layers.StringLookup(vocabulary=["a", "b"], mask_token="-", output_mode="count")
    np.testing.assert_array_equal(layer([["a", "-", "b"], ["x", "-", "-"]]).numpy(),
                                  [[0, 1, 1], [1, 0, 0]])  # fmt: skip
    weighted = layers.StringLookup(
        vocabulary=["a", "b"], idf_weights=[0.5, 2.0], output_mode="tf_idf"
    )
    np.testing.assert_allclose(weighted([["a", "b", "b", "?"]]).numpy(), [[1.25, 0.5, 4.0]])


def test_vocabularies_from_files(tmp_path: Any) -> None:
    path = tmp_path / "words.txt"
    path.write_text("eins\nzwei\nd\u00fcnn\n", encoding="utf-8")
    layer = layers.StringLookup(vocabulary=str(path))
    assert layer(["d\u00fcnn", "drei"]).tolist() == [3, 0]
    with pytest.raises(ValueError, match="no vocabulary file"):
        layers.StringLookup(vocabulary=str(tmp_path / "none.txt"))


# --- words


def test_words_of_texts() -> None:
    texts = ["The quick, brown FOX!", "the  lazy-dog\tsat.", ""]
    cases: list[tuple[dict[str, Any], list[list[str]]]] = [
        ({}, [["the", "quick", "brown", "fox"], ["the", "lazydog", "sat"], []]),
        ({"standardize": "lower"}, [["the", "quick,", "brown", "fox!"],
                                    ["the", "lazy-dog", "sat."], []]),
        ({"standardize": None}, [["The", "quick,", "brown", "FOX!"],
                                 ["the", "lazy-dog", "sat."], []]),
        ({"standardize": "strip_punctuation"}, [["The", "quick", "brown", "FOX"],
                                                ["the", "lazydog", "sat"], []]),
        ({"ngrams": 2}, [["the", "quick", "brown", "fox", "the quick", "quick brown", "brown fox"],
                         ["the", "lazydog", "sat", "the lazydog", "lazydog sat"], []]),
        ({"ngrams": (3,)}, [["the quick brown", "quick brown fox"], ["the lazydog sat"], []]),
        ({"standardize": lambda x: np.char.upper(x), "split": lambda x: [t.split("A") for t in x]},
         [["THE QUICK, BROWN FOX!"], ["THE  L", "ZY-DOG\tS", "T."], [""]]),
    ]  # fmt: skip
    for options, want in cases:
        layer = layers.TextVectorization(**options)
        assert layer.words(layer.array(texts)) == want
    letters = layers.TextVectorization(split="character")
    assert letters.words(letters.array(["Hi \u00e9!"])) == [["h", "i", " ", "\u00e9"]]
    whole = layers.TextVectorization(split=None)
    assert whole.words(whole.array([["A b", "c"]])) == [["a b", "c"]]


def test_only_letters_of_ascii_become_small_as_in_keras() -> None:
    layer = layers.TextVectorization()
    assert layer.words(layer.array(["\u00dcBER \u00c9t\u00e9"])) == [["\u00dcber", "\u00c9t\u00e9"]]


def test_vectorization() -> None:
    texts = ["a b a", "b c", "a"]
    layer = layers.TextVectorization()
    layer.adapt(texts)
    assert layer.get_vocabulary() == ["", "[UNK]", "a", "b", "c"]
    for x in (texts, np.array(texts), np.array(texts)[:, None], [t.encode() for t in texts]):
        assert layer(x).tolist() == [[2, 3, 2], [3, 4, 0], [2, 0, 0]]
    assert layer("c what a").tolist() == [4, 1, 2]
    for length in (1, 2, 5):
        fixed = layers.TextVectorization(vocabulary=["a", "b", "c"], output_sequence_length=length)
        assert fixed(texts).shape == (3, length)
        assert fixed(texts).tolist()[1] == [3, 4, 0, 0, 0][:length]
    few = layers.TextVectorization(max_tokens=3)
    few.adapt(pw.data.Dataset.from_tensor_slices(np.array(texts)).batch(2))
    assert few.get_vocabulary() == ["", "[UNK]", "a"]


@pytest.mark.parametrize("mode", ["multi_hot", "count", "tf_idf"])
def test_bags_of_words(mode: str) -> None:
    texts = ["a b a", "b c", "a d"]
    layer = layers.TextVectorization(output_mode=mode)
    layer.adapt(texts)
    tokens = layer.get_vocabulary()
    assert tokens == ["[UNK]", "a", "b", "d", "c"]
    counts = [Counter(t.split()) for t in ["a b a e", "c"]]
    rows = np.array([[sum(n for w, n in c.items() if w == t or (t == "[UNK]" and w not in tokens))
                      for t in tokens] for c in counts], float)  # fmt: skip
    idf = np.log(1 + 3 / (1 + np.array([sum(t in x.split() for x in texts) for t in tokens[1:]])))
    want = {
        "count": rows,
        "multi_hot": np.minimum(rows, 1),
        "tf_idf": rows * [idf.mean(), *idf],
    }[mode]
    np.testing.assert_allclose(layer(["a b a e", "c"]).numpy(), want, rtol=1e-5)


# --- all of them


@pytest.mark.parametrize("make", OTHER_LAYERS)
def test_configs_copies_and_symbols(make: Callable[[], Any]) -> None:
    layer = make()
    x = np.array([["a"], ["z"]])
    if isinstance(layer, layers.IntegerLookup):
        x = np.array([[9], [8]])
    inputs: Any = [x, x] if isinstance(layer, layers.HashedCrossing) else x
    want = layer(inputs).tolist()
    entry = json.loads(json.dumps(layers.serialize(layer)))
    for again in (
        layers.deserialize(entry["class_name"], entry["config"]),
        copy.deepcopy(layer),
        pickle.loads(pickle.dumps(layer)),
    ):
        assert again(inputs).tolist() == want
        assert again.get_config() == layer.get_config()
    assert layer.count_params() == 0
    with pytest.raises(RuntimeError, match="works on the host"):
        pw.capture(lambda: layer(inputs))()


REFUSED: list[tuple[Callable[[], Any], str]] = [
    (lambda: layers.Hashing(0), "at least 1"),
    (lambda: layers.Hashing(3, salt=[1, 2, 3]), "salt"),
    (lambda: layers.Hashing(3, output_mode="tf_idf"), "'tf_idf'"),
    (lambda: layers.Hashing(3, output_mode="count", sparse=True), "sparse"),
    (lambda: layers.Hashing(3)(np.array([None])), "None"),
    (lambda: layers.HashedCrossing(3)(["a"]), "at least two"),
    (lambda: layers.HashedCrossing(3)([["a"], ["a", "b"]]), "of one shape"),
    (lambda: layers.HashedCrossing(3)([[0.5], ["a"]]), "whole numbers"),
    (lambda: layers.HashedCrossing(3)([[["a", "b"]], [["a", "b"]]]), r"\[batch, 1\]"),
    (lambda: layers.StringLookup(max_tokens=1), "more than 1"),
    (lambda: layers.StringLookup(pad_to_max_tokens=True), "needs max_tokens"),
    (lambda: layers.StringLookup(num_oov_indices=-1), "from 0 to"),
    (lambda: layers.StringLookup(output_mode="bag"), "'bag'"),
    (lambda: layers.StringLookup(invert=True, output_mode="count"), "invert"),
    (lambda: layers.StringLookup(idf_weights=[1.0]), "tf_idf"),
    (lambda: layers.StringLookup(vocabulary=["a"], output_mode="tf_idf"), "idf_weights go with"),
    (lambda: layers.StringLookup(vocabulary=[]), "empty"),
    (lambda: layers.StringLookup(vocabulary=["a", "a"]), "'a' twice"),
    (lambda: layers.StringLookup(vocabulary=["a", "m"], mask_token="m"), "mask_token 'm'"),
    (lambda: layers.StringLookup(vocabulary=["a", "b"], max_tokens=2), "max_tokens=2"),
    (lambda: layers.StringLookup(vocabulary=["a"]).adapt(["b"]), "was given"),
    (lambda: layers.StringLookup(vocabulary=["a"])([1, 2]), "takes texts"),
    (lambda: layers.StringLookup(vocabulary=["a"], invert=True)(["a"]), "takes whole numbers"),
    (lambda: layers.IntegerLookup(vocabulary_dtype="int32"), "'int32'"),
    (lambda: layers.IntegerLookup(oov_method="crc"), "'crc'"),
    (lambda: layers.IntegerLookup(salt=3), "farmhash"),
    (lambda: layers.IntegerLookup(vocabulary=[1])([1.5]), "takes whole numbers"),
    (lambda: layers.IntegerLookup(vocabulary=[1])(["a"]), "takes whole numbers"),
    (lambda: layers.TextVectorization(standardize="upper"), "'upper'"),
    (lambda: layers.TextVectorization(split="comma"), "'comma'"),
    (lambda: layers.TextVectorization(ngrams=0.5), "0.5"),
    (lambda: layers.TextVectorization(ngrams=(0,)), "ngrams"),
    (lambda: layers.TextVectorization(output_mode="count", output_sequence_length=3), "'int'"),
    (lambda: layers.TextVectorization(ragged=True), "ragged"),
    (lambda: layers.TextVectorization(vocabulary=["a"])([["a", "b"]]), "splits texts"),
    (lambda: layers.TextVectorization(vocabulary=["a"])([1]), "takes texts"),
    (lambda: layers.TextVectorization(vocabulary=["a"])(pw.tensor([1])), "takes texts"),
]


@pytest.mark.parametrize(("call", "words"), REFUSED)
def test_what_cannot_be(call: Callable[[], Any], words: str) -> None:
    with pytest.raises((ValueError, TypeError), match=words):
        call()


def test_a_network_learns_from_texts() -> None:
    """As Keras's guide to text classification goes: words to numbers in the data set."""
    rng = np.random.default_rng(1)
    good, bad, others = ["fine", "lovely"], ["awful", "dull"], ["a", "film", "of", "its", "time"]
    texts, labels = [], []
    for i in range(64):
        words = [*rng.choice(others, 5), str(rng.choice(good if i % 2 else bad))]
        texts.append(" ".join(rng.permutation(words)))
        labels.append(float(i % 2))
    vectorize = layers.TextVectorization(output_mode="multi_hot", ngrams=2)
    data = pw.data.Dataset.from_tensor_slices((np.array(texts), np.array(labels)[:, None]))
    vectorize.adapt(data.map(lambda x, y: x).batch(16))
    batches = data.shuffle(64, seed=1).batch(16).map(lambda x, y: (vectorize(x), y)).cache()
    pw.set_seed(2)
    model = pw.Sequential([layers.Dense(1, activation="sigmoid")])
    model.compile(pw.optimizers.Adam(0.05), "binary_crossentropy", metrics=["accuracy"])
    history = model.fit_sync(batches, epochs=15, verbose=0).history
    assert history["accuracy"][-1] == 1.0


def test_a_model_reads_no_other_file(tmp_path: Any) -> None:
    """What somebody else's model says is no reason to open a file of one's own."""
    words = tmp_path / "words.txt"
    words.write_text("a\nb\n")
    for cls in (layers.StringLookup, layers.TextVectorization):
        config = {**cls(vocabulary=["a"]).get_config(), "vocabulary": str(words)}
        with pytest.raises(ValueError, match="models read no other files"):
            cls.from_config(config)
        assert "b" in cls(vocabulary=str(words)).get_vocabulary()  # one's own program may


def test_places_for_unknown_tokens_are_bounded() -> None:
    with pytest.raises(ValueError, match="num_oov_indices must be from 0 to"):
        layers.StringLookup(vocabulary=["a"], num_oov_indices=1 << 31)
