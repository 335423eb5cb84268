# SPDX-License-Identifier: Apache-2.0
"""Uploaded files over the life of an installation: what a restore brings back."""
import shutil

from bed import PARLEYCTL, PARLEYD, Server, closing, equal, http, json, os, run, want
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
