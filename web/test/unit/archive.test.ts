// SPDX-License-Identifier: Apache-2.0
// What counts as the answer of an archive (XEP-0313, XMPP.md 5: results of others are dropped).
import { expect, it } from "vitest";
import { Archive } from "../../src/core/sync/archive.ts";
import type { El } from "../../src/core/xml/el.ts";
import { NS } from "../../src/core/xml/ns.ts";
import { parseStored } from "../../src/core/xml/parse.ts";
import { Refusal } from "../../src/shared/rpc.ts";

const OWN = "mira@localhost";
const ROOM = "deck@conference.localhost";

const result = (queryid: string, id: string, from: string | undefined, text: string): El =>
  parseStored(`<message xmlns='jabber:client' ${from === undefined ? "" : `from='${from}'`} to='${OWN}/x'><result xmlns='${NS.mam}' queryid='${queryid}' id='${id}'>
    <forwarded xmlns='${NS.forward}'><delay xmlns='${NS.delay}' stamp='2026-01-02T03:04:05Z'/><message from='oskar@localhost/y' to='${OWN}' type='chat' id='i${id}'><body>${text}</body></message></forwarded></result></message>`);

const fin = (inside = "", attrs = ""): El => parseStored(`<iq xmlns='jabber:client' type='result'><fin xmlns='${NS.mam}' ${attrs}><set xmlns='${NS.rsm}'>${inside}</set></fin></iq>`);

/** An archive whose server does what `answer` says; what was asked is noted. */
function bed(answer: (queryid: string, iq: El, archive: Archive) => El): { archive: Archive; asked: El[] } {
  const asked: El[] = [];
  const archive: Archive = new Archive(OWN, {
    request: async (iq) => {
      asked.push(iq);
      return answer(iq.getChild("query", NS.mam)?.attrs.queryid ?? "", iq, archive);
    },
  });
  return { archive, asked };
}

const texts = (items: { parsed: { text?: string } }[]): (string | undefined)[] => items.map((one) => one.parsed.text);

it("takes what the archive that was asked sends to this question, and nothing else", async () => {
  const taken: boolean[] = [];
  const { archive } = bed((queryid, _iq, self) => {
    for (const one of [
      result(queryid, "1", OWN, "own"), result(queryid, "2", undefined, "own, unnamed"), result(queryid, "3", "eve@localhost", "a stranger"), result(queryid, "4", `${OWN}/other`, "a device of mine"),
      result(queryid, "5", "localhost", "the server"), result("guessed", "6", OWN, "nobody has asked"), result("", "7", OWN, "no question"), result(queryid, "", OWN, "no id"),
    ]) taken.push(self.take(one));
    return fin("<first>1</first><last>2</last><count>2</count>", "complete='true'");
  });
  const answer = await archive.ask({ conversation: "oskar@localhost", max: 50, before: "" });
  expect(texts(answer.items)).toEqual(["own", "own, unnamed"]);
  expect(answer).toMatchObject({ complete: true, isPartial: false, count: 2, first: "1", last: "2" });
  expect(answer.items[0]?.parsed.time).toBe(Date.UTC(2026, 0, 2, 3, 4, 5));
  expect(taken).toEqual([true, true, true, true, true, false, false, true]); // what names no open question is left to others
});

it("in a room only the room itself is believed, not who is in it", async () => {
  const { archive, asked } = bed((queryid, _iq, self) => {
    for (const from of [`${ROOM}/eve`, OWN, "conference.localhost", ROOM]) self.take(result(queryid, from, from, from));
    return fin();
  });
  expect(texts((await archive.ask({ conversation: ROOM, isRoom: true, max: 50 })).items)).toEqual([ROOM]);
  expect(asked[0]?.attrs.to).toBe(ROOM);
  expect(String(asked[0])).not.toContain('var="with"');
});

it("no more than was asked for, and nothing once the question is over", async () => {
  let open = "";
  const { archive } = bed((queryid, _iq, self) => {
    open = queryid;
    for (const one of ["1", "2", "3", "4"]) self.take(result(queryid, one, OWN, one));
    return fin();
  });
  expect(texts((await archive.ask({ max: 2 })).items)).toEqual(["1", "2"]);
  expect(archive.take(result(open, "5", OWN, "late"))).toBe(false);
});

it("questions side by side get their own answers", async () => {
  const waiting: [string, () => void][] = [];
  const archive = new Archive(OWN, { request: (iq) => new Promise((resolve) => waiting.push([iq.getChild("query", NS.mam)?.attrs.queryid ?? "", () => resolve(fin())])) });
  const both = [archive.ask({ max: 5 }), archive.ask({ max: 5 })];
  const [[one], [two]] = waiting as [[string, () => void], [string, () => void]];
  archive.take(result(two, "a", OWN, "second"));
  archive.take(result(one, "b", OWN, "first"));
  for (const [, end] of waiting) end();
  expect((await Promise.all(both)).map((answer) => texts(answer.items))).toEqual([["first"], ["second"]]);
});

it("page by page from the end, in the order of the archive, and no further than is wanted", async () => {
  const stored = ["1", "2", "3", "4", "5"];
  const { archive, asked } = bed((queryid, iq, self) => {
    const before = iq.getChild("query", NS.mam)?.getChild("set", NS.rsm)?.getChildText("before") ?? "";
    const end = before ? stored.indexOf(before) : stored.length;
    const found = stored.slice(Math.max(0, end - 2), end);
    for (const one of found) self.take(result(queryid, one, OWN, one));
    return fin(`<first>${found[0]}</first><last>${found.at(-1)}</last>`, end <= 2 ? "complete='true'" : "");
  });
  expect(texts(await archive.all({ max: 2 }, 9))).toEqual(stored);
  expect(asked).toHaveLength(3);
  expect(texts(await archive.all({ max: 2 }, 2))).toEqual(["2", "3", "4", "5"]);
});

it("says why there is no answer, and forgets the question", async () => {
  let open = "";
  const archive = new Archive(OWN, {
    request: async (iq) => {
      open = iq.getChild("query", NS.mam)?.attrs.queryid ?? "";
      throw new Refusal("offline");
    },
  });
  await expect(archive.ask({ max: 1 })).rejects.toMatchObject({ fault: "offline" });
  expect(archive.take(result(open, "1", OWN, "late"))).toBe(false);
});
