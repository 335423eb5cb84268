// SPDX-License-Identifier: Apache-2.0
// Views by the first word of the path, and panes beside a conversation by ?pane=. Loaded when they are needed: one line each.
import type { FunctionComponent } from "preact";

type Load<P> = () => Promise<FunctionComponent<P>>;

export const VIEWS: Record<string, Load<object>> = {
  "": async () => (await import("../views/Welcome.tsx")).Welcome,
  people: async () => (await import("../people/People.tsx")).People,
  search: async () => (await import("../search/SearchView.tsx")).SearchView,
  rooms: async () => (await import("../rooms/BrowseRooms.tsx")).BrowseRooms,
};

export interface PaneProps {
  jid: string;
  /** What it shows of the conversation, such as a thread. */
  of?: string | undefined;
}

export const PANES: Record<string, { title: "pane.members"; load: Load<PaneProps> }> = {
  members: { title: "pane.members", load: async () => (await import("../rooms/MembersPane.tsx")).MembersPane },
};
