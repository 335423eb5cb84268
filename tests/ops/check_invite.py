# SPDX-License-Identifier: Apache-2.0
"""Invitations and password links: what parleyctl prints, the pages behind them, and two who come at the same instant."""
import html
import threading
import urllib.parse

from bed import Guest, PARLEYCTL, Server, closing, equal, has_client, http, json, re, run, soon, until, want


def invite(server, *words):
    """The result of parleyctl invite new."""
    return ctl(server, "invite", "new", *words)


def ctl(server, *words):
    code, out, err = run(PARLEYCTL, "--config", server.config, "--json", *words)
    equal(code, 0, err or out)
    return json.loads(out)


def token_of(invitation):
    return invitation["link"].rpartition("/")[2]


def path_of(link):
    return urllib.parse.urlsplit(link).path


def form_token(page):
    return html.unescape(re.search(r'name="form" value="([^"]*)"', page).group(1))


def post(server, path, fields, headers=None, listener="http"):
    host, port = server.address(listener)
    scheme = "https" if listener == "https" else "http"
    head = {"Content-Type": "application/x-www-form-urlencoded", "Origin": f"{scheme}://{host}:{port}", "Sec-Fetch-Site": "same-origin"}
    head.update(headers or {})
    status, headers, body = http(server, path, listener, "POST", head, urllib.parse.urlencode(fields).encode())
    return status, headers, body.decode()


def get(server, path, listener="http", headers=None):
    status, head, body = http(server, path, listener, headers=headers)
    return status, head, body.decode()


def accounts(server):
    return sorted(row["jid"] for row in ctl(server, "user", "list"))


def check_page():
    """the page tells the three steps, hands over the link, and makes the account; strict headers; then it says that it was used"""
    with Server(users=["romeo"]) as server:
        made = invite(server, "--contact", "romeo")
        path = path_of(made["link"])
        for listener in ("http", "https"):
            status, headers, page = get(server, path, listener)
            equal(status, 200)
            policy = headers["Content-Security-Policy"]
            for part in ("default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "script-src 'sha256-"):
                want(part in policy, f"{part} is missing in {policy}")
            want("unsafe" not in policy, policy)
            equal((headers["Cache-Control"], headers["Referrer-Policy"], headers["X-Content-Type-Options"]), ("no-store", "same-origin", "nosniff"))
            want(html.escape(made["uri"]) in page and "romeo invites you" in page and "Conversations" in page, page)
            want(not re.search(r"(src|action)=\"(https?:)?//", page), "the page loads from another host")
            button = f'href="/join?invite={token_of(made)}"'
            equal(button in page, has_client(server), "the way into the browser")
            want(not has_client(server) or http(server, f"/join?invite={token_of(made)}", listener)[2] == http(server, "/", listener)[2], "it leads nowhere")
        status, headers, page = post(server, path, {"form": form_token(page), "name": "Juliet", "password": "wherefore-art"})
        equal(status, 200, page)
        want("juliet@localhost" in page and "wherefore-art" not in page, page)
        equal('href="/login"' in page, has_client(server))
        equal(accounts(server), ["juliet@localhost", "romeo@localhost"])
        juliet = Guest("juliet/web", ("juliet", "wherefore-art"), {}, server)
        juliet.login(soon())
        juliet.leave()
        status, _, page = get(server, path)
        equal(status, 410)
        want("has been used" in page, page)


def check_bad_forms():
    """a name that is taken, one that cannot be, an old form, a form of another host, one too large, and a token that is none"""
    with Server(users=["romeo"]) as server:
        made = invite(server, "--contact", "romeo", "--uses", "3")
        path = path_of(made["link"])
        form = form_token(get(server, path)[2])
        good = {"form": form, "name": "juliet", "password": "wherefore-art"}
        status, _, page = post(server, path, dict(good, name="romeo"))
        equal(status, 409)
        want("taken" in page and 'value="romeo"' in page, page)
        status, _, page = post(server, path, dict(good, name='"><script>alert(1)</script>'))
        equal(status, 400)
        want("<script>alert" not in page, "markup in a name was not escaped")
        equal(post(server, path, dict(good, password=""))[0], 400)
        equal(post(server, path, dict(good, form=""))[0], 403)
        equal(post(server, path, dict(good, form="1-0123456789abcdef"))[0], 403)
        other = form_token(get(server, path_of(invite(server)["link"]))[2])
        equal(post(server, path, dict(good, form=other))[0], 403, "the form of another invitation")
        for headers in ({"Origin": "https://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
            equal(post(server, path, good, headers)[0], 403, str(headers))
        equal(post(server, path, dict(good, more="x" * 20000))[0], 413)
        equal(http(server, path, verb="PUT", body=b"x")[0], 405)
        equal(accounts(server), ["romeo@localhost"])
        for bad in ("/i/", "/i/aaaaaaaaaaaaaaaaaaaaaaaaaa", "/i/..%2f..%2fetc/passwd", "/i/" + "a" * 5000, path + "x"):
            equal(get(server, bad)[0], 404, bad)
        equal(post(server, path, good)[0], 200)


def check_expiry_and_revocation():
    """an invitation ends at its time, one that is taken back is not known, and a list says what became of each"""
    with Server() as server:
        short, gone = invite(server, "--expires", "1s"), invite(server, "--for", "juliet")
        until(lambda: get(server, path_of(short["link"]))[0] == 410, "it does not end")
        want("has expired" in get(server, path_of(short["link"]))[2], "the page does not say so")
        equal(get(server, path_of(gone["link"]))[0], 200)
        states = {row["id"]: row["state"] for row in ctl(server, "invite", "list")}
        equal(states, {short["id"]: "expired", gone["id"]: "open"})
        ctl(server, "invite", "revoke", gone["id"])
        equal(get(server, path_of(gone["link"]))[0], 404)
        want(token_of(gone) not in server.tail(100000), "a token was logged")


def check_same_instant():
    """of many who send the form of one invitation at the same instant exactly one gets an account"""
    with Server() as server:
        for _ in range(3):
            before = accounts(server)
            path = path_of(invite(server)["link"])
            form = form_token(get(server, path)[2])
            results, gate = [], threading.Barrier(8)

            def guest(number, path=path, form=form, results=results, gate=gate, count=len(before)):
                gate.wait()
                results.append(post(server, path, {"form": form, "name": f"guest-{count}-{number}", "password": "the same instant"})[0])

            guests = [threading.Thread(target=guest, args=(number,)) for number in range(8)]
            for thread in guests:
                thread.start()
            for thread in guests:
                thread.join()
            equal(sorted(results), [200] + [410] * 7)
            equal(len(accounts(server)), len(before) + 1)


def check_reset():
    """a password link sets the password once; wrong pairs and foreign pages do not use it up"""
    with Server(users=["romeo"]) as server:
        made = ctl(server, "user", "reset-link", "romeo")
        path = made["path"] if "path" in made else path_of(made["link"])
        status, headers, page = get(server, path)
        equal(status, 200)
        want("romeo@localhost" in page and "form-action 'self'" in headers["Content-Security-Policy"], page)
        form = form_token(page)
        equal(post(server, path, {"form": form, "password": "one", "again": "other"})[0], 400)
        equal(post(server, path, {"form": form, "password": "one", "again": "one"}, {"Origin": "https://evil.example"})[0], 403)
        equal(post(server, path, {"form": "", "password": "one", "again": "one"})[0], 403)
        equal(post(server, path, {"form": form, "password": "quite new", "again": "quite new"})[0], 200)
        equal(get(server, path)[0], 410)
        equal(post(server, path, {"form": form, "password": "again", "again": "again"})[0], 410)
        romeo = Guest("romeo/one", ("romeo", "quite new"), {}, server)
        romeo.login(soon())
        romeo.leave()


def check_trap():
    """an account made with a trap is held: listed, also after a crash, until it is let go or removed"""
    with Server(users=["romeo"]) as server:
        made = invite(server, "--trap", "--uses", "3")
        equal([row["trap"] for row in ctl(server, "invite", "list")], [True])
        for name in ("tybalt", "paris"):
            page = get(server, path_of(made["link"]))[2]
            status, _, page = post(server, path_of(made["link"]), {"form": form_token(page), "name": name, "password": "wherefore-art"})
            equal(status, 200, page)
            want("trap" not in page and "held" not in page, page)
        server.kill()
        server.start()
        equal([(row["jid"], row["invite"]) for row in ctl(server, "held", "list")], [(jid, made["id"]) for jid in ("paris@localhost", "tybalt@localhost")])
        romeo, tybalt = server.login("romeo/one"), Guest("tybalt/one", ("tybalt", "wherefore-art"), {}, server)
        tybalt.login(soon())
        with closing(romeo, tybalt):
            tybalt.message("romeo@localhost", "spam")
            tybalt.request("get", "<ping xmlns='urn:xmpp:ping'/>", soon())
            equal(ctl(server, "held", "release", "tybalt@localhost")["done"], "released")
            tybalt.message("romeo@localhost", "ham")
            equal(romeo.wait_for(lambda e: e.local == "message" and e.find("body") is not None, soon()).find("body").text(), "ham")
        ctl(server, "user", "delete", "paris@localhost")
        equal(ctl(server, "held", "list"), [])
        equal(run(PARLEYCTL, "--config", server.config, "held", "release", "romeo@localhost")[0], 1)
