// SPDX-License-Identifier: Apache-2.0
// Two clients made with @xmpp/client: pair.js SERVICE DOMAIN USER PASSWORD USER PASSWORD. Prints "OK what" for each step.
import { client, xml } from "@xmpp/client";

const [service, domain, romeoName, romeoPassword, julietName, julietPassword] = process.argv.slice(2);
const PATIENCE = 20_000; // for each answer; the library's own 2 s are short for a busy machine
const deadline = setTimeout(() => {
  console.log("too late");
  process.exit(1);
}, 28_000);

function actor(username, password, resource) {
  const entity = client({ service, domain, username, password, resource });
  entity.timeout = PATIENCE;
  entity.on("error", (error) => console.log("error:", username, String(error)));
  return entity;
}

function heard(entity, text) {
  return new Promise((resolve) => {
    entity.on("stanza", (stanza) => {
      if (stanza.is("message") && stanza.getChildText("body") === text) resolve(stanza);
    });
  });
}

async function archive(entity, mate) {
  const bodies = [];
  entity.on("stanza", (stanza) => {
    const message = stanza.getChild("result", "urn:xmpp:mam:2")?.getChild("forwarded")?.getChild("message");
    if (message) bodies.push(message.getChildText("body"));
  });
  const field = (name, value) => xml("field", { var: name }, xml("value", {}, value));
  await entity.iqCaller.set(
    xml("query", { xmlns: "urn:xmpp:mam:2" },
      xml("x", { xmlns: "jabber:x:data", type: "submit" }, field("FORM_TYPE", "urn:xmpp:mam:2"), field("with", mate)),
      xml("set", { xmlns: "http://jabber.org/protocol/rsm" }, xml("max", {}, "50"), xml("before"))),
  );
  return bodies;
}

// XEP-0484: the first login asks for a token; the second one has no other secret, the third a wrong one.
async function fast(username, password) {
  const userAgent = xml("user-agent", { id: crypto.randomUUID() }, xml("software", {}, "pair.js"));
  let token;
  const login = async (secret, use) => {
    const entity = client({ service, domain, username, password: secret, resource: "js-fast", userAgent });
    entity.timeout = PATIENCE;
    entity.on("error", () => {});
    entity.reconnect.stop();
    entity.fast.fetchToken = async () => use;
    entity.fast.saveToken = async (given) => void (token = given);
    try {
      const jid = await entity.start();
      await entity.iqCaller.get(xml("ping", { xmlns: "urn:xmpp:ping" }));
      return String(jid.bare());
    } catch (error) {
      return String(error.condition);
    } finally {
      await entity.stop().catch(() => {});
    }
  };
  const own = await login(password, undefined);
  if (token?.token && token.mechanism === "HT-SHA-256-NONE") console.log("OK a token was given");
  const given = token;
  const again = await login("no password", given);
  if (again === own && again === `${username}@${domain}`) console.log("OK the token is enough for the next login");
  else console.log("by token:", own, again);
  const wrong = await login("no password", { ...given, token: `${given.token}x` });
  if (wrong === "not-authorized") console.log("OK another token is not");
  else console.log("by a wrong token:", wrong);
}

const words = `But soft & <low> \u{1f339} ${service}`;
const answer = `Ay me ${service}`;
const romeo = actor(romeoName, romeoPassword, "js-balcony");
const juliet = actor(julietName, julietPassword, "js-chamber");
const [romeoJid, julietJid] = await Promise.all([romeo.start(), juliet.start()]);
await Promise.all([romeo.send(xml("presence")), juliet.send(xml("presence"))]);
console.log("OK both have logged in");

const atJuliet = heard(juliet, words);
const atRomeo = heard(romeo, answer);
await romeo.send(xml("message", { type: "chat", to: String(julietJid) }, xml("body", {}, words)));
await atJuliet;
console.log("OK the message has arrived");
await juliet.send(xml("message", { type: "chat", to: String(romeoJid) }, xml("body", {}, answer)));
await atRomeo;
console.log("OK the answer has arrived");

const bodies = await archive(romeo, String(julietJid.bare()));
if (bodies.slice(-2).join("|") === `${words}|${answer}`) console.log("OK the archive has both");
else console.log("the archive has", bodies);
// XEP-0388, XEP-0386 and XEP-0198 together: the connection breaks, the session goes on, what came meanwhile is there.
const resumed = new Promise((resolve) => juliet.streamManagement.on("resumed", resolve));
const meanwhile = heard(juliet, "meanwhile");
(juliet.socket.destroy ?? juliet.socket.end).call(juliet.socket);
await romeo.send(xml("message", { type: "chat", to: String(julietJid) }, xml("body", {}, "meanwhile")));
await resumed;
console.log("OK the session goes on after a broken connection");
await meanwhile;
console.log("OK and what came meanwhile is there");
await Promise.all([romeo.stop(), juliet.stop()]);
await fast(romeoName, romeoPassword);
clearTimeout(deadline);
