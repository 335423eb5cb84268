# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for tests: ACME (RFC 8555) over HTTPS on loopback, strict with requests. It comes to the server under test for its
challenges (http-01, tls-alpn-01), signs with openssl(1), and can be told to misbehave."""
import base64
import contextlib
import hashlib
import hmac
import http.client
import http.server
import json
import os
import secrets
import socket
import ssl
import subprocess
import tempfile
import threading
import time

ERROR = "urn:ietf:params:acme:error:"
EXTENSION_OID = bytes.fromhex("06082b0601050507011f")  # 1.3.6.1.5.5.7.1.31 (RFC 8737 3)


def b64(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unb64(text):
    if "=" in text:
        raise Problem("malformed", "padding in base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def openssl(*words, stdin=b""):
    done = subprocess.run(("openssl", *words), input=stdin, capture_output=True, timeout=60, check=False)
    if done.returncode:
        raise Problem("badCSR", f"openssl {words[0]}: {done.stderr.decode(errors='replace')[-300:]}")
    return done.stdout


class Problem(Exception):
    def __init__(self, kind, detail, status=400, headers=None):
        super().__init__(detail)
        self.kind, self.detail, self.status, self.headers = kind, detail, status, headers or {}


def thumbprint(jwk):
    needed = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    return b64(hashlib.sha256(json.dumps(needed, sort_keys=True, separators=(",", ":")).encode()).digest())


class Authority:
    """Within `with` it listens. What it has seen is in accounts, orders, log; how it behaves in the attributes below."""

    def __init__(self):
        self.home = tempfile.mkdtemp(prefix="parley-authority-")
        self.life, self.backdate = 86400, 60           # seconds of a certificate, and how long it has been good already
        self.ways = ("http-01", "dns-01", "tls-alpn-01")
        self.bad_nonces = 0                            # every such request is told that its nonce is bad
        self.binding = {}                              # {name: key} of external accounts, needed when there are any
        self.tricks = {}                               # {resource: function(handler, payload) -> True when it has answered}
        self.http = self.tls = None                    # (host, port) of the server under test
        self.wrong_key = False                         # signs for another key
        self.patience = 20                             # seconds for a validation
        self.lock = threading.Lock()
        self.accounts, self.orders, self.authorizations, self.log = {}, {}, {}, []
        self.nonces, self.count, self.failures = set(), 0, []
        self.make_roots()
        authority = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                authority.serve(self, None)

            def do_HEAD(self):
                authority.serve(self, None)

            def do_POST(self):
                authority.serve(self, self.rfile.read(int(self.headers.get("Content-Length", 0))))

            def log_message(self, *_args):
                pass

        class Listener(http.server.ThreadingHTTPServer):
            def handle_error(self, *_args):
                pass  # whoever hangs up

        self.server = Listener(("127.0.0.1", 0), Handler)
        self.server.daemon_threads, self.server.authority = True, self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.path("web.pem"), self.path("web.key"))
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True, do_handshake_on_connect=False)
        self.origin = f"https://localhost:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()
        subprocess.run(("rm", "-rf", self.home), check=False)

    def path(self, name):
        return os.path.join(self.home, name)

    # ---- signing ----

    def make_roots(self):
        """root.pem signs issuer.pem, which signs the others."""
        extensions = {"root": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n",
                      "issuer": "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign\n",
                      "web": "subjectAltName=DNS:localhost\n"}
        for name, by in (("root", "root"), ("issuer", "root"), ("web", "root")):
            with open(self.path(name + ".ext"), "w", encoding="ascii") as file:
                file.write(extensions[name])
            openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.path(name + ".key"),
                    "-out", self.path(name + ".csr"), "-subj", f"/CN=Test {name}")
            signer = ("-signkey", self.path("root.key")) if by == name else ("-CA", self.path(by + ".pem"), "-CAkey", self.path(by + ".key"),
                                                                              "-CAcreateserial")
            openssl("x509", "-req", "-in", self.path(name + ".csr"), "-days", "30", "-extfile", self.path(name + ".ext"), *signer,
                    "-out", self.path(name + ".pem"))
        with open(self.path("ca.cnf"), "w", encoding="ascii") as file:
            file.write(f"[ca]\ndefault_ca=d\n[d]\ndatabase={self.path('index')}\nnew_certs_dir={self.home}\nrand_serial=yes\ndefault_md=sha256\n"
                       "unique_subject=no\npolicy=p\ncopy_extensions=copy\nx509_extensions=e\n[p]\ncommonName=optional\n"
                       "[e]\nbasicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth\n")
        with open(self.path("index"), "w", encoding="ascii"):
            pass

    def sign(self, order):
        csr, cert = self.path(order["id"] + ".csr"), self.path(order["id"] + ".crt")
        with open(csr, "wb") as file:
            file.write(order["csr"])
        text = openssl("req", "-inform", "DER", "-in", csr, "-noout", "-text", "-verify").decode()
        asked = {word.strip().removeprefix("DNS:") for line in text.splitlines() if "DNS:" in line for word in line.split(",")}
        if asked != set(order["names"]):
            raise Problem("badCSR", f"the request names {sorted(asked)}, the order {sorted(order['names'])}")
        if self.wrong_key:
            openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", self.path("wrong.key"),
                    "-outform", "DER", "-out", csr, "-subj", "/CN=wrong", "-addext", "subjectAltName=" + ",".join("DNS:" + n for n in order["names"]))
        now = time.time()
        stamp = [time.strftime("%Y%m%d%H%M%SZ", time.gmtime(at)) for at in (now - self.backdate, now + self.life)]
        with open(self.path("index"), "w", encoding="ascii"):
            pass
        openssl("ca", "-batch", "-config", self.path("ca.cnf"), "-cert", self.path("issuer.pem"), "-keyfile", self.path("issuer.key"),
                "-inform", "DER", "-in", csr, "-out", cert, "-notext", "-startdate", stamp[0], "-enddate", stamp[1])
        return b"".join(open(path, "rb").read() for path in (cert, self.path("issuer.pem")))

    # ---- requests ----

    def nonce(self):
        fresh = b64(secrets.token_bytes(16))
        self.nonces.add(fresh)
        return fresh

    def url(self, *parts):
        return "/".join((self.origin, *parts))

    def answer(self, handler, status, body, headers=None, kind="application/json"):
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        handler.send_response(status)
        with self.lock:
            fresh = self.nonce()
        for name, value in {"Replay-Nonce": fresh, "Cache-Control": "no-store", "Content-Type": kind, **(headers or {})}.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(data)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(data)

    def serve(self, handler, body):
        resource = handler.path.split("/")[1]
        with self.lock:
            self.log.append((handler.command, resource))
        try:
            if resource in self.tricks and body is None and self.tricks[resource](handler, None):
                return
            if resource == "directory":
                meta = {"termsOfService": "https://authority.example/terms", "externalAccountRequired": bool(self.binding)}
                self.answer(handler, 200, {"newNonce": self.url("nonce"), "newAccount": self.url("account"), "newOrder": self.url("order"),
                                           "revokeCert": self.url("revoke"), "keyChange": self.url("rollover"), "meta": meta})
            elif resource == "nonce":
                self.answer(handler, 200, b"")
            elif body is None:
                raise Problem("malformed", "POST-as-GET is wanted", 405)
            else:
                jwk, account, payload = self.open(handler, body)
                if resource in self.tricks and self.tricks[resource](handler, payload):
                    return
                getattr(self, "on_" + resource)(handler, jwk, account, payload)
        except Problem as problem:
            if problem.kind not in ("badNonce", "rateLimited"):
                self.failures.append(f"{resource}: {problem.detail}")
            self.answer(handler, problem.status, {"type": ERROR + problem.kind, "detail": problem.detail}, problem.headers, "application/problem+json")

    def open(self, handler, body):
        """(jwk, account, payload) of a signed request (RFC 8555 6.2): everything that must be, or a problem."""
        if handler.headers.get("Content-Type") != "application/jose+json":
            raise Problem("malformed", "Content-Type", 415)
        if not handler.headers.get("User-Agent"):
            raise Problem("malformed", "User-Agent is missing")
        jws = json.loads(body)
        if set(jws) != {"protected", "payload", "signature"}:
            raise Problem("malformed", f"members {sorted(jws)}")
        head = json.loads(unb64(jws["protected"]))
        if head.get("alg") != "ES256" or ("kid" in head) == ("jwk" in head) or head.get("url") != self.origin + handler.path:
            raise Problem("malformed", f"head {head}")
        with self.lock:
            self.count += 1
            if head.get("nonce") not in self.nonces or (self.bad_nonces and self.count % self.bad_nonces == 0):
                raise Problem("badNonce", "no such nonce")
            self.nonces.discard(head["nonce"])
        account = None
        if "kid" in head:
            account = self.accounts.get(head["kid"])
            if not account:
                raise Problem("accountDoesNotExist", "no such account")
        jwk = head.get("jwk") or account["jwk"]
        self.verify(jwk, f"{jws['protected']}.{jws['payload']}".encode(), unb64(jws["signature"]))
        payload = unb64(jws["payload"])
        return jwk, account, json.loads(payload) if payload else None

    def verify(self, jwk, data, signature):
        if set(jwk) != {"kty", "crv", "x", "y"} or len(signature) != 64:
            raise Problem("malformed", "key or signature")
        point = b"\x04" + unb64(jwk["x"]) + unb64(jwk["y"])
        spki = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107034200") + point
        numbers = [signature[i:i + 32].lstrip(b"\0") for i in (0, 32)]
        numbers = [(b"\0" if n[0] & 0x80 else b"") + n for n in numbers]
        der = b"".join(b"\x02" + bytes([len(n)]) + n for n in numbers)
        with tempfile.TemporaryDirectory(dir=self.home) as folder:
            for name, content in (("key", spki), ("signature", b"\x30" + bytes([len(der)]) + der)):
                with open(os.path.join(folder, name), "wb") as file:
                    file.write(content)
            openssl("dgst", "-sha256", "-verify", os.path.join(folder, "key"), "-keyform", "DER", "-signature", os.path.join(folder, "signature"),
                    stdin=data)

    # ---- resources ----

    def on_account(self, handler, jwk, _account, payload):
        if self.binding:
            bound = payload.get("externalAccountBinding")
            if not bound:
                raise Problem("externalAccountRequired", "no binding", 403)
            head = json.loads(unb64(bound["protected"]))
            mac = hmac.new(self.binding[head["kid"]], f"{bound['protected']}.{bound['payload']}".encode(), "sha256").digest()
            if head["alg"] != "HS256" or head["url"] != self.url("account") or json.loads(unb64(bound["payload"])) != jwk \
                    or not hmac.compare_digest(mac, unb64(bound["signature"])):
                raise Problem("unauthorized", "the binding is wrong", 403)
        if payload.get("termsOfServiceAgreed") is not True:
            raise Problem("userActionRequired", "the terms", 403)
        kid = self.url("acct", thumbprint(jwk))
        known = kid in self.accounts
        self.accounts[kid] = {"jwk": jwk, "contact": payload.get("contact", [])}
        self.answer(handler, 200 if known else 201, {"status": "valid", "contact": payload.get("contact", [])}, {"Location": kid})

    def on_order(self, handler, _jwk, account, payload):
        """New orders, and looks at one."""
        parts = handler.path.split("/")
        if len(parts) == 2:
            number = f"o{len(self.orders) + 1}"
            names = [row["value"] for row in payload["identifiers"] if row["type"] == "dns"]
            order = self.orders[number] = {"id": number, "names": names, "status": "pending", "account": account, "authorizations": []}
            for i, name in enumerate(names):
                key = f"{number}-{i}"
                self.authorizations[key] = {"id": key, "name": name, "status": "pending", "order": order, "account": account,
                                            "token": b64(secrets.token_bytes(16)), "problem": None}
                order["authorizations"].append(key)
            self.answer(handler, 201, self.show_order(order), {"Location": self.url("order", number)})
            return
        if payload is not None:
            raise Problem("malformed", "POST-as-GET is wanted")
        self.answer(handler, 200, self.show_order(self.orders[parts[2]]))

    def show_order(self, order):
        states = {self.authorizations[key]["status"] for key in order["authorizations"]}
        if order["status"] == "pending" and "invalid" in states:
            order["status"] = "invalid"
        elif order["status"] == "pending" and states == {"valid"}:
            order["status"] = "ready"
        shown = {"status": order["status"], "identifiers": [{"type": "dns", "value": name} for name in order["names"]],
                 "authorizations": [self.url("authorization", key) for key in order["authorizations"]],
                 "finalize": self.url("finalize", order["id"])}
        if order["status"] == "valid":
            shown["certificate"] = self.url("certificate", order["id"])
        if order.get("problem"):
            shown["error"] = order["problem"]
        return shown

    def on_authorization(self, handler, _jwk, _account, payload):
        if payload is not None:
            raise Problem("malformed", "POST-as-GET is wanted")
        auth = self.authorizations[handler.path.split("/")[2]]
        rows = []
        for way in self.ways:
            row = {"type": way, "url": self.url("challenge", auth["id"], way), "token": auth["token"], "status": auth["status"]}
            if auth["problem"] and auth["way"] == way:
                row["error"] = auth["problem"]
            rows.append(row)
        self.answer(handler, 200, {"identifier": {"type": "dns", "value": auth["name"]}, "status": auth["status"], "challenges": rows})

    def on_challenge(self, handler, jwk, _account, payload):
        _, _, key, way = handler.path.split("/")
        auth = self.authorizations[key]
        if payload != {}:
            raise Problem("malformed", "an empty object is wanted")
        auth["way"] = way
        threading.Thread(target=self.validate, args=(auth, jwk), daemon=True).start()
        self.answer(handler, 200, {"type": way, "url": self.origin + handler.path, "status": "processing", "token": auth["token"]})

    def validate(self, auth, jwk):
        proof = f"{auth['token']}.{thumbprint(jwk)}"
        try:
            (self.look_over_http if auth["way"] == "http-01" else self.look_over_tls)(auth["name"], auth["token"], proof)
            auth["status"] = "valid"
        except (OSError, AssertionError, http.client.HTTPException) as why:
            auth["problem"] = {"type": ERROR + "unauthorized", "detail": f"{auth['way']}: {why}"}
            auth["status"] = "invalid"

    def look_over_http(self, name, token, proof):
        """RFC 8555 8.3"""
        link = http.client.HTTPConnection(*self.http, timeout=self.patience)
        with contextlib.closing(link):
            link.request("GET", f"/.well-known/acme-challenge/{token}", headers={"Host": name})
            got = link.getresponse()
            body = got.read().decode(errors="replace")
            assert got.status == 200, f"status {got.status}"
            assert body.rstrip() == proof, f"the proof is wrong: {body[:100]}"

    def look_over_tls(self, name, _token, proof):
        """RFC 8737 3"""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        context.set_alpn_protocols(["acme-tls/1"])
        with socket.create_connection(self.tls, timeout=self.patience) as link, context.wrap_socket(link, server_hostname=name) as over:
            assert over.selected_alpn_protocol() == "acme-tls/1", "another protocol"
            der = over.getpeercert(True)
            assert over.recv(1) == b"", "the connection goes on"
        with tempfile.NamedTemporaryFile(dir=self.home) as file:
            file.write(der)
            file.flush()
            names = openssl("x509", "-inform", "DER", "-in", file.name, "-noout", "-ext", "subjectAltName").decode()
        assert names.split() == ["X509v3", "Subject", "Alternative", "Name:", "DNS:" + name], names
        wanted = EXTENSION_OID + bytes.fromhex("0101ff04220420") + hashlib.sha256(proof.encode()).digest()
        assert wanted in der, "the extension is wrong"

    def on_finalize(self, handler, _jwk, _account, payload):
        order = self.orders[handler.path.split("/")[2]]
        self.show_order(order)
        if order["status"] != "ready":
            raise Problem("orderNotReady", order["status"], 403)
        order["csr"], order["status"] = unb64(payload["csr"]), "processing"
        self.answer(handler, 200, self.show_order(order), {"Location": self.url("order", order["id"]), "Retry-After": "1"})
        try:
            order["chain"] = self.sign(order)
            order["status"] = "valid"
        except Problem as problem:
            self.failures.append(problem.detail)
            order["status"], order["problem"] = "invalid", {"type": ERROR + problem.kind, "detail": problem.detail}

    def on_certificate(self, handler, _jwk, _account, payload):
        if payload is not None:
            raise Problem("malformed", "POST-as-GET is wanted")
        self.answer(handler, 200, self.orders[handler.path.split("/")[2]]["chain"], kind="application/pem-certificate-chain")
