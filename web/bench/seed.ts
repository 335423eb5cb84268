// SPDX-License-Identifier: Apache-2.0
// Fills a server: 500 rooms that the measured accounts belong to, some of them full of messages, and one with a crowd of members.
import { Voice } from "./voice.ts";
import type { Server } from "../test/bed/server.ts";

/** How much there is. */
export interface Size {
  rooms: number;
  /** Of them, those with `messages` in the archive; the others have a few. */
  full: number;
  messages: number;
  crowd: number;
}

const FEW = 3; // messages of a room that is not full
const TOGETHER = 25; // rooms that are made at a time
const ITEMS = 500; // affiliations of one set
const SPEAKERS = 5;
const TURN = 25; // messages that may overtake one another
const PING = "<iq type='get' to='localhost'><ping xmlns='urn:xmpp:ping'/></iq>";

export const roomOf = (n: number): string => `room${String(n).padStart(3, "0")}@conference.localhost`;
export const roomName = (n: number): string => `Room ${String(n).padStart(3, "0")}`;
export const CROWD = "crowd@conference.localhost";
export const CROWD_NAME = "Crowd";

const WORDS = "the quick answer to a long question is often found by somebody who was not asked and had time to look at what the others had written before".split(" ");
/** What is said: words of some length, and a mark by which a message is found. */
export const line = (room: number | string, n: number): string => `${Array.from({ length: 4 + ((n * 7) % 22) }, (_, i) => WORDS[(n * 5 + i) % WORDS.length]).join(" ")} #${room}-${n}#`;
export const mark = (room: number | string, n: number): string => `#${room}-${n}#`;

const config = (room: string, name: string, more = ""): string => `<iq type='set' to='${room}'><query xmlns='http://jabber.org/protocol/muc#owner'><x xmlns='jabber:x:data' type='submit'>
  <field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field><field var='muc#roomconfig_roomname'><value>${name}</value></field>${more}</x></query></iq>`;
/** Where everybody may see who belongs to it. */
const OPEN_LIST = "<field var='muc#roomconfig_membersonly'><value>1</value></field><field var='muc#roomconfig_whois'><value>anyone</value></field>";
const members = (room: string, jids: string[]): string => `<iq type='set' to='${room}'><query xmlns='http://jabber.org/protocol/muc#admin'>${
  jids.map((jid) => `<item affiliation='member' jid='${jid}'/>`).join("")}</query></iq>`;
const bookmark = (room: string, name: string, joins: boolean): string => `<iq type='set'><pubsub xmlns='http://jabber.org/protocol/pubsub'><publish node='urn:xmpp:bookmarks:1'><item id='${room}'>
  <conference xmlns='urn:xmpp:bookmarks:1' name='${name}' autojoin='${joins}'/></item></publish><publish-options><x xmlns='jabber:x:data' type='submit'>
  <field var='FORM_TYPE'><value>http://jabber.org/protocol/pubsub#publish-options</value></field><field var='pubsub#persist_items'><value>true</value></field>
  <field var='pubsub#max_items'><value>max</value></field><field var='pubsub#access_model'><value>whitelist</value></field></x></publish-options></pubsub></iq>`;

const newest = new Map<number, number>();
/** The message with this number is the last of its room. */
export const said = (room: number, n: number): void => void newest.set(room, n);
/** By what the last message of a room is found. */
export const lastMark = (room: number): string => mark(room, newest.get(room) ?? FEW - 1);

/** Runs over numbers, some at a time. */
async function each(count: number, together: number, run: (n: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(Array.from({ length: together }, async () => {
    for (let n = next++; n < count; n = next++) await run(n);
  }));
}

/** `count` messages by all speakers in turn, who are in the room; resolves when the last has come back. */
export async function speak(speakers: Voice[], room: number, from: number, count: number): Promise<void> {
  const [last] = speakers as [Voice];
  const heard = last.until((el) => el.name === "message" && (el.getChildText("body") ?? "").endsWith(mark(room, from + count - 1)));
  // All wait for the server's word now and then, and before the last: it is the last of the archive, and no queue grows without end.
  for (let n = from; n < from + count; n++) {
    if (n % TURN === 0 || n === from + count - 1) await Promise.all(speakers.map((one) => one.ask(PING)));
    (speakers[(from + count - 1 - n) % speakers.length] as Voice).say(roomOf(room), line(room, n));
  }
  await heard;
  said(room, from + count - 1);
}

/** The people who speak in the rooms. */
export const speakersOf = (server: Server): Promise<Voice[]> => Promise.all(Array.from({ length: SPEAKERS }, (_, i) => Voice.in(server, `speaker${i}`)));

async function makeRoom(owner: Voice, room: string, name: string, jids: string[], more = ""): Promise<void> {
  await owner.enter(room);
  await owner.ask(config(room, name, more));
  for (let at = 0; at < jids.length; at += ITEMS) await owner.ask(members(room, jids.slice(at, at + ITEMS)));
}

/** Somebody whose client is measured, and how many of the rooms its bookmarks say to enter at once. */
export interface Viewer {
  name: string;
  joins: number;
}

/** Makes all rooms; the viewers belong to them and have bookmarks. */
export async function fill(server: Server, size: Size, viewers: Viewer[]): Promise<void> {
  const owner = await Voice.in(server, "owner");
  const speakers = await speakersOf(server);
  const readers = await Promise.all(viewers.map(async ({ name, joins }) => ({ joins, voice: await Voice.in(server, name) })));
  const jids = viewers.map(({ name }) => `${name}@localhost`);
  await each(size.rooms, TOGETHER, async (n) => {
    const room = roomOf(n);
    await makeRoom(owner, room, roomName(n), jids);
    if (n >= size.full) for (let i = 0; i < FEW; i++) owner.say(room, line(n, i));
    for (const { joins, voice } of readers) await voice.ask(bookmark(room, roomName(n), n < joins));
    if (n >= size.full) owner.send(`<presence to='${room}/owner' type='unavailable'/>`);
  });
  for (let n = 0; n < size.full; n++) {
    await Promise.all(speakers.map((one) => one.enter(roomOf(n))));
    await speak(speakers, n, 0, size.messages);
  }
  await makeRoom(owner, CROWD, CROWD_NAME, [...jids, ...Array.from({ length: size.crowd - jids.length - 1 }, (_, i) => `member${String(i).padStart(6, "0")}@localhost`)], OPEN_LIST);
  owner.say(CROWD, line("crowd", 0));
  for (const { voice } of readers) await voice.ask(bookmark(CROWD, CROWD_NAME, false));
  await Promise.all([owner, ...speakers, ...readers.map(({ voice }) => voice)].map((one) => one.stop()));
}
