# SPDX-License-Identifier: Apache-2.0
"""SIGHUP: what changes, what stays, and that nobody loses a connection by it."""
import contextlib
import shutil

from bed import PASSWORD, SECONDS, Server, certificate, closing, equal, http, os, peer_certificate, signal, time, until, want


def configure(server, cert, key, more=""):
    server.set_config(f'tls = {{ certificate = "{cert}"; key = "{key}"; }};\n{more}')


@contextlib.contextmanager
def with_certificate(**options):
    """A running server with a certificate of its own in one.pem, one.key."""
    with Server(is_started=False, **options) as server:
        configure(server, *certificate(server.home, "one", "localhost"))
        server.start()
        for user in ("romeo", "juliet"):
            server.add_user(user, PASSWORD)
        yield server


def both_chat(one, other):
    stamp = f"at {time.monotonic()}"
    one.message(other.jid, stamp)
    other.hear_body(stamp)
    other.message(one.jid, stamp + " back")
    one.hear_body(stamp + " back")


def check_new_certificate():
    """a new certificate is for new connections on all TLS listeners; old ones live on, and both chat"""
    with with_certificate() as server:
        romeo = server.login("romeo/old", "tls")
        starttls = server.login("romeo/older")
        before = peer_certificate(romeo.socket.sock)
        equal(peer_certificate(starttls.socket.sock), before, "certificate of STARTTLS and direct TLS")
        cert, key = certificate(server.home, "two", "localhost")
        shutil.copy(cert, os.path.join(server.home, "one.pem"))
        shutil.copy(key, os.path.join(server.home, "one.key"))
        want("not reloaded" not in server.hang_up(), server.tail(3))

        def is_new():
            fresh = server.client("juliet/new", "tls")
            fresh.connect(time.monotonic() + SECONDS)
            found = peer_certificate(fresh.socket.sock)
            fresh.socket.close()
            return found != before
        until(is_new, "the new certificate")  # a letter to each loop
        time.sleep(0.2)
        juliet, nurse = server.login("juliet/new", "tls"), server.login("juliet/newer")
        with closing(romeo, starttls, juliet, nurse):
            for client in (juliet, nurse):
                want(peer_certificate(client.socket.sock) != before, "a new connection sees the old certificate")
            equal(peer_certificate(romeo.socket.sock), before)
            both_chat(romeo, juliet)
            both_chat(starttls, nurse)
            both_chat(juliet, starttls)
        status, _, _ = http(server, "/", "https")
        equal(status, 200, "https")


def check_channel_binding_after_reload():
    """SCRAM-…-PLUS is bound to the certificate of its connection, not to the newest one"""
    with with_certificate() as server:
        old = server.client("romeo/old", "tls", mechanism="SCRAM-SHA-256-PLUS")
        old.prepare(time.monotonic() + SECONDS)
        cert, key = certificate(server.home, "two", "localhost")
        configure(server, cert, key)
        want("not reloaded" not in server.hang_up(), server.tail(3))
        time.sleep(0.2)
        new = server.login("juliet/new", "tls", mechanism="SCRAM-SHA-256-PLUS")
        with closing(old, new):
            old.authenticate(time.monotonic() + SECONDS)
            old.bind(time.monotonic() + SECONDS)
            old.ping(time.monotonic() + SECONDS)
            both_chat(old, new)


def check_bad_reloads():
    """a configuration or certificate that is wrong changes nothing, and the log says why"""
    with with_certificate() as server:
        cert, key = (os.path.join(server.home, name) for name in ("one.pem", "one.key"))
        other = certificate(server.home, "two", "localhost")[1]
        client = server.login("romeo/one", "tls")
        before = peer_certificate(client.socket.sock)
        with closing(client):
            for config, word in [((cert, key, 'domian = "x";'), "domian"), ((cert, key, 'log = { level = "loud"; };'), "loud"),
                                 ((cert, key, 'workers = "'), "no end"), ((cert, other), "two.key"), (("gone.pem", key), "gone.pem"),
                                 ((cert, key, 'registration = { open = 3; };'), "registration.open")]:
                configure(server, *config)
                line = server.hang_up()
                want("not reloaded" in line and word in line, f"wanted a refusal with {word}: {line}")
                both_chat(client, client)
                late = server.login("juliet/new", "tls")
                with closing(late):
                    equal(peer_certificate(late.socket.sock), before, "certificate after a refused reload")
                    both_chat(client, late)
            os.unlink(server.config)
            want("not reloaded" in server.hang_up(), "a missing file was taken")
            both_chat(client, client)
            server.set_config("")  # parleyctl reads it
            want("romeo@localhost" in server.ctl("user", "list"), "the server does not answer")


def check_domain_stays():
    """another domain is refused: accounts belong to the old one"""
    with with_certificate() as server:
        server.domain = "other.example"
        configure(server, os.path.join(server.home, "one.pem"), os.path.join(server.home, "one.key"))
        line = server.hang_up()
        server.domain = "localhost"
        want("not reloaded" in line and "domain" in line, line)
        client = server.login("romeo/one")
        client.leave()


def check_log_level():
    """the log level changes at once"""
    with Server(users=["romeo"]) as server:
        def logged(word):
            before = server.tail(100000).count(word)
            client = server.login("romeo/one")
            client.leave()
            time.sleep(0.1)
            return server.tail(100000).count(word) - before
        want(logged("logged in") == 1, "a login is not logged at the level info")
        server.set_config('log = { level = "info"; form = "json"; };')
        server.hang_up()
        want(logged('"logged in"') == 1, f"the form of lines has not changed: {server.tail(3)}")
        server.set_config('log = { level = "error"; };')
        server.child.send_signal(signal.SIGHUP)
        until(lambda: logged("logged in") == 0, "silence in the log")
        server.set_config('log = { level = "info"; };')
        server.hang_up()
        want(logged("logged in") == 1, "the old level did not come back")


def check_settings():
    """registration, limits and pages follow a reload; sessions that are there stay"""
    with Server(users=["romeo"]) as server:
        client = server.login("romeo/one", "sm")
        with closing(client):
            want(b"Registration is closed" in http(server, "/about")[2], "the page before")
            server.set_config('registration = { open = true; };\nlimits = { stanza_bytes = "64KiB"; };')
            server.hang_up()
            until(lambda: b"Registration is open" in http(server, "/about")[2], "the page to change")
            stranger = server.client("stranger/one", "tls")
            stranger.prepare(time.monotonic() + SECONDS)
            features = stranger.get_features(time.monotonic() + SECONDS)
            want(features.find("register") is not None, f"registration is not offered: {features}")
            stranger.socket.close()
            both_chat(client, client)
            fresh = server.login("romeo/two")
            with closing(fresh):
                fresh.message("romeo@localhost/one", "x" * 70000)
                fresh.error("policy-violation")
            client.message("romeo@localhost/one", "y" * 70000)
            client.hear_body("y" * 70000)


def check_many_reloads():
    """reloads under load leak nothing that is counted and cut nobody off"""
    with with_certificate() as server:
        romeo, juliet = server.login("romeo/one", "tls"), server.login("juliet/one")
        with closing(romeo, juliet):
            for number in range(50):
                server.child.send_signal(signal.SIGHUP)
                if number % 5 == 0:
                    both_chat(romeo, juliet)
            both_chat(romeo, juliet)
            until(lambda: "configuration reloaded" in server.tail(5), "the last reload")
            with open(f"/proc/{server.child.pid}/status", encoding="ascii") as file:
                want("zombie" not in file.read(), "the server is gone")
            equal(server.metrics()["parley_connections"], 2, "connections")
