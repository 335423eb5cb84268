// SPDX-License-Identifier: Apache-2.0
// Views by the first word of the path, and panes beside a conversation by ?pane=. Loaded when they are needed: one line each.
import type { FunctionComponent } from "preact";
import type { Key } from "../../i18n/index.ts";

type Load<P> = () => Promise<FunctionComponent<P>>;

export const VIEWS: Record<string, Load<object>> = {
  "": async () => (await import("../views/Welcome.tsx")).Welcome,
  people: async () => (await import("../people/People.tsx")).People,
  search: async () => (await import("../search/SearchView.tsx")).SearchView,
  threads: async () => (await import("../threads/Threads.tsx")).Threads,
  later: async () => (await import("../threads/Threads.tsx")).Later,
  "catch-up": async () => (await import("../views/CatchUp.tsx")).CatchUp,
  settings: async () => (await import("../views/settings/Settings.tsx")).Settings,
  rooms: async () => (await import("../rooms/BrowseRooms.tsx")).BrowseRooms,
};

export interface PaneProps {
  jid: string;
  /** What it shows of the conversation, such as a thread. */
  of?: string | undefined;
}

export const PANES: Record<string, { title: Extract<Key, "pane.thread" | "pane.members" | "pane.details" | "pane.files">; load: Load<PaneProps> }> = {
  thread: { title: "pane.thread", load: async () => (await import("../threads/ThreadPane.tsx")).ThreadPane },
  details: { title: "pane.details", load: async () => (await import("../rooms/RoomDetails.tsx")).RoomDetails },
  files: { title: "pane.files", load: async () => (await import("../files/FilesPane.tsx")).FilesPane },
  members: { title: "pane.members", load: async () => (await import("../rooms/MembersPane.tsx")).MembersPane },
};
