// SPDX-License-Identifier: Apache-2.0
// The words of a message as nodes; never as markup.
import type { Message } from "../../shared/types.ts";

/** Paragraphs of the text. */
export function MessageText({ message }: { message: Message }) {
  return <p class="words">{message.text}</p>;
}
