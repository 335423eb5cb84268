// SPDX-License-Identifier: Apache-2.0
// What a presence says.
import type { Availability } from "../../shared/types.ts";
import { type El, textOf } from "./el.ts";

/** RFC 6121, 4.7.2.1 in four states. */
export function availabilityOf(el: El): Availability {
  if (el.attrs.type === "unavailable") return "offline";
  const show = textOf(el, "show");
  return show === "dnd" ? "busy" : show === "away" || show === "xa" ? "away" : "available";
}
