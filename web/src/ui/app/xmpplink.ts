// SPDX-License-Identifier: Apache-2.0
// What an xmpp: link names is opened here (XEP-0147). A link never does anything that could not be undone: it shows a
// conversation, enters a room, writes a draft, or asks.
import { effect } from "@preact/signals";
import type { Jid } from "../../shared/types.ts";
import { decoded, type XmppLink, xmppLink } from "../../shared/uri.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { confirm } from "../kit/Dialog.tsx";
import { toast } from "../kit/Toast.tsx";
import { tried } from "../people/tried.ts";
import { go, pathOf } from "../router.ts";
import { row } from "../state.ts";

const BODY_MAX = 5000; // UTF-16 units of a draft that a link writes
const PATIENCE = 2000; // ms for the worker to say that the draft is there

/** Resolves when the row has that draft: a field that has the focus takes none from elsewhere. */
function drafted(jid: Jid, text: string): Promise<void> {
  const here = new Promise<() => void>((resolve) => {
    const stop: () => void = effect(() => {
      if (row(jid)?.draft === text) queueMicrotask(() => resolve(stop));
    });
    setTimeout(() => resolve(stop), PATIENCE);
  });
  return here.then((stop) => stop());
}

async function write(jid: Jid, body: string): Promise<void> {
  const text = body.slice(0, BODY_MAX);
  if (!text || row(jid)?.draft) return; // what somebody has begun is theirs
  await core.draft(jid, text);
  await drafted(jid, text);
}

/** `isOutside`: no word of a conversation, so that a room is only entered when somebody agrees. */
async function join({ jid, words }: XmppLink, isOutside: boolean): Promise<boolean> {
  if (row(jid)?.joined) return true;
  if (isOutside && !row(jid) && !(await confirm({ title: t("link.enter-title"), text: t("link.enter", { name: jid }), action: t("rooms.enter") }))) return false;
  await core.joinRoom(jid, words.password ? { password: words.password } : {});
  return true;
}

/** Goes where the link leads; `isOutside`: it comes from another page or program. */
export async function openXmppLink(uri: string, isOutside = false): Promise<void> {
  const link = xmppLink(uri);
  if (!link) {
    toast(t("link.unknown"), { icon: "warning" });
    if (isOutside) go("/", true);
    return;
  }
  const { jid, action, words } = link;
  if (action === "join" && !(await join(link, isOutside))) return go("/", true);
  if (action === "message") await write(jid, words.body ?? "");
  go(pathOf(jid), isOutside);
  if ((action === "subscribe" || action === "roster") && !row(jid)?.contact && (await confirm({ title: t("person.add"), text: t("link.add", { name: jid }), action: t("person.add") }))) {
    tried(core.addContact(jid, words.name?.slice(0, 100) || undefined), t("person.added", { name: jid }));
  }
}

/** The link behind the # of the page's own address, as registerProtocolHandler and the manifest put it there. */
export function linkOfPage(): string | undefined {
  const hash = location.hash.slice(1);
  if (/^xmpp:/i.test(hash)) return hash;
  return /^xmpp%3a/i.test(hash) ? decoded(hash) : undefined;
}
