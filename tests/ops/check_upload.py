# SPDX-License-Identifier: Apache-2.0
"""Uploads over HTTP (XEP-0363, RFC 9110): one PUT of the exact length, ranges and conditions, names and paths that lead nowhere, and nothing
that a browser would run."""
import glob
import select
import urllib.parse
from xml.sax.saxutils import quoteattr

from bed import SECONDS, Server, Skip, closing, equal, http, json, os, re, run, time, until, want

UPLOAD = "urn:xmpp:http:upload:0"
ORIGIN = 'http = { origins = [ "https://web.example" ]; };'


class Slot:
    """A slot: where to send, what the request must carry, where to fetch."""

    def __init__(self, element):
        put = element.find("put")
        self.url, self.tus = put.attrs["url"], element.find("tus").attrs["url"]
        self.auth = put.find("header").text()
        self.path = urllib.parse.urlsplit(self.url).path
        self.id = self.path.split("/")[2]

    def headers(self, **more):
        return {"Authorization": self.auth, **{name.replace("_", "-"): value for name, value in more.items()}}


def ask(client, name, size, kind=None, inside="", to="upload.localhost"):
    """The answer to a request for a slot."""
    client.pings += 1
    tag = f"slot-{client.pings}"
    kind = f" content-type={quoteattr(kind)}" if kind else ""
    client.say(f"<iq type='get' id='{tag}' to='{to}'><request xmlns='{UPLOAD}' filename={quoteattr(name)} size='{size}'{kind}>"
               f"{inside}</request></iq>")
    return client.hear(lambda e: e.local == "iq" and e.attrs.get("id") == tag)


def slot(client, name="a.bin", size=1, kind=None, inside=""):
    answer = ask(client, name, size, kind, inside)
    want(answer.attrs["type"] == "result", f"no slot: {answer}")
    return Slot(answer.find("slot"))


def put(server, where, body, **headers):
    return http(server, where.path, verb="PUT", body=body, headers=where.headers(**headers))[0]


def send(server, client, body, name="a.bin", kind=None, inside=""):
    """Sends a file; gives its slot back."""
    where = slot(client, name, len(body), kind, inside)
    equal(put(server, where, body, **({"Content_Type": kind} if kind else {})), 201, "PUT")
    return where


def blobs(server):
    """What lies in the folder of blobs, but for folders."""
    return sorted(path for path in glob.glob(os.path.join(server.home, "data/blobs/**"), recursive=True) if os.path.isfile(path))


def check_round_trip():
    """what was sent is what comes, by both listeners, also when it is long, and after a restart"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        long = os.urandom(3 * 1024 * 1024 + 17)
        with closing(romeo):
            small = send(server, romeo, b"hello", "très cool.txt", "text/plain")
            large = send(server, romeo, long, "film.mp4", "video/mp4")
            want(small.url.endswith("/tr%C3%A8s%20cool.txt"), small.url)
            for _ in range(2):
                for listener in ("http", "https"):
                    status, headers, body = http(server, small.path, listener)
                    equal((status, body, headers["Content-Type"]), (200, b"hello", "text/plain; charset=utf-8"))
                    want(headers["Content-Disposition"].startswith("attachment;"), headers["Content-Disposition"])
                    want("filename*=UTF-8''tr%C3%A8s%20cool.txt" in headers["Content-Disposition"], headers["Content-Disposition"])
                    status, headers, body = http(server, large.path, listener)
                    equal((status, headers["Content-Type"], len(body)), (200, "video/mp4", len(long)))
                    want(body == long, "another content")
                    want(headers["Content-Disposition"].startswith("inline;"), "a film can be shown")
                    status, headers, body = http(server, large.path, listener, "HEAD")
                    equal((status, body, headers["Content-Length"]), (200, b"", str(len(long))))
                server.stop()
                server.start()


def check_put_once():
    """a slot takes one PUT, of its length and type, by whoever has its token, and only while it is fresh"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where, other = slot(romeo, "a.png", 5, "image/png"), slot(romeo, "a.png", 5, "image/png")
            equal(http(server, where.path, verb="PUT", body=b"12345")[0], 403, "without a token")
            equal(http(server, where.path, verb="PUT", body=b"12345", headers=other.headers())[0], 403, "with that of another slot")
            forged = dict(where.headers(), Authorization=where.auth[:-6] + "AAAA==")
            equal(http(server, where.path, verb="PUT", body=b"12345", headers=forged)[0], 403, "with a forged one")
            renamed = where.path.replace("a.png", "b.html")
            equal(http(server, renamed, verb="PUT", body=b"12345", headers=where.headers())[0], 403, "under another name")
            equal(put(server, where, b"1234", Content_Type="image/png"), 400, "too short")
            equal(put(server, where, b"123456", Content_Type="image/png"), 413, "too long")
            equal(put(server, where, b"12345", Content_Type="text/html"), 415, "of another type")
            equal(put(server, where, b"12345", Content_Type="image/png", Content_Range="bytes 0-4/5"), 400, "a range")
            equal(put(server, where, b"12345", Content_Type="image/png", Content_Encoding="gzip"), 400, "encoded")
            equal(http(server, where.path)[0], 404, "before it is there")
            equal(blobs(server), [], "what a refused PUT left")
            equal(put(server, where, b"12345", Content_Type="Image/PNG"), 201)
            equal(put(server, where, b"54321", Content_Type="image/png"), 409, "a second time")
            equal(http(server, where.path)[2], b"12345")
    with Server('files = { slot_expire = "1s"; };', users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where = slot(romeo, "a", 1)
            time.sleep(1.1)
            equal(put(server, where, b"1"), 403, "too old")


def raw(server, data, end=None):
    """What a plain socket gets for these bytes, until the other side closes (or until end is there)."""
    sock = server.connect("http")
    got = b""
    with sock:
        sock.settimeout(3 * SECONDS)
        sock.sendall(data)
        while not (end and end in got):
            part = sock.recv(65536)
            if not part:
                break
            got += part
    return got


def check_chunked():
    """a body without a length is refused before it comes, and a promise of too much is not believed"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where = slot(romeo, "a", 5)
            head = f"PUT {where.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {where.auth}\r\nConnection: close\r\n".encode()
            want(b" 411 " in raw(server, head + b"Transfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n0\r\n\r\n"), "chunked")
            want(b" 413 " in raw(server, head + b"Content-Length: 99999999999\r\n\r\n12345"), "too long")
            got = raw(server, head + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n12345")
            want(b" 100 " in got and b" 201 " in got, got)


RANGES = [  # (Range, status, Content-Range behind "bytes ", body) of the ten bytes 0123456789
    ("bytes=0-0", 206, "0-0/10", b"0"), ("bytes=2-4", 206, "2-4/10", b"234"), ("bytes=7-", 206, "7-9/10", b"789"),
    ("bytes=-3", 206, "7-9/10", b"789"), ("bytes=-30", 206, "0-9/10", b"0123456789"), ("bytes=5-99999999999999999999999", 206, "5-9/10", b"56789"),
    ("bytes=0-9", 206, "0-9/10", b"0123456789"), ("Bytes = 1-2", 206, "1-2/10", b"12"),
    ("bytes=10-", 416, "*/10", b""), ("bytes=10-20", 416, "*/10", b""), ("bytes=-0", 416, "*/10", b""),
    ("bytes=99999999999999999999999-", 416, "*/10", b""),
    ("bytes=4-2", 200, None, b"0123456789"), ("bytes=a-b", 200, None, b"0123456789"), ("bytes=", 200, None, b"0123456789"),
    ("bytes=-", 200, None, b"0123456789"), ("lines=0-1", 200, None, b"0123456789"), ("bytes=0-1,3-4", 200, None, b"0123456789"),
    ("bytes 0-1", 200, None, b"0123456789"), ("bytes=+1-2", 200, None, b"0123456789"), ("bytes=1 - 2", 200, None, b"0123456789"),
]


def check_ranges():
    """RFC 9110 14: one range is given as it is asked for; what is not there is 416, what is not understood is the whole"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where = send(server, romeo, b"0123456789", "a.mp3", "audio/mpeg")
            for value, status, content, body in RANGES:
                code, headers, got = http(server, where.path, headers={"Range": value})
                equal((code, headers.get("Content-Range"), got), (status, content and f"bytes {content}", body), value)
            equal(http(server, where.path)[1]["Accept-Ranges"], "bytes")
            long = os.urandom(1024 * 1024)
            where = send(server, romeo, long)
            for first, last in ((0, 0), (262143, 262144), (1, 1048574), (1000000, 1048575)):
                got = http(server, where.path, "https", headers={"Range": f"bytes={first}-{last}"})
                want(got[0] == 206 and got[2] == long[first:last + 1], f"{first}-{last}")


def check_conditions():
    """RFC 9110 13: tags and dates decide in the order of the document"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where = send(server, romeo, b"0123456789")
            tag, date = (http(server, where.path)[1][name] for name in ("ETag", "Last-Modified"))
            want(re.fullmatch('"[^"]+"', tag), tag)
            old, new = "Sun, 06 Nov 1994 08:49:37 GMT", "Fri, 06 Nov 2093 08:49:37 GMT"
            for headers, status in (
                    ({"If-None-Match": tag}, 304), ({"If-None-Match": f'"x", W/{tag}'}, 304), ({"If-None-Match": "*"}, 304),
                    ({"If-None-Match": '"x"'}, 200), ({"If-None-Match": '"x"', "If-Modified-Since": new}, 200),
                    ({"If-Modified-Since": date}, 304), ({"If-Modified-Since": new}, 304), ({"If-Modified-Since": old}, 200),
                    ({"If-Modified-Since": "yesterday"}, 200), ({"If-Match": tag}, 200), ({"If-Match": '"x"'}, 412),
                    ({"If-Match": f"W/{tag}"}, 412), ({"If-Unmodified-Since": old}, 412), ({"If-Unmodified-Since": new}, 200),
                    ({"Range": "bytes=1-2", "If-Range": tag}, 206), ({"Range": "bytes=1-2", "If-Range": '"x"'}, 200),
                    ({"Range": "bytes=1-2", "If-Range": f"W/{tag}"}, 200), ({"Range": "bytes=1-2", "If-Range": date}, 206),
                    ({"Range": "bytes=1-2", "If-Range": old}, 200), ({"Range": "bytes=50-", "If-None-Match": tag}, 304)):
                code, answer, body = http(server, where.path, headers=headers)
                equal(code, status, str(headers))
                if code == 304:
                    equal((answer["ETag"], body), (tag, b""))


ACTIVE = [("a.html", "text/html"), ("a.svg", "image/svg+xml"), ("a.xml", "text/xml"), ("a.xhtml", "application/xhtml+xml"),
          ("a.js", "text/javascript"), ("a.htm", None), ("a.png", "image/png; charset=<script>"), ("a.mht", "multipart/related"),
          ("a.css", "text/css"), ("a.swf", "application/x-shockwave-flash"), ("a.xsl", "application/xml"), ("a", "TEXT/HTML;charset=utf-7")]


def check_active_content():
    """XMPP.md 5, row 52: nothing uploaded runs in a browser, whatever it says it is"""
    page = b"<!doctype html><svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>"
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            for name, kind in ACTIVE:
                where = send(server, romeo, page, name, kind)
                status, headers, _ = http(server, where.path, headers={"Accept": "text/html"})
                equal((status, headers["X-Content-Type-Options"]), (200, "nosniff"))
                want("sandbox" in headers["Content-Security-Policy"] and "default-src 'none'" in headers["Content-Security-Policy"], "no sandbox")
                if name == "a.png":
                    equal(headers["Content-Type"], "image/png", "parameters are dropped")
                    continue
                want(headers["Content-Disposition"].startswith("attachment"), f"{name} is shown")
                equal(headers["Content-Type"], "application/octet-stream", name)


NAMES = [("../../../etc/passwd", "passwd"), ("..\\..\\boot.ini", "boot.ini"), ("a\nb.txt", "a_b.txt"), ("/", "file"), ("..", "file"), (".", "file"),
         ("a/", "file"), ("evil\u202egpj.exe", "evil_gpj.exe"), ("a\u2028b", "a_b"), ('q"uo;te%41.txt', 'q"uo;te%41.txt'), ("#frag?query", "#frag?query"),
         ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"), ("é" * 200 + ".png", "é" * 125 + ".png"), (".htaccess", ".htaccess"), ("con", "con"),
         ("%2e%2e%2fsecrets", "%2e%2e%2fsecrets")]
PATHS = ["/file/", "/file", "/file/..", "/file/../secrets", "/file/..%2fsecrets", "/file/%2e%2e/%2e%2e/parley.db", "/file//etc/passwd",
         "/file/{id}", "/file/{id}/", "/file/{id}/..", "/file/{id}/../../secrets", "/file/{id}/%2e%2e", "/file/{id}/other", "/file/{id}/a.bin/",
         "/file/{id}/a.bin%00", "/file/{id}/a%2ebin/..", "/file/{id}/%", "/file/{id}/%a", "/file/{id}/%zz", "/file/{upper}/a.bin",
         "/file/{id}x/a.bin", "/file/tmp/{id}", "/file/content/x", "/file/%00/a.bin", "/file/{id}%2fa.bin", "/FILE/{id}/a.bin"]


def check_paths():
    """XMPP.md 5, rows 51 and 53: names never reach the disk, no path leads elsewhere, and there is no list"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            for name, shown in NAMES:
                where = slot(romeo, name, 1)
                equal(urllib.parse.unquote(where.path.split("/", 3)[3]), shown, repr(name))
                equal(put(server, where, b"x"), 201, repr(name))
                status, headers, body = http(server, where.path)
                equal((status, body), (200, b"x"), repr(name))
                want("\n" not in headers["Content-Disposition"] and len(headers.get_all("Content-Disposition")) == 1, "a name breaks the head")
            where = send(server, romeo, b"content")
            equal(http(server, where.path.replace("a.bin", "%61.bin"))[0], 200, "the same name, written in another way")
            for path in PATHS:
                path = path.format(id=where.id, upper=where.id.upper())
                for verb in ("GET", "PUT", "DELETE"):
                    got = raw(server, f"{verb} {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {where.auth}\r\n"
                                      "Content-Length: 0\r\nConnection: close\r\n\r\n".encode())
                    want(got.startswith((b"HTTP/1.1 400", b"HTTP/1.1 403", b"HTTP/1.1 404", b"HTTP/1.1 405")), f"{verb} {path}: {got[:100]}")
                    want(b"root:" not in got and b"SQLite" not in got, path)
            for path in blobs(server):
                want(re.fullmatch("[a-z2-7]{2}/[a-z2-7]{26}|content/[0-9a-f]{64}", path.split("/blobs/")[1]), path)
            equal(http(server, where.path)[2], b"content")


def check_slow():
    """an upload that breaks off, stands still or is cut leaves nothing behind; a slow one comes through"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where = slot(romeo, "a", 600000)
            head = f"PUT {where.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {where.auth}\r\nContent-Length: 600000\r\n\r\n".encode()
            sock = server.connect("http")
            sock.sendall(head + b"x" * 400000)
            until(lambda: [path for path in blobs(server) if "/tmp/" in path], "the half file")
            equal(put(server, where, b"x" * 600000), 409, "a second PUT beside the first")
            sock.close()
            until(lambda: not blobs(server), "the half file to go")
            sock = server.connect("http")
            with sock:
                sock.sendall(head)
                for i in range(60):
                    sock.sendall(b"y" * 10000)
                    time.sleep(0.01 if i % 10 == 0 else 0)
                sock.settimeout(3 * SECONDS)
                want(sock.recv(100).startswith(b"HTTP/1.1 201"), "no 201 for the second try")
            equal(http(server, where.path)[2], b"y" * 600000)


def check_origins():
    """CORS: our own pages and those of http.origins may read, no others; a browser's question before a PUT is answered"""
    with Server(ORIGIN, users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where = send(server, romeo, b"x")
            host = "%s:%d" % server.address("http")
            for origin, allowed in (("https://web.example", True), (f"http://{host}", True), ("https://evil.example", False), ("null", False)):
                headers = http(server, where.path, headers={"Origin": origin})[1]
                equal(headers.get("Access-Control-Allow-Origin"), origin if allowed else None, origin)
                equal(headers["Vary"], "Origin")
                status, headers, _ = http(server, where.path, verb="OPTIONS",
                                          headers={"Origin": origin, "Access-Control-Request-Method": "PUT"})
                equal((status, headers.get("Access-Control-Allow-Origin")), (204, origin if allowed else None), origin)
                want("PUT" in headers["Access-Control-Allow-Methods"] and "Authorization" in headers["Access-Control-Allow-Headers"], "PUT")
                equal(headers.get("Access-Control-Allow-Credentials"), None)


def check_delete():
    """whoever has the slot may take the file away, for good; nobody else may"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where, same = send(server, romeo, b"the same"), send(server, romeo, b"the same")
            equal(len({os.stat(path).st_ino for path in blobs(server)}), 1, "files on the disk for one content")
            equal(http(server, where.path, verb="DELETE")[0], 403)
            equal(http(server, where.path, verb="DELETE", headers=same.headers())[0], 403)
            equal(http(server, where.path, verb="DELETE", headers=where.headers())[0], 204)
            equal(http(server, where.path, verb="DELETE", headers=where.headers())[0], 404)
            equal(http(server, where.path)[0], 404)
            equal(http(server, same.path)[2], b"the same", "the other one")
            equal(put(server, where, b"the same"), 409, "its slot once more")
            equal(http(server, same.path, verb="DELETE", headers=same.headers())[0], 204)
            equal(blobs(server), [], "what is left on the disk")


def check_quota():
    """quotas of an account and of all: the slot says it, and so does the PUT that comes too late"""
    with Server('files = { quota = "3000"; total = "5000"; max_size = "2500"; };', users=["romeo", "juliet"]) as server:
        romeo, juliet = server.login(), server.login("juliet/one")
        with closing(romeo, juliet):
            late = slot(romeo, "late", 1500)
            send(server, romeo, b"x" * 2000)
            answer = ask(romeo, "more", 1500)
            want(answer.find("error").find("resource-constraint") is not None and "uota" in answer.find("error").find("text").text(), answer)
            equal(put(server, late, b"y" * 1500), 413, "over the quota")
            kept = send(server, romeo, b"x" * 1000)
            send(server, juliet, b"z" * 2000)
            want(ask(juliet, "all", 1).find("error").find("resource-constraint") is not None, "the total")
            equal(http(server, kept.path, verb="DELETE", headers=kept.headers())[0], 204)
            send(server, juliet, b"z" * 1000)
            answer = ask(juliet, "big", 2501).find("error").find("file-too-large")
            equal(answer.find("max-file-size").text(), "2500")
            server.stop()
            server.start()
            juliet = server.login("juliet/two")
            want(ask(juliet, "all", 1).find("error") is not None, "the sums are forgotten at a restart")
            juliet.leave()


def check_expiry():
    """files end by their purpose, an ephemeral one when its sender said"""
    with Server('files = { keep_message = "2s"; };', users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            brief = send(server, romeo, b"brief")
            kept = send(server, romeo, b"kept", inside="<permanent xmlns='urn:xmpp:http:upload:purpose:0'/>")
            end = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3))
            short = send(server, romeo, b"short", inside=f"<ephemeral xmlns='urn:xmpp:http:upload:purpose:0' expire-before='{end}'/>")
            for where in (brief, short):
                until(lambda where=where: http(server, where.path)[0] == 404, "a file to end", 3 * SECONDS)
            until(lambda: len(blobs(server)) == 2, "the disk to be free of them", 3 * SECONDS)
            equal(http(server, kept.path)[2], b"kept")


def check_removed_account():
    """with an account go its files, and its slots are worth nothing, also when the name is given again"""
    with Server(users=["romeo", "juliet"]) as server:
        romeo = server.login()
        with closing(romeo):
            where, unused = send(server, romeo, b"romeo"), slot(romeo, "b", 1)
            server.ctl("user", "delete", "romeo@localhost")
            until(lambda: http(server, where.path)[0] == 404, "the file to go")
            equal(blobs(server), [])
            equal(put(server, unused, b"x"), 403)
            server.add_user("romeo", "sesame-open-7")
            equal(put(server, unused, b"x"), 403, "a slot of the account before")


def check_orphans():
    """what a crash left on the disk without a row goes at the next start"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where = send(server, romeo, b"kept")
            server.kill()
            folder = os.path.join(server.home, "data/blobs")
            os.makedirs(f"{folder}/zz", exist_ok=True)
            for name in ("zz/" + 26 * "z", "part/" + 26 * "y", "tmp/" + 26 * "x", "content/" + 64 * "a"):
                with open(f"{folder}/{name}", "wb") as file:
                    file.write(b"orphan")
            server.start()
            until(lambda: len(blobs(server)) == 2, lambda: f"the orphans to go: {blobs(server)}")
            equal(http(server, where.path)[2], b"kept")


def tus(server, where, verb, url=None, listener="http", body=None, **headers):
    """(status, headers) of a request of tus 1.0.0."""
    path = urllib.parse.urlsplit(url or where.tus).path
    given = where.headers(**{"Tus_Resumable": "1.0.0", **headers})
    return http(server, path, listener, verb, {name: value for name, value in given.items() if value is not None}, body)[:2]


PATCH = {"Content_Type": "application/offset+octet-stream"}


def check_tus():
    """tus 1.0.0: created, sent in pieces over a restart and a broken connection, and then a file like any other"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            content = os.urandom(700000)
            where = slot(romeo, "film.mp4", len(content), "video/mp4")
            status, headers = tus(server, where, "POST", Upload_Length=str(len(content)), Upload_Metadata="filename ZmlsbS5tcDQ=")
            equal(status, 201)
            url = headers["Location"]
            want(url.endswith("/file/tus/" + where.id) and headers["Upload-Expires"] and headers["Tus-Resumable"] == "1.0.0", headers)
            equal(tus(server, where, "POST", Upload_Length=str(len(content)))[0], 201, "POST once more: the first answer may be lost")
            equal(http(server, where.path)[0], 404, "a file that is not whole")
            status, headers = tus(server, where, "PATCH", url, body=content[:100000], Upload_Offset="0", **PATCH)
            equal((status, headers["Upload-Offset"]), (204, "100000"))
            equal(tus(server, where, "PATCH", url, body=b"x", Upload_Offset="0", **PATCH)[0], 409, "at another offset")
            head = (f"PATCH {urllib.parse.urlsplit(url).path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {where.auth}\r\nTus-Resumable: 1.0.0\r\n"
                    "Content-Type: application/offset+octet-stream\r\nUpload-Offset: 100000\r\nContent-Length: 600000\r\n\r\n").encode()

            def begin():
                sock = server.connect("http")
                sock.sendall(head + content[100000:400000])
                return sock

            def is_locked_out():
                nonlocal sock
                if tus(server, where, "PATCH", url, body=b"", Upload_Offset="0", **PATCH)[0] == 423:
                    return True
                if select.select([sock], [], [], 0)[0]:  # the question has come first, and the other was locked out
                    sock.close()
                    sock = begin()
                return False

            sock = begin()
            until(is_locked_out, "the second to be locked out")
            sock.close()

            def offset():
                answer = tus(server, where, "HEAD", url)[1]
                equal((answer["Upload-Length"], answer["Cache-Control"]), (str(len(content)), "no-store"))
                return int(answer["Upload-Offset"])

            at = until(lambda: offset() > 100000 and offset(), "what came before the break to be kept")
            want(100000 < at <= 400000, at)
            server.stop()
            server.start()
            equal(offset(), at, "after a restart")
            status, headers = until(lambda: (lambda a: a[0] != 423 and a)(tus(server, where, "PATCH", url, "https", content[at:], Upload_Offset=str(at),
                                                                             **PATCH)), "the lock to be gone")
            equal((status, headers["Upload-Offset"]), (204, str(len(content))))
            equal(http(server, where.path)[2], content)
            equal(offset(), len(content), "of the whole file")
            equal(tus(server, where, "PATCH", url, body=b"", Upload_Offset=str(len(content)), **PATCH)[0], 409)
            equal(tus(server, where, "DELETE", url)[0], 204)
            equal((http(server, where.path)[0], tus(server, where, "HEAD", url)[0]), (404, 404))
            equal(blobs(server), [])


def check_tus_refusals():
    """tus 1.0.0: versions, lengths, types and tokens that are wrong; what is begun counts, ends by its time and can be taken back"""
    with Server('files = { quota = "3000"; resume_expire = "3s"; };', users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            where, late = slot(romeo, "a", 2000), slot(romeo, "b", 2000)
            status, headers = tus(server, where, "OPTIONS", Tus_Resumable=None, Authorization=None)
            equal((status, headers["Tus-Version"], headers["Tus-Max-Size"]), (204, "1.0.0", str(2 << 30)))
            equal(set(headers["Tus-Extension"].split(",")), {"creation", "termination", "expiration"})
            status, headers = tus(server, where, "POST", Tus_Resumable="0.2.2", Upload_Length="2000")
            equal((status, headers["Tus-Version"]), (412, "1.0.0"))
            equal(tus(server, where, "POST", Upload_Length="2000", Authorization="Bearer AAAA")[0], 403)
            equal(tus(server, where, "POST")[0], 400)
            equal(tus(server, where, "POST", Upload_Length="1999")[0], 400)
            equal(tus(server, where, "POST", Upload_Length="2001")[0], 413)
            url = tus(server, where, "POST", Upload_Length="2000")[1]["Location"]
            equal(tus(server, late, "POST", Upload_Length="2000")[0], 413, "over the quota by what was begun")
            equal(tus(server, late, "HEAD", url)[0], 403, "with another slot")
            equal(tus(server, where, "PATCH", url, body=b"x", Upload_Offset="0", Content_Type="text/plain")[0], 415)
            equal(tus(server, where, "PATCH", url, body=b"x", **PATCH)[0], 400)
            equal(tus(server, where, "PATCH", url, body=b"x" * 2001, Upload_Offset="0", **PATCH)[0], 413)
            equal(tus(server, where, "PATCH", url, body=b"x", Upload_Offset="18446744073709551616", **PATCH)[0], 400)
            equal(tus(server, where, "PATCH", url + "x", body=b"x", Upload_Offset="0", **PATCH)[0], 403)
            equal(tus(server, where, "PATCH", url, body=b"x" * 5, Upload_Offset="0", **PATCH)[0], 204)
            equal(tus(server, where, "DELETE", url)[0], 204)
            equal(tus(server, where, "HEAD", url)[0], 404)
            equal(tus(server, where, "POST", Upload_Length="2000")[0], 409, "its slot once more")
            url = tus(server, late, "POST", Upload_Length="2000")[1]["Location"]
            equal(tus(server, late, "PATCH", url, body=b"y" * 5, Upload_Offset="0", **PATCH)[0], 204)
            until(lambda: tus(server, late, "HEAD", url)[0] == 410, "the slot to end")
            until(lambda: not blobs(server), "its part to go", 3 * SECONDS)


def check_commands():
    """parleyctl lists, counts and deletes files, and an account's usage has them"""
    with Server(users=["romeo", "juliet"]) as server:
        def ctl(*words):
            return json.loads(server.ctl("--json", *words))

        romeo = server.login()
        with closing(romeo):
            until(lambda: run(server.parleyctl, "--config", server.config, "files", "usage")[0] == 0, "the first count")
            equal(ctl("files", "list"), [])
            where, other = send(server, romeo, b"12345", "a.png", "image/png"), send(server, romeo, b"123")
            begun = slot(romeo, "b", 1000)
            equal(tus(server, begun, "POST", Upload_Length="1000")[0], 201)
            rows = {row["id"]: row for row in ctl("files", "list", "romeo@localhost")}
            equal(set(rows), {where.id, other.id, begun.id})
            row = rows[where.id]
            equal((row["jid"], row["name"], row["type"], row["bytes"], row["purpose"], row["whole"]),
                  ("romeo@localhost", "a.png", "image/png", 5, "message", True))
            equal(rows[begun.id]["whole"], False)
            equal(len(ctl("files", "list", "--max", "2")), 2)
            equal(ctl("files", "list", "juliet@localhost"), [])
            for words in ((), ("romeo@localhost",)):
                usage = ctl("files", "usage", *words)
                equal((usage["files"], usage["bytes"]), (3, 1008))
            equal(ctl("files", "usage", "juliet@localhost")["files"], 0)
            usage = ctl("user", "usage", "romeo@localhost")
            equal((usage["files_count"], usage["files_bytes"]), (3, 1008))
            equal(ctl("files", "delete", where.id)["jid"], "romeo@localhost")
            equal(http(server, where.path)[0], 404)
            want(run(server.parleyctl, "--config", server.config, "files", "delete", where.id)[0] != 0, "deleted twice")
            want(run(server.parleyctl, "--config", server.config, "files", "delete", "../../secrets")[0] != 0, "no id")
            want(run(server.parleyctl, "--config", server.config, "files", "delete", 40 * "a")[0] != 0, "no id")
            equal(ctl("files", "usage")["files"], 2)


def check_encryption():
    """with files.key_file nothing of a file is readable on the disk, ranges and resumed uploads work, and keys rotate"""
    with Server('files = { key_file = "keys"; };', users=["romeo"], is_started=False) as server:
        def keys(*names):
            with open(os.path.join(os.path.dirname(server.config), "keys"), "w", encoding="ascii") as file:
                file.write("".join(f"# {name}\n{name * 64}\n" for name in names))

        keys("a")
        server.start()
        server.add_user("romeo", "sesame-open-7")
        romeo = server.login()
        mark = b"this is the plain text of it " * 8000
        with closing(romeo):
            where, same = send(server, romeo, mark), send(server, romeo, mark)
            equal(len({os.stat(path).st_ino for path in blobs(server)}), 1, "files on the disk for one content")
            part = slot(romeo, "p", len(mark))
            url = tus(server, part, "POST", Upload_Length=str(len(mark)))[1]["Location"]
            equal(tus(server, part, "PATCH", url, body=mark[:100001], Upload_Offset="0", **PATCH)[0], 204)
            for path in blobs(server):
                with open(path, "rb") as file:
                    want(b"plain text" not in file.read(), f"{path} can be read")
            server.stop()
            keys("b", "a")
            server.start()
            equal(tus(server, part, "HEAD", url)[1]["Upload-Offset"], "100001")
            equal(tus(server, part, "PATCH", url, body=mark[100001:], Upload_Offset="100001", **PATCH)[0], 204)
            for one in (where, same, part):
                status, headers, body = http(server, one.path)
                equal((status, headers["Content-Length"]), (200, str(len(mark))))
                want(body == mark, "another content")
                for first, last in ((0, 0), (65535, 65536), (70000, 200000), (len(mark) - 1, len(mark) - 1)):
                    want(http(server, one.path, headers={"Range": f"bytes={first}-{last}"})[2] == mark[first:last + 1], f"{first}-{last}")
                equal(http(server, one.path, verb="DELETE", headers=one.headers())[0], 204)
            equal(blobs(server), [])


def check_memory():
    """memory does not grow with a file: 200 MB up and down, through a small part of it"""
    with Server('files = { quota = "0"; };', users=["romeo"]) as server:
        if server.is_sanitized():
            raise Skip("a sanitizer keeps what was freed")
        romeo = server.login()
        with closing(romeo):
            send(server, romeo, b"x" * 1000000)
            before, most, size = server.rss(), 0, 200 * 1000 * 1000
            where = slot(romeo, "a", size)
            sock = server.connect("http")
            with sock:
                sock.sendall(f"PUT {where.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {where.auth}\r\n"
                             f"Content-Length: {size}\r\n\r\n".encode())
                for _ in range(200):
                    sock.sendall(b"y" * 1000000)
                    most = max(most, server.rss())
                sock.settimeout(6 * SECONDS)
                want(sock.recv(100).startswith(b"HTTP/1.1 201"), "no 201")
                sock.sendall(f"GET {where.path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
                got = 0
                while part := sock.recv(1 << 20):
                    got += len(part)
                    most = max(most, server.rss())
            want(got > size, f"{got} bytes came")
            want(most - before < 8 << 20, f"{(most - before) >> 20} MiB more")


def check_reload():
    """after SIGHUP slots are given as before, and new limits hold"""
    with Server(users=["romeo"]) as server:
        romeo = server.login()
        with closing(romeo):
            server.set_config('files = { max_size = "2000"; };')
            want("not" not in server.hang_up(), server.tail(5))
            server.hang_up()
            send(server, romeo, b"x" * 2000)
            want(ask(romeo, "big", 2001).find("error") is not None, "the new limit")
