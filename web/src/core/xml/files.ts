// SPDX-License-Identifier: Apache-2.0
// Files in messages: stateless file sharing (XEP-0447 with 0446), and the plain link of XEP-0066.
import { lookUp } from "../../shared/lookup.ts";
import type { FileInfo } from "../../shared/types.ts";
import { type El, h, number, textOf } from "./el.ts";
import { NS } from "./ns.ts";

const FILES_MAX = 30;
const NAME_MAX = 255;
const PREVIEW_MAX = 16_000; // bytes of a data: URI
const PREVIEW = /^data:image\/(webp|png|jpeg);base64,[A-Za-z0-9+/=]+$/;

const isWeb = (url: string | undefined): url is string => url !== undefined && url.length <= 4096 && /^https?:\/\//.test(url);

function nameOf(url: string): string {
  try {
    return decodeURIComponent(new URL(url).pathname.split("/").pop() ?? "").slice(0, NAME_MAX);
  } catch {
    return "";
  }
}

function shared(el: El): FileInfo | undefined {
  const url = el.getChild("sources")?.getChild("url-data", NS.urlData)?.attrs.target;
  if (!isWeb(url)) return undefined;
  const meta = el.getChild("file", NS.fileMeta);
  const preview = meta?.getChild("thumbnail", NS.thumbs)?.attrs.uri;
  const info: FileInfo = { url, name: (textOf(meta, "name") ?? nameOf(url)).slice(0, NAME_MAX), type: textOf(meta, "media-type") ?? "" };
  const numbers = { size: number(textOf(meta, "size")), width: number(textOf(meta, "width")), height: number(textOf(meta, "height")), duration: number(textOf(meta, "length")) };
  for (const [key, value] of Object.entries(numbers)) if (value) info[key as "size"] = value;
  const caption = textOf(meta, "desc");
  if (caption) info.caption = caption;
  if (preview && preview.length <= PREVIEW_MAX && PREVIEW.test(preview)) info.preview = preview;
  return info;
}

const TYPES: Record<string, string> = {
  jpg: "image/jpeg", jpeg: "image/jpeg", png: "image/png", gif: "image/gif", webp: "image/webp", avif: "image/avif", mp4: "video/mp4", webm: "video/webm",
  mp3: "audio/mpeg", m4a: "audio/mp4", ogg: "audio/ogg", opus: "audio/ogg", oga: "audio/ogg", wav: "audio/wav", pdf: "application/pdf",
};

export function parseFiles(el: El): FileInfo[] {
  const found = el.getChildren("file-sharing", NS.sfs).map(shared).filter((one) => one !== undefined);
  for (const one of el.getChildren("x", NS.oob)) {
    const url = textOf(one, "url");
    if (!isWeb(url) || found.some((file) => file.url === url)) continue;
    const name = nameOf(url);
    found.push({ url, name, type: lookUp(TYPES, name.split(".").pop()?.toLowerCase()) ?? "" });
  }
  return found.slice(0, FILES_MAX);
}

export function fileElement(file: FileInfo): El {
  return h("file-sharing", { xmlns: NS.sfs, disposition: /^(image|video|audio)\//.test(file.type) ? "inline" : "attachment" },
    h("file", { xmlns: NS.fileMeta },
      h("name", {}, file.name),
      file.type && h("media-type", {}, file.type),
      file.size !== undefined && h("size", {}, file.size),
      file.width !== undefined && h("width", {}, file.width),
      file.height !== undefined && h("height", {}, file.height),
      file.duration !== undefined && h("length", {}, Math.round(file.duration)),
      file.caption && h("desc", {}, file.caption),
      file.preview && h("thumbnail", { xmlns: NS.thumbs, uri: file.preview, "media-type": file.preview.slice(5, file.preview.indexOf(";")) })),
    h("sources", {}, h("url-data", { xmlns: NS.urlData, target: file.url })));
}
