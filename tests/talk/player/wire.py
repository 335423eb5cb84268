# SPDX-License-Identifier: Apache-2.0
"""Bytes to and from a server: TCP, TLS, WebSocket (RFC 6455, client side). Blocking, with deadlines."""
import base64
import hashlib
import os
import socket
import ssl
import struct
import time

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10


class Late(Exception):
    """Nothing came before the deadline."""


class Closed(Exception):
    """The peer has ended the connection."""


def tls_context(alpn):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE  # a self-signed certificate on loopback; the player tests XMPP, not trust
    if alpn:
        context.set_alpn_protocols(alpn)
    return context


class Tcp:
    """A TCP connection, with or without TLS."""

    def __init__(self, address, deadline):
        self.sock = socket.create_connection(address, timeout=max(0.1, deadline - time.monotonic()))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.ended = False

    @classmethod
    def over(cls, sock):
        """One that was accepted."""
        tcp = cls.__new__(cls)
        tcp.sock, tcp.ended = sock, False
        return tcp

    def start_tls(self, deadline, alpn=None, context=None):
        """context: of whom has a certificate; with one for servers this is the server's side."""
        self.sock.settimeout(max(0.1, deadline - time.monotonic()))
        context = context or tls_context(alpn)
        is_server = context.protocol == ssl.PROTOCOL_TLS_SERVER
        try:
            self.sock = context.wrap_socket(self.sock, server_side=is_server, server_hostname=None if is_server else "localhost")
        except OSError as error:
            raise Closed(f"no TLS: {error}") from None

    @property
    def is_tls(self):
        return isinstance(self.sock, ssl.SSLSocket)

    def end_point_hash(self):
        """tls-server-end-point (RFC 5929) for certificates signed with SHA-256."""
        return hashlib.sha256(self.sock.getpeercert(True)).digest()

    def send(self, data, deadline):
        try:
            self.sock.settimeout(max(0.05, deadline - time.monotonic()))
            self.sock.sendall(data)
        except TimeoutError:
            raise Late("the server does not read") from None
        except OSError as error:
            raise Closed(f"could not send: {error}") from None

    def receive(self, deadline):
        """At least one byte, or Closed, or Late."""
        if self.ended:
            raise Closed("the connection has ended")
        try:
            self.sock.settimeout(max(0.001, deadline - time.monotonic()))
            data = self.sock.recv(65536)
        except (TimeoutError, ssl.SSLWantReadError):
            raise Late("nothing came") from None
        except (ssl.SSLError, OSError) as error:
            self.ended = True
            raise Closed(f"the connection broke: {error}") from None
        if not data:
            self.ended = True
            raise Closed("the server has closed the connection")
        return data

    def close(self):
        try:
            self.sock.close()
        except OSError:
            pass

    def reset(self):
        """Goes without a word: the server gets a TCP RST."""
        if self.sock.fileno() < 0:
            return
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        sock = self.sock
        if self.is_tls:
            sock = socket.socket(fileno=self.sock.detach())
        sock.close()


class WebSocket:
    """A WebSocket on a Tcp. receive() gives (opcode, payload) of whole messages and of control frames."""

    def __init__(self, tcp, host, path, deadline, protocol="xmpp", origin=None):
        self.tcp, self.buffer, self.parts, self.kind = tcp, b"", [], None
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        if protocol:
            lines.append(f"Sec-WebSocket-Protocol: {protocol}")
        if origin:
            lines.append(f"Origin: {origin}")
        tcp.send(("\r\n".join(lines) + "\r\n\r\n").encode(), deadline)
        while b"\r\n\r\n" not in self.buffer:
            self.buffer += tcp.receive(deadline)
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        self.status, *fields = head.decode("latin-1").split("\r\n")
        self.headers = {k.strip().lower(): v.strip() for k, _, v in (field.partition(":") for field in fields)}
        proof = hashlib.sha1((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").encode()).digest()
        if " 101 " not in self.status + " ":
            raise Closed(f"no WebSocket: {self.status}")
        if self.headers.get("sec-websocket-accept") != base64.b64encode(proof).decode():
            raise Closed("the server's Sec-WebSocket-Accept is wrong")
        if protocol and self.headers.get("sec-websocket-protocol") != protocol:
            raise Closed(f"the server did not choose the subprotocol {protocol}")

    def send_frame(self, opcode, payload, deadline, final=True, masked=True):
        size = len(payload)
        head = bytes([(0x80 if final else 0) | opcode])
        flag = 0x80 if masked else 0
        if size < 126:
            head += bytes([flag | size])
        elif size < 65536:
            head += bytes([flag | 126]) + struct.pack("!H", size)
        else:
            head += bytes([flag | 127]) + struct.pack("!Q", size)
        if masked:
            mask = os.urandom(4)
            pad = (mask * (size // 4 + 1))[:size]
            payload = mask + (int.from_bytes(payload, "big") ^ int.from_bytes(pad, "big")).to_bytes(size, "big")
        self.tcp.send(head + payload, deadline)

    def send(self, data, deadline):
        self.send_frame(TEXT, data, deadline)

    def _take_frame(self):
        """(opcode, final, payload) when a whole frame is there, else None."""
        data = self.buffer
        if len(data) < 2:
            return None
        size, at = data[1] & 0x7F, 2
        if data[1] & 0x80:
            raise Closed("the server masks its frames (RFC 6455 5.1 forbids it)")
        if data[0] & 0x70:
            raise Closed("the server sets reserved bits that were not negotiated")
        if size >= 126:
            length = 2 if size == 126 else 8
            if len(data) < 2 + length:
                return None
            size, at = int.from_bytes(data[2:2 + length], "big"), 2 + length
        if len(data) < at + size:
            return None
        self.buffer = data[at + size:]
        return data[0] & 15, bool(data[0] & 0x80), data[at:at + size]

    def receive(self, deadline):
        while True:
            frame = self._take_frame()
            if frame is None:
                self.buffer += self.tcp.receive(deadline)
                continue
            opcode, final, payload = frame
            if opcode == PING:
                self.send_frame(PONG, payload, deadline)
            elif opcode >= 8:
                return opcode, payload
            else:
                self.kind = opcode or self.kind
                self.parts.append(payload)
                if final:
                    whole, self.parts = b"".join(self.parts), []
                    return self.kind, whole

    def close(self):
        self.tcp.close()

    def reset(self):
        self.tcp.reset()
