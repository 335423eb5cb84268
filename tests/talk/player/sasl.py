# SPDX-License-Identifier: Apache-2.0
"""The client's side of SASL: PLAIN and SCRAM (RFC 5802, RFC 7677), with and without channel binding."""
import base64
import hashlib
import hmac
import os


class Refused(Exception):
    """The server's proof or its parameters are wrong."""


class Plain:
    def __init__(self, user, password, authzid=""):
        self.message = f"{authzid}\0{user}\0{password}".encode()

    def first(self):
        return self.message

    def answer(self, _challenge):
        raise Refused("PLAIN has no challenge")

    def check(self, data):
        if data:
            raise Refused("PLAIN has no additional data")


class Scram:
    """hash_name: "sha1", "sha256", "sha512"; binding: None or (type, bytes) for a -PLUS mechanism; flag: "n" or "y"."""

    def __init__(self, hash_name, user, password, binding=None, flag="n"):
        self.hash, self.password, self.binding = hash_name, password.encode(), binding
        name = user.replace("=", "=3D").replace(",", "=2C")
        self.gs2 = f"p={binding[0]},," if binding else f"{flag},,"
        self.nonce = base64.b64encode(os.urandom(18)).decode()
        self.bare = f"n={name},r={self.nonce}"
        self.server_signature = self.announced = None
        self.is_hashed = False

    def _hmac(self, key, text):
        return hmac.new(key, text, self.hash).digest()

    def first(self):
        return (self.gs2 + self.bare).encode()

    def answer(self, challenge):
        text = challenge.decode()
        fields = dict(part.split("=", 1) for part in text.split(","))
        if not fields.get("r", "").startswith(self.nonce) or fields["r"] == self.nonce:
            raise Refused("the server's nonce does not go on from ours")
        if int(fields["i"]) < 4096:
            raise Refused(f"only {fields['i']} iterations")
        if self.is_hashed and (self.announced is None or "h" not in fields):
            raise Refused("there is no hash of what was announced")
        if self.announced is not None and "h" in fields:  # XEP-0474
            if fields["h"] != base64.b64encode(hashlib.new(self.hash, self.announced).digest()).decode():
                raise Refused("the hash of what was announced is wrong: somebody has changed it")
        salted = hashlib.pbkdf2_hmac(self.hash, self.password, base64.b64decode(fields["s"]), int(fields["i"]))
        client_key = self._hmac(salted, b"Client Key")
        bound = self.gs2.encode() + (self.binding[1] if self.binding else b"")
        without_proof = f"c={base64.b64encode(bound).decode()},r={fields['r']}"
        message = f"{self.bare},{text},{without_proof}".encode()
        signature = self._hmac(hashlib.new(self.hash, client_key).digest(), message)
        proof = bytes(a ^ b for a, b in zip(client_key, signature))
        self.server_signature = self._hmac(self._hmac(salted, b"Server Key"), message)
        return f"{without_proof},p={base64.b64encode(proof).decode()}".encode()

    def check(self, data):
        if self.server_signature is None:
            raise Refused("success before the exchange was over")
        if data != b"v=" + base64.b64encode(self.server_signature):
            raise Refused("the server does not know the password (its signature is wrong)")


def announced(mechanisms, bindings):
    """What XEP-0474 hashes."""
    parts = [b"\x1e".join(sorted(name.encode() for name in names)) for names in (mechanisms, bindings) if names]
    return b"\x1f".join(parts)


def choose(mechanism, user, password, wire):
    """The exchange for a mechanism's name."""
    name = mechanism.upper()
    if name == "PLAIN":
        return Plain(user, password)
    if name.startswith("SCRAM-SHA-"):
        digest, _, plus = name[len("SCRAM-SHA-"):].partition("-")
        binding = ("tls-server-end-point", wire.end_point_hash()) if plus == "PLUS" else None
        return Scram("sha" + digest, user, password, binding)
    raise Refused(f"the player does not know the mechanism {mechanism}")
