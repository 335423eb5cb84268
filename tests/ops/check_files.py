# SPDX-License-Identifier: Apache-2.0
"""Uploaded files over the life of an installation: what a restore brings back, what owners see and delete, and very long ones."""
import hashlib
import shutil
import urllib.parse

from bed import LONG, PARLEYCTL, PARLEYD, SECONDS, Server, closing, equal, http, json, os, run, until, want
from check_upload import PATCH, blobs, send, slot, tus

KEYS = 'files = { key_file = "keys"; };'


def give_key(server):
    with open(os.path.join(server.home, "keys"), "w", encoding="ascii") as file:
        file.write("ab" * 32 + "\n")


def backup(server):
    goal = os.path.join(server.home, "b")
    found, out, err = run(PARLEYCTL, "--config", server.config, "backup", goal, "--json")
    equal(found, 0, out + err)
    with open(os.path.join(goal, "manifest.json"), encoding="utf-8") as file:
        return goal, [row["name"] for row in json.load(file)["files"] if "/blobs/" in row["name"]]


def restored(extra):
    """Files, two of them the same, and one that is half sent: in a backup, and by their old links and tokens behind a restore."""
    long = os.urandom((5 << 20) + 4321)
    contents = {"a.bin": long, "b.bin": long, "c.txt": b"text", "d.bin": os.urandom(70000)}
    with Server(extra, is_started=False) as server, Server(extra, is_started=False) as other:
        give_key(server)
        server.start()
        server.add_user("romeo", "sesame-open-7")
        with closing(server.login()) as (romeo,):
            sent = {name: send(server, romeo, content, name) for name, content in contents.items()}
            part = slot(romeo, "p", len(long))
            url = tus(server, part, "POST", Upload_Length=str(len(long)))[1]["Location"]
            equal(tus(server, part, "PATCH", url, body=long[:300001], Upload_Offset="0", **PATCH)[0], 204)
            goal, names = backup(server)
            equal(len(names), 4 + 3 + 1, f"files, contents and the part: {names}")
            inodes = {os.stat(os.path.join(goal, name)).st_ino for name in names}
            equal(len(inodes), 3 + 1, "what is there once is once in the backup")
        server.stop()
        flat = os.path.join(server.home, "flat")  # as a copy that knows no links
        shutil.copytree(goal, flat)
        give_key(other)
        equal(run(PARLEYD, "--config", other.config, "--restore", flat, cwd=other.home)[0], 0)
        other.start()
        equal(len({os.stat(path).st_ino for path in blobs(other)}), 3 + 1, f"each content once: {blobs(other)}")
        for name, one in sent.items():
            status, _, body = http(other, one.path)
            want(status == 200 and body == contents[name], f"{name}: {status}, {len(body)} bytes")
        equal(tus(other, part, "HEAD", url)[1]["Upload-Offset"], "300001")
        equal(tus(other, part, "PATCH", url, body=long[300001:], Upload_Offset="300001", **PATCH)[0], 204)
        want(http(other, part.path)[2] == long, "the resumed file")
        equal(len({os.stat(path).st_ino for path in blobs(other)}), 3, "the resumed one is of a content that was there")
        found, out, err = run(PARLEYCTL, "--config", other.config, "files", "list", "--json")
        equal((found, len(json.loads(out))), (0, 5), err)
        for name in ("a.bin", "b.bin", "c.txt", "d.bin"):
            equal(http(other, sent[name].path, verb="DELETE", headers=sent[name].headers())[0], 204)
        equal(http(other, part.path, verb="DELETE", headers=part.headers())[0], 204)
        equal(blobs(other), [], "left behind")


def check_restore():
    """behind a restore every file is there by its old link, equal contents once, and a resumable upload goes on where it was"""
    restored("")


def check_restore_encrypted():
    """the same with files that are encrypted on the disk: the key file is the admin's to keep, and with it all can be read"""
    restored(KEYS)


COMMANDS, NODE = "http://jabber.org/protocol/commands", "urn:parley:upload:0#files"


def command(client, session=None, **fields):
    """The command element of the answer, or the error of one that was refused."""
    client.pings += 1
    tag, words = f"files-{client.pings}", f" sessionid='{session}'" if session else ""
    form = "".join(f"<field var='{var}'>{''.join(f'<value>{value}</value>' for value in values)}</field>" for var, values in fields.items())
    form = f"<x xmlns='jabber:x:data' type='submit'>{form}</x>" if session else ""
    client.say(f"<iq type='set' id='{tag}' to='localhost'><command xmlns='{COMMANDS}' node='{NODE}'{words}>{form}</command></iq>")
    answer = client.hear(lambda e: e.local == "iq" and e.attrs.get("id") == tag)
    return answer.find("command") if answer.attrs["type"] == "result" else answer.find("error")


def page(answer):
    """(text, ids of the options by their labels, value of the field after)."""
    equal(answer.attrs["status"], "executing")
    form = answer.find("x")
    fields = {field.attrs["var"]: field for field in form.elements() if field.local == "field"}
    options = {option.attrs["label"]: option.find("value").text() for option in fields["files"].elements() if option.local == "option"}
    return form.find("instructions").text(), options, fields["after"].find("value").text() if "after" in fields else None


def check_own():
    """XEP-0050: whoever has files sees them page by page and deletes the ones that are chosen; those of others are out of reach"""
    with Server(users=["romeo", "juliet"]) as server:
        romeo, juliet = server.login("romeo/one"), server.login("juliet/one")
        with closing(romeo, juliet):
            hers = send(server, juliet, b"hers")
            his = {f"n{n}.bin": send(server, romeo, b"x" * (n + 1), f"n{n}.bin") for n in range(53)}
            first = command(romeo)
            words, options, after = page(first)
            want("53 files of 1431 bytes" in words and len(options) == 50 and after, f"{words} {len(options)}")
            chosen = [label for label in options if label.startswith(("n1", "n2"))]
            session = first.attrs["sessionid"]
            equal(command(romeo, session, files=["../etc/passwd"]).attrs.get("type"), "modify", "an id that is none")
            found = {name for label in options for name in his if label.startswith(name + ",")}
            second = command(romeo, session, files=[options[label] for label in chosen] + [hers.id], after=[after], more=["true"])
            words, options, more = page(second)
            want(f"Deleted: {len(chosen)}." in words and "in use: 1." in words and f"{53 - len(chosen)} files" in words, words)
            equal((len(options), more), (3, None))
            found |= {name for label in options for name in his if label.startswith(name + ",")}
            equal(found, set(his), "all files, each on one page")
            last = command(romeo, session, files=[], more=["false"])
            equal((last.attrs["status"], last.find("note").text()), ("completed", "Nothing was deleted."))
            equal(command(romeo, session).attrs.get("type"), "cancel", "the session is over")
            gone = {label.partition(",")[0] for label in chosen}
            for name, one in his.items():
                equal(http(server, one.path)[0], 404 if name in gone else 200, name)
            equal(http(server, hers.path)[2], b"hers")


BLOCK, GROWTH = 1 << 20, 24 << 20


def block(n):
    """The n-th MiB of a long file: no two are the same."""
    return n.to_bytes(8, "big") * (BLOCK // 8)


def send_until(server, head, at, stop, end):
    """Sends the bytes from at up to stop behind the head; breaks off there, or (at the end) gives the status line of the answer."""
    most, sock = 0, server.connect("http")
    with sock:
        sock.settimeout(20 * SECONDS)
        sock.sendall(head.encode())
        while at < stop:
            piece = block(at // BLOCK)[at % BLOCK:][:stop - at]
            sock.sendall(piece)
            at += len(piece)
            most = max(most, server.rss())
        return most, sock.recv(1000).decode().split("\r\n")[0] if stop == end else ""


def fetch(server, where, first, last, digest):
    """One range, through the digest; the server's memory meanwhile."""
    most, left, sock = 0, last - first + 1, server.connect("http")
    with sock:
        sock.settimeout(6 * SECONDS)
        sock.sendall(f"GET {where.path} HTTP/1.1\r\nHost: localhost\r\nRange: bytes={first}-{last}\r\nConnection: close\r\n\r\n".encode())
        part = b""
        while b"\r\n\r\n" not in part:
            part += sock.recv(BLOCK)
        head, _, part = part.partition(b"\r\n\r\n")
        want(head.startswith(b"HTTP/1.1 206"), head)
        while part:
            digest.update(part)
            left -= len(part)
            most = max(most, server.rss())
            part = sock.recv(BLOCK)
    equal(left, 0, "bytes that did not come")
    return most


def check_long():
    """2 GiB (the short form: 48 MiB) come by tus though they break off three times, and go in ranges; memory does not grow with them"""
    size = (2 << 30) - 5 if LONG else (48 << 20) - 5
    with Server('files = { quota = "0"; };', users=["romeo"]) as server:
        with closing(server.login()) as (romeo,):
            send(server, romeo, b"x" * 1000000)
            before, most, at = server.rss(), 0, 0
            where = slot(romeo, "film", size)
            url = tus(server, where, "POST", Upload_Length=str(size))[1]["Location"]

            def offset():
                """Where to go on, once the broken request has let go."""
                there = int(tus(server, where, "HEAD", url)[1]["Upload-Offset"])
                return (tus(server, where, "PATCH", url, body=b"", Upload_Offset=str(there), **PATCH)[0] == 204) and there + 1

            for part in range(1, 5):
                head = (f"PATCH {urllib.parse.urlsplit(url).path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {where.auth}\r\nTus-Resumable: 1.0.0\r\n"
                        f"Content-Type: application/offset+octet-stream\r\nUpload-Offset: {at}\r\nContent-Length: {size - at}\r\n\r\n")
                stop = size if part == 4 else size // 4 * part + 777 * part
                high, answer = send_until(server, head, at, stop, size)
                most = max(most, high)
                if part < 4:
                    came = until(offset, "the broken request to let go", 6 * SECONDS) - 1
                    want(at < came <= stop, f"{came} of {stop} bytes are there")
                    at = came
            want(answer.startswith("HTTP/1.1 204"), answer)
            wanted, found = hashlib.sha256(), hashlib.sha256()
            for n in range((size + BLOCK - 1) // BLOCK):
                wanted.update(block(n)[:size - n * BLOCK])
            for n in range(8):
                most = max(most, fetch(server, where, size // 8 * n, size - 1 if n == 7 else size // 8 * (n + 1) - 1, found))
            equal(found.hexdigest(), wanted.hexdigest())
            want(server.is_sanitized() or most - before < GROWTH, f"{(most - before) >> 20} MiB more")
            return f"{size >> 20} MiB; resident {before >> 20} MiB before, at most {most >> 20} MiB"
