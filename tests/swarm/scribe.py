# SPDX-License-Identifier: Apache-2.0
"""A server as small as the load tool lets one be: direct TLS, PLAIN, messages, an archive for each account (XEP-0313), rooms (XEP-0045).
It serves selftest, which makes it lie: lie(rows) gives what account 0 is told of its archive, None refuses the query; says(count, copy)
gives what account 0 gets as its message number count from a room."""
import base64
import os
import re
import socket
import ssl
import threading

PIECE = re.compile(r"<\?xml[^>]*>|<stream:stream[^>]*>|</stream:stream>|<presence/>|<(auth|iq|message|presence)\b.*?</\1>", re.S)
STREAM = "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' version='1.0' id='s'>"
SASL = "<stream:features><mechanisms xmlns='urn:ietf:params:xml:ns:xmpp-sasl'><mechanism>PLAIN</mechanism></mechanisms></stream:features>"
BIND = "<stream:features><bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/></stream:features>"
RESULT = "<message><result xmlns='urn:xmpp:mam:2' queryid='{query}' id='{at}'><forwarded xmlns='urn:xmpp:forward:0'>{row}" \
         "</forwarded></result></message>"
FIN = "<iq type='result' id='{id}'><fin xmlns='urn:xmpp:mam:2' complete='{complete}'><set xmlns='http://jabber.org/protocol/rsm'>" \
      "<first>{first}</first><last>{last}</last></set></fin></iq>"


def inside(name, text):
    found = re.search(rf"<{name}>(.*?)</{name}>", text)
    return found and found.group(1)


def attr(name, text):
    found = re.search(rf"\s{name}='(.*?)'", text)
    return found and found.group(1)


class Scribe:
    """Stands in for driver.Server: has port, process.pid and place."""
    def __init__(self, place, lie=None, says=None):
        self.place, self.lie, self.says, self.process, self.pid = place, lie, says, self, os.getpid()
        self.archives, self.clients, self.rooms, self.count, self.lock = {}, {}, {}, 0, threading.Lock()
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{place}/cert.pem", f"{place}/key.pem")
        self.listener = context.wrap_socket(socket.create_server(("127.0.0.1", 0)), server_side=True)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(client,), daemon=True).start()

    def serve(self, client):
        state, text = {"name": None}, ""
        try:
            while data := client.recv(65536):
                text += data.decode()
                while found := PIECE.search(text):
                    text = text[found.end():]
                    with self.lock:
                        client.sendall(self.answer(client, state, found.group()).encode())
        except OSError:
            pass

    def answer(self, client, state, piece):
        if piece.startswith("<stream:stream"):
            return STREAM + (BIND if state["name"] else SASL)
        if piece.startswith("<auth"):
            state["name"] = base64.b64decode(re.sub("<.*?>", "", piece)).decode().split("\0")[1]
            self.clients[state["name"]] = client
            return "<success xmlns='urn:ietf:params:xml:ns:xmpp-sasl'/>"
        if piece.startswith("<presence to"):
            room, nick = attr("to", piece).split("/")
            self.rooms.setdefault(room, {})[nick] = client
            code = "" if len(self.rooms[room]) > 1 else "<status code='201'/>"
            return f"<presence from='{room}/{nick}'><x xmlns='http://jabber.org/protocol/muc#user'><status code='110'/>{code}</x></presence>"
        if "type='groupchat'" in piece:
            self.tell_room(client, attr("to", piece), piece)
        elif piece.startswith("<message"):
            to = attr("to", piece).split("@")[0]
            for name in (state["name"], to):
                self.archives.setdefault(name, []).append(piece)
            self.clients[to].sendall(piece.encode())
        if piece.startswith("<iq"):
            return self.page(state["name"], piece) if "urn:xmpp:mam:2" in piece else f"<iq type='result' id='{attr('id', piece)}'/>"
        return piece if piece == "</stream:stream>" else ""

    def tell_room(self, sender, room, piece):
        nick = next(nick for nick, client in self.rooms[room].items() if client is sender)
        copy = piece.replace("<message", f"<message from='{room}/{nick}'")
        for name, client in self.rooms[room].items():
            self.count += name == "0"
            client.sendall((self.says(self.count, copy) if name == "0" else copy).encode())

    def page(self, name, piece):
        rows, most, start = self.archives[name], int(inside("max", piece)), int(inside("after", piece) or 0)
        rows = self.lie(rows) if name.endswith("0") else rows
        if rows is None:
            return f"<iq type='error' id='{attr('id', piece)}'><error type='wait'/></iq>"
        end = min(start + most, len(rows))
        told = "".join(RESULT.format(query=attr("queryid", piece), at=i + 1, row=rows[i]) for i in range(start, end))
        return told + FIN.format(id=attr("id", piece), complete="true" if end == len(rows) else "false", first=start + 1, last=end)
