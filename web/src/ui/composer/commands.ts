// SPDX-License-Identifier: Apache-2.0
// What can be typed behind a slash. Those of the server, of rooms and of bots (XEP-0050) come behind our own.
import type { Conversation, Jid } from "../../shared/types.ts";
import { type Key, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { toast } from "../kit/Toast.tsx";
import { go, openPane, pathOf } from "../router.ts";
import { wholeAddress } from "../address.ts";

export interface Command {
  name: string;
  /** What it does, in a sentence. */
  help: string;
  /** How to type it. */
  usage: string;
  /** Returns the text that is sent instead, if something is. */
  run(rest: string, here: Conversation): string | undefined | Promise<string | undefined>;
}

interface Row {
  name: string;
  args?: string;
  for?: "room";
  run: Command["run"];
}

const domainOf = (here: Conversation): string => here.jid.split("@")[1]?.replace(/^conference\./, "") ?? "";

const TABLE: Row[] = [
  { name: "me", args: "text", run: (rest) => `/me ${rest}` },
  { name: "shrug", args: "text", run: (rest) => `${rest} ¯\\\u005f(ツ)\u005f/¯`.trim() },
  { name: "topic", args: "text", for: "room", run: (rest, here) => void core.setSubject(here.jid, rest) },
  {
    name: "invite", args: "address", for: "room",
    run: (rest, here) => {
      const who = wholeAddress(rest, domainOf(here));
      if (!who) return;
      void core.invite(here.jid, who);
      toast(t("command.invited", { name: who }));
    },
  },
  { name: "pins", run: () => openPane("pins") as undefined },
  { name: "leave", for: "room", run: (_rest, here) => core.leave(here.jid).then(() => { go("/"); return undefined; }) },
  { name: "join", args: "address", run: (rest, here) => { const jid = wholeAddress(rest, `conference.${domainOf(here)}`); if (jid) go(pathOf(jid)); return undefined; } },
  { name: "msg", args: "address", run: (rest, here) => { const jid = wholeAddress(rest, domainOf(here)); if (jid) go(pathOf(jid)); return undefined; } },
];

/** Our own commands that make sense here. */
export const ownCommands = (here: Conversation): Command[] =>
  TABLE.filter((one) => !one.for || one.for === here.kind).map((one) => ({
    name: one.name, run: one.run, help: t(`command.${one.name}` as Key & "command.me"), usage: `/${one.name}${one.args ? ` ${t(`command.arg-${one.args}` as Key & "command.arg-text")}` : ""}`,
  }));

let remote: { conversation: Jid; list: Promise<Command[]> } | undefined;

/** Those of others; asked for once a conversation. */
export function remoteCommands(conversation: Jid): Promise<Command[]> {
  if (remote?.conversation !== conversation) {
    const list = core.commands(conversation).then((all) => all.map((one): Command => ({
      name: one.name.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, ""), help: one.name, usage: one.jid,
      run: async () => {
        const { openCommand } = await import("../views/CommandDialog.tsx");
        openCommand(one);
        return undefined;
      },
    })));
    remote = { conversation, list: list.catch(() => []) };
  }
  return remote.list;
}
