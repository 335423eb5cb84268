// SPDX-License-Identifier: Apache-2.0
// What kind of file it is, in a word and a sign.
import { t } from "../../i18n/index.ts";
import type { IconName } from "../kit/Icon.tsx";

export function iconOf(type: string): IconName {
  if (type.startsWith("image/")) return "image";
  if (type.startsWith("audio/")) return "waveform";
  if (type.startsWith("video/")) return "video";
  return type.startsWith("text/") || /pdf|document|msword|rtf/.test(type) ? "file-text" : /zip|tar|compressed/.test(type) ? "folder" : "file";
}

/** "PDF": the ending of the name, else the word for its kind. */
export function kindText(type: string, name: string): string {
  const ending = /\.([A-Za-z0-9]{1,5})$/.exec(name)?.[1];
  if (ending) return ending.toUpperCase();
  const major = type.split("/")[0];
  return major === "image" ? t("file.kind-image") : major === "audio" ? t("file.kind-audio") : major === "video" ? t("file.kind-video") : t("file.kind-file");
}
