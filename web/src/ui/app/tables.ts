// SPDX-License-Identifier: Apache-2.0
// Views by the first word of the path, and panes beside a conversation by ?pane=. Loaded when they are needed: one line each.
import type { ComponentType } from "preact";
import type { Key } from "../../i18n/index.ts";
import { firstWords, later } from "../kit/later.tsx";

export const VIEWS: Record<string, ComponentType<object>> = {
  "": later(async () => (await import("../views/Welcome.tsx")).Welcome, firstWords),
  people: later(async () => (await import("../people/People.tsx")).People),
  search: later(async () => (await import("../search/SearchView.tsx")).SearchView),
  threads: later(async () => (await import("../threads/Threads.tsx")).Threads),
  later: later(async () => (await import("../threads/Threads.tsx")).Later),
  "catch-up": later(async () => (await import("../views/CatchUp.tsx")).CatchUp),
  settings: later(async () => (await import("../views/settings/Settings.tsx")).Settings),
  rooms: later(async () => (await import("../rooms/BrowseRooms.tsx")).BrowseRooms),
};

export interface PaneProps {
  jid: string;
  /** What it shows of the conversation, such as a thread. */
  of?: string | undefined;
}

export const PANES: Record<string, { title: Extract<Key, "pane.thread" | "pane.members" | "pane.details" | "pane.files" | "pane.pins">; View: ComponentType<PaneProps> }> = {
  thread: { title: "pane.thread", View: later(async () => (await import("../threads/ThreadPane.tsx")).ThreadPane) },
  details: { title: "pane.details", View: later(async () => (await import("../rooms/RoomDetails.tsx")).RoomDetails) },
  files: { title: "pane.files", View: later(async () => (await import("../files/FilesPane.tsx")).FilesPane) },
  pins: { title: "pane.pins", View: later(async () => (await import("../pins/PinsPane.tsx")).PinsPane) },
  members: { title: "pane.members", View: later(async () => (await import("../rooms/MembersPane.tsx")).MembersPane) },
};
