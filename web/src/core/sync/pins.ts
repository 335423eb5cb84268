// SPDX-License-Identifier: Apache-2.0
// Pinned messages (docs/pins.md): of a room, the list that it keeps; of a chat, what its archive says by messages. The page hears which
// are pinned; their texts come when it asks. Only the room itself is believed in rooms.
import type { Pin, PinMark, PinRight } from "../../shared/pins.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Jid, Message } from "../../shared/types.ts";
import type { Feature, FeatureMaker } from "../context.ts";
import type { Log } from "../model/log.ts";
import { type El, bare, h, resource, time } from "../xml/el.ts";
import { fields } from "../xml/form.ts";
import type { Parsed } from "../xml/message.ts";
import { readRight } from "../xml/pins.ts";
import { NS } from "../xml/ns.ts";

const PINS_MAX = 100; // of a conversation
const AROUND = 2000; // ms: clocks of two archives are not the same
const NEAR = 10; // messages that are looked at for one of a chat
const KIND = "pin"; // of choices about rooms; a key is "<room>/<id of the message>"
const AT_ONCE = 5; // questions under way

interface Mark extends PinMark {
  /** Rooms: id of the newest correction. */
  edited?: string;
  /** Chats: when the message was sent. */
  at?: number;
}

interface State {
  /** In the order of pinning. */
  marks: Map<string, Mark>;
  right?: PinRight;
  isRead: boolean;
}

export const pins: FeatureMaker = (context): Feature => {
  const { archive, stream, rows, logs, choices } = context;
  const states = new Map<Jid, State>();
  const occupants = new Map<Jid, string>();

  function stateOf(conversation: Jid): State {
    const found = states.get(conversation) ?? { marks: new Map(), isRead: false };
    states.set(conversation, found);
    return found;
  }

  function tell(conversation: Jid): void {
    const { marks, right } = stateOf(conversation);
    context.tell("pins", {
      conversation, ...(right ? { right } : {}),
      marks: [...marks.values()].toReversed().map(({ ref, by, mine, time: at }) => ({ ref, by, mine, time: at })),
    });
  }

  const isRoom = (conversation: Jid): boolean => rows.get(conversation)?.kind === "room";

  // ---- which are pinned

  function takePin(el: El, room: Jid): Mark | undefined {
    const { attrs } = el;
    if (!attrs.id) return undefined;
    const occupant = el.getChild("occupant-id", NS.occupant)?.attrs.id;
    return {
      ref: attrs.id, by: resource(attrs.by ?? ""), mine: occupant !== undefined && occupant === occupants.get(room), time: time(attrs.at) ?? 0,
      ...(attrs.edited ? { edited: attrs.edited } : {}),
    };
  }

  async function readRoom(room: Jid, state: State): Promise<void> {
    const answer = await stream.request(h("iq", { type: "get", to: room }, h("pins", { xmlns: NS.pins })));
    const all = answer.getChild("pins", NS.pins)?.getChildren("pin").slice(0, PINS_MAX).map((el) => takePin(el, room)) ?? [];
    state.marks = new Map(all.filter((one) => one !== undefined).toReversed().map((one) => [one.ref, one]));
    for (const [key, on] of choices.all<boolean>(KIND)) if (bare(key) === room) show(state, resource(key), on);
  }

  /** As I have chosen. */
  function show({ marks }: State, ref: string, on: boolean, at?: number): void {
    marks.delete(ref);
    if (on) marks.set(ref, { ref, by: context.me.name, mine: true, time: Date.now(), ...(at === undefined ? {} : { at }) });
  }

  async function tellRoom(key: string, on: boolean): Promise<void> {
    const room = bare(key);
    if (!rows.get(room)?.joined) { // then it could not; with onJoined it goes on
      context.raise("onNeeded", room);
      throw new Refusal("offline");
    }
    await stream.request(h("iq", { type: "set", to: room }, h(on ? "pin" : "unpin", { xmlns: NS.pins, id: resource(key) }))).catch((why: Refusal) => {
      if (on || why.fault !== "not-there") throw why; // it was not pinned
    });
  }

  choices.serve<boolean>(KIND, tellRoom, (key) => {
    stateOf(bare(key)).isRead = false;
    void read(bare(key));
  });

  /** What was said last of an id holds. */
  function note(state: State, parsed: Parsed, mine: boolean): void {
    const { pin } = parsed;
    if (!pin) return;
    state.marks.delete(pin.ref);
    if (!pin.on) return;
    const by = mine ? context.me.name : context.nameOf(bare(parsed.from));
    state.marks.set(pin.ref, { ref: pin.ref, by, mine, time: parsed.time ?? Date.now(), ...(pin.at === undefined ? {} : { at: pin.at }) });
    for (const ref of [...state.marks.keys()].slice(0, Math.max(0, state.marks.size - PINS_MAX))) state.marks.delete(ref);
  }

  async function readChat(conversation: Jid, state: State): Promise<void> {
    const { items } = await archive.ask({ conversation, fields: { [`{${NS.fulltext}}fulltext`]: "has:pin" }, max: PINS_MAX, before: "" });
    const fresh: State = { marks: new Map(), isRead: true };
    for (const { parsed } of items) if (parsed.pin && !parsed.pin.isRooms && parsed.type !== "groupchat") note(fresh, parsed, bare(parsed.from) === context.jid);
    state.marks = fresh.marks;
  }

  /** Once a session; news keep it true from then on. */
  async function read(conversation: Jid): Promise<void> {
    const state = stateOf(conversation);
    if (state.isRead || !stream.isOnline) return;
    state.isRead = true;
    try {
      await (isRoom(conversation) ? readRoom(conversation, state) : readChat(conversation, state));
      tell(conversation);
    } catch {
      state.isRead = false; // not there, or no more: the next opening asks again
    }
  }

  const mayRead = (conversation: Jid): boolean => !isRoom(conversation) || (rows.get(conversation)?.joined === true && stateOf(conversation).right !== undefined);

  // ---- with their texts

  async function ofRoom(room: Jid, marks: Mark[]): Promise<Log> {
    const log = logs.apart(room, "room");
    const ids = marks.flatMap((one) => [one.ref, ...(one.edited ? [one.edited] : [])]);
    if (ids.length > 0) for (const { id, parsed } of (await archive.ask({ conversation: room, isRoom: true, ids, max: ids.length })).items) log.add(parsed, "newer", id);
    return log;
  }

  async function ofChat(conversation: Jid, marks: Mark[]): Promise<Log> {
    const log = logs.apart(conversation, "chat");
    for (let i = 0; i < marks.length; i += AT_ONCE) {
      const some = marks.slice(i, i + AT_ONCE).filter((one) => one.at !== undefined);
      const found = await Promise.all(some.map((one) => archive.ask({ conversation, start: (one.at as number) - AROUND, max: NEAR }).then(({ items }) => items, () => [])));
      for (const { id, parsed } of found.flat()) log.add(parsed, "newer", id);
    }
    return log;
  }

  /** What is loaded anyhow knows of everything that was said about it. */
  async function all(conversation: Jid): Promise<Pin[]> {
    const marks = [...stateOf(conversation).marks.values()].toReversed();
    const here = logs.get(conversation);
    const known = new Map<string, Message>();
    for (const one of marks) {
      const message = here?.find(one.ref);
      if (message) known.set(one.ref, message);
    }
    const rest = marks.filter((one) => !known.has(one.ref));
    const log = rest.length === 0 ? undefined : await (isRoom(conversation) ? ofRoom(conversation, rest) : ofChat(conversation, rest));
    return marks.flatMap((one) => {
      const message = known.get(one.ref) ?? log?.find(one.ref);
      return message && !message.retracted && !message.event ? [{ ref: one.ref, by: one.by, mine: one.mine, time: one.time, message }] : [];
    });
  }

  async function set(conversation: Jid, ref: string, at: number, on: boolean): Promise<void> {
    if (isRoom(conversation)) await choices.put(KIND, `${conversation}/${ref}`, on);
    else context.raise("onPin", conversation, ref, at, on);
    show(stateOf(conversation), ref, on, isRoom(conversation) ? undefined : at);
    tell(conversation);
  }

  return {
    onOnline(resumed) {
      if (!resumed) for (const state of states.values()) state.isRead = false;
      for (const conversation of logs.open()) if (!isRoom(conversation)) void read(conversation);
    },
    onAbout(room, query) {
      const state = stateOf(room);
      const right = query.getChildren("feature").some((one) => one.attrs.var === NS.pins) ? readRight(fields(query).get("{urn:parley:room:0}pins")?.[0]) : undefined;
      if (right) state.right = right;
      else delete state.right;
      if (!logs.isOpen(room)) return;
      tell(room);
      if (mayRead(room)) void read(room);
    },
    onOccupant(room, el, _item, codes) {
      const id = el.getChild("occupant-id", NS.occupant)?.attrs.id;
      if (id && codes.includes("110")) occupants.set(room, id);
    },
    onOpen(conversation) {
      tell(conversation);
      if (mayRead(conversation)) void read(conversation);
    },
    onJoined(room, joined) {
      if (joined) choices.flush();
      if (!joined) stateOf(room).isRead = false; // what happens meanwhile is not heard
      else if (logs.isOpen(room) && mayRead(room)) void read(room);
    },
    onMessage(parsed, _el, sent) {
      const { pin } = parsed;
      if (!pin || parsed.isError) return;
      const conversation = bare(sent ? parsed.to : parsed.from);
      const state = stateOf(conversation);
      if (isRoom(conversation)) {
        // History that comes with joining is older than the list.
        if (!pin.isRooms || parsed.from !== conversation || parsed.type !== "groupchat" || parsed.time !== undefined) return;
        state.marks.delete(pin.ref);
        if (pin.on) state.marks.set(pin.ref, { ref: pin.ref, by: resource(pin.by ?? ""), mine: pin.occupant !== undefined && pin.occupant === occupants.get(conversation), time: Date.now() });
      } else if (!pin.isRooms && parsed.type !== "groupchat") note(state, parsed, sent || bare(parsed.from) === context.jid);
      tell(conversation);
    },
    methods: {
      async pin(conversation, key) {
        const message = logs.having(conversation, key)?.message;
        if (!message || (isRoom(conversation) && !message.archive)) throw new Refusal("not-there");
        await set(conversation, isRoom(conversation) ? (message.archive as string) : message.ref, message.time, true);
      },
      unpin: (conversation, ref) => set(conversation, ref, 0, false),
      pins: all,
    },
  };
};
