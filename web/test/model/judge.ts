// SPDX-License-Identifier: Apache-2.0
// What must hold at the end of a history; each rule answers with what is wrong, or with nothing.
import type { Message } from "../../src/shared/types.ts";
import type { Device, Page } from "./device.ts";
import { type World, until } from "./history.ts";

type Which = "chat" | "room";

const words = (one: Message): string => (one.retracted ? `(taken back ${one.id})` : one.text);
const shown = (log: Message[]): Message[] => log.filter((one) => !one.event);

/** A message as everybody must see it. */
function face(world: World, device: Device, one: Message): string {
  const nameOf = (from: Message["from"]): string => (from.mine ? device.jid : from.jid.includes("/") ? `${from.name}@localhost` : from.jid);
  const reactions = Object.entries(one.reactions).map(([emoji, people]) => `${emoji} ${people.map(nameOf).toSorted().join(" ")}`).toSorted().join("; ");
  return JSON.stringify([nameOf(one.from), words(one), one.versions.map((each) => each.text), reactions, one.quote ? one.quote.ref !== "" : false].concat(world.room === "" ? [] : []));
}

function differ(label: string, a: string[], b: string[]): string[] {
  const at = a.findIndex((one, i) => one !== b[i]);
  if (at < 0 && a.length === b.length) return [];
  const i = at < 0 ? a.length : at;
  return [`${label}: at ${i} of ${a.length}/${b.length}:\n      ${a[i]}\n      ${b[i]}`];
}

/** Everything that was said is there once, as it was left. */
function complete(world: World, device: Device, which: Which): string[] {
  const faults: string[] = [];
  const log = shown(device.page.log(world.address(device, which)));
  for (const said of world.said.values()) {
    if (said.conversation !== which) continue;
    const found = log.filter((one) => one.id === said.id);
    if (found.length > 1) faults.push(`${device.label} ${which}: ${found.length} times "${said.texts[0]}"`);
    const [one] = found;
    if (!one) {
      if (!said.mayBeLost) faults.push(`${device.label} ${which}: lost "${said.texts[0]}"`);
    } else if (said.retracted) {
      if (!one.retracted && !said.mayBeLost) faults.push(`${device.label} ${which}: not taken back "${one.text}"`);
    } else if (!one.retracted && !said.texts.includes(one.text)) faults.push(`${device.label} ${which}: "${one.text}" was never said`);
    else if (!said.mayBeLost && one.text !== said.texts.at(-1) && said.texts.length === 2) faults.push(`${device.label} ${which}: not edited "${one.text}"`);
    if (one?.from.mine && (one.delivery === "waiting" || one.delivery === undefined)) faults.push(`${device.label} ${which}: "${one.text}" is ${one.delivery}`);
  }
  const ids = new Set(log.map((one) => one.archive ?? one.key));
  if (ids.size !== log.length) faults.push(`${device.label} ${which}: one archive id twice`);
  return faults;
}

/** How many wait, from the log: what others have said behind the mark. */
function waits(world: World, device: Device, which: Which): string[] {
  const jid = world.address(device, which);
  const row = device.page.rows.get(jid);
  const log = shown(device.page.log(jid));
  const seen = row?.displayed ? log.findIndex((one) => one.archive === row.displayed) : -1;
  // A mark may name what is no message of the log (a reaction): then the count of the server cannot be told from here.
  if (row?.displayed && seen < 0) return [];
  const count = log.slice(seen + 1).filter((one) => !one.from.mine && !one.retracted).length;
  return row?.unread === count ? [] : [`${device.label} ${which}: ${row?.unread} unread, but ${count} stand behind the mark`];
}

function forward(device: Device, page: Page, jid: string): string[] {
  const places = new Map(device.page.log(jid).map((one) => [one.archive, one.order]));
  const orders = (page.displayed.get(jid) ?? []).map((one) => places.get(one)).filter((one) => one !== undefined);
  return orders.some((one, i) => i > 0 && one < (orders[i - 1] ?? 0)) ? [`${device.label}: the mark of ${jid} went backwards: ${orders.join(" ")}`] : [];
}

/** What was wished last holds, also when the device began anew before it was told. */
function wishes(world: World, device: Device, which: Which): string[] {
  const row = device.page.rows.get(world.address(device, which));
  return Object.entries(world.wished.get(which) ?? {}).filter(([key]) => !world.unsure.has(`${which} ${key}`)).flatMap(([key, value]) => {
    const found = row?.[key as "pinned" | "notify"] ?? null;
    return found === value ? [] : [`${device.label} ${which}: ${key} is ${found}, but ${value} was wished`];
  });
}

/** All that is wrong just now. */
export function faultsOf(world: World): string[] {
  const faults: string[] = [];
  const [a, ...others] = world.mine as [Device, ...Device[]];
  for (const which of ["chat", "room"] as const) {
    const faces = (device: Device): string[] => shown(device.page.log(world.address(device, which))).map((one) => face(world, device, one));
    const first = faces(a);
    for (const one of others) faults.push(...differ(`${a.label} and ${one.label}, ${which}`, first, faces(one)));
    if (which === "room") faults.push(...differ(`${a.label} and friend, room`, first, faces(world.friend)));
    for (const one of world.all) faults.push(...complete(world, one, which), ...waits(world, one, which), ...forward(one, one.page, world.address(one, which)));
    const row = (device: Device): string => {
      const { unread, mentions, marked, displayed, last, pinned, notify } = device.page.rows.get(world.address(device, which)) ?? {};
      return JSON.stringify({ unread, mentions, marked, displayed, pinned, notify, text: last?.text, kind: last?.kind, mine: last?.mine });
    };
    for (const one of world.mine) faults.push(...wishes(world, one, which));
    for (const one of others) if (row(a) !== row(one)) faults.push(`rows of ${which}: ${a.label} ${row(a)}\n      ${one.label} ${row(one)}`);
  }
  for (const one of world.all) faults.push(...[...one.backwards, ...one.page.backwards].map((step) => `${one.label}: backwards: ${step}`));
  return faults;
}

/** What a page was told piece by piece is what a new page is told at once. */
export async function pagesAgree(world: World): Promise<string[]> {
  const [device] = world.mine as [Device];
  const page = await device.secondPage();
  const faults: string[] = [];
  for (const which of ["chat", "room"] as const) {
    const jid = world.address(device, which);
    await page.core.open(jid);
    await until("the second page has the log", () => page.logs.has(jid));
    const show = (one: Page): string[] => one.log(jid).map((each) => JSON.stringify([each.key, each.text, each.delivery, each.reactions, each.archive]));
    faults.push(...differ(`two pages of ${device.label}, ${which}`, show(device.page), show(page)));
  }
  page.close();
  return faults;
}
