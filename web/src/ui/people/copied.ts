// SPDX-License-Identifier: Apache-2.0
// Into the clipboard, with a word about it. Where the browser does not allow it, what was made stands on the screen anyway.
import { toast } from "../kit/Toast.tsx";

/** Copies and says so. */
export const copied = (text: string, said: string): void => void navigator.clipboard?.writeText(text).then(() => toast(said, { icon: "check" }), () => undefined);
