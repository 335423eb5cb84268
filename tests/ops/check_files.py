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
