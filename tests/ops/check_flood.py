# SPDX-License-Identifier: Apache-2.0
"""Memory under floods: connections that break off, receivers that do not read, names without end (rows 3, 6 and 8)."""
import base64
import concurrent.futures
import random
import resource
import struct
import threading

from bed import LONG, PASSWORD, SECONDS, Closed, Failure, Late, Server, closing, equal, os, socket, soon, ssl, time, until, want

OPEN = (b"<?xml version='1.0'?><stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='localhost' version='1.0'>")
STARTTLS = b"<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"
AUTH = b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>biwsbj1yb21lbyxyPWFiY2RlZmdo"
HELLO = bytes.fromhex("16030100c4010000c00303") + bytes(60)  # the first third of a TLS hello
RESET = struct.pack("ii", 1, 0)
MIB = 2**20

# Cycles of each step: in CI, in CI under a sanitizer, and in the long form (together 1,200,000).
CYCLES = {"tcp": (20000, 20000, 300000), "half_hello": (20000, 20000, 200000), "proceed": (20000, 20000, 200000), "tls": (20000, 4000, 200000),
          "half_header": (20000, 4000, 150000), "half_auth": (20000, 4000, 150000)}
# What a server may grow between the end of the warm-up (a fifth of the cycles) and the end: pages that the allocator keeps, and under
# AddressSanitizer its own tables.
GROWTH_MAX, GROWTH_MAX_SANITIZED = 3 * MIB, 24 * MIB
# Descriptors of the store's readers and of the index, which are opened at their first use: perhaps behind the first look.
OPENED_LATE = 12
# The sanitizer would keep 256 MiB of freed memory on purpose.
QUIET = "quarantine_size_mb=1:thread_local_quarantine_size_kb=64:malloc_context_size=3"


def quiet_env():
    return {"ASAN_OPTIONS": ":".join(filter(None, (os.environ.get("ASAN_OPTIONS"), QUIET)))}


def growth_max(server):
    return GROWTH_MAX_SANITIZED if server.is_sanitized() else GROWTH_MAX


def tls_context():
    return ssl._create_unverified_context()  # a self-signed certificate on loopback


def read_until(sock, word):
    data = b""
    while word not in data:
        part = sock.recv(8192)
        want(part, f"closed before {word}: {data!r}")
        data += part


def abort(server, step, context):
    """One connection that gets as far as step and is reset."""
    secure = step in ("tls", "half_header", "half_auth")
    host, port = server.address("xmpps" if secure or step == "half_hello" else "xmpp")
    sock = socket.create_connection((host, port), timeout=SECONDS)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if step == "half_hello":
        sock.send(HELLO)
    elif step == "proceed":
        sock.send(OPEN + STARTTLS)
        read_until(sock, b"<proceed")
    elif secure:
        sock = context.wrap_socket(sock)
        if step == "half_header":
            sock.send(OPEN[:70])
        elif step == "half_auth":
            sock.send(OPEN + AUTH + (b"</auth><response" if random.random() < 0.5 else b""))
            read_until(sock, b"<stream:features" if random.random() < 0.5 else b"</stream:features>")
        sock = socket.socket(fileno=sock.detach())
    sock.close()


def abort_many(server, step, count):
    """count of them on two threads."""
    def work(share):
        context = tls_context()
        for _ in range(share):
            abort(server, step, context)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work, count // 2) for _ in range(2)]:
            done.result()


def flat(server, what, warm_up, rest):
    """Runs warm_up, then rest: in rest the resident memory must stay."""
    warm_up()
    server.settle()
    before = server.rss()
    rest()
    server.settle()
    grown = server.rss() - before
    want(grown <= growth_max(server), f"{what}: {grown / MIB:.1f} MiB more, from {before / MIB:.1f} MiB")
    return f"{what}: {grown / MIB:+.2f} MiB, {before / MIB:.1f} MiB"


def check_aborted_connections():
    """connections that break off at each step of the way in leave no memory behind (row 3)"""
    with Server("limits = { trusted = [ ]; };", env=quiet_env()) as server:
        base, told = server.metrics(), []
        for step, counts in CYCLES.items():
            count = counts[2] if LONG else counts[1] if server.is_sanitized() else counts[0]
            began = time.monotonic()
            told.append(flat(server, f"{count} × {step}", lambda: abort_many(server, step, count // 5), lambda: abort_many(server, step, count * 4 // 5))
                        + f", {time.monotonic() - began:.1f} s")
        after = server.metrics()
        for name in base:
            if name.startswith("parley_memory_bytes") or name in ("parley_connections", "parley_sessions", "parley_entities"):
                equal(after[name], base[name], name)
        until(lambda: server.metrics()["process_open_fds"] <= base["process_open_fds"] + OPENED_LATE, "the descriptors to be closed")
        return "\n".join(told)


def check_aborted_web():
    """the same for the web listeners: half requests, half handshakes, half WebSockets (row 3)"""
    steps = [("http", False, b""), ("http", False, b"GET / HTTP/1.1\r\nHost: loc"), ("http", False, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nhal"),
             ("http", False, b"GET /xmpp-websocket HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                             b"Sec-WebSocket-Protocol: xmpp\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\x01\x86\0\0\0\0<open "),
             ("https", False, HELLO), ("https", True, b"GET / HTTP/1.1\r\n")]

    def many(server, count):
        context = tls_context()
        for _ in range(count):
            for listener, secure, data in steps:
                sock = socket.create_connection(server.address(listener), timeout=SECONDS)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                if secure:
                    sock = context.wrap_socket(sock)
                if data:
                    sock.send(data)
                if secure:
                    sock = socket.socket(fileno=sock.detach())
                sock.close()
    with Server(env=quiet_env()) as server:
        count = 20000 if LONG else 500
        fds = server.metrics()["process_open_fds"]
        told = flat(server, f"{count} × {len(steps)} requests", lambda: many(server, count // 5), lambda: many(server, count * 4 // 5))
        until(lambda: server.metrics()["process_open_fds"] <= fds + OPENED_LATE, "the descriptors to be closed")
        return told


def fill(sender, to, count, size, kind="chat"):
    for number in range(count):
        sender.message(to, f"{number} " + "x" * size, kind)
    sender.ping(soon(6 * SECONDS))


def stop_reading(client):
    """The kernel's buffers of the client are made small, and nothing is read any more."""
    client.socket.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)


def check_slow_reader():
    """who does not read gets a bounded queue; then the session without 0198 ends, memory stays, the sender goes on (row 6)"""
    with Server('limits = { output_bytes = "1MiB"; };', users=["romeo", "juliet", "nurse"], env=quiet_env()) as server:
        romeo, nurse = server.login("romeo/one"), server.login("nurse/one")
        juliet = server.login("juliet/slow")
        with closing(romeo, nurse, juliet):
            stop_reading(juliet)
            before, worst = server.rss(), 0
            for number in range(40):  # headlines are not stored: the store's cache would hide what else grows
                fill(romeo, juliet.jid, 10, 100000, "chat" if number == 0 else "headline")
                worst = max(worst, server.metrics()['parley_memory_bytes{subsystem="outq"}'])
            want(worst <= 2 * MIB, f"the output queue had {worst} bytes")
            until(lambda: server.metrics()["parley_connections"] == 2, "the slow one to be cut off")
            equal(server.metrics()["parley_sessions"], 2)
            grown = server.rss() - before
            want(grown < 4 * growth_max(server), f"{grown} bytes more for 40 MB to one who does not read")
            nurse.message(romeo.jid, "still here?")
            romeo.hear_body("still here?")
            back = server.login("juliet/back")
            with closing(back):
                back.request("set", "<query xmlns='urn:xmpp:mam:2'><set xmlns='http://jabber.org/protocol/rsm'><before/><max>5</max></set></query>", soon())
                equal(sum("urn:xmpp:mam:2" in str(event[1]) and "<result" in str(event[1]) for event in back.pending), 5,
                      "what did not reach him is in the archive")
            return f"output queue at most {worst / MIB:.2f} MiB, resident {grown / MIB:+.2f} MiB"


def check_slow_reader_with_sm():
    """the same with 0198: the session is detached or ended, its queue is bounded, and nothing is lost from the archive (row 6)"""
    with Server('limits = { output_bytes = "1MiB"; resume_stanzas = 50; };', users=["romeo", "juliet"], env=quiet_env()) as server:
        romeo, juliet = server.login("romeo/one"), server.login("juliet/slow", "sm", "mute")
        with closing(romeo, juliet):
            stop_reading(juliet)
            worst = 0
            for _ in range(30):
                fill(romeo, juliet.jid, 10, 100000)
                numbers = server.metrics()
                worst = max(worst, numbers['parley_memory_bytes{subsystem="outq"}'] + numbers['parley_memory_bytes{subsystem="resume_queues"}'])
            until(lambda: server.metrics()["parley_connections"] == 1, "the slow one to be cut off")
            worst_now = server.metrics()['parley_memory_bytes{subsystem="resume_queues"}']
            want(worst <= 4 * MIB and worst_now <= 2 * MIB, f"the queues had {worst} bytes, now {worst_now}")
            return f"queues at most {worst / MIB:.2f} MiB"


def check_much_waits():
    """who was sent more than his queue takes while he was away gets all of it, each message once and in order, before what is newer (row 6)"""
    with Server('limits = { output_bytes = "1MiB"; resume_stanzas = 40; };', users=["romeo", "juliet", "nurse"]) as server:
        romeo = server.login("romeo/one")
        with closing(romeo):
            for to in ("juliet", "nurse"):
                fill(romeo, f"{to}@localhost", 45, 60000)
            for to, words in (("juliet", ()), ("nurse", ("sm",))):
                client = server.login(f"{to}/one", *words)
                with closing(client):
                    romeo.message(client.jid, "live")
                    client.hear_body("live")  # behind all that waited
                    bodies = [event[1].find("body") for event in client.pending if event[0] == "element"]
                    got = [int(body.text().split()[0]) for body in bodies if body is not None and body.text() != "live"]
                    client.leave()
                equal(got, list(range(45)), f"what {to} got before the newer one")


def check_never_acknowledging():
    """who reads but never acknowledges has a bounded queue, too (row 6)"""
    with Server("limits = { resume_stanzas = 100; };", users=["romeo", "juliet"], env=quiet_env()) as server:
        romeo, juliet = server.login("romeo/one"), server.login("juliet/mute", "sm", "mute")
        with closing(romeo, juliet):
            stop = threading.Event()

            def read():
                try:
                    while not stop.is_set():
                        juliet._read(time.monotonic() + 0.5)  # pylint: disable=protected-access
                        juliet.pending.clear()
                except (Closed, Failure):
                    pass
                except Late:
                    read()
            thread = threading.Thread(target=read, daemon=True)
            thread.start()
            fill(romeo, juliet.jid, 400, 100)
            until(lambda: server.metrics()["parley_sessions"] == 1, "the session to end")
            stop.set()
            thread.join(SECONDS)
            equal(server.metrics()['parley_memory_bytes{subsystem="resume_queues"}'], 0, "what was queued")
            romeo.ping(soon())


def check_slow_sender_of_requests():
    """who asks and never reads the answers is held back or cut off; memory stays (row 6)"""
    with Server('limits = { output_bytes = "1MiB"; };', users=["romeo", "juliet"], env=quiet_env()) as server:
        romeo, juliet = server.login("romeo/one"), server.login("juliet/one")
        with closing(romeo, juliet):
            for number in range(100):
                romeo.result(f"<query xmlns='jabber:iq:roster'><item jid='friend{number}@elsewhere.example' name='{'n' * 500}'/></query>", soon())
            stop_reading(romeo)
            before, sent = server.rss(), 0
            try:
                for number in range(20000):
                    romeo.socket.send(f"<iq type='get' id='q{number}'><query xmlns='jabber:iq:roster'/></iq>".encode(), soon(2))
                    sent += 1
            except (Late, Closed):
                pass
            grown = server.rss() - before
            want(grown < 2 * growth_max(server) + 16 * MIB, f"{grown} bytes more after {sent} requests")
            juliet.ping(soon())
            return f"{sent} requests, resident {grown / MIB:+.2f} MiB"


def random_name():
    return "".join(random.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(12))


def send_and_wait(client, parts, count):
    """parts: text for a number; in portions, with a round trip behind each."""
    for start in range(0, count, 500):
        client.say("".join(parts(number) for number in range(start, min(count, start + 500))))
        client.ping(soon(6 * SECONDS))
        client.pending.clear()


def check_random_names():
    """element names, namespaces, attributes, addresses, ids and resources by the 100,000 make no table grow (row 8)"""
    count = 200000 if LONG else 25000
    with Server("limits = { trusted = [ ]; };", users=["romeo"], env=quiet_env()) as server:
        client = server.login("romeo/one")
        shapes = {
            "names": lambda number: f"<iq type='get' id='i{number}' to='localhost'><{random_name()} xmlns='urn:x'/></iq>",
            "namespaces": lambda number: f"<iq type='get' id='i{number}' to='localhost'><q xmlns='urn:{random_name()}'/></iq>",
            "attributes": lambda number: f"<iq type='get' id='{random_name()}' to='localhost' {random_name()}='1'><q xmlns='urn:x'/></iq>",
            "accounts": lambda number: f"<message to='{random_name()}@localhost' type='headline'><body>x</body></message>",
            "resources": lambda number: f"<message to='romeo@localhost/{random_name()}' type='headline'><body>x</body></message>",
            "domains": lambda number: f"<iq type='get' id='i{number}' to='{random_name()}.example'><q xmlns='urn:x'/></iq>",
            "presence": lambda number: f"<presence to='{random_name()}@localhost'/>",
            "items": lambda number: f"<iq type='get' id='i{number}' to='{random_name()}@localhost'><query xmlns='http://jabber.org/protocol/disco#info' "
                                    f"node='{random_name()}'/></iq>",
        }
        told = []
        with closing(client):
            base = server.metrics()
            for name, shape in shapes.items():
                send_and_wait(client, shape, count // 5)
                before = server.rss()
                send_and_wait(client, shape, count * 4 // 5)
                grown = server.rss() - before
                want(grown <= growth_max(server), f"{count} {name}: {grown / MIB:.1f} MiB more")
                told.append(f"{count} {name}: {grown / MIB:+.2f} MiB")
            after = until(lambda: (numbers := server.metrics())["parley_entities"] <= base["parley_entities"] + 100 and numbers,
                          "the entities of names that nobody has to be forgotten", 12 * SECONDS)
            for name in base:
                if name.startswith("parley_memory_bytes"):
                    want(after[name] <= base[name] + 512 * 1024, f"{name}: {after[name] - base[name]} bytes more")
        return "\n".join(told)


def check_random_sessions():
    """accounts and resources that come and go leave no memory behind (row 8)"""
    count = 5000 if LONG else 300
    with Server("limits = { trusted = [ ]; };", users=["romeo", "juliet"], env=quiet_env()) as server:
        def many(number):
            for _ in range(number):
                client = server.login(f"romeo/{random_name()}", "tls", "bind2", random.choice(("sm", "carbons")))
                client.leave()
        with closing(server.login("juliet/one")) as (juliet,):
            told = flat_with(server, f"{count} sessions", lambda: many(count // 5), lambda: many(count * 4 // 5))
            juliet.ping(soon())
        return told


def flat_with(server, what, warm_up, rest):
    """As flat, while one connection stays."""
    warm_up()
    before = server.rss()
    rest()
    until(lambda: server.metrics()["parley_connections"] == 1, "the others to go")
    grown = server.rss() - before
    want(grown <= growth_max(server), f"{what}: {grown / MIB:.1f} MiB more")
    return f"{what}: {grown / MIB:+.2f} MiB"


def check_random_logins():
    """logins as users that do not exist, from many addresses, make no table grow (row 8)"""
    count = 100000 if LONG else 2000
    with Server("limits = { trusted = [ ]; login_failures = 100; };", users=["romeo"], env=quiet_env()) as server:
        def many(number):
            done = 0
            while done < number:
                sock = socket.create_connection(server.address("xmpps"), timeout=SECONDS,
                                                source_address=(f"127.{random.randrange(1, 255)}.{random.randrange(255)}.{random.randrange(1, 255)}", 0))
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                sock = tls_context().wrap_socket(sock)
                sock.send(OPEN)
                read_until(sock, b"</stream:features>")
                for _ in range(min(8, number - done)):
                    name = random_name()
                    first = f"n,,n={name},r=abcdefgh".encode()
                    sock.send(b"<auth xmlns='urn:ietf:params:xml:ns:xmpp-sasl' mechanism='SCRAM-SHA-1'>" + base64.b64encode(first) + b"</auth>")
                    read_until(sock, b"</challenge>")
                    sock.send(b"<response xmlns='urn:ietf:params:xml:ns:xmpp-sasl'>Yz1iaXdzLHI9YSxwPUFBQUE=</response>")
                    read_until(sock, b"</failure>")
                    done += 1
                sock.close()
        return flat(server, f"{count} logins", lambda: many(count // 5), lambda: many(count * 4 // 5))


def check_connection_limit():
    """more connections than limits.connections are turned away, and those that are there go on"""
    with Server("limits = { connections = 20; };", users=["romeo"]) as server:
        client = server.login("romeo/one")
        socks = []
        with closing(client):
            for _ in range(60):
                socks.append(server.connect("xmpp"))
            time.sleep(0.3)
            # Each loop looks before it accepts: they may do so at the same instant.
            want(server.metrics()["parley_connections"] < 20 + os.cpu_count(), "connections")
            client.ping(soon())
            for sock in socks:
                sock.close()
            until(lambda: server.metrics()["parley_connections"] == 1, "the others to go")
            again = server.client("romeo/two")
            again.account = ("romeo", PASSWORD)
            again.login(soon())
            again.leave()


def check_want_of_descriptors():
    """without free descriptors the server waits, does not spin, and goes on when there are some"""
    with Server(is_started=False, users=[]) as server:
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (120, before[1]))
        try:
            server.start()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
        server.add_user("romeo", PASSWORD)
        client = server.login("romeo/one")
        socks = []
        with closing(client):
            for _ in range(150):
                socks.append(socket.create_connection(server.address("xmpp"), timeout=SECONDS))
            time.sleep(0.5)
            with open(f"/proc/{server.child.pid}/stat", encoding="ascii") as file:
                ticks = sum(int(word) for word in file.read().rpartition(")")[2].split()[11:13])
            time.sleep(2)
            with open(f"/proc/{server.child.pid}/stat", encoding="ascii") as file:
                spent = sum(int(word) for word in file.read().rpartition(")")[2].split()[11:13]) - ticks
            want(spent < os.sysconf("SC_CLK_TCK"), f"{spent} ticks of CPU in 2 s of waiting")
            client.ping(soon())
            for sock in socks:
                sock.close()
            until(lambda: server.metrics()["parley_connections"] == 1, "the others to go")
            again = server.login("romeo/two")
            again.leave()
