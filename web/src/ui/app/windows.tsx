// SPDX-License-Identifier: Apache-2.0
// Windows that open from anywhere: the switcher, the list of keys, a new conversation. Loaded when they are first wanted.
import { restOfWords, t } from "../../i18n/index.ts";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { letters } from "../look.ts";

let isOpen = false;

async function once(show: () => Promise<unknown>): Promise<void> {
  if (isOpen) return;
  isOpen = true;
  try {
    await show();
  } finally {
    isOpen = false;
  }
}

const load = () => Promise.all([import("../switcher/Switcher.tsx"), restOfWords()]).then(([one]) => one);
let switcher: Awaited<ReturnType<typeof load>> | undefined;

/** Fetches the switcher when there is nothing else to do: what is typed right behind its key must find its field. */
export const prepareSwitcher = (): void => void ("requestIdleCallback" in globalThis ? requestIdleCallback : setTimeout)(() => void load().then((one) => (switcher = one), () => undefined));

/** Go anywhere, do anything. */
export const openSwitcher = (): void =>
  void once(async () => {
    const { Switcher } = switcher ?? (await load());
    await openDialog((close) => <Switcher onClose={() => close()} />);
  });

/** All keys. */
export const openKeys = (): void =>
  void once(async () => {
    const [{ KeyList }] = await Promise.all([import("../kit/KeyList.tsx"), restOfWords()]);
    await openDialog((close) => (
      <Dialog title={t("help.keys")} onClose={() => close()}>
        <div class="dialog-body scroll" tabIndex={0}><KeyList letters={letters.value === "on"} /></div>
      </Dialog>
    ));
  });

/** A conversation by address. */
export const openNew = (): void =>
  void once(async () => {
    const [{ NewConversation }] = await Promise.all([import("../chats/NewConversation.tsx"), restOfWords()]);
    await openDialog((close) => <NewConversation onClose={() => close()} />);
  });
