#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""search_live.py BUILD [MESSAGES [PART...]]: searching, indexing and publishing, seen by clients of a whole server.

One account owns 300 rooms; search_bench puts MESSAGES (1,000,000) into them and 100 others while the server is down.
publish: 1,000 clients who have subscribed to a node (XEP-0060) get what is published.
search: the account searches all its rooms at once (XEP-0313 with include-groupchat) for three words, from changing places; the words take
turns, so that what else the machine does meets them all.
chat: pairs chat (tests/swarm, open loop), in turns while the server makes its index anew and while it does not. Medians, and the median of
the ratios of neighbouring windows: what else the machine does meets both.
Prints lines of Markdown. By hand, after `meson setup BUILD --buildtype=release` and `ninja -C BUILD`."""
import base64
import os
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HOUSE = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(HOUSE, "tools", "bench"))
import driver  # noqa: E402
import peers  # noqa: E402

ROOMS, SEARCHES, SUBSCRIBERS, PUBLISHED, ROUNDS = 300, 100, 1000, 50, 9
WORDS = {"a common word": "w1", "a rare word": "w4bf0", "two Chinese characters": "\u4e03\u4e05"}
SECONDS = 30
PUBSUB = "http://jabber.org/protocol/pubsub"
MAM = ("<iq type='set' id='{id}'><query xmlns='urn:xmpp:mam:2'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>"
       "urn:xmpp:mam:2</value></field><field var='include-groupchat'><value>1</value></field><field var='end'><value>{end}</value></field>"
       "<field var='{{urn:xmpp:fulltext:0}}fulltext'><value>{word}</value></field></x>"
       "<set xmlns='http://jabber.org/protocol/rsm'><max>50</max><before/></set></query></iq>")


class Client:
    """Just enough of a client: STARTTLS, PLAIN, one resource."""
    def __init__(self, port, user):
        self.socket, self.seen, self.count = socket.create_connection(("127.0.0.1", port)), "", 0
        self.open()
        self.say("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed[^>]*/>")
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.socket = context.wrap_socket(self.socket)
        self.open()
        token = base64.b64encode(f"\0{user}\0secret".encode()).decode()
        self.say(f"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='PLAIN'>{token}</auth>", "<success[^>]*/>")
        self.open()
        self.ask("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'><resource>bench</resource></bind>")

    def say(self, text, answer):
        self.socket.sendall(text.encode())
        end = time.monotonic() + 60
        while not (found := re.search(answer, self.seen, re.S)):
            if time.monotonic() > end:
                sys.exit(f"no answer to {text[:200]}: {self.seen[-500:]}")
            self.socket.settimeout(60)
            self.seen += self.socket.recv(1 << 18).decode(errors="replace")
        before, self.seen = self.seen[:found.end()], self.seen[found.end():]
        return before

    def open(self):
        self.seen = ""
        self.say("<?xml version='1.0'?><stream:stream to='localhost' version='1.0' xmlns='jabber:client' "
                 "xmlns:stream='http://etherx.jabber.org/streams'>", "</stream:features>")

    def ask(self, kind, payload, to=None):
        self.count += 1
        address = f" to='{to}'" if to else ""
        return self.finish(f"<iq type='{kind}' id='i{self.count}'{address}>{payload}</iq>", f"i{self.count}")

    def finish(self, text, name):
        answer = self.say(text, rf"<iq [^>]*id=[\"']{name}[\"'][^>]*?(/>|>.*?</iq>)")
        if re.search(rf"<iq [^>]*type=[\"']error[\"'][^>]*id=[\"']{name}[\"']", answer):
            sys.exit(f"refused: {text[:300]}\n{answer[-500:]}")
        return answer


def cpu_of(pid):
    """Seconds that all living threads have used, to the nanosecond."""
    total = 0
    for thread in os.listdir(f"/proc/{pid}/task"):
        with open(f"/proc/{pid}/task/{thread}/schedstat", encoding="ascii") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def make_rooms(client):
    for i in range(ROOMS):
        room = f"room{i}@conference.localhost"
        client.say(f"<presence to='{room}/me'><x xmlns='http://jabber.org/protocol/muc'/></presence>",
                   f"<subject.*?</message>|{room}.*?<subject/>")
        client.ask("set", "<query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'/></query>", room)


def waiting(control):
    out = subprocess.run([*control, "search", "status", "--json"], capture_output=True, text=True, check=True).stdout
    return int(re.search(r'"waiting": *(\d+)', out).group(1))


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def search(server, client):
    took, used, matches = {word: [] for word in WORDS}, {word: [] for word in WORDS}, dict.fromkeys(WORDS, 0)
    for i in range(SEARCHES):
        for name, word in WORDS.items():
            mark, before, began = f"s{i}{word[:1]}", cpu_of(server.process.pid), time.monotonic()
            answer = client.finish(MAM.format(id=mark, end=f"2020-09-{19 - i % 4}T00:00:00Z", word=word), mark)
            took[name].append((time.monotonic() - began) * 1000)
            matches[name] += answer.count("<result ")
            used[name].append((cpu_of(server.process.pid) - before) * 1000)
    print("| for | matches of a page | lowest ms | p50 ms | p95 ms | server CPU p50 ms | p95 ms |\n|---|---|---|---|---|---|---|")
    for name, values in took.items():
        print(f"| {name} | {matches[name] / SEARCHES:.1f} | {min(values):.1f} | {quantile(values, 0.5):.1f} | {quantile(values, 0.95):.1f} | "
              f"{quantile(used[name], 0.5):.1f} | {quantile(used[name], 0.95):.1f} |", flush=True)


def window(tools, server):
    line = driver.swarm(tools, server, "chat", "--users", 100, "--prefix", "talk", "--rate", 500, "--warmup", 1000, "--measure", 5000)
    if not line or not line["good"]:
        sys.exit("the load tool could not chat")
    return line


def chat(tools, server, control):
    """Windows with and without the index being made, in turns."""
    keys, still, busy = ("p50_ms", "p99_ms", "server_us"), [], []
    for i in range(ROUNDS):
        still.append(window(tools, server))
        subprocess.run([*control, "search", "rebuild"], check=True, stdout=subprocess.DEVNULL)
        busy.append(window(tools, server))
        if not waiting(control):
            print(f"round {i + 1}: the index was done before the window was; give more messages", flush=True)
        while waiting(control):
            time.sleep(0.5)
    print("| | " + " | ".join(keys) + " |\n|---|" + "---|" * len(keys))
    for name, lines in (("without", still), ("while indexing", busy)):
        print(f"| {name} | " + " | ".join(f"{statistics.median(line[key] for line in lines):.2f}" for key in keys) + " |")
    ratios = (f"{statistics.median(b[key] / a[key] for a, b in zip(still, busy)):.2f}" for key in keys)
    print("| median of the ratios | " + " | ".join(ratios) + " |", flush=True)


def publish(tools, server, client):
    service = "pubsub.localhost"
    client.ask("set", f"<pubsub xmlns='{PUBSUB}'><create node='urn:bench'/></pubsub>", service)
    people = "".join(f"<subscription jid='talk{i}@localhost' subscription='subscribed'/>" for i in range(SUBSCRIBERS))
    for half in (people[:people.index("<subscription jid='talk500@")], people[people.index("<subscription jid='talk500@"):]):
        client.ask("set", f"<pubsub xmlns='{PUBSUB}#owner'><subscriptions node='urn:bench'>{half}</subscriptions></pubsub>", service)
    idle = threading.Thread(target=driver.swarm, args=(tools, server, "idle", "--users", SUBSCRIBERS, "--prefix", "talk", "--hold", SECONDS * 1000))
    idle.start()
    time.sleep(SECONDS * 2 / 3)
    before = cpu_of(server.process.pid)
    for i in range(PUBLISHED):
        client.ask("set", f"<pubsub xmlns='{PUBSUB}'><publish node='urn:bench'><item id='n{i}'><a xmlns='urn:bench'>news {i}</a></item></publish></pubsub>", service)
    time.sleep(1)
    used = cpu_of(server.process.pid) - before
    idle.join()
    print(f"publishing to {SUBSCRIBERS}: {used / PUBLISHED / SUBSCRIBERS * 1e6:.1f} us CPU a notification", flush=True)


def main():
    build, messages = os.path.abspath(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "1000000"
    parts = sys.argv[3:] or ["publish", "search", "chat"]
    tools = os.path.join(build, "tests/swarm")
    with tempfile.TemporaryDirectory(prefix="bench-search-") as place:
        driver.make_certificate(place)
        prepare, fault = peers.known(tools, os.path.join(build, "src/parleyd"))["parleyd"]
        server = driver.Server(prepare, place)
        if fault:
            sys.exit(fault)
        config = next(word for word in server.argv if word.endswith(".conf"))
        control = [os.path.join(build, "src/parleyctl"), "--config", config]
        with server:
            driver.swarm(tools, server, "register", "--users", SUBSCRIBERS, "--prefix", "talk")
            subprocess.run([*control, "user", "add", "owner@localhost", "--admin"], input="secret\n", text=True, check=True)
            client = Client(server.port, "owner")
            if "publish" in parts:
                publish(tools, server, client)
            make_rooms(client)
        with open(config, encoding="utf-8") as file:
            data = re.search(r'data_dir *= *"([^"]*)"', file.read()).group(1)
        subprocess.run([os.path.join(build, "tests/bench/search_bench"), messages, os.path.join(place, data)], check=True)
        with server:
            while waiting(control):
                time.sleep(0.5)
            if "search" in parts:
                search(server, Client(server.port, "owner"))
            if "chat" in parts:
                chat(tools, server, control)


if __name__ == "__main__":
    main()
