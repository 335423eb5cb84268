// SPDX-License-Identifier: Apache-2.0
// Codes to scan; what draws them is loaded when the first one is wanted.
import { restOfWords, t } from "../../i18n/index.ts";
import { toast } from "../kit/Toast.tsx";

/** A link as a code; `help` says what scanning it does. */
export const showCode = (title: string, text: string, help: string): void =>
  void Promise.all([import("./CodeDialog.tsx"), restOfWords()]).then(([one]) => one.openCode(title, text, help), () => toast(t("kit.not-loaded"), { icon: "warning" }));

/** The code of one's own address (XEP-0147). */
export const showMine = (jid: string): void => showCode(t("codes.mine"), `xmpp:${encodeURIComponent(jid).replace(/%40/g, "@")}`, t("codes.mine-text"));
