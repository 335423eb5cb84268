# SPDX-License-Identifier: Apache-2.0
"""External components (XEP-0114) in operation: reload, the list of them, one that does not read, one that floods."""
import resource

from bed import Closed, Late, Server, closing, equal, json, os, run, soon, time, until, want
from check_flood import quiet_env
from player.component import Component

SECRET = "correct-horse-battery"
MIB = 2**20


def group(name, secret=SECRET):
    return f'{{ name = "{name}"; secret = "{secret}"; }}'


def components(*groups):
    return f"components = ( {', '.join(groups)} );"


def component(server, domain="irc.localhost", secret=SECRET, **options):
    return Component(domain.partition(".")[0], domain, secret, options, server)


def logged_in(server, *words, **options):
    found = component(server, *words, **options)
    found.login(soon())
    return found


def stream_error(found, condition):
    element = found.wait_for(lambda e: e.local == "error" and "streams" in e.ns, soon())
    want(element.find(condition) is not None, f"wanted {condition}, got {element}")


def listed(server):
    return {row["domain"]: row for row in json.loads(server.ctl("components", "list", "--json"))}


def check_reload():
    """a reload brings and ends components, also the first one; a new secret ends the stream of the old one"""
    with Server(users=["romeo"]) as server:
        want("component" not in server.addresses, f"listens for components without any: {server.addresses}")
        equal(listed(server), {})
    with Server(components(group("irc.localhost")), users=["romeo"]) as server:
        irc, romeo = logged_in(server), server.login("romeo/one")
        with closing(irc, romeo):
            server.set_config(components(group("irc.localhost"), group("echo.localhost")))
            want("not reloaded" not in server.hang_up(), server.tail(3))
            until(lambda: set(listed(server)) == {"irc.localhost", "echo.localhost"}, "the second component")
            echo = logged_in(server, "echo.localhost")
            with closing(echo):
                irc.ping(soon())
                rows = listed(server)
                want(rows["irc.localhost"]["connected"] and rows["irc.localhost"]["from"] == "127.0.0.1", rows)
                equal(server.metrics()["parley_components"], 2)
                server.set_config(components(group("echo.localhost", "another-long-secret")))
                want("not reloaded" not in server.hang_up(), server.tail(3))
                stream_error(irc, "host-gone")
                stream_error(echo, "reset")
            romeo.message("irc.localhost", "hello")
            romeo.hear(lambda e: e.attrs.get("type") == "error" and e.find("error").find("remote-server-not-found") is not None)
            with closing(logged_in(server, "echo.localhost", "another-long-secret")):
                until(lambda: listed(server)["echo.localhost"]["connected"], "the component to be there again")
            until(lambda: not listed(server)["echo.localhost"]["connected"], "the component to be gone")
            line = (server.set_config(components(group("x.localhost", "short"))), server.hang_up())[1]
            want("not reloaded" in line and "16 characters" in line and "short" not in line.replace("shorter", ""), line)
            equal(set(listed(server)), {"echo.localhost"})


def check_first_by_reload():
    """the first component of a running server: its listener opens with the reload, on all loops"""
    with Server("workers = 3;", users=["romeo"]) as server:
        port = free_port()
        server.listen["component"] = f"127.0.0.1:{port}"
        server.set_config("workers = 3;\n" + components(group("irc.localhost")))
        want("not reloaded" not in server.hang_up(), server.tail(3))
        server.addresses["component"] = ("127.0.0.1", port)
        romeo = server.login("romeo/one")
        with closing(romeo):
            for number in range(12):
                until(lambda: not listed(server)["irc.localhost"]["connected"], "the last one to be gone")
                irc = logged_in(server)
                with closing(irc):
                    irc.send(f"<message from='irc.localhost' to='romeo@localhost'><body>{number}</body></message>", soon())
                    romeo.hear_body(str(number))
                    romeo.message("a@irc.localhost", f"back {number}")
                    irc.wait_for(lambda e: e.local == "message", soon())


def free_port():
    import socket
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return sock.getsockname()[1]


def check_bad_configurations():
    """what is wrong with components is said at the start, without the secret"""
    for config, word in [(components(group("irc.localhost", "tooshort")), "16 characters"), (components(group("localhost")), "own domain"),
                         (components(group("a.b"), group("a.b")), "two of this name"), ("components = ( { nam = 1; } );", "components.*.nam")]:
        with Server(config, is_started=False) as server:
            code, _, text = run(server.parleyd, "--check", "--config", server.config)
            want(code != 0 and word in text and "tooshort" not in text, f"{config}: {text}")


def check_slow_component():
    """a component that does not read: what waits is bounded, senders get errors, and it goes on when it reads again"""
    config = components(group("irc.localhost")) + '\nlimits = { component_queue = "64KiB"; };'
    with Server(config, users=["romeo"], env=quiet_env()) as server:
        irc, romeo = component(server), server.login("romeo/one", "unavailable")
        irc.connect(soon())
        irc.open_stream(soon())
        irc.handshake(soon())
        irc.wait_for(lambda e: e.local == "handshake", soon())
        with closing(irc, romeo):
            before, body, refused = server.rss(), "x" * 50000, 0
            for number in range(2000):  # the kernel's buffers take some MiB
                romeo.say(f"<message to='irc.localhost' type='headline' id='n{number}'><body>{body}</body></message>")
                romeo.ping(soon())
                errors = [e for _, e in romeo.pending if e is not None and e.local == "message"]
                want(all(e.find("error").find("resource-constraint") is not None for e in errors), errors)
                romeo.pending.clear()
                refused = refused + 1 if errors else 0
                if refused == 10:  # one after the other: it is not only a burst
                    break
            equal(refused, 10, "messages refused one after the other")
            want(server.rss() - before < 64 * MIB, f"grew by {(server.rss() - before) // MIB} MiB")
            unsent = listed(server)["irc.localhost"]["unsent"]
            want(0 < unsent <= 64 * 1024, f"unsent: {unsent}")
            want(server.metrics()["parley_component_refused_total"] > 0, "not counted")
            got = irc.wait_for(lambda e: e.local == "message" and e.attrs["id"] == "n0", soon())
            want(got is not None, "nothing came")
            until(lambda: drain(irc) or listed(server)["irc.localhost"]["unsent"] == 0, "the queue to be empty")
            romeo.say("<message to='irc.localhost' type='headline' id='last'><body>again</body></message>")
            irc.wait_for(lambda e: e.local == "message" and e.attrs["id"] == "last", soon())


def drain(client):
    try:
        while True:
            client._read(time.monotonic() + 0.1)
    except (Late, Closed):
        return False


def check_flooding_component():
    """a component that sends without end: memory stays, others are served, and nothing that fits is lost"""
    with Server("workers = 2;\n" + components(group("irc.localhost")), users=["romeo", "juliet"], env=quiet_env()) as server:
        irc, romeo = logged_in(server), server.login("romeo/one")
        juliet = server.login("juliet/one")
        with closing(irc, romeo, juliet):
            before = server.rss()
            text = "".join(f"<presence from='p{n}@irc.localhost' to='juliet@localhost/one'/>" for n in range(1000))
            for _ in range(20):
                irc.send(text, soon(30))
            romeo.ping(soon())
            seen = 0
            while seen < 20000:
                kind, element = juliet.next_event(soon(30))
                seen += kind == "element" and element.local == "presence"
            want(server.rss() - before < 128 * MIB, f"grew by {(server.rss() - before) // MIB} MiB")
            irc.ping(soon())


def check_rights_change():
    """a reload that changes what a component may do ends its stream: it comes again to hear of it"""
    def config(more):
        return f'components = ( {{ name = "irc.localhost"; secret = "{SECRET}"; {more} }} );'
    with Server(config("")) as server:
        irc = logged_in(server)
        with closing(irc):
            server.set_config(config('iq = [ "urn:xmpp:ping get" ];'))
            server.hang_up()
            stream_error(irc, "reset")
        until(lambda: not listed(server)["irc.localhost"]["connected"], "the old stream to be gone")
        irc = logged_in(server)
        with closing(irc):
            told = irc.wait_for(lambda e: e.local == "message", soon())
            want(told.find("privilege").find("perm").attrs["access"] == "iq", told)


def check_unanswered_requests():
    """requests in the name of a user that nobody answers: at most 64 of one account are remembered"""
    config = f'components = ( {{ name = "pep.localhost"; secret = "{SECRET}"; iq = [ "urn:xmpp:ping get" ]; }} );'
    with Server(config, users=["romeo", "juliet"]) as server:
        pep, romeo = logged_in(server, "pep.localhost"), server.login("romeo/one")
        with closing(pep, romeo):
            for number in range(70):
                pep.send(f"<iq from='pep.localhost' to='juliet@localhost' type='get' id='q{number}'><privileged_iq xmlns='urn:xmpp:privilege:2'>"
                         f"<iq xmlns='jabber:client' type='get' to='romeo@localhost/one' id='s{number}'><ping xmlns='urn:xmpp:ping'/></iq>"
                         "</privileged_iq></iq>", soon())
            for number in range(64, 70):
                refused = pep.wait_for(lambda e, n=number: e.attrs.get("id") == f"q{n}", soon())
                want(refused.find("error").find("resource-constraint") is not None, refused)
            for number in range(64):
                asked = romeo.hear(lambda e, n=number: e.attrs.get("id") == f"s{n}")
                romeo.say(f"<iq type='result' id='{asked.attrs['id']}' to='juliet@localhost'/>")
            for number in range(64):
                pep.wait_for(lambda e, n=number: e.attrs.get("id") == f"q{n}" and e.attrs["type"] == "result", soon())


def check_plaintext():
    """without TLS from the networks of login.component_plaintext only"""
    config = components(group("irc.localhost")) + '\nlogin = { component_plaintext = [ "192.0.2.0/24" ]; };'
    with Server(config) as server:
        irc = component(server)
        irc.connect(soon())
        with closing(irc):
            element = irc.wait_for(lambda e: e.local == "error", soon())
            want(element.find("policy-violation") is not None, element)
        with closing(logged_in(server, tls=True)) as (irc,):
            irc.ping(soon())


def check_throttle():
    """wrong secrets from an address that is not trusted are throttled"""
    config = components(group("irc.localhost")) + '\nlimits = { trusted = [ ]; };'
    with Server(config) as server:
        def tries(secret):
            irc = component(server, secret=secret)
            irc.connect(soon())
            irc.open_stream(soon())
            irc.handshake(soon())
            with closing(irc):
                answer = irc.take(soon())
                return next((c.local for c in answer.elements()), answer.local)
        found = [tries("wrong") for _ in range(12)]
        equal(found[0], "not-authorized")
        equal(found[-1], "policy-violation")
        equal(tries(SECRET), "policy-violation", "the right secret, throttled")


def check_many_connections():
    """connections that never say who they are: a bound on each loop, and their time is up"""
    config = "workers = 1;\n" + components(group("irc.localhost")) + '\nlimits = { login_time = "2s"; };'
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 4096), hard))
    try:
        with Server(config, env=dict(os.environ)) as server:
            socks = [server.connect("component") for _ in range(600)]
            closed = 0
            for sock in socks[512:]:
                sock.settimeout(5)
                try:
                    closed += sock.recv(100) == b""
                except OSError:
                    closed += 1
            equal(closed, 88, "connections past the bound that were closed")
            socks[0].settimeout(10)
            want(b"connection-timeout" in socks[0].recv(4096), "the silent one was not told")
            for sock in socks:
                sock.close()
            until(lambda: component_is_served(server), "a component to be served again")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def component_is_served(server):
    try:
        with closing(logged_in(server)):
            return True
    except Exception:  # still full
        return False
