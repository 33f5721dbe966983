"""All readers."""

from . import apps, data, federated, models

READERS = {
    reader.name: reader
    for reader in (*models.READERS, *apps.READERS, *data.READERS, *federated.READERS)
}
