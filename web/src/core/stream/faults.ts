// SPDX-License-Identifier: Apache-2.0
// What conditions of errors mean to people.
import { lookUp } from "../../shared/lookup.ts";
import { Refusal } from "../../shared/rpc.ts";
import type { Fault } from "../../shared/types.ts";
import type { El } from "../xml/el.ts";
import { NS } from "../xml/ns.ts";

const FAULTS: Record<string, Fault> = {
  "not-authorized": "not-authorized", "credentials-expired": "credentials-expired", "account-disabled": "account-gone", "item-not-found": "not-there",
  "remote-server-not-found": "no-such-address", "remote-server-timeout": "timeout", forbidden: "forbidden", "registration-required": "not-member",
  conflict: "conflict", "not-acceptable": "too-big", "resource-constraint": "quota", "policy-violation": "too-fast",
  "feature-not-implemented": "unsupported",
};

/** The condition is the first child that is no text. */
export const conditionOf = (el: El | undefined): string => el?.getChildElements().find((one) => one.name !== "text")?.name ?? "";
export const faultOf = (condition: string): Fault => lookUp(FAULTS, condition) ?? "refused";

/** Of an iq that was answered with an error. */
export function refusalOf(answer: El): Refusal {
  const error = answer.getChild("error");
  const condition = conditionOf(error);
  const isBusy = condition === "resource-constraint" && error?.getChild("retry", NS.upload); // XEP-0363, 5: time makes it better
  return new Refusal(isBusy ? "busy" : faultOf(condition), error?.getChildText("text") || condition, condition);
}
