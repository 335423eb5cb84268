// SPDX-License-Identifier: Apache-2.0
// What page and worker tell each other about: plain data, structured-clonable. No code of either side.
import type { Sending } from "./files.ts";

/** A bare address, unless a comment says "full". */
export type Jid = string;

export type ConversationKind = "chat" | "room";
export type Notify = "all" | "mention" | "never";
export type Availability = "available" | "away" | "busy" | "offline";

/** How far a message of mine has come; never goes backwards, but for "failed", which a retry leaves again. */
export type Delivery = "waiting" | "sent" | "delivered" | "read" | "failed";

/** Why something could not be done; the page has a sentence for each. */
export type Fault =
  | "offline" | "timeout" | "not-authorized" | "credentials-expired" | "account-gone" | "no-such-address" | "forbidden" | "not-member"
  | "banned" | "password-needed" | "nick-taken" | "too-big" | "quota" | "too-fast" | "blocked" | "not-there" | "shown-out" | "room-gone" | "conflict" | "store-full" | "refused"
  | "no-uploads" | "file-gone" | "superseded" | "not-loaded" | "unsupported" | "busy";

export interface Sender {
  /** Bare address where it is known, else the full address in the room. */
  jid: Jid;
  /** What is shown: name of the contact, nick in the room. */
  name: string;
  /** XEP-0421; in rooms. */
  occupant?: string;
  mine: boolean;
  /** Of a reaction: how it was written, if not as the others wrote it. */
  as?: string;
}

export interface FileInfo {
  url: string;
  name: string;
  /** Media type; "" when it was not said. */
  type: string;
  /** Bytes. */
  size?: number;
  width?: number;
  height?: number;
  /** Milliseconds, of sound and film. */
  duration?: number;
  /** A tiny picture as data: URI (image/webp, image/png or image/jpeg only). */
  preview?: string;
  caption?: string;
}

export interface Quote {
  /** The id by which the quoted message is named in this conversation (XEP-0461). */
  ref: string;
  name: string;
  text: string;
  /** Its key, if it is in the log. */
  key?: string;
}

export interface Mention {
  /** Half-open range of UTF-16 units in the text. */
  begin: number;
  end: number;
  jid?: Jid;
  kind: "person" | "room" | "here";
  me: boolean;
}

export interface Version {
  time: number;
  text: string;
  /** Id of the correction. */
  id?: string;
}

export interface Message {
  /** Names the message on this device for ever, before and after it has reached the archive. */
  key: string;
  conversation: Jid;
  /** Place in the log; only compared. */
  order: number;
  /** Id in the archive of the conversation, once it is known. */
  archive?: string;
  /** The id that replies, reactions and retractions name (XEP-0359 of the room, or the sender's id). */
  ref: string;
  /** The id that its sender gave it: what corrections name (XEP-0308). */
  id?: string;
  from: Sender;
  /** Milliseconds since 1970, as the archive has it. */
  time: number;
  text: string;
  files: FileInfo[];
  quote?: Quote;
  thread?: string;
  /** Ref of the message in whose thread it stands; `also`: the conversation shows it, too. */
  root?: string;
  also?: boolean;
  /** Earlier texts, oldest first; there are some when it was edited. */
  versions: Version[];
  /** When it was edited last, and the id of that correction. */
  edited?: number;
  versionId?: string;
  retracted?: { by: string; reason?: string; mine: boolean };
  /** Emoji to the people who chose it, in the order of arrival. */
  reactions: Record<string, Sender[]>;
  mentions: Mention[];
  /** It calls for me: by name, or everybody in the room. */
  mentionsMe: boolean;
  delivery?: Delivery;
  fault?: Fault;
  /** It has not left, and can be taken back unseen until then. */
  until?: number;
  /** Its files are on their way to the server; it is sent when they are there. Their addresses are blob: until then. */
  sending?: Sending;
  /** In rooms: who has read up to this message, as far as that was said. */
  readers?: string[];
  /** When they said that, also those who have read on since; milliseconds since 1970. */
  readAt?: Record<string, number>;
  encrypted?: boolean;
  /** Its signs are no styling (XEP-0393, 6). */
  unstyled?: boolean;
  /** Something happened instead of being said: a subject, a call, a membership. */
  event?: { kind: "subject" | "invited" | "joined" | "left" | "call" | "pinned"; text: string };
}

/** A row of the list. */
export interface Conversation {
  jid: Jid;
  kind: ConversationKind;
  name: string;
  /** Milliseconds of the last message, 0 for none. */
  time: number;
  last?: { name: string; mine: boolean; text: string; kind: "text" | "image" | "file" | "voice" | "video" | "call" | "retracted" | "encrypted"; delivery?: Delivery };
  unread: number;
  mentions: number;
  /** Marked unread by hand. */
  marked: boolean;
  pinned: boolean;
  notify?: Notify;
  /** Until when it is quiet, milliseconds; 0: for ever. */
  mutedUntil?: number;
  /** Where it stands in its section: those that have one come first, rising. */
  order?: number;
  /** It is not in the list as long as its last message is not newer, milliseconds. */
  hiddenAt?: number;
  avatar?: string;
  /** Chats: of the person. */
  availability?: Availability;
  status?: string;
  draft?: string;
  /** When it was written here, milliseconds; while the other devices have not been told. */
  draftAt?: number;
  /** Names of who is writing. */
  writing: string[];
  /** Rooms: mine. */
  affiliation?: "owner" | "admin" | "member" | "none" | "outcast";
  joined?: boolean;
  /** Rooms: my role and nick while I am in it, and how many are there. */
  role?: "moderator" | "participant" | "visitor" | "none";
  nick?: string;
  people?: number;
  subject?: string;
  /** Its name is what the room itself says. */
  titled?: boolean;
  /** Rooms: seconds that one waits between two messages (XEP-0500). */
  slow?: number;
  /** Archive id of the newest message that was displayed on any device. */
  displayed?: string;
  /** Chats: where the roster has it; unset for strangers. */
  contact?: "both" | "to" | "from" | "none";
  asked?: boolean;
  blocked?: boolean;
  /** Resource of the device that is most available. */
  device?: string;
}

export type ConnectionState = "offline" | "connecting" | "online" | "signed-out";

/** What others may learn. */
export interface Habits {
  /** That I have read. */
  tellRead: boolean;
  /** That I am writing. */
  tellTyping: boolean;
}

export interface Me {
  habits?: Habits;
  jid: Jid;
  name: string;
  avatar?: string;
  availability: Availability | "invisible";
  status?: string;
  state: ConnectionState;
  /** Why it is offline, or signed out. */
  fault?: Fault;
  /** When the next attempt comes, milliseconds since 1970. */
  retryAt?: number;
  /** Messages in the outbox. */
  waiting: number;
  /** This browser has no place for them. */
  unkept?: boolean;
  /** All conversations are known, if only from the last time: what is not there, is not. */
  listed?: true;
}
