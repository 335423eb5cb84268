# SPDX-License-Identifier: Apache-2.0
"""What shows that a server is the one: certificates that are good, ended, for others, of nobody; DANE; and dialback without them."""
from bed import equal, soon, until
from lab import Authority, Lab
from servers import Parley, Prosody, add_names, arrives, certificate, refused, running

BOTH = "serverAuth,clientAuth"


def log_has(server, *words):
    return until(lambda: [line for line in server.tail(100000).splitlines() if all(word in line for word in words)],
                 f"{' '.join(words)} in the log of {server}")


def bad_certificates(lab, host, domain):
    """name -> the paths of a certificate that shows nothing."""
    other = Authority(lab.place, "other")
    return {"ended": certificate(lab, host, domain, days=-1, usage=BOTH, name="ended"),
            "of-another": lab.ca.issue(host.place, f"evil{domain}", f"*.x.{domain}", usage=BOTH, name="of-another"),
            "of-nobody": certificate(lab, host, domain, other, usage=BOTH, name="of-nobody")}


def check_certificates():
    """XEP-0178, RFC 9525: good certificates are enough, in both directions, where nothing else counts; others are refused there"""
    with Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        lab.start_names()
        strict = 'certificates = "valid";'
        good = certificate(lab, hosts[0], "a.example", usage=BOTH)
        with Parley(lab, hosts[0], "a.example", good, s2s=strict) as a:
            a.add_user("romeo")
            romeo = a.login("romeo/one")
            # One that has only a server's certificate, as authorities make them.
            with running(Parley(lab, hosts[1], "b.example", s2s=strict), users=("juliet",)) as (juliet,):
                arrives(romeo, juliet, "by certificates")
                arrives(juliet, romeo, "and back")
                log_has(a, "has logged in", "b.example", "by=certificate")
            for name, paths in bad_certificates(lab, hosts[1], "b.example").items():
                with running(Parley(lab, hosts[1], "b.example", paths), users=("juliet",)) as (juliet,):
                    known = a.tail(100000).count("has logged in")
                    refused(juliet, romeo.jid, "remote-server-timeout")
                    refused(romeo, juliet.jid, "policy-violation")
                    equal(a.tail(100000).count("has logged in"), known, f"logins with a certificate that is {name}")
            romeo.leave()


def check_dialback():
    """XEP-0220: without a good certificate the domain itself says whose server it is, over TLS"""
    with Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        lab.start_names()
        paths = bad_certificates(lab, hosts[1], "b.example")
        with Parley(lab, hosts[0], "a.example") as a:
            a.add_user("romeo")
            romeo = a.login("romeo/one")
            for name in ("ended", "of-nobody"):
                with running(Parley(lab, hosts[1], "b.example", paths[name]), users=("juliet",)) as (juliet,):
                    arrives(juliet, romeo, f"from one that shows {name}")
                    arrives(romeo, juliet, f"to one that shows {name}")
            log_has(a, "has logged in", "b.example", "by=dialback", "encrypted=true")
            romeo.leave()


def check_prosody():
    """XEP-0178 with Debian's prosody, which takes certificates only, and asks for none that it cannot prove"""
    with Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        lab.start_names()
        mine, theirs = (certificate(lab, host, domain, usage=BOTH) for host, domain in zip(hosts, ("a.example", "b.example")))
        a = Parley(lab, hosts[0], "a.example", mine, s2s='certificates = "valid";')
        with running(a, Prosody(lab, hosts[1], "b.example", theirs, is_strict=True)) as (romeo, juliet):
            arrives(romeo, juliet, "by certificates")
            arrives(juliet, romeo, "and back")
            log_has(a, "stream to another server open", "b.example", "by=certificate")
            log_has(a, "has logged in", "b.example", "by=certificate")


def check_dane():
    """RFC 7671, RFC 7673: the certificate that signed names lead to is good, whoever made it; another one is nobody's"""
    with Lab() as lab:
        hosts = [lab.host(name, number) for name, number in (("a", 11), ("b", 12), ("c", 13))]
        other = Authority(lab.place, "other")
        domains = ("a.example", "b.example", "c.example")
        paths = [certificate(lab, host, domain, authority) for host, domain, authority in zip(hosts, domains, (None, other, None))]
        add_names(lab, hosts[0], domains[0])
        add_names(lab, hosts[1], domains[1], "signed", [f"_5269._tcp.xmpp IN TLSA {lab.dane(3, paths[1][0])}"])
        # Our authority has signed for somebody else here: the DNS knows better.
        add_names(lab, hosts[2], domains[2], "signed", [f"_5269._tcp.xmpp IN TLSA {lab.dane(3, paths[1][0])}"])
        lab.start_names()
        servers = [Parley(lab, host, domain, path) for host, domain, path in zip(hosts, domains, paths)]
        with running(*servers, users=("romeo", "juliet", "mallory")) as (romeo, juliet, mallory):
            arrives(romeo, juliet, "to the one that the DNS names")
            log_has(servers[0], "stream to another server open", "b.example", "certificate=true")
            refused(romeo, mallory.jid, "policy-violation")
            arrives(juliet, romeo, "back to one without records")


def check_dane_in():
    """RFC 7673, XEP-0178: who comes with a certificate that signed names lead to has shown it, whoever made it; unsigned ones say nothing"""
    with Lab() as lab:
        hosts = [lab.host(name, number) for name, number in (("a", 11), ("b", 12), ("c", 13))]
        other = Authority(lab.place, "other")
        domains = ("a.example", "b.example", "c.example")
        paths = [certificate(lab, host, domain, authority, usage=BOTH) for host, domain, authority in zip(hosts, domains, (None, other, other))]
        add_names(lab, hosts[0], domains[0])
        add_names(lab, hosts[1], domains[1], "signed", [f"_5269._tcp.xmpp IN TLSA {lab.dane(3, paths[1][0])}"])
        add_names(lab, hosts[2], domains[2], "plain", [f"_5269._tcp.xmpp IN TLSA {lab.dane(3, paths[2][0])}"])
        lab.start_names()
        servers = [Parley(lab, host, domain, path, s2s='certificates = "valid";' if host is hosts[0] else "")
                   for host, domain, path in zip(hosts, domains, paths)]
        with running(*servers, users=("romeo", "juliet", "mallory")) as (romeo, juliet, mallory):
            arrives(juliet, romeo, "from the one that the DNS names")
            log_has(servers[0], "has logged in", "b.example", "by=certificate")
            refused(mallory, romeo.jid, "remote-server-timeout")
            equal(servers[0].tail(100000).count("has logged in"), 1)


def check_forged_names():
    """RFC 4035, RFC 7673: a domain whose names are forged has no server"""
    with Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        add_names(lab, hosts[0], "a.example")
        add_names(lab, hosts[1], "b.example", "stranger")
        lab.start_names()
        with running(*(Parley(lab, host, domain) for host, domain in zip(hosts, ("a.example", "b.example")))) as (romeo, juliet):
            refused(romeo, juliet.jid, "remote-server-not-found")
            romeo.ping(soon())


def check_addresses():
    """s2s.private = false: names do not lead into networks that are not public; a name that leads to ourselves leads nowhere"""
    with Lab() as lab:
        hosts = [lab.host("a", 11), lab.host("b", 12)]
        for host, domain in zip(hosts, ("a.example", "b.example")):
            add_names(lab, host, domain)
        add_names(lab, hosts[0], "mirror.example")
        lab.zone("inside.example", ["@ IN A 127.0.0.1", "@ IN AAAA ::1"], "plain")
        lab.start_names()
        with running(Parley(lab, hosts[0], "a.example"), Parley(lab, hosts[1], "b.example", s2s="private = false;")) as (romeo, juliet):
            refused(romeo, "x@mirror.example", "remote-server-not-found")
            refused(juliet, "x@inside.example", "policy-violation")
            refused(juliet, romeo.jid, "policy-violation")
