# SPDX-License-Identifier: Apache-2.0
"""Run by with_slixmpp_files.py: romeo sends a file over HTTPS and shares it in a room; prints a line "OK what" for each thing that worked."""
import asyncio
import io
import json
import random
import sys

import aiohttp
import slixmpp
from slixmpp.plugins.xep_0363.http_upload import FileTooBig
from slixmpp_pair import SECONDS, done
from slixmpp_rooms import Guest, make

CONTENT, PATIENCE = random.Random(4).randbytes(3_000_017), 30
UPLOAD = "urn:xmpp:http:upload:0"
NAME, TYPE = "a map & „more“.png", "image/png"


async def fetch(url, **headers):
    """(status, type, bytes), over TLS that is verified."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session, session.get(url, headers=headers) as answer:
        return answer.status, answer.headers["Content-Type"], await answer.read()


async def find(romeo):
    """The plugin's own search asks asyncio for what Python 3.11 does not do any more."""
    files, disco = romeo["xep_0363"], romeo["xep_0030"]
    listed = await disco.get_items(romeo.boundjid.domain, timeout=SECONDS)
    for jid, _, _ in listed["disco_items"]["items"]:
        about = (await disco.get_info(jid, timeout=SECONDS))["disco_info"]
        if ("store", "file") in {identity[:2] for identity in about["identities"]} and UPLOAD in about["features"]:
            forms = [form.get_values() for form in about.iterables]
            files.upload_service = jid
            files.max_file_size = next(int(form["max-file-size"]) for form in forms if form["FORM_TYPE"] in (UPLOAD, [UPLOAD]))
    assert files.upload_service == "upload." + romeo.boundjid.domain, listed


async def upload(romeo):
    files = romeo["xep_0363"]
    await find(romeo)
    url = await files.upload_file(NAME, content_type=TYPE, input_file=io.BytesIO(CONTENT), timeout=PATIENCE)
    try:
        await files.upload_file("huge.bin", size=files.max_file_size + 1, input_file=io.BytesIO(b""), timeout=PATIENCE)
        raise AssertionError("it is too big")
    except FileTooBig:
        done("the service was found, with what it takes")
    assert url.startswith("https://"), url
    status, kind, content = await fetch(url)
    assert (status, kind) == (200, TYPE) and content == CONTENT, (status, kind, len(content))
    done("a file was sent and is there, byte for byte")
    status, _, content = await fetch(url, Range="bytes=1000000-1000999")
    assert status == 206 and content == CONTENT[1000000:1001000], (status, len(content))
    done("a part of it, too")
    return url


async def share(romeo, juliet, room, url):
    message = romeo.make_message(mto=room, mbody=url, mtype="groupchat")
    message["oob"]["url"] = url
    message.send()
    await romeo.hears(url)
    done("its link was shared in a room")
    await juliet.join(room, "Juliet", maxstanzas=0)
    answer = await juliet["xep_0313"].retrieve(jid=room, rsm={"max": 50}, timeout=SECONDS)
    kept = [result["mam_result"]["forwarded"]["stanza"] for result in answer["mam"]["results"]]
    links = [message["oob"]["url"] for message in kept if message["body"]]
    assert links == [url], answer
    done("who came later read it in the room's archive")
    status, kind, content = await fetch(links[0])
    assert (status, kind) == (200, TYPE) and content == CONTENT, (status, kind, len(content))
    done("and fetched the file")


async def once(juliet):
    """The second PUT with the same authorization."""
    answer = await juliet["xep_0363"].request_slot("upload." + juliet.boundjid.domain, "note.txt", 5, "text/plain", timeout=SECONDS)
    put = answer["http_upload_slot"]["put"]
    headers = {"Content-Type": "text/plain", **{header["name"]: header["value"] for header in put["headers"]}}
    statuses = []
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(PATIENCE)) as session:
        for content in (b"first", b"other"):
            async with session.put(put["url"], data=content, headers=headers) as response:
                statuses.append(response.status)
    status, _, content = await fetch(answer["http_upload_slot"]["get"]["url"])
    assert statuses == [201, 409] and (status, content) == (200, b"first"), (statuses, status, content)
    done("a slot is good for one file")


async def play(job):
    romeo, juliet = Guest("romeo", job), Guest("juliet", job)
    for guest in (romeo, juliet):
        for plugin in ("xep_0066", "xep_0363"):
            guest.register_plugin(plugin)
        guest.begin()
    await asyncio.wait_for(asyncio.gather(romeo.ready.wait(), juliet.ready.wait()), SECONDS)
    room = slixmpp.JID(f"maps-{romeo.boundjid.user}@conference.{romeo.boundjid.domain}")
    await make(romeo, room)
    await share(romeo, juliet, room, await upload(romeo))
    await once(juliet)
    await asyncio.gather(*(guest.disconnect(wait=2) for guest in (romeo, juliet)))


if __name__ == "__main__":
    asyncio.get_event_loop().run_until_complete(play(json.loads(sys.argv[1])))
