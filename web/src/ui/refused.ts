// SPDX-License-Identifier: Apache-2.0
// Choices that the server did not take: what they were about is as it was before, and one sentence says so.
import { signal } from "@preact/signals";
import type { News } from "../shared/api.ts";
import { t } from "../i18n/index.ts";
import { hear } from "./core.ts";
import { faultText } from "./faults.ts";
import { toast } from "./kit/Toast.tsx";
import { row } from "./state.ts";

/** Counts up with each: who shows what it has asked for asks again. */
export const refusals = signal(0);

hear((name, value) => {
  if (name !== "refused") return;
  refusals.value++;
  const { kind, fault, conversation } = value as News["refused"];
  const about = conversation && row(conversation)?.name;
  if (kind !== "pin") toast(about ? `${t("refused.as-before", { name: about })} ${faultText(fault)}` : faultText(fault), { icon: "warning" }); // pins have sentences of their own (pins/state.ts)
});
