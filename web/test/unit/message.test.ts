// SPDX-License-Identifier: Apache-2.0
// Messages as other clients write them: what is left of them for the eye.
import { describe, expect, it } from "vitest";
import { Log } from "../../src/core/model/log.ts";
import { parseMessage } from "../../src/core/xml/message.ts";
import { parseStored } from "../../src/core/xml/parse.ts";
import type { Message } from "../../src/shared/types.ts";

const parsed = (inside: string, attrs = "") => parseMessage(parseStored(`<message xmlns="jabber:client" from="rosa@localhost/x" to="mira@localhost" type="chat" id="m1" ${attrs}>${inside}</message>`));
const log = (): Log => new Log("rosa@localhost", "chat", { jid: "mira@localhost", nick: "mira", nameOf: (jid) => jid });
/** What a log shows after these. */
function shown(...insides: string[]): Message[] {
  const made = log();
  insides.forEach((inside, at) => made.add(parseMessage(parseStored(`<message xmlns="jabber:client" from="rosa@localhost/x" to="mira@localhost" type="chat" id="m${at}">${inside}</message>`)), "live", `a${at}`));
  return made.messages;
}

const LEGACY = '<encrypted xmlns="eu.siacs.conversations.axolotl"><header sid="1"><key rid="2">AA==</key><iv>AA==</iv></header>';
const SORRY = "I sent you an OMEMO encrypted message but your client doesn’t seem to support that.";

describe("encrypted messages", () => {
  it("are one fact, whatever stands beside them in plain", () => {
    for (const inside of [
      `${LEGACY}<payload>AA==</payload></encrypted><encryption xmlns="urn:xmpp:eme:0" namespace="eu.siacs.conversations.axolotl" name="OMEMO"/><body>${SORRY}</body>`,
      `<encrypted xmlns="urn:xmpp:omemo:2"><header sid="1"/><payload>AA==</payload></encrypted><body>${SORRY}</body>`,
      '<encryption xmlns="urn:xmpp:eme:0" namespace="urn:xmpp:otr:0"/><body>?OTR:AAMC</body>',
      '<encryption xmlns="urn:xmpp:eme:0" namespace="urn:xmpp:openpgp:0"/><openpgp xmlns="urn:xmpp:openpgp:0">AA==</openpgp><body>This message is encrypted.</body>',
    ]) expect(shown(inside)).toMatchObject([{ text: "", encrypted: true }]);
  });
  it("that only carry keys say nothing", () => {
    expect(shown(`${LEGACY}</encrypted><encryption xmlns="urn:xmpp:eme:0" namespace="eu.siacs.conversations.axolotl"/><store xmlns="urn:xmpp:hints"/>`)).toEqual([]);
  });
  it("correct an earlier one without becoming another one", () => {
    const fix = `${LEGACY}<payload>AA==</payload></encrypted><body>${SORRY}</body><replace xmlns="urn:xmpp:message-correct:0" id="m0"/>`;
    expect(shown(`${LEGACY}<payload>AA==</payload></encrypted>`, fix)).toMatchObject([{ text: "", encrypted: true }]);
    const [one] = shown("<body>plain</body>", fix);
    expect(one).toMatchObject({ text: "", encrypted: true, versions: [{ text: "plain" }] });
    expect(shown(`${LEGACY}<payload>AA==</payload></encrypted>`, '<body>open</body><replace xmlns="urn:xmpp:message-correct:0" id="m0"/>')[0]).not.toHaveProperty("encrypted");
  });
});

describe("texts", () => {
  it("whose sender wants no styling say so, and a correction anew", () => {
    expect(shown('<body>*a*</body><unstyled xmlns="urn:xmpp:styling:0"/>')).toMatchObject([{ text: "*a*", unstyled: true }]);
    expect(shown('<body>*a*</body><unstyled xmlns="urn:xmpp:styling:0"/>', '<body>*b*</body><replace xmlns="urn:xmpp:message-correct:0" id="m0"/>')[0]).not.toHaveProperty("unstyled");
  });
  it("lose what they quote for others, counted in code points", () => {
    const reply = parsed('<body>&gt; 🚢 at nine\nyes 👍</body><reply xmlns="urn:xmpp:reply:0" id="m0" to="mira@localhost"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0"><body start="0" end="12"/></fallback>');
    expect(reply).toMatchObject({ text: "yes 👍", reply: { ref: "m0", quoted: "🚢 at nine" } });
  });
  it("keep their own words where the range of the quote is a wrong one", () => {
    const inside = (body: string, range: string): string => `<body>${body}</body><reply xmlns="urn:xmpp:reply:0" id="m0"/><fallback xmlns="urn:xmpp:fallback:0" for="urn:xmpp:reply:0">${range}</fallback>`;
    expect(parsed(inside("at nine, mended", '<body start="0" end="12"/>')).text).toBe("at nine, mended");
    expect(parsed(inside("at nine", '<body start="4" end="99"/>')).text).toBe("at nine");
    expect(parsed(inside("at nine", "")).text).toBe("at nine");
    expect(parsed(inside("&gt; a\n&gt; b\nc", '<body start="0" end="8"/>')).text).toBe("c");
  });
  it("survive references that are no addresses", () => {
    for (const uri of ["xmpp:%", "xmpp:%FF", "%", "xmpp:", ""]) expect(shown(`<body>@x hello</body><reference xmlns="urn:xmpp:reference:0" type="mention" begin="0" end="2" uri="${uri}"/>`)).toMatchObject([{ text: "@x hello" }]);
  });
});
