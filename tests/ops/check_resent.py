# SPDX-License-Identifier: Apache-2.0
"""Words that are said again after a crash, by an account that has said much else (docs/adr/0010)."""
from bed import PASSWORD, Client, Server, equal, soon

PATIENCE = 30  # seconds for each step
ROOM, FRIEND, MUC = "verona@conference.localhost", "romeo@localhost", "http://jabber.org/protocol/muc"
RECENT = 512  # fingerprints that an account keeps


def login(server, user):
    client = Client(f"{user}/home", (user, PASSWORD), {"tls": True}, server)
    client.login(soon(PATIENCE))
    return client


def enter(client):
    client.send(f"<presence to='{ROOM}/Juliet'><x xmlns='{MUC}'><history maxstanzas='0'/></x></presence>", soon(PATIENCE))
    client.wait_for(lambda e: e.local == "message" and e.find("subject") is not None, soon(PATIENCE))


def heard(client, mark):
    """The ids of what is said in the room up to a mark."""
    ids = []
    client.send(f"<message to='{ROOM}' type='groupchat' id='{mark}'><body>{mark}</body></message>", soon(PATIENCE))
    while mark not in ids:
        ids.append(client.wait_for(lambda e: e.local == "message" and e.attrs.get("type") == "groupchat", soon(PATIENCE)).attrs.get("id"))
    return ids[:-1]


def check_many():
    """what was said in a room is known again after a crash, however much was said to others that day"""
    with Server(users=("juliet", "romeo")) as server:
        client = login(server, "juliet")
        enter(client)
        client.request("set", f"<query xmlns='{MUC}#owner'><x xmlns='jabber:x:data' type='submit'/></query>", soon(PATIENCE), to=ROOM)
        for number in range(RECENT):
            client.send(f"<message to='{FRIEND}' type='chat' id='d{number}'><body>{number}</body></message>", soon(PATIENCE))
        words = [f"<message to='{ROOM}' type='groupchat' id='r{number}'><body>{number}</body></message>" for number in range(20)]
        for word in words:
            client.send(word, soon(PATIENCE))
        equal(heard(client, "first"), [f"r{number}" for number in range(20)])
        server.kill()
        server.start()
        client = login(server, "juliet")
        enter(client)
        client.send(f"<message to='{FRIEND}' type='chat' id='new'><body>new</body></message>", soon(PATIENCE))
        for word in words:
            client.send(word, soon(PATIENCE))
        equal(heard(client, "second"), [])
        return f"{RECENT} to a friend, 20 in a room"
