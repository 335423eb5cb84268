#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""domains.py KIND [OPTION...]: memory of a server for each other domain that it has idle streams with.

So many domains below b.test, played by this program, each open a stream to a.test (certificate, EXTERNAL) and ask it for a ping; the
answers make it open a stream to each of them. The set-up is that of federation.py. Prints a line of JSON: resident KiB for the stream of a
domain to it, and for both streams."""
import argparse
import asyncio
import json
import os
import resource
import shutil
import ssl
import tempfile

import driver  # noqa: F401  (its folder of tests/net is federation's)
import federation
import lab

HEAD = ("<?xml version='1.0'?><stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' "
        "xmlns:db='jabber:server:dialback' version='1.0' from='{}' to='a.test' {}>")
SASL = "xmlns='urn:ietf:params:xml:ns:xmpp-sasl'"
TLS = "xmlns='urn:ietf:params:xml:ns:xmpp-tls'"
AT_A_TIME, SECONDS, REST_SECONDS = 20, 120, 5


class Domains:
    def __init__(self, cert, key, ca):
        self.accepting, self.connecting = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context(cafile=ca)
        for context in (self.accepting, self.connecting):
            context.load_cert_chain(cert, key)
        self.answered, self.kept, self.room = 0, [], asyncio.Semaphore(AT_A_TIME)

    async def accept(self, reader, writer):
        """A stream of a.test: STARTTLS, EXTERNAL, then its stanzas are counted."""
        self.kept.append(writer)

        async def answer(wanted, text):
            await reader.readuntil(wanted)
            writer.write(text.encode())
        head = HEAD.format("b.test", "id='x'")
        try:
            await answer(b"version='1.0'", "")
            await answer(b">", f"{head}<stream:features><starttls {TLS}><required/></starttls></stream:features>")
            await answer(b"<starttls", "")
            await answer(b">", f"<proceed {TLS}/>")
            await writer.start_tls(self.accepting)
            await answer(b"stream:stream", "")
            await answer(b">", f"{head}<stream:features><mechanisms {SASL}><mechanism>EXTERNAL</mechanism></mechanisms></stream:features>")
            await answer(b"<auth", "")
            await answer(b">", f"<success {SASL}/>")
            await answer(b"stream:stream", "")
            await answer(b">", f"{head}<stream:features/>")
            while True:
                await reader.readuntil(b"<iq")
                self.answered += 1
        except (asyncio.IncompleteReadError, asyncio.CancelledError, OSError):
            pass

    async def connect(self, number, address):
        """Domain number logs in to a.test; gives what it says with."""
        domain = f"d{number}.b.test"
        async with self.room:
            reader, writer = await asyncio.open_connection(address, 5269)
            self.kept.append(writer)
            for head, wanted in ((HEAD.format(domain, ""), b"</stream:features>"), (f"<starttls {TLS}/>", b"<proceed")):
                writer.write(head.encode())
                await reader.readuntil(wanted)
            await reader.readuntil(b">")
            await writer.start_tls(self.connecting, server_hostname="a.test")
            for head, wanted in ((HEAD.format(domain, ""), b"</stream:features>"), (f"<auth {SASL} mechanism='EXTERNAL'>=</auth>", b"<success"),
                                 (HEAD.format(domain, ""), b"stream:features")):
                writer.write(head.encode())
                await reader.readuntil(wanted)
        return domain, writer

    def ask(self, domain, writer):
        writer.write(f"<iq type='get' id='1' from='x@{domain}' to='a.test'><ping xmlns='urn:xmpp:ping'/></iq>".encode())

    async def answers(self, count):
        for _ in range(SECONDS * 10):
            if self.answered >= count:
                return
            await asyncio.sleep(0.1)
        raise RuntimeError(f"{self.answered} of {count} domains have got an answer")


def resident(pid):
    """KiB."""
    with open(f"/proc/{pid}/smaps_rollup", encoding="ascii") as file:
        return sum(int(line.split()[1]) for line in file if line.startswith("Rss:"))


async def measure(args, server, domains):
    listener = await asyncio.start_server(domains.accept, "10.77.0.3", 5269)
    warm = await asyncio.gather(*(domains.connect(args.domains + i, server.outside) for i in range(10)))
    for one in warm:  # what the first of all streams costs is not counted
        domains.ask(*one)
    await domains.answers(len(warm))
    await asyncio.sleep(REST_SECONDS)
    before = resident(server.process.pid)
    streams = await asyncio.gather(*(domains.connect(i, server.outside) for i in range(args.domains)))
    await asyncio.sleep(REST_SECONDS)
    between = resident(server.process.pid)
    for one in streams:
        domains.ask(*one)
    await domains.answers(len(warm) + len(streams))
    await asyncio.sleep(REST_SECONDS)
    after = resident(server.process.pid)
    listener.close()
    for writer in domains.kept:
        writer.transport.abort()
    return {"kind": args.kind, "domains": args.domains, "rss_before_mib": round(before / 1024, 1),
            "in_kib_each": round((between - before) / args.domains, 2), "both_kib_each": round((after - before) / args.domains, 2)}


def main():
    args = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    args.add_argument("kind", choices=list(federation.KINDS))
    args.add_argument("--program", default=os.path.join(driver.HOUSE, "build/release/src/parleyd"))
    args.add_argument("--domains", type=int, default=1000)
    args.add_argument("--data", help="where the server keeps data")
    args = args.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    lab.enter()
    args.place = tempfile.mkdtemp(prefix=f"bench-domains-{args.kind}-", dir=args.data)
    try:
        with lab.Lab() as net:
            server = federation.Server(args, net, 2, "a")
            lab.run("ip", "addr", "add", "10.77.0.3/32", "dev", "lab")
            net.zone("b.test", ["* IN A 10.77.0.3"])
            cert, key = net.ca.issue(args.place, "*.b.test")
            net.start_names()
            with server:
                print(json.dumps(asyncio.run(measure(args, server, Domains(cert, key, net.ca.path)))))
    finally:
        shutil.rmtree(args.place, ignore_errors=True)


if __name__ == "__main__":
    main()
