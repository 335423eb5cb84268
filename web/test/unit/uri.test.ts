// SPDX-License-Identifier: Apache-2.0
import { describe, expect, it } from "vitest";
import { decoded, xmppLink } from "../../src/shared/uri.ts";

describe("xmpp: links (RFC 5122, XEP-0147)", () => {
  it("name somebody", () => {
    expect(xmppLink("xmpp:Juliet@Example.org")).toEqual({ jid: "juliet@example.org", action: "", words: {} });
    expect(xmppLink("XMPP:juliet@example.org/balcony?message")).toEqual({ jid: "juliet@example.org", resource: "balcony", action: "message", words: {} });
    expect(xmppLink("xmpp:example.org")).toMatchObject({ jid: "example.org" });
    expect(xmppLink("xmpp:nasty%20!%23$%25()@example.com")).toBeUndefined(); // a blank is in no address (RFC 7622, 3.3.1)
    expect(xmppLink("xmpp:ji%C5%99i@%C4%8Dechy.example/v%20Praze")).toMatchObject({ jid: "jiři@čechy.example", resource: "v Praze" });
    expect(xmppLink("xmpp://guest@example.com/support@example.com?message")).toMatchObject({ jid: "support@example.com", action: "message" });
  });
  it("say what is to be done", () => {
    expect(xmppLink("xmpp:deck@conference.example.org?join;password=a%3Bb%3Dc")).toMatchObject({ action: "join", words: { password: "a;b=c" } });
    expect(xmppLink("xmpp:a@b.example?message;subject=Hi;body=one%0Atwo%25#part")).toMatchObject({ action: "message", words: { subject: "Hi", body: "one\ntwo%" } });
    expect(xmppLink("xmpp:a@b.example?JOIN")).toMatchObject({ action: "join" });
    expect(xmppLink("xmpp:a@b.example?body=x")).toMatchObject({ action: "" });
    expect(xmppLink("xmpp:a@b.example?message;__proto__=x")?.words.body).toBeUndefined();
  });
  it("that name nobody are none", () => {
    for (const one of ["xmpp:", "xmpp:?join", "xmpp:@example.org", "xmpp:a@", "xmpp:%", "xmpp:a@%", "xmpp:a@b@c", "xmpp:a%40b@c.example", "xmpp:a%2F@b", "http://a@b", "xmpp:a\u0000@b", "javascript:xmpp:a@b", `xmpp:${"a".repeat(9000)}@b`]) expect(xmppLink(one), one).toBeUndefined();
  });
  it("with broken escapes are read as they stand", () => {
    expect(decoded("%")).toBe("%");
    expect(decoded("%FF")).toBe("%FF");
    expect(xmppLink("xmpp:100%@example.org?message;body=50%")).toMatchObject({ jid: "100%@example.org", words: { body: "50%" } });
  });
});
