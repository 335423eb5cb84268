# SPDX-License-Identifier: Apache-2.0
"""What a stranger learns: an account that is there answers as one that is not (RFC 6121 4.3.2 and 8.5, XEP-0030 8)."""
from bed import Server, closing, equal, soon, want
from check_component import components, group, logged_in

PUBSUB = "http://jabber.org/protocol/pubsub"
ALIKE = "hide_accounts = true;"
NOBODY = "nobody"
# Accounts that are there, each in another state.
THERE = ("offline", "online", "keeper", "closed", "friend")
PAYLOADS = {
    "disco info": ("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>"),
    "disco items": ("get", "<query xmlns='http://jabber.org/protocol/disco#items'/>"),
    "disco node": ("get", "<query xmlns='http://jabber.org/protocol/disco#info' node='urn:test:none'/>"),
    "disco commands": ("get", "<query xmlns='http://jabber.org/protocol/disco#items' node='http://jabber.org/protocol/commands'/>"),
    "command": ("set", "<command xmlns='http://jabber.org/protocol/commands' node='urn:test:none' action='execute'/>"),
    "card": ("get", "<vCard xmlns='vcard-temp'/>"),
    "card set": ("set", "<vCard xmlns='vcard-temp'><FN>x</FN></vCard>"),
    "last": ("get", "<query xmlns='jabber:iq:last'/>"),
    "version": ("get", "<query xmlns='jabber:iq:version'/>"),
    "time": ("get", "<time xmlns='urn:xmpp:time'/>"),
    "ping": ("get", "<ping xmlns='urn:xmpp:ping'/>"),
    "unknown": ("get", "<x xmlns='urn:test:unknown'/>"),
    "unknown set": ("set", "<x xmlns='urn:test:unknown'/>"),
    "nothing inside": ("get", ""),
    "two inside": ("get", "<a xmlns='urn:test:a'/><b xmlns='urn:test:b'/>"),
    "result": ("result", ""),
    "error": ("error", "<error type='cancel'><item-not-found xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"),
    "roster": ("get", "<query xmlns='jabber:iq:roster'/>"),
    "roster set": ("set", "<query xmlns='jabber:iq:roster'><item jid='a@b.example'/></query>"),
    "private": ("get", "<query xmlns='jabber:iq:private'><a xmlns='urn:test:a'/></query>"),
    "blocklist": ("get", "<blocklist xmlns='urn:xmpp:blocking'/>"),
    "block": ("set", "<block xmlns='urn:xmpp:blocking'><item jid='a@b.example'/></block>"),
    "carbons": ("set", "<enable xmlns='urn:xmpp:carbons:2'/>"),
    "archive": ("set", "<query xmlns='urn:xmpp:mam:2'/>"),
    "archive form": ("get", "<query xmlns='urn:xmpp:mam:2'/>"),
    "archive ends": ("get", "<metadata xmlns='urn:xmpp:mam:2'/>"),
    "archive prefs": ("get", "<prefs xmlns='urn:xmpp:mam:2'/>"),
    "archive prefs set": ("set", "<prefs xmlns='urn:xmpp:mam:2' default='never'/>"),
    "register": ("get", "<query xmlns='jabber:iq:register'/>"),
    "register set": ("set", "<query xmlns='jabber:iq:register'><remove/></query>"),
    "clients": ("get", "<list xmlns='urn:xmpp:cam:0'/>"),
    "session": ("set", "<session xmlns='urn:ietf:params:xml:ns:xmpp-session'/>"),
    "bind": ("set", "<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"),
    "privilege": ("set", "<privileged_iq xmlns='urn:xmpp:privilege:2'/>"),
    "delegation": ("set", "<delegation xmlns='urn:xmpp:delegation:2'/>"),
    "upload": ("get", "<request xmlns='urn:xmpp:http:upload:0' filename='x' size='1'/>"),
    "node": ("get", f"<pubsub xmlns='{PUBSUB}'><items node='urn:test:none'/></pubsub>"),
    "no node": ("get", f"<pubsub xmlns='{PUBSUB}'><items/></pubsub>"),
    "no request": ("get", f"<pubsub xmlns='{PUBSUB}'/>"),
    "options": ("get", f"<pubsub xmlns='{PUBSUB}'><options node='urn:test:none' jid='a@b.example'/></pubsub>"),
    "default options": ("get", f"<pubsub xmlns='{PUBSUB}'><default/></pubsub>"),
    "own subscriptions": ("get", f"<pubsub xmlns='{PUBSUB}'><subscriptions/></pubsub>"),
    "own subscriptions at": ("get", f"<pubsub xmlns='{PUBSUB}'><subscriptions node='urn:test:none'/></pubsub>"),
    "own affiliations": ("get", f"<pubsub xmlns='{PUBSUB}'><affiliations/></pubsub>"),
    "subscribe at": ("set", f"<pubsub xmlns='{PUBSUB}'><subscribe node='urn:test:none' jid='romeo@localhost'/></pubsub>"),
    "unsubscribe at": ("set", f"<pubsub xmlns='{PUBSUB}'><unsubscribe node='urn:test:none' jid='romeo@localhost'/></pubsub>"),
    "publish": ("set", f"<pubsub xmlns='{PUBSUB}'><publish node='urn:test:none'><item><a xmlns='urn:test:a'/></item></publish></pubsub>"),
    "publish nowhere": ("set", f"<pubsub xmlns='{PUBSUB}'><publish><item><a xmlns='urn:test:a'/></item></publish></pubsub>"),
    "retract": ("set", f"<pubsub xmlns='{PUBSUB}'><retract node='urn:test:none'><item id='1'/></retract></pubsub>"),
    "create": ("set", f"<pubsub xmlns='{PUBSUB}'><create node='urn:test:none'/></pubsub>"),
    "create any": ("set", f"<pubsub xmlns='{PUBSUB}'><create/></pubsub>"),
    "configure": ("get", f"<pubsub xmlns='{PUBSUB}#owner'><configure node='urn:test:none'/></pubsub>"),
    "defaults": ("get", f"<pubsub xmlns='{PUBSUB}#owner'><default/></pubsub>"),
    "delete": ("set", f"<pubsub xmlns='{PUBSUB}#owner'><delete node='urn:test:none'/></pubsub>"),
    "purge": ("set", f"<pubsub xmlns='{PUBSUB}#owner'><purge node='urn:test:none'/></pubsub>"),
    "all affiliations": ("get", f"<pubsub xmlns='{PUBSUB}#owner'><affiliations node='urn:test:none'/></pubsub>"),
    "all subscriptions": ("get", f"<pubsub xmlns='{PUBSUB}#owner'><subscriptions node='urn:test:none'/></pubsub>"),
    "odd pubsub": ("set", f"<pubsub xmlns='{PUBSUB}'><odd/></pubsub>"),
}
PRESENCES = ("", "unavailable", "probe", "unsubscribe", "unsubscribed", "subscribed", "error", "subscribe")
BODY = "<body>hello</body>"
INSIDES = {
    "body": BODY, "empty": "", "state": "<active xmlns='http://jabber.org/protocol/chatstates'/>",
    "receipt": "<received xmlns='urn:xmpp:receipts' id='1'/>", "marker": "<displayed xmlns='urn:xmpp:chat-markers:0' id='1'/>",
    "store": "<x xmlns='urn:test:x'/><store xmlns='urn:xmpp:hints'/>", "no-store": BODY + "<no-store xmlns='urn:xmpp:hints'/>",
    "encrypted": "<encrypted xmlns='eu.siacs.conversations.axolotl'/>" + BODY,
    "call": "<propose xmlns='urn:xmpp:jingle-message:0' id='c'/><store xmlns='urn:xmpp:hints'/>",
    "event": f"<event xmlns='{PUBSUB}#event'><items node='urn:test:none'/></event>",
    "invite": "<x xmlns='http://jabber.org/protocol/muc#user'><invite/></x>",
}
TYPES = ("", "normal", "chat", "headline", "groupchat", "error", "odd")
BARE, FULL = "@localhost", "@localhost/none"


def kinds():
    """(name, stanza with {who} for the account and {from} for the sender)"""
    for place in (BARE, FULL):
        head = f"to='{{who}}{place}' id='q' {{from}}"
        for name, (kind, inside) in PAYLOADS.items():
            yield f"iq {name} {place}", f"<iq {head} type='{kind}'>{inside}</iq>"
        for kind in PRESENCES:
            yield f"presence {kind} {place}", f"<presence {head}" + (f" type='{kind}'" if kind else "") + "/>"
        for kind in TYPES:
            for name, inside in INSIDES.items():
                yield f"message {kind} {name} {place}", f"<message {head}" + (f" type='{kind}'" if kind else "") + f">{inside}</message>"


def answers(sender, stanza, who, start):
    """What comes back, with the name taken out: the answer, or what comes before that to a question that the account gets last."""
    is_asked = any(f"type='{kind}'" in stanza.split(">")[0] for kind in ("get", "set")) and stanza.startswith("<iq")
    sender.send(stanza.replace("{who}", who).replace("{from}", start), soon())
    if not is_asked:
        sender.send(f"<iq type='get' id='last' to='{who}@localhost' {start}><ping xmlns='urn:xmpp:ping'/></iq>", soon())
    found = []
    while True:
        element = sender.wait_for(lambda e: True, soon())
        if element.attrs.get("id") == "last":
            return [text.replace(who, "WHO") for text in found]
        found.append(str(element))
        if is_asked and element.attrs.get("id") == "q":
            return [text.replace(who, "WHO") for text in found]


def compare(sender, start, wanted):
    differ, count = [], 0
    for name, stanza in kinds():
        if not wanted(name):
            continue
        nobody = answers(sender, stanza, NOBODY, start)
        for who in THERE:
            count += 1
            there = answers(sender, stanza, who, start)
            if there != nobody:
                differ.append(f"{name}, {who}:\n  nobody: {nobody}\n  there:  {there}")
    want(not differ, lambda: f"{len(differ)} of {count} differ:\n" + "\n".join(differ))
    return f"{count} answers"


def archived(client, who):
    """Messages with who in the client's archive."""
    form = ("<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field>"
            f"<field var='with'><value>{who}@localhost</value></field></x><set xmlns='http://jabber.org/protocol/rsm'><max>0</max></set>")
    fin = client.result(f"<query xmlns='urn:xmpp:mam:2'>{form}</query>", soon()).find("fin")
    return int(fin.find("set").find("count").text())


def fill(server):
    """An account is used, one is online, one keeps things for itself, one is disabled, one has a contact."""
    with closing(server.login("keeper/one", "unavailable")) as (keeper,):
        keeper.result("<query xmlns='jabber:iq:private'><a xmlns='urn:test:a'>1</a></query>", soon())
        keeper.result(f"<pubsub xmlns='{PUBSUB}'><publish node='urn:test:kept'><item><a xmlns='urn:test:a'/></item></publish></pubsub>", soon())
        keeper.message("friend@localhost", "hello")
        keeper.ping(soon())
    with closing(server.login("friend/one", "roster"), server.login("offline/one", "roster")) as (friend, other):
        friend.say("<presence to='offline@localhost' type='subscribe'/>")
        other.hear(lambda e: e.attrs.get("type") == "subscribe")
        other.say("<presence to='friend@localhost' type='subscribed'/>")
        friend.hear(lambda e: e.attrs.get("type") == "subscribed")
    server.ctl("user", "disable", "closed")


def is_told(name):
    """By default a message that would wait for somebody is answered when nobody is there (RFC 6121 8.5.1)."""
    return not name.startswith("message") or name.split(" ")[1] in ("headline", "error", "groupchat")


def check_client():
    """a client of this server gets the same answer to every kind of stanza, whether the account is there or not"""
    with Server("workers = 1;", users=(*THERE, "romeo")) as server:
        fill(server)
        with closing(server.login("online/one"), server.login("romeo/one", "unavailable")) as (_, romeo):
            return compare(romeo, "", is_told)


def check_client_messages():
    """with hide_accounts messages, too, are taken without a word"""
    with Server("workers = 1;\n" + ALIKE, users=(*THERE, "romeo")) as server:
        fill(server)
        with closing(server.login("online/one"), server.login("romeo/one", "unavailable")) as (_, romeo):
            words = compare(romeo, "", lambda name: True)
            kept = {who: archived(romeo, who) for who in (NOBODY, *THERE)}
            want(kept[NOBODY] > 0 and len(set(kept.values())) == 1, f"messages in the sender's own archive: {kept}")
            return words


def check_service():
    """so does somebody of another domain"""
    with Server("workers = 1;\n" + components(group("irc.localhost")) + "\n" + ALIKE, users=THERE) as server:
        fill(server)
        with closing(server.login("online/one"), logged_in(server)) as (_, irc):
            return compare(irc, "from='somebody@irc.localhost'", lambda name: True)
