// SPDX-License-Identifier: Apache-2.0
// The way to the card of a person from any name; the card comes when it is asked for.
import type { Jid } from "../../shared/types.ts";
import { restOfWords, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { toast } from "../kit/Toast.tsx";

/** Opens the card at an element. An address in a room becomes the real one where that is known. */
export async function openPerson(at: HTMLElement, jid: Jid, name: string): Promise<void> {
  const slash = jid.indexOf("/");
  const real = slash < 0 ? jid : await core.realJid(jid.slice(0, slash), jid.slice(slash + 1)).catch(() => undefined);
  await Promise.all([import("./ProfileCard.tsx"), restOfWords()]).then(([{ openCard }]) => openCard(at, real ?? jid, name), () => toast(t("kit.not-loaded"), { icon: "warning" }));
}
