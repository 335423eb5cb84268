// SPDX-License-Identifier: Apache-2.0
// What is done for somebody, and the sentence when it could not be.
import { Refusal } from "../../shared/rpc.ts";
import { faultText } from "../faults.ts";
import { toast } from "../kit/Toast.tsx";

/** Says why something failed; `done` when it did not. */
export function tried(doing: Promise<unknown>, done?: string): void {
  doing.then(() => done && toast(done), (why: unknown) => toast(faultText(why instanceof Refusal ? why.fault : "refused"), { icon: "warning" }));
}
