# SPDX-License-Identifier: Apache-2.0
"""Uploads for checks that are no conversations: a slot over XMPP (XEP-0363), and requests over HTTP."""
import http.client
import urllib.parse

from .client import Failure

UPLOAD = "urn:xmpp:http:upload:0"
TUS = {"Tus-Resumable": "1.0.0"}
PATCH = {**TUS, "Content-Type": "application/offset+octet-stream"}


class Slot:
    """Where to send, what the request must carry, where to fetch."""

    def __init__(self, element):
        put = element.find("put")
        self.path = urllib.parse.urlsplit(put.attrs["url"]).path
        self.tus = urllib.parse.urlsplit(element.find("tus").attrs["url"]).path
        self.id = self.path.split("/")[2]
        self.headers = {"Authorization": put.find("header").text()}


def ask(client, size, deadline, name="a.bin"):
    answer = client.request("get", f"<request xmlns='{UPLOAD}' filename='{name}' size='{size}'/>", deadline, to="upload.localhost")
    if answer.attrs["type"] != "result":
        raise Failure(f"no slot: {answer}")
    return Slot(answer.find("slot"))


def send(address, verb, path, headers=None, body=None, seconds=30):
    """(status, headers, body); OSError or http.client.HTTPException when the connection breaks."""
    conn = http.client.HTTPConnection(*address, timeout=seconds)
    try:
        conn.request(verb, path, body, headers or {})
        answer = conn.getresponse()
        return answer.status, answer.headers, answer.read()
    finally:
        conn.close()
