// SPDX-License-Identifier: Apache-2.0
// Files of a message. Pictures of our own host are shown in a box that has its size before they load; others are links.
import type { FileInfo } from "../../shared/types.ts";
import { bytesText, t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";

const SMALL = 96; // px, the least width of a picture
const SHOWN = /^image\/(png|jpeg|gif|webp|avif)$/;

/** Whether the file lies on this server. */
export function isOurs(url: string): boolean {
  try {
    const { origin, pathname } = new URL(url);
    return origin === location.origin && pathname.startsWith("/file/");
  } catch {
    return false;
  }
}

function Picture({ file }: { file: FileInfo }) {
  const [width, height] = [file.width ?? 320, file.height ?? 240].map((one) => Math.min(Math.max(one, 1), 100_000)) as [number, number];
  return (
    <a class="photo" href={file.url} target="_blank" rel="noopener noreferrer" style={{ aspectRatio: `${width} / ${height}`, "--ratio": width / height, "--width": `${Math.max(width, SMALL)}px` }} aria-label={t("file.open", { name: file.name })}>
      <img src={file.url} width={width} height={height} alt={file.caption ?? file.name} loading="lazy" decoding="async" />
    </a>
  );
}

function Card({ file }: { file: FileInfo }) {
  return (
    <div class="attach">
      <span class="attach-icon"><Icon name={file.type.startsWith("text/") || file.type === "application/pdf" ? "file-text" : "file"} /></span>
      <div class="grow">
        <div class="attach-name ellipsis"><bdi>{file.name || file.url}</bdi></div>
        <div class="attach-sub">{[file.type, file.size !== undefined && bytesText(file.size), !isOurs(file.url) && new URL(file.url).host].filter(Boolean).join(" · ")}</div>
      </div>
      <a class="icon-btn" href={file.url} target="_blank" rel="noopener noreferrer" download={file.name} aria-label={t("file.open", { name: file.name })}><Icon name="download" /></a>
    </div>
  );
}

/** All of them. */
export function Files({ files }: { files: readonly FileInfo[] }) {
  return <>{files.map((file) => (SHOWN.test(file.type) && isOurs(file.url) ? <Picture key={file.url} file={file} /> : <Card key={file.url} file={file} />))}</>;
}
