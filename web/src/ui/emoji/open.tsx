// SPDX-License-Identifier: Apache-2.0
// Opens the emoji picker beside something.
import type { Anchor } from "../kit/float.ts";
import { openPopover } from "../kit/Popover.tsx";
import { t } from "../../i18n/index.ts";

/** RUN gets the emoji; the picker is gone by then. */
export async function pickEmoji(anchor: Anchor, run: (emoji: string) => void, onClose?: () => void): Promise<void> {
  const { Picker } = await import("./Picker.tsx");
  openPopover(anchor, {
    label: t("emoji.name"), class: "emoji-pop", align: "end", ...(onClose ? { onClose } : {}),
    content: (close) => <Picker onChoose={(emoji) => { close(); run(emoji); }} />,
  });
}
