"""Keys for TLS on this machine, which no system trusts by itself."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from pywebml.distributed.federated.flower.processes import Keys


def own_keys(folder: Path) -> Keys:
    """A certificate of 127.0.0.1, signed by an authority of our own."""
    now = datetime.now(UTC)
    pair, signer = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    names = [x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, n)]) for n in ("us", "them")]
    address = x509.IPAddress(ipaddress.ip_address("127.0.0.1"))
    for name, key, subject, extension in (
        ("authority", signer, names[1], x509.BasicConstraints(ca=True, path_length=None)),
        ("certificate", pair, names[0], x509.SubjectAlternativeName([address])),
    ):
        certificate = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(names[1])
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=1))
            .add_extension(extension, critical=name == "authority")
            .sign(signer, hashes.SHA256())
        )
        (folder / name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key").write_bytes(
        pair.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return Keys(folder / "certificate", folder / "key", folder / "authority")
