// SPDX-License-Identifier: Apache-2.0
// One plain sentence for everything that can go wrong.
import type { Fault } from "../shared/types.ts";
import { t } from "../i18n/index.ts";

/** What happened and what to do. */
export const faultText = (fault: Fault): string => t(`fault.${fault}`);
