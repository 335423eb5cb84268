// SPDX-License-Identifier: Apache-2.0
// What the page may ask of the worker (Api) and what it hears without asking (News). One feature, one block.
import type { Look, Outgoing } from "./files.ts";
import type { CommandStep, Form } from "./forms.ts";
import type { Affiliation, Ask, FoundRoom, MembersNews, NewRoom, Role, RoomInfo, RoomTrouble } from "./rooms.ts";
import type { Pin, PinsNews } from "./pins.ts";
import type { Card, FoundPerson, Invitation, MyStatus, Request, Stranger, StrangerWord } from "./people.ts";
import type { Planned } from "./planned.ts";
import type { Found } from "./search.ts";
import type { Kept, Thread } from "./threads.ts";
import type { ConnectionState, Conversation, ConversationKind, Fault, FileInfo, Habits, Jid, Me, Mention, Message, Notify } from "./types.ts";

export interface Api {
  // ---- accounts (hub.ts)
  /** Logs in with a password, which is forgotten at once; what stays is a token. */
  signIn(jid: string, password: string): Jid;
  /** The accounts of this browser, and brings them online. */
  accounts(): Jid[];
  /** Which account this page shows from now on: its news come here. */
  choose(account: Jid): void;
  /** Ends the session on the server and wipes everything that is kept here of the account. */
  signOut(account: Jid): void;
  /** Who invites with this token; refused if it is good no longer. */
  invitation(token: string): { inviter?: Jid };
  /** Makes an account by invitation, and logs in. */
  register(token: string, jid: Jid, password: string): Jid;
  /** The page goes. */
  bye(): void;
  /** Resolves when all that was typed is on the disk. */
  keep(): void;
  /** The page has shown that it is "taken". */
  left(): void;

  // ---- the list (sync/inbox.ts)
  /** Opens a conversation: its log comes as news until close. Rooms are joined. */
  open(conversation: Jid): void;
  close(conversation: Jid): void;
  /** More of the past of an open conversation; resolves when it has come. */
  older(conversation: Jid): void;
  /** A window into the middle of a conversation, around an id or from a time on: comes as news with its id. There is nothing: "not-there". */
  openWindow(conversation: Jid, at: { ref: string } | { time: number }): { id: string; target?: string };
  /** More of it, towards the past or the present. */
  growWindow(id: string, where: "older" | "newer"): void;
  closeWindow(id: string): void;
  /** Everything up to this message was seen. */
  displayed(conversation: Jid, key: string): void;
  markUnread(conversation: Jid, unread: boolean): void;

  // ---- what the user wishes of conversations (sync/arrange.ts)
  /** Undefined stays as it is, null goes. Resolves when it is kept here; should the server refuse it, news say so. */
  arrange(conversation: Jid, wish: Wish): void;

  // ---- writing (sync/outbox.ts)
  send(conversation: Jid, draft: Draft): string;
  /** Sends a message that failed again. */
  retry(conversation: Jid, key: string): void;
  /** Takes back a message that has not left. */
  discard(conversation: Jid, key: string): void;
  /** Takes back a message, or its newest correction, before anybody has it; undefined: it has left. */
  unsend(conversation: Jid, key: string): "message" | "edit" | undefined;
  /** What is held so that it could be taken back leaves now. */
  release(): void;
  /** `hold`: as of a draft. */
  edit(conversation: Jid, key: string, text: string, mentions: Mention[], hold?: number): void;
  retract(conversation: Jid, key: string): void;
  react(conversation: Jid, key: string, emoji: string, on: boolean): void;
  /** Says a message of one conversation again in another. */
  forward(conversation: Jid, key: string, to: Jid): void;
  /** Takes a message of somebody else out of a room (XEP-0425), for all. */
  moderate(room: Jid, key: string, reason: string): void;
  writing(conversation: Jid, on: boolean): void;

  /** Leaves it with the server, which says it at that time (milliseconds since 1970). Only words; refused when there is no connection. */
  schedule(conversation: Jid, draft: Draft, at: number): void;

  // ---- what is said later (sync/planned.ts)
  /** Brings the list, once, and follows it: comes as news. */
  planned(): void;
  /** Another time for it. */
  replan(id: string, at: number): void;
  sendPlanned(id: string): void;
  cancelPlanned(id: string): void;
  /** Reminds me of a message of the archive with these words. */
  remind(conversation: Jid, archive: string, at: number, words: string): void;

  // ---- pins (sync/pins.ts)
  pin(conversation: Jid, key: string): void;
  /** By its mark's ref. */
  unpin(conversation: Jid, ref: string): void;
  /** All that are pinned, with the messages, newest first. */
  pins(conversation: Jid): Pin[];

  // ---- files (sync/upload.ts)
  /** The largest file that the server takes, bytes; infinite if it does not say. */
  uploadLimit(): number;
  /** Size, tiny preview and thumbnail of a picture; refused for what cannot be drawn. */
  look(file: Blob): Look;
  /** Shows a message with files at once; it is sent when they are on the server. Its key. */
  share(conversation: Jid, draft: Draft, files: Outgoing[]): string;
  /** Holds the files of a message up, or goes on. To give up: discard. */
  holdUpload(conversation: Jid, key: string, on: boolean): void;

  // ---- drafts (sync/drafts.ts)
  /** What stands in the field: kept here and, after a pause, on the other devices. */
  draft(conversation: Jid, text: string): void;

  // ---- commands (sync/commands.ts)
  /** Of the server, and of a room or a bot. */
  commands(conversation: Jid | undefined): { jid: Jid; node: string; name: string }[];
  /** One step; the first without a session. */
  command(jid: Jid, node: string, action: "execute" | "next" | "prev" | "complete" | "cancel", session?: string, fields?: Record<string, string[]>): CommandStep;

  // ---- rooms (sync/members.ts, sync/roomadmin.ts)
  /** Who is in a room and belongs to it, as news until it is switched off. */
  watchMembers(room: Jid, on: boolean): void;
  /** More of a list that is long: the next page, or all. Comes as news; resolves when it has. */
  moreMembers(room: Jid, all: boolean): void;
  nicks(room: Jid): string[];
  /** The rooms that I am in and somebody, too, as far as they tell. */
  roomsWith(jid: Jid): Jid[];
  /** Who has a nick in a room, where that is no secret. */
  realJid(room: Jid, nick: string): Jid | undefined;
  /** Makes a room, configures it, invites; its address. */
  createRoom(wish: NewRoom): Jid;
  /** Public rooms of this server by words of name and description; page by page. */
  publicRooms(words: string, after?: string): { rooms: FoundRoom[]; next?: string };
  roomInfo(room: Jid): RoomInfo;
  /** Enters a room that is open, with a password, or under another name; both are kept for the next time. */
  joinRoom(room: Jid, how: { password?: string; nick?: string }): void;
  /** Asks the admins of a room to be a member of it. */
  askMembership(room: Jid, nick?: string): void;
  /** Asks the moderators for the word. */
  askVoice(room: Jid): void;
  /** Answers an invitation, or what somebody asks of a room of mine. Of an invitation that is accepted: the password that came with it. */
  answerAsk(id: string, accept: boolean): string | undefined;
  /** Becomes a member, where the room lets everybody be one, and keeps a bookmark. */
  stay(room: Jid): void;
  setAffiliation(room: Jid, jid: Jid, affiliation: Affiliation, reason?: string): void;
  setRole(room: Jid, nick: string, role: Role, reason?: string): void;
  roomForm(room: Jid): Form;
  saveRoom(room: Jid, values: Record<string, string[]>): void;
  /** A square picture, base64 (XEP-0486); without one, it goes. */
  setRoomPicture(room: Jid, picture?: { base64: string; type: string }): void;
  destroyRoom(room: Jid, reason?: string, successor?: Jid): void;
  /** A link that lets its bearer in (seconds, how many times). */
  inviteLink(room: Jid, seconds?: number, uses?: number): string;

  // ---- search (sync/search.ts)
  /** What is found by words and operators (docs/search.md), newest first; `in` one conversation, or everywhere. Page by page. */
  search(words: string, conversation?: Jid, before?: string): Found;

  // ---- threads (sync/threads.ts)
  /** What was said in a thread, its root first, as far as the archive has it (the newest 100). */
  threadMessages(conversation: Jid, root: string): Message[];
  /** Follows a thread, on all devices; `title` is what it is called in the list. */
  follow(conversation: Jid, root: string, on: boolean, title?: string): void;
  /** Everything in the thread up to now was seen. */
  threadSeen(conversation: Jid, root: string, time: number): void;
  /** Those that are followed, with exact counts of what is new; the newest first. */
  threads(): Thread[];
  /** Messages that are kept for later. */
  later(conversation: Jid, archive: string, on: boolean, line?: string): void;

  // ---- people (sync/people.ts, sync/blocking.ts, sync/avatars.ts, sync/profile.ts)
  addContact(jid: Jid, name?: string): void;
  renameContact(jid: Jid, name: string): void;
  removeContact(jid: Jid): void;
  answerRequest(jid: Jid, accept: boolean): void;
  /** The directory of the server, of who has opted in. */
  findPeople(words: string): FoundPerson[];
  /** Who is in my rooms, with these words in the name; "" finds all. */
  roomPeople(words: string): FoundPerson[];
  /** `report` tells the server's people why, too. */
  block(jid: Jid, report?: "spam" | "abuse"): void;
  unblock(jid: Jid): void;
  /** A square picture, base64. */
  /** The picture of somebody in a room, by occupant id; undefined: none is known. News say when it changes. */
  face(room: Jid, occupant: string): string | undefined;
  setAvatar(base64: string, type: string, width: number, height: number): void;
  setStatus(status: MyStatus): void;
  setName(name: string): void;
  card(jid: Jid): Card;
  /** A link for one person, as the server allows it to me (sync/invites.ts); `onlyAccount`: refused where it would make no account. */
  invitePerson(onlyAccount?: boolean): Invitation;

  // ---- the quiet box (sync/quiet.ts)
  /** Who waits in it, the newest first. */
  strangers(): Stranger[];
  /** What one of them has sent. */
  strangerWords(jid: Jid): StrangerWord[];
  letIn(jid: Jid): void;
  /** His words are gone; how: he is blocked as well, and reported if it says why. */
  turnAway(jid: Jid, how?: "block" | "spam" | "abuse"): void;
  /** Whether strangers wait there; refused by servers without one. */
  quietBox(): boolean;
  setQuietBox(on: boolean): void;

  // ---- about a room, in a word (sync/roomwords.ts)
  /** How many people a word to everybody reaches, or to all who are there; undefined: the room lets me say none. */
  reach(room: Jid, there: boolean): number | undefined;
  setSubject(room: Jid, subject: string): void;
  /** Asks somebody into a room. */
  invite(room: Jid, who: Jid, reason?: string): void;
  leave(room: Jid): void;

  // ---- devices and password (sync/devices.ts)
  devices(): Device[];
  /** False: it is signed out, but knows the password and can come back. */
  signOutDevice(id: string): boolean;
  /** Ends this client's session and tokens on the server. */
  revokeMe(): void;
  changePassword(password: string): void;

  // ---- what others learn (sync/habits.ts)
  setHabits(habits: Habits): void;

  // ---- the window
  /** Whether somebody looks: CSI and how soon a lost connection is noticed. */
  attention(visible: boolean): void;
}

export interface Wish {
  pinned?: boolean;
  notify?: Notify | null;
  /** Milliseconds since 1970; with notify "never". */
  mutedUntil?: number | null;
  order?: number | null;
  hiddenAt?: number | null;
}

export interface Device {
  id: string;
  software: string;
  device: string;
  /** Milliseconds since 1970, 0: unknown. */
  firstSeen: number;
  lastSeen: number;
  connected: boolean;
  knowsPassword: boolean;
  /** The one that asks. */
  own: boolean;
}

/** One of the accounts of this browser, shown or not. */
export interface AccountNews {
  jid: Jid;
  name: string;
  state: ConnectionState;
  /** What waits there, as in waitsFor(). */
  waiting: number;
}

export interface Draft {
  text: string;
  mentions: Mention[];
  files: FileInfo[];
  /** Key of the message that it answers. */
  replyTo?: string;
  thread?: string;
  /** In a thread: the room shall see it, too. */
  alsoToRoom?: boolean;
  /** Milliseconds for which it can be taken back unseen. */
  hold?: number;
}

export interface News {
  /** A newer build, in another tab, runs the accounts now: nothing comes any more, and calls are refused. */
  taken: true;
  /** Another worker answers from now on, and knows nothing of this page. */
  again: true;
  /** Of all accounts; to every page. */
  accounts: AccountNews[];
  me: Me;
  /** Rows that are new or have changed. */
  conversations: Conversation[];
  gone: Jid[];
  log: LogNews;
  /** Invitations, and what is asked of rooms where I decide. */
  asks: Ask[];
  followed: Thread[];
  kept: Kept[];
  /** What the server says later; the soonest first. */
  planned: Planned[];
  members: MembersNews;
  /** The picture of somebody in a room that was asked for (face) is another one. */
  face: { room: Jid; occupant: string; picture: string | undefined };
  /** Of a conversation that is open. */
  pins: PinsNews;
  requests: Request[];
  blocked: Jid[];
  /** How many strangers wait in the quiet box. */
  waiting: number;
  /** What was chosen is as it was before: the server did not take it. */
  refused: { kind: string; fault: Fault; conversation?: Jid };
  /** A room could not be joined, or one is in it no longer. */
  roomFault: RoomTrouble;
}

/** What has changed in the log of an open conversation. */
export interface LogNews {
  conversation: Jid;
  kind: ConversationKind;
  /** Of a window (openWindow), not of the log itself. */
  window?: string;
  /** Of a window: nothing lies behind it. */
  atEnd?: boolean;
  /** Replaces all; else only `upserts` and `removed` have changed. */
  reset: boolean;
  upserts: Message[];
  removed: string[];
  /** Nothing lies before the first, or behind the last. */
  atStart: boolean;
  /** Key of the first unread message when it was opened. */
  firstUnread?: string;
}
