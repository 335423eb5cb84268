#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""uploads.py: the disk fails in the middle of an upload: no space, short writes, no sync. The sender is told (507, 500), no half
file stays, a resumable one keeps what it had said to have; and when the disk is well again uploads go on. TAP; the last line
is "N passed, N failed". PARLEYD, PARLEYCTL and PARLEY_SHIM name the programs and the library."""
import glob
import http.client
import os
import sys
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "../talk")]
from live import Bed, check  # noqa: E402
from run import GOES_WRONG, client, deadline  # noqa: E402
from player.client import Failure  # noqa: E402
from player.upload import PATCH, TUS, ask, send  # noqa: E402

SIZE = 3 * 1024 * 1024
PATIENCE = 30


def blobs(bed):
    return [path for path in glob.glob(os.path.join(bed.server.home, "data/blobs/**"), recursive=True) if os.path.isfile(path)]


def wait_until(condition, words):
    end = time.monotonic() + PATIENCE
    while not condition():
        check(time.monotonic() < end, words)
        time.sleep(0.05)


def slot(bed, who, size=SIZE):
    return ask(who, size, deadline(PATIENCE))


def fault(rule, status):
    """A PUT that meets the fault from its second step on, and one after it."""
    with Bed(rule) as bed:
        romeo = client("romeo", bed.server, "x")
        romeo.login(deadline(PATIENCE))
        bed.clients.append(romeo)
        content, address = os.urandom(SIZE), bed.server.address("http")
        where = slot(bed, romeo)
        conn = http.client.HTTPConnection(*address, timeout=PATIENCE)
        conn.putrequest("PUT", where.path)
        for name, value in {**where.headers, "Content-Length": str(SIZE)}.items():
            conn.putheader(name, value)
        conn.endheaders(content[:SIZE // 2])
        wait_until(lambda: any(os.path.getsize(path) for path in blobs(bed)), "nothing is written")
        bed.turn(True)
        try:
            conn.send(content[SIZE // 2:])
        except OSError:
            pass  # the answer came first
        found = conn.getresponse().status
        check(found in status, f"the sender got {found}")
        conn.close()
        wait_until(lambda: not blobs(bed), lambda: f"a half file stays: {blobs(bed)}")
        bed.turn(False)
        check(send(address, "GET", where.path)[0] == 404, "a file that failed is there")
        where = slot(bed, romeo)
        check(send(address, "PUT", where.path, where.headers, content)[0] == 201, "no upload afterwards")
        check(send(address, "GET", where.path)[2] == content, "another content")


def no_space():
    """no space left in the middle: 507, nothing stays, and it works again afterwards"""
    fault("fwrite:1:ENOSPC:forever", (507,))


def broken_disk():
    """input and output errors: 500, the same"""
    fault("fwrite:1:EIO:forever", (500,))


def no_sync():
    """what cannot be made durable is no file"""
    fault("fsync:1:ENOSPC:forever", (507, 500))


def short_writes():
    """writes that take half of the bytes are no fault"""
    with Bed("fwrite:1:short:forever") as bed:
        romeo = client("romeo", bed.server, "x")
        romeo.login(deadline(PATIENCE))
        bed.clients.append(romeo)
        content, address = os.urandom(SIZE), bed.server.address("http")
        where = slot(bed, romeo)
        bed.turn(True)
        check(send(address, "PUT", where.path, where.headers, content)[0] in (201, 500), "the PUT")
        bed.turn(False)
        found = send(address, "GET", where.path)
        check(found[0] == 404 or found[2] == content, "another content")


def resumable():
    """a resumable upload keeps at least what it had said to have, and goes on from there"""
    with Bed("fwrite:1:ENOSPC:forever") as bed:
        romeo = client("romeo", bed.server, "x")
        romeo.login(deadline(PATIENCE))
        bed.clients.append(romeo)
        content, address = os.urandom(SIZE), bed.server.address("http")
        where = slot(bed, romeo)
        check(send(address, "POST", where.tus, {**where.headers, **TUS, "Upload-Length": str(SIZE)})[0] == 201, "POST")
        path = where.tus + where.id
        first = send(address, "PATCH", path, {**where.headers, **PATCH, "Upload-Offset": "0"}, content[:500000])
        check(first[0] == 204, f"PATCH: {first[0]}")
        bed.turn(True)
        status = send(address, "PATCH", path, {**where.headers, **PATCH, "Upload-Offset": "500000"}, content[500000:900000])[0]
        check(status in (507, 500), f"the sender got {status}")
        bed.turn(False)
        at = int(send(address, "HEAD", path, {**where.headers, **TUS})[1]["Upload-Offset"])
        check(500000 <= at <= 900000, f"offset {at}")
        status = send(address, "PATCH", path, {**where.headers, **PATCH, "Upload-Offset": str(at)}, content[at:])[0]
        check(status == 204, f"the rest: {status}")
        check(send(address, "GET", where.path)[2] == content, "another content")


def main():
    passed = failed = 0
    for number, test in enumerate((no_space, broken_disk, no_sync, short_writes, resumable), 1):
        try:
            test()
            passed += 1
            print(f"ok {number} - {test.__doc__}", flush=True)
        except (*GOES_WRONG, Failure, http.client.HTTPException) as why:
            failed += 1
            print(f"not ok {number} - {test.__doc__}\n# " + str(why).replace("\n", "\n# "), flush=True)
    print(f"1..{passed + failed}\n{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
