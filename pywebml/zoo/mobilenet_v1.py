"""MobileNet v1 0.25 (Howard et al. 2017, arXiv 1704.04861): the TensorFlow.js layers
model of the webcam example, as Google keeps it.
"""

from __future__ import annotations

from ..formats.layers_models import LayersFile, read_layers_file, short_name, unset_model
from .extractor import Preprocess
from .folding import flat_config
from .pretrained import Network, Pretrained
from .sources import LayersModel

NAME = "mobilenet_v1_0.25_224"


def network_of(file: LayersFile) -> Network:
    """The network in a layers model's files."""
    # The values come from the file and not from the model's weights: reading those back
    # would block a page.
    return flat_config(unset_model(file.topology)), {
        short_name(n): w for n, w in file.weights.items()
    }


PRETRAINED = Pretrained(
    source=LayersModel(
        name=NAME,
        sha256="eb49857447f6089e7e392f7991f3f4fdce1936efaf83d535f5eb8aaba9538e0b",
        url="https://storage.googleapis.com/tfjs-models/tfjs/mobilenet_v1_0.25_224/model.json",
        topology_sha256="8fa9b1b7ae8d7d855db2f241f7892ae0cca078c1a74ffc53450e12d31cba686e",
    ),
    licence="Apache-2.0",
    read=lambda path: network_of(read_layers_file(path)),
    layer="conv_pw_13_relu",
    features=12_544,
    preprocess=Preprocess.centred(127.5, 127.5),
    learning_rate=1e-4,
)
