// SPDX-License-Identifier: Apache-2.0
// What stanzas become in one conversation: who has said them, whom they call, the message that is shown. Pure.
import type { ConversationKind, Jid, Mention, Message, Sender } from "../../shared/types.ts";
import { decoded } from "../../shared/uri.ts";
import { bare, resource } from "../xml/el.ts";
import type { Parsed } from "../xml/message.ts";

const QUOTED_MAX = 300; // UTF-16 units of what is answered

export interface Owner {
  jid: Jid;
  /** My name in this room, and my occupant id. */
  nick?: string;
  occupant?: string;
  nameOf(jid: Jid): string;
}

/** Reads stanzas as the owner of a log must see them. */
export class Reader {
  private readonly conversation: Jid;
  private readonly kind: ConversationKind;
  private readonly owner: Owner;

  constructor(conversation: Jid, kind: ConversationKind, owner: Owner) {
    [this.conversation, this.kind, this.owner] = [conversation, kind, owner];
  }

  /** Who has said it. */
  senderOf(parsed: Parsed): Sender {
    const { owner } = this;
    if (this.kind === "room") {
      // The room tells who has pinned something.
      const [jid, occupant] = parsed.pin && this.isPin(parsed) ? [parsed.pin.by ?? parsed.from, parsed.pin.occupant] : [parsed.from, parsed.occupant];
      const nick = resource(jid);
      const mine = owner.occupant && occupant ? occupant === owner.occupant : nick !== "" && nick === owner.nick;
      return { jid, name: nick, mine, ...(occupant ? { occupant } : {}) };
    }
    const jid = bare(parsed.from) || owner.jid;
    return { jid, name: owner.nameOf(jid), mine: jid === owner.jid };
  }

  /** As something that I have said, just now or not long ago. */
  me(parsed: Parsed): Sender {
    const from = this.senderOf(parsed);
    return { ...from, mine: true, name: from.name || (this.owner.nick ?? ""), ...(this.kind === "room" && this.owner.occupant ? { occupant: this.owner.occupant } : {}) };
  }

  /** Of rooms, only what they say themselves counts. */
  isPin({ pin, from }: Parsed): boolean {
    return pin?.on === true && pin.isRooms === (this.kind === "room") && (!pin.isRooms || from === this.conversation);
  }

  /** Whom it calls, and where in the text. */
  mentionsOf(parsed: Parsed): Mention[] {
    const { owner } = this;
    return parsed.mentions.map((one): Mention => {
      const jid = one.uri?.startsWith("xmpp:") ? decoded(one.uri.slice(5).split("?")[0] ?? "") : undefined;
      const here = this.kind === "room" && jid === this.conversation;
      const me = one.all || here || (jid !== undefined && (bare(jid) === owner.jid || (this.kind === "room" && jid === `${this.conversation}/${owner.nick}`)))
        || (one.occupant !== undefined && one.occupant === owner.occupant);
      const kind = !one.all && !here ? "person" : one.active ? "here" : "room";
      return { begin: one.begin ?? 0, end: one.end ?? 0, kind, me: me && !one.silent, ...(jid ? { jid } : {}) };
    });
  }

  /** The message that is shown; `answered`: what it answers, as far as that is known. */
  make(parsed: Parsed, from: Sender, ref: string, archive: string | undefined, answered: Message | undefined): Message {
    const message: Message = {
      key: `${ref}:${from.occupant ?? from.jid}`, conversation: this.conversation, order: 0, ref, from, time: parsed.time ?? Date.now(), text: parsed.text ?? "",
      files: parsed.files, versions: [], reactions: {}, mentions: this.mentionsOf(parsed), mentionsMe: false,
    };
    message.mentionsMe = !from.mine && message.mentions.some((one) => one.me);
    if (archive) message.archive = archive;
    if (parsed.id) message.id = parsed.id;
    if (parsed.thread) message.thread = parsed.thread;
    if (parsed.thread && parsed.answers) message.root = parsed.thread;
    if (parsed.answers?.also) message.also = true;
    if (from.mine) message.delivery = "sent";
    if (parsed.encrypted) message.encrypted = true;
    if (parsed.unstyled) message.unstyled = true;
    if (parsed.tombstone) Object.assign(message, { text: "", files: [], retracted: { by: parsed.moderated?.by ?? from.name, mine: from.mine, ...(parsed.moderated?.reason ? { reason: parsed.moderated.reason } : {}) } });
    if (parsed.reply) message.quote = this.quoteOf(parsed.reply, answered);
    if (parsed.invite) message.event = { kind: "invited", text: parsed.invite.room };
    else if (parsed.pin && this.isPin(parsed)) Object.assign(message, { text: "", event: { kind: "pinned", text: parsed.pin.ref } });
    else if (parsed.text === undefined && parsed.subject !== undefined) message.event = { kind: "subject", text: parsed.subject };
    return message;
  }

  private quoteOf(reply: NonNullable<Parsed["reply"]>, target: Message | undefined): NonNullable<Message["quote"]> {
    const name = target?.from.name ?? (this.kind === "room" ? resource(reply.to ?? "") : this.owner.nameOf(bare(reply.to ?? "")));
    return { ref: reply.ref, name, text: (target?.text ?? reply.quoted ?? "").slice(0, QUOTED_MAX), ...(target ? { key: target.key } : {}) };
  }
}
