// SPDX-License-Identifier: Apache-2.0
// The second line of a row, made of a message.
import type { Conversation, Message } from "../../shared/types.ts";

type Last = NonNullable<Conversation["last"]>;

/** What kind of line a file alone makes. */
export function kindOfFile(type: string): Last["kind"] {
  const major = type.split("/")[0];
  return major === "image" ? "image" : major === "video" ? "video" : major === "audio" ? "voice" : "file";
}

export function lastOf(message: Pick<Message, "from" | "text" | "files" | "retracted" | "encrypted" | "delivery">): Last {
  const base = { name: message.from.name, mine: message.from.mine, ...(message.delivery ? { delivery: message.delivery } : {}) };
  const file = message.files[0];
  if (message.retracted) return { ...base, kind: "retracted", text: "" };
  if (file && !message.text) return { ...base, kind: kindOfFile(file.type), text: file.caption ?? file.name };
  if (message.encrypted && !file) return { ...base, kind: "encrypted", text: "" };
  return { ...base, kind: "text", text: message.text.slice(0, 200) };
}
