"""Wycheproof's vectors for JSON web signatures -> how many of them the front end takes.

    python -m tests.wycheproof_long json_web_signature_test.json

The file is that of github.com/C2SP/wycheproof, folder testvectors_v1. Two of its invalid tokens are,
letter for letter, one that it calls valid (357); those are left out. Its payloads are no claims, so
the layer below them is asked: is this text read as a signed header and payload, and is the signature
that of the key? Exits with 1 where an invalid one is taken. Valid ones may be refused: for an algorithm
that issuers of access tokens do not use, or a form that RFC 7515 allows and this API need not.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from remit.bearer.decoding import Unreadable, base64url, json_object
from remit.bearer.signatures import Key, public_key, secret_key


def keys_of(group: Mapping[str, Any]) -> list[Key]:
    """The keys that a verifier would be configured with: the public half, or the secret."""
    given = group.get("public") or group["private"]
    keys = given.get("keys", [given])
    return [key for key in map(key_of, keys) if key is not None]


def key_of(jwk: Mapping[str, Any]) -> Key | None:
    if jwk["kty"] == "oct":
        return secret_key(base64url(str(jwk["k"])))
    return public_key(jwk)


def is_taken(jws: object, keys: Sequence[Key], algorithms: frozenset[str]) -> bool:
    """Whether it is a compact JWS of one of the keys, by an algorithm that is configured."""
    if not isinstance(jws, str) or jws.count(".") != 2:
        return False
    head, body, end = jws.split(".")
    try:
        header, signature = json_object(base64url(head)), base64url(end)
        base64url(body)
    except Unreadable:
        return False
    algorithm, kid = header.get("alg"), header.get("kid")
    if not isinstance(algorithm, str) or algorithm not in algorithms or "crit" in header:
        return False
    fitting = (key for key in keys if kid in {None, key.kid} or key.kid is None)
    signed = f"{head}.{body}".encode()
    return any(key.fits(algorithm) and key.verifies(algorithm, signed, signature) for key in fitting)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("vectors", type=Path)
    groups = json.loads(parser.parse_args(arguments).vectors.read_bytes())["testGroups"]
    seen: Counter[str] = Counter()
    for group in groups:
        given = group.get("public") or group["private"]
        keys = keys_of(group)
        declared = (jwk.get("alg") for jwk in given.get("keys", [given]))
        algorithms = frozenset(str(each) for each in declared if each is not None)
        valid = [test["jws"] for test in group["tests"] if test["result"] == "valid"]
        for test in group["tests"]:
            if test["result"] == "invalid" and test["jws"] in valid:
                continue
            taken = is_taken(test["jws"], keys, algorithms)
            seen[f"{test['result']}, {'taken' if taken else 'refused'}"] += 1
            if taken is (test["result"] == "invalid"):
                sys.stdout.write(f"{group['comment']} {test['tcId']}: {test['comment']}\n")
    sys.stdout.write(f"{dict(seen)}\n")
    return 1 if seen["invalid, taken"] else 0


if __name__ == "__main__":
    sys.exit(main())
