"""An S3 store, Amazon's or one that speaks like it, as a file system of Arrow's.

Keys, region and the store's own address come from where other programs have them:
AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION, AWS_ENDPOINT_URL, ~/.aws.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from ..host.optional import need

CONNECT, ANSWER = 5.0, 20.0
"""Seconds for a connection, and without a byte of the answer."""
ATTEMPTS = 3
IN_ADDRESS = ("region", "endpoint_override", "scheme")
"""What may follow behind a question mark."""
_KEYS = "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to keys that may list and read the bucket"
_LATER = "the store itself failed; the same command may do later"
WHAT_TO_DO = {
    "NO_SUCH_BUCKET": (
        "look at the bucket's name, and for a store that is not Amazon's at AWS_ENDPOINT_URL"
    ),
    "INVALID_ACCESS_KEY_ID": _KEYS,
    "SIGNATURE_DOES_NOT_MATCH": _KEYS,
    "ACCESS_DENIED": _KEYS,
    "NETWORK_CONNECTION": "look at the network, and at AWS_ENDPOINT_URL",
    "INTERNAL_FAILURE": _LATER,
    "SERVICE_UNAVAILABLE": _LATER,
    "SLOW_DOWN": _LATER,
}
"""{Arrow's name of a failure: what helps}."""


@lru_cache(64)
def bucket_of(address: str) -> Any:
    """The file system that an address s3://BUCKET/... is in; asks nothing of the store,
    unless it is Amazon's and has to say the bucket's region. ValueError for an address
    with keys or with words that are not known.
    """
    fs = need("pyarrow.fs", "reads what is at an address", extra="ray")
    parts = urlsplit(address)
    said = dict(parse_qsl(parts.query))
    if "@" in parts.netloc:
        # the address is shown, and whoever looks at the processes sees it
        raise ValueError(f"an address of S3 takes no keys: {_KEYS}")
    if unknown := said.keys() - set(IN_ADDRESS):
        raise ValueError(
            f"{address} says {', '.join(sorted(unknown))}; expected one of {', '.join(IN_ADDRESS)}"
        )
    said.setdefault("endpoint_override", _endpoint())
    if not (said["endpoint_override"] or said.get("region") or _region()):
        said["region"] = fs.resolve_s3_region(parts.netloc)
    return fs.S3FileSystem(
        **{name: value for name, value in said.items() if value},
        connect_timeout=CONNECT,
        request_timeout=ANSWER,
        retry_strategy=fs.AwsStandardS3RetryStrategy(max_attempts=ATTEMPTS),
    )


def _endpoint() -> str:
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""


def _region() -> str:
    return os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or ""


def words_of(error: OSError) -> str:
    """What a failure says, and what helps.

    Example:
        >>> words_of(OSError("AWS Error SLOW_DOWN during GetObject operation: (Request ID: 1)"))
        'AWS Error SLOW_DOWN during GetObject operation; the store itself failed; the same
        command may do later'
    """
    said = " ".join(str(error).split())
    said = re.sub(r" *\(Request ID: [^)]*\)", "", said).rstrip(".: ")
    code = re.search(r"AWS Error (\w+)", said)
    helps = WHAT_TO_DO.get(code[1], "") if code else ""
    return f"{said}; {helps}" if helps else said
