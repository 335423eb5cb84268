// SPDX-License-Identifier: Apache-2.0
// A message stanza as facts. Only what it says; who may say it is judged in model/log.ts.
import type { FileInfo } from "../../shared/types.ts";
import { type El, textOf, time } from "./el.ts";
import { parseFiles } from "./files.ts";
import { NS } from "./ns.ts";
import { type ParsedPin, parsePin } from "./pins.ts";

const TEXT_MAX = 100_000; // UTF-16 units that are kept of a text
const REACTIONS_MAX = 20; // of one person to one message

export interface Parsed {
  id?: string;
  /** XEP-0359, of the sender. */
  origin?: string;
  /** XEP-0359: by whom, which. Only those of one's own account or of the room count. */
  archives: Map<string, string>;
  from: string;
  to: string;
  type: string;
  time?: number;
  text?: string;
  subject?: string;
  thread?: string;
  /** It answers in the thread of another message, and may stand in the room as well (docs/answers.md). */
  answers?: { also: boolean };
  reply?: { ref: string; to?: string; quoted?: string };
  replaces?: string;
  retracts?: string;
  moderated?: { by: string; reason?: string };
  /** It stands where a message was that is taken back. */
  tombstone?: boolean;
  reacts?: { ref: string; emoji: string[] };
  pin?: ParsedPin;
  displayed?: string;
  received?: string;
  wantsReceipt: boolean;
  chatState?: "active" | "composing" | "paused" | "inactive" | "gone";
  files: FileInfo[];
  /** `active`: only those who are there when it is said; `silent`: named, not called (XEP-0513 4.4). */
  mentions: { begin?: number; end?: number; uri?: string; occupant?: string; all?: boolean; active?: boolean; silent?: boolean }[];
  occupant?: string;
  /** Its words are for other devices: what stands there in plain only says so, and is left out. */
  encrypted: boolean;
  /** XEP-0393, 6. */
  unstyled?: boolean;
  invite?: { room: string; reason?: string; password?: string };
  isError: boolean;
  errorCondition?: string;
}

const STATES = ["active", "composing", "paused", "inactive", "gone"] as const;

/** Positions count Unicode code points (XEP-0426); texts here count UTF-16 units. */
export function unitOf(text: string, point: number): number {
  let unit = 0;
  for (let i = 0; i < point && unit < text.length; i++) unit += (text.codePointAt(unit) ?? 0) > 0xffff ? 2 : 1;
  return unit;
}

/** XEP-0428: what of a text stands there only for clients that do not know one of these namespaces; UTF-16 units, rising. */
function fallbacks(el: El, text: string, forNs: string[]): [number, number][] {
  const found: [number, number][] = [];
  for (const mark of el.getChildren("fallback", NS.fallback)) {
    if (!forNs.includes(mark.attrs.for ?? "")) continue;
    const bodies = mark.getChildren("body");
    if (bodies.length === 0) return [[0, text.length]];
    for (const { attrs } of bodies) {
      if (attrs.start === undefined || attrs.end === undefined) return [[0, text.length]];
      const [begin, end] = [unitOf(text, Number(attrs.start)), unitOf(text, Number(attrs.end))];
      if (begin >= 0 && end > begin) found.push([begin, end]);
    }
  }
  return found.toSorted(([a], [b]) => a - b);
}

/** What is left, and what was cut. */
function without(text: string, ranges: [number, number][]): { text: string; cut: string } {
  let [rest, cut, at] = ["", "", 0];
  for (const [begin, end] of ranges) {
    if (end <= at) continue;
    rest += text.slice(at, Math.max(at, begin));
    cut += text.slice(Math.max(at, begin), end);
    at = end;
  }
  return { text: rest + text.slice(at), cut };
}

function references(el: El): Parsed["mentions"] {
  const points = (one: El): { begin?: number; end?: number } => {
    const [begin, end] = [Number(one.attrs.begin ?? Number.NaN), Number(one.attrs.end ?? Number.NaN)];
    return begin >= 0 && end > begin ? { begin, end } : {};
  };
  const old = el.getChildren("reference", NS.reference).filter((one) => one.attrs.type === "mention" && one.attrs.uri)
    .map((one) => ({ ...points(one), uri: one.attrs.uri as string }));
  const all = el.getChildren("mention", NS.mentions).map((one) => ({
    ...points(one), ...(one.attrs.jid ? { uri: `xmpp:${one.attrs.jid}` } : {}), ...(one.attrs.occupantid ? { occupant: one.attrs.occupantid } : {}),
    ...(one.attrs.mentions === `${NS.mentions}#channel` ? { all: true } : {}),
    ...(one.getChild("active", NS.mentions) ? { active: true } : {}), ...(one.getChild("noping", NS.mentions) ? { silent: true } : {}),
  }));
  return [...old, ...all].slice(0, 100);
}

function about(el: El, parsed: Parsed): void {
  const replaces = el.getChild("replace", NS.correct)?.attrs.id;
  const retract = el.getChild("retract", NS.retract);
  const retracted = el.getChild("retracted", NS.retract);
  const reacts = el.getChild("reactions", NS.reactions);
  const reply = el.getChild("reply", NS.reply);
  const moderated = (retract ?? retracted)?.getChild("moderated", NS.moderate);
  if (replaces) parsed.replaces = replaces;
  if (retract?.attrs.id) parsed.retracts = retract.attrs.id;
  if (retracted) parsed.tombstone = true;
  if (moderated) {
    const reason = textOf(retract ?? retracted, "reason");
    parsed.moderated = { by: moderated.attrs.by ?? "", ...(reason ? { reason } : {}) };
  }
  if (reacts?.attrs.id) {
    const emoji = reacts.getChildren("reaction").map((one) => one.text().trim()).filter((one) => one && one.length <= 32);
    parsed.reacts = { ref: reacts.attrs.id, emoji: [...new Set(emoji)].slice(0, REACTIONS_MAX) };
  }
  const pin = parsePin(el);
  if (pin) parsed.pin = pin;
  if (reply?.attrs.id) parsed.reply = { ref: reply.attrs.id, ...(reply.attrs.to ? { to: reply.attrs.to } : {}) };
}

function states(el: El, parsed: Parsed): void {
  const displayed = el.getChild("displayed", NS.markers)?.attrs.id;
  const received = el.getChild("received", NS.receipts)?.attrs.id;
  const state = STATES.find((one) => el.getChild(one, NS.chatstates));
  if (displayed) parsed.displayed = displayed;
  if (received) parsed.received = received;
  if (state) parsed.chatState = state;
  parsed.wantsReceipt = el.getChild("request", NS.receipts) !== undefined;
}

/** OMEMO without a payload only carries keys (XEP-0384, 4.6): nobody has said anything. */
function isEncrypted(el: El): boolean {
  const omemo = el.getChild("encrypted", NS.omemo) ?? el.getChild("encrypted", NS.omemoOld);
  return omemo ? omemo.getChild("payload") !== undefined : el.getChild("encryption", NS.eme) !== undefined;
}

function body(el: El, parsed: Parsed): void {
  if (parsed.encrypted) return;
  const said = el.getChildren("body").find((one) => !one.attrs["xml:lang"]) ?? el.getChild("body");
  if (!said) return;
  const whole = said.text().slice(0, TEXT_MAX);
  // Converse 14 repeats the range in a correction that has no quote any more: words of the sender's own are never left out.
  const quoted = parsed.reply ? fallbacks(el, whole, [NS.reply]).filter(([begin, end]) => whole.slice(begin, end).trimStart().startsWith(">")) : [];
  const rest = fallbacks(el, whole, [NS.reactions, NS.retract, NS.moderate, NS.pins, ...(parsed.files.length > 0 ? [NS.sfs, NS.oob] : [])]);
  const { cut } = without(whole, quoted);
  const gone = without(whole, [...quoted, ...rest].toSorted(([a], [b]) => a - b)).text.replace(rest.length > 0 ? /\n+$/ : "", "");
  parsed.text = parsed.files.some((file) => file.url === gone.trim()) ? "" : gone;
  if (cut && parsed.reply) parsed.reply.quoted = cut.replace(/^> ?/gm, "").trim();
  const shift = cut && whole.startsWith(cut) ? [...cut].length : 0;
  for (const one of parsed.mentions) {
    if (one.begin === undefined || one.end === undefined) continue;
    one.begin = unitOf(gone, one.begin - shift);
    one.end = unitOf(gone, one.end - shift);
  }
}

/** What was said of what is forwarded in `el` (XEP-0297), with the time at which it was. */
export function parseForwarded(el: El | undefined): Parsed | undefined {
  const forwarded = el?.getChild("forwarded", NS.forward);
  const message = forwarded?.getChild("message");
  return message && parseMessage(message, forwarded?.getChild("delay", NS.delay));
}

/** `outer` has the delay and the archive ids when the message came inside of something (archive, carbon). */
export function parseMessage(el: El, delay?: El): Parsed {
  const parsed: Parsed = {
    from: el.attrs.from ?? "", to: el.attrs.to ?? "", type: el.attrs.type ?? "normal", archives: new Map(), wantsReceipt: false, files: parseFiles(el),
    mentions: references(el), encrypted: false, isError: el.attrs.type === "error",
  };
  if (el.attrs.id) parsed.id = el.attrs.id;
  const origin = el.getChild("origin-id", NS.sid)?.attrs.id;
  if (origin) parsed.origin = origin;
  for (const one of el.getChildren("stanza-id", NS.sid)) if (one.attrs.by && one.attrs.id) parsed.archives.set(one.attrs.by, one.attrs.id);
  const at = time((delay ?? el.getChild("delay", NS.delay))?.attrs.stamp);
  if (at !== undefined) parsed.time = at;
  const [subject, thread, occupant] = [textOf(el, "subject"), textOf(el, "thread"), el.getChild("occupant-id", NS.occupant)?.attrs.id];
  if (subject !== undefined) parsed.subject = subject.slice(0, TEXT_MAX);
  if (thread) parsed.thread = thread;
  const answers = thread ? el.getChild("in", NS.threads) : undefined;
  if (answers) parsed.answers = { also: answers.attrs.also === "true" };
  if (occupant) parsed.occupant = occupant;
  parsed.encrypted = isEncrypted(el);
  if (el.getChild("unstyled", NS.styling)) parsed.unstyled = true;
  about(el, parsed);
  states(el, parsed);
  body(el, parsed);
  const invite = el.getChild("x", NS.invite);
  if (invite?.attrs.jid) parsed.invite = { room: invite.attrs.jid, ...(invite.attrs.reason ? { reason: invite.attrs.reason } : {}), ...(invite.attrs.password ? { password: invite.attrs.password } : {}) };
  if (parsed.isError) parsed.errorCondition = el.getChild("error")?.getChildElements().find((one) => one.getNS() === NS.stanzas && one.name !== "text")?.name ?? "";
  return parsed;
}
