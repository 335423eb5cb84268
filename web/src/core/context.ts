// SPDX-License-Identifier: Apache-2.0
// What the features of an account share, and what a feature is. A feature is one file in sync/ and one row in account.ts; features
// know this context and the models, never one another.
import type { Api, Draft, News } from "../shared/api.ts";
import type { Sending } from "../shared/files.ts";
import type { Jid, Me } from "../shared/types.ts";
import type { Choices } from "./model/choices.ts";
import type { Logs } from "./model/logs.ts";
import type { Marks } from "./model/marks.ts";
import type { Rows } from "./model/rows.ts";
import type { Store } from "./store/db.ts";
import type { Stream } from "./stream/stream.ts";
import type { Archive } from "./sync/archive.ts";
import type { El } from "./xml/el.ts";
import type { Parsed } from "./xml/message.ts";

export interface Context {
  readonly jid: Jid;
  readonly stream: Stream;
  /** Asks archives. */
  readonly archive: Pick<Archive, "ask" | "all">;
  readonly store: Store;
  readonly rows: Rows;
  readonly logs: Logs;
  readonly marks: Marks;
  readonly choices: Choices;
  readonly me: Me;
  /** To every page that shows this account. */
  tell<K extends keyof News>(name: K, value: News[K]): void;
  /** Changes what is known of oneself, and tells it. */
  setMe(change: { [K in keyof Me]?: Me[K] | undefined }): void;
  /** Lets the features hear of something that one of them has found out. */
  raise<K extends keyof Hooks>(hook: K, ...args: Parameters<Hooks[K]>): void;
  /** The account has another password: logs in with it when it must, and asks for a new token. */
  newPassword(password: string): Promise<void>;
  /** What is shown of somebody. */
  nameOf(jid: Jid): string;
}

/** All optional; called in the order of the table. */
export interface Hooks {
  /** A page shows this account from now on: what is not in the rows is told. */
  onListen(): void;
  /** Logged in; after resumed nothing need be asked for. */
  onOnline(resumed: boolean): void;
  onOffline(): void;
  /** Another worker has the account from now on. */
  onLeave(): void;
  /** True: it was mine, nobody else need look. */
  onStanza(el: El): boolean | undefined;
  /** A message as it came, or was sent by another device (carbon); never from an archive. */
  onMessage(parsed: Parsed, el: El, sent: boolean): void;
  /** An event of a node (XEP-0163) of `from`, bare. */
  onEvent(from: Jid, node: string, items: El): void;
  /** The inbox has been read whole. */
  onListed(): void;
  /** The first of the list has come, or there is none: time for the rest of the features. */
  onFirstPage(): void;
  onAcked(el: El): void;
  onLost(el: El): void;
  /** A message of mine has its place, which only the archive knows exactly. */
  onSettled(conversation: Jid): void;
  /** A message whose files are still on this device shall be shown. */
  onShare(conversation: Jid, key: string, draft: Draft, sending: Sending): void;
  /** The files of a message that waits in its log are on the server. */
  onUploaded(conversation: Jid, key: string, draft: Draft): void;
  /** A message shall be tried again, or is given up, while its files are still under way. */
  onRetry(conversation: Jid, key: string): void;
  onDiscard(conversation: Jid, key: string): void;
  /** A message of a chat shall be pinned, or no longer (docs/pins.md). */
  onPin(conversation: Jid, ref: string, time: number, on: boolean): void;
  /** The log has all that the archive has. */
  onFilled(conversation: Jid): void;
  onOpen(conversation: Jid): void;
  onClose(conversation: Jid): void;
  /** Presence of somebody in a room, with its item and status codes. */
  onOccupant(room: Jid, el: El, item: El, codes: string[]): void;
  /** The inbox says that I belong to a room. */
  onBelonging(room: Jid): void;
  /** What a room says of itself: disco#info. */
  onAbout(room: Jid, query: El): void;
  /** Something waits for a room that I am not in. */
  onNeeded(room: Jid): void;
  /** A room did not let me in. */
  onRefused(room: Jid): void;
  /** A room was joined, or left. */
  onJoined(room: Jid, joined: boolean): void;
}

export interface Feature extends Partial<Hooks> {
  methods?: Partial<{ [K in keyof Api]: (...args: Parameters<Api[K]>) => ReturnType<Api[K]> | Promise<ReturnType<Api[K]>> }>;
  /** Namespaces for disco#info and caps; "…+notify" asks for events. */
  features?: string[];
}

export type FeatureMaker = (context: Context) => Feature;
