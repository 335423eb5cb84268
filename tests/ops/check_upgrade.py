# SPDX-License-Identifier: Apache-2.0
"""Accounts that came with SCRAM-SHA-1 alone get the other verifiers when their clients log in (XEP-0480, and PLAIN)."""
import base64
import hashlib
import hmac

from bed import PARLEYCTL, PASSWORD, Server, closing, equal, os, run, soon, want

SASL2, UPGRADE, SCRAM = "urn:xmpp:sasl:2", "urn:xmpp:sasl:upgrade:0", "urn:xmpp:scram-upgrade:0"
SALT = b"0123456789abcdef"


def encode(data):
    return base64.b64encode(data).decode()


def bring(server, *users):
    """Imports accounts as an older server kept them."""
    salted = hashlib.pbkdf2_hmac("sha1", PASSWORD.encode(), SALT, 4096)
    stored = hashlib.sha1(hmac.new(salted, b"Client Key", "sha1").digest()).digest()
    key = hmac.new(salted, b"Server Key", "sha1").digest()
    path = os.path.join(server.home, "old.xml")
    with open(path, "w", encoding="utf-8") as file:
        file.write("<server-data xmlns='urn:xmpp:pie:0'><host jid='localhost'>")
        for user in users:
            file.write(f"<user name='{user}'><scram-credentials xmlns='urn:xmpp:pie:0#scram' mechanism='SCRAM-SHA-1'>"
                       f"<iter-count>4096</iter-count><salt>{encode(SALT)}</salt><server-key>{encode(key)}</server-key>"
                       f"<stored-key>{encode(stored)}</stored-key></scram-credentials></user>")
        file.write("</host></server-data>")
    code, out, err = run(PARLEYCTL, "--config", server.config, "import", path)
    equal(code, 0, out + err)


def begin(server, user):
    """Up to the login of a client that speaks SASL 2 over TLS."""
    client = server.client(f"{user}/one", "sasl2", "tls")
    client.account = (user, PASSWORD)
    client.prepare(soon())
    client.get_features(soon())
    return client


def proves(server, user, mechanism):
    """Whether user's password is good for the mechanism."""
    client = begin(server, user)
    with closing(client):
        return client.exchange(mechanism, soon()).local == "success"


def ask(client, text):
    client.send(text, soon())
    return client.take(soon())


def upgrade(client, *tasks):
    """Logs in with SCRAM-SHA-1 and asks for the tasks. The answer to the proof."""
    from player import sasl  # pylint: disable=import-outside-toplevel
    steps = sasl.Scram("sha1", *client.account)
    asked = "".join(f"<upgrade xmlns='{UPGRADE}'>{task}</upgrade>" for task in tasks)
    challenge = ask(client, f"<authenticate xmlns='{SASL2}' mechanism='SCRAM-SHA-1'>{asked}"
                            f"<initial-response>{encode(steps.first())}</initial-response></authenticate>")
    answer = ask(client, f"<response xmlns='{SASL2}'>{encode(steps.answer(base64.b64decode(challenge.text())))}</response>")
    data = answer.find("additional-data")
    steps.check(base64.b64decode(data.text()))
    return answer


def give(client, answer, task, digest):
    """Performs one task; the answer to it."""
    equal(answer.local, "continue")
    equal([each.text() for each in answer.find("tasks").elements()], [task])
    data = ask(client, f"<next xmlns='{SASL2}' task='{task}'/>")
    salt = data.find("salt", SCRAM)
    want(int(salt.attrs["iterations"]) >= 4096, "iterations")
    salted = hashlib.pbkdf2_hmac(digest, PASSWORD.encode(), base64.b64decode(salt.text()), int(salt.attrs["iterations"]))
    return ask(client, f"<task-data xmlns='{SASL2}'><hash xmlns='{SCRAM}'>{encode(salted)}</hash></task-data>")


def check_tasks():
    """a client that asks for upgrade tasks makes the verifiers that are missing, one after the other, before its success"""
    with Server() as server:
        bring(server, "romeo")
        want(not proves(server, "romeo", "SCRAM-SHA-256"), "there is a verifier that nobody can have made")
        client = begin(server, "romeo")
        with closing(client):
            offer = [each.text() for each in client.features.find("authentication").elements() if each.local == "upgrade"]
            equal(sorted(offer), ["UPGR-SCRAM-SHA-256", "UPGR-SCRAM-SHA-512"])
            answer = upgrade(client, "UPGR-SCRAM-SHA-256", "UPGR-SCRAM-SHA-512", "UPGR-MONTAGUE")
            answer = give(client, answer, "UPGR-SCRAM-SHA-512", "sha512")
            answer = give(client, answer, "UPGR-SCRAM-SHA-256", "sha256")
            equal(answer.local, "success")
            want(answer.find("additional-data") is None, "the server's proof was said already")
            equal(answer.find("authorization-identifier").text(), "romeo@localhost")
        for mechanism in ("SCRAM-SHA-1", "SCRAM-SHA-256", "SCRAM-SHA-512"):
            want(proves(server, "romeo", mechanism), mechanism)
        client = begin(server, "romeo")  # nothing is missing any more
        with closing(client):
            equal(upgrade(client, "UPGR-SCRAM-SHA-256").local, "success")


def check_wrong_tasks():
    """what is no answer to a task ends the login, and changes nothing"""
    with Server() as server:
        bring(server, "romeo")
        for wrong in (f"<next xmlns='{SASL2}' task='UPGR-SCRAM-SHA-512'/>", f"<next xmlns='{SASL2}'/>",
                      f"<task-data xmlns='{SASL2}'><hash xmlns='{SCRAM}'>{encode(bytes(32))}</hash></task-data>",
                      f"<response xmlns='{SASL2}'>=</response>", f"<abort xmlns='{SASL2}'/>"):
            client = begin(server, "romeo")
            with closing(client):
                equal(upgrade(client, "UPGR-SCRAM-SHA-256").local, "continue")
                equal(ask(client, wrong).local, "failure", wrong)
        for short in ("", encode(bytes(31)), encode(bytes(64)), "!"):
            client = begin(server, "romeo")
            with closing(client):
                upgrade(client, "UPGR-SCRAM-SHA-256")
                ask(client, f"<next xmlns='{SASL2}' task='UPGR-SCRAM-SHA-256'/>")
                equal(ask(client, f"<task-data xmlns='{SASL2}'><hash xmlns='{SCRAM}'>{short}</hash></task-data>").local, "failure", short)
        want(not proves(server, "romeo", "SCRAM-SHA-256"), "a verifier was made")


def check_plain():
    """a login with PLAIN makes them at once, also the classic one; a wrong password makes none"""
    with Server() as server:
        bring(server, "romeo", "juliet")
        client = begin(server, "romeo")
        with closing(client):
            equal(client.exchange("PLAIN", soon(), password="wrong").local, "failure")
        want(not proves(server, "romeo", "SCRAM-SHA-256"), "made out of a wrong password")
        want(proves(server, "romeo", "PLAIN"), "PLAIN")
        want(proves(server, "romeo", "SCRAM-SHA-512") and proves(server, "romeo", "SCRAM-SHA-256"), "SASL 2")
        client = server.client("juliet/one", "tls")
        client.account = ("juliet", PASSWORD)
        client.prepare(soon())
        client.get_features(soon())
        with closing(client):
            equal(client.exchange("PLAIN", soon()).local, "success")
        want(proves(server, "juliet", "SCRAM-SHA-256"), "SASL 1")
