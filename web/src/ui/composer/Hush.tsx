// SPDX-License-Identifier: Apache-2.0
// Rooms where one may not write, or not yet: why, since when, and the way to the word.
import { useEffect, useState } from "preact/hooks";
import type { Conversation, Jid } from "../../shared/types.ts";
import { t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { log } from "../state.ts";

/** One is in the room and has no word there (XEP-0045, 5.1). */
export const isVoiceless = (here: Conversation): boolean => here.kind === "room" && here.joined === true && here.role === "visitor";

/** Seconds until one may write again in slow mode (XEP-0500); admins and owners always may. */
export function useSlow(here: Conversation): number {
  const slow = here.affiliation === "owner" || here.affiliation === "admin" ? 0 : (here.slow ?? 0);
  const last = slow > 0 ? log(here.jid).value?.messages.findLast((one) => one.from.mine && !one.event && one.delivery !== "failed")?.time : undefined;
  const left = (): number => (last === undefined ? 0 : Math.min(slow, Math.max(0, Math.ceil((last + slow * 1000 - Date.now()) / 1000))));
  const [, setNow] = useState(0);
  const rest = left();
  useEffect(() => {
    if (rest === 0) return;
    const timer = setTimeout(() => setNow(Date.now()), 1000);
    return () => clearTimeout(timer);
  });
  return rest;
}

/** What stands there instead of the field. */
export function Voiceless({ jid }: { jid: Jid }) {
  const [asked, setAsked] = useState(false);
  const ask = (): void => {
    void core.askVoice(jid);
    setAsked(true);
  };
  return (
    <div class="compose">
      <div class="notice hush" role="status">
        <Icon name="megaphone" />
        <span class="grow">{asked ? t("hush.asked") : t("hush.voiceless")}</span>
        {!asked && <Button size="s" icon="hand" onClick={ask}>{t("hush.ask")}</Button>}
      </div>
    </div>
  );
}

/** A line in the box while one waits. */
export function SlowNotice({ seconds }: { seconds: number }) {
  if (seconds === 0) return null;
  return <div class="notice reach"><Icon name="clock" size="s" /><span>{t("hush.slow", { n: seconds })}</span></div>;
}
