// SPDX-License-Identifier: Apache-2.0
// Who is in a room and who belongs to it, and how a list shows them.
import { describe, expect, it } from "vitest";
import { Members, type Seen } from "../../src/core/model/members.ts";
import type { Member } from "../../src/shared/rooms.ts";
import { memberItems } from "../../src/ui/rooms/order.ts";

const seen = (nick: string, more: Partial<Seen> = {}): Seen => ({ nick, affiliation: "none", role: "participant", availability: "available", hats: [], mine: false, ...more });
const member = (id: string, more: Partial<Member> = {}): Member => ({ id, jid: id, affiliation: "member", role: "none", availability: "offline", hats: [], mine: false, ...more });

describe("members", () => {
  it("shows somebody with two clients once, as the one that is there most", () => {
    const list = new Members("r@c");
    list.enter(seen("phone", { jid: "a@h", availability: "away" }));
    list.enter(seen("desk", { jid: "a@h" }));
    expect(list.all()).toMatchObject([{ id: "a@h", availability: "available", nick: "desk" }]);
    expect(list.leave("desk")).toMatchObject({ upsert: { availability: "away", nick: "phone" } });
    expect(list.leave("phone")).toEqual({ gone: "a@h" });
    expect(list.leave("phone")).toEqual({});
    expect([list.all(), list.occupants]).toEqual([[], 0]);
  });

  it("keeps members who leave, and forgets who belongs to it no longer", () => {
    const list = new Members("r@c");
    list.enter(seen("a", { jid: "a@h", affiliation: "member" }));
    expect(list.leave("a")).toMatchObject({ upsert: { id: "a@h", affiliation: "member", availability: "offline" } });
    expect(list.list("a@h", "none")).toEqual({ gone: "a@h" });
    list.list("b@h", "outcast", "spam");
    expect(list.all()).toMatchObject([{ id: "b@h", affiliation: "outcast", reason: "spam" }]);
  });

  it("changes who is there in place, also when his address becomes known", () => {
    const list = new Members("r@c");
    list.enter(seen("a"));
    expect(list.all()).toMatchObject([{ id: "r@c/a" }]);
    list.enter(seen("a", { jid: "a@h", availability: "busy" }));
    expect(list.all()).toMatchObject([{ id: "a@h", availability: "busy" }]);
    list.clearSeen();
    expect(list.all()).toEqual([]);
  });

  it("takes a hundred thousand without looking at all of them for each", () => {
    const list = new Members("r@c");
    for (let i = 0; i < 3000; i++) list.enter(seen(`n${i}`));
    for (let i = 0; i < 100_000; i++) list.list(`m${i}@h`, "member");
    expect(list.all()).toHaveLength(103_000);
  });
});

describe("the list of members", () => {
  it("has sections in their order, and in each who is there before who is away", () => {
    const items = memberItems([member("z@h"), member("b@h"), member("y@h", { availability: "available" }), member("o@h", { affiliation: "owner" })], "");
    expect(items.map((one) => (one.kind === "head" ? `${one.section} ${one.count}` : one.member.id))).toEqual(["owner 1", "o@h", "member 3", "y@h", "b@h", "z@h"]);
  });

  it("says how many there are before all have come, but not of what was looked for", () => {
    expect(memberItems([member("a@h")], "", { member: 5000 })[0]).toEqual({ kind: "head", section: "member", count: 5000 });
    expect(memberItems([member("a@h")], "a", { member: 5000 })[0]).toEqual({ kind: "head", section: "member", count: 1 });
  });

  it("keeps the order of long sections", () => {
    const items = memberItems(Array.from({ length: 3000 }, (_, i) => member(`m${String((i * 7) % 3000).padStart(4, "0")}@h`)), "");
    expect(items.slice(1).map((one) => one.kind === "member" && one.member.id)).toEqual(Array.from({ length: 3000 }, (_, i) => `m${String(i).padStart(4, "0")}@h`));
  });
});
