// SPDX-License-Identifier: Apache-2.0
// Files of a message. Pictures of our own host stand in a box that has its size before they load, several in a grid; sound and film
// have their players; everything else, and all of other hosts, is a card: nothing foreign is loaded.
import { useRef, useState } from "preact/hooks";
import { PICTURE } from "../../shared/files.ts";
import { here } from "../../shared/ours.ts";
import type { FileInfo, Message } from "../../shared/types.ts";
import { bytesText, percentText, t } from "../../i18n/index.ts";
import { core } from "../core.ts";
import { iconOf, kindText } from "../files/kind.ts";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { later } from "../kit/later.tsx";
import { Meter } from "../kit/Notice.tsx";
import { cleanFileName, cleanLine } from "../text/index.ts";

const WIDE = 480; // px
const HIGH = 384; // px
const FILM = 256; // px, the least width of a film
const TILES = 10; // of a grid; behind the last it says how many more
const SIDE_MAX = 100_000; // px that are believed
const PAPER_MAX = 10_000_000; // bytes

const Sound = later(async () => (await import("../files/Sound.tsx")).Sound);
const Film = later(async () => (await import("../files/Film.tsx")).Film);
const Paper = later(async () => (await import("../files/Paper.tsx")).Paper);

/** Where a file may be loaded from: this server, or this device while it is on its way. */
export const sourceOf = (url: string): string | undefined => (url.startsWith(`blob:${location.origin}/`) ? url : here(url));

export const isPicture = (file: FileInfo): boolean => PICTURE.test(file.type) && sourceOf(file.url) !== undefined;

/** Whether its first page is drawn: of what has a size that a phone can fetch. */
const isPaper = (file: FileInfo): boolean => file.type === "application/pdf" && sourceOf(file.url) !== undefined && (file.size ?? Number.POSITIVE_INFINITY) <= PAPER_MAX;

/** The box of a picture or film on the screen, from what its sender says. */
export function boxOf({ width, height }: FileInfo): { width: number; height: number; ratio: number } {
  const [w, h] = [Math.min(width ?? 0, SIDE_MAX) || 320, Math.min(height ?? 0, SIDE_MAX) || 240];
  const ratio = Math.min(4, Math.max(0.4, w / h));
  const wide = Math.round(Math.max(96, Math.min(WIDE, w, HIGH * ratio)));
  return { width: wide, height: Math.round(wide / ratio), ratio };
}

/** While it is shown, what was sent from here stays as it is: no second load. */
function useSource(url: string): [string, () => void] {
  const first = useRef(url);
  const [failed, setFailed] = useState(false);
  const shown = !failed && first.current.startsWith("blob:") ? first.current : url;
  return [sourceOf(shown) ?? "", () => setFailed(true)];
}

function Picture({ file, tile, more, onOpen }: { file: FileInfo; tile?: boolean; more?: number; onOpen: () => void }) {
  const [source, fail] = useSource(file.url);
  const [loaded, setLoaded] = useState(false);
  const box = boxOf(file);
  const name = cleanLine(file.caption ?? "") || cleanFileName(file.name, t("file.nameless"));
  const style = {
    ...(tile ? {} : { inlineSize: `${box.width}px`, aspectRatio: String(box.ratio) }),
    ...(file.preview && !loaded ? { backgroundImage: `url("${file.preview}")` } : {}),
  };
  return (
    <button type="button" class="photo" style={style} aria-label={t("file.view", { name })} onClick={onOpen}>
      <img src={source} width={box.width} height={box.height} alt={name} loading="lazy" decoding="async" draggable={false} onLoad={() => setLoaded(true)} onError={fail} />
      {more ? <span class="photo-more" aria-hidden="true">+{more}</span> : null}
    </button>
  );
}

function Gallery({ pictures, open }: { pictures: readonly FileInfo[]; open: (file: FileInfo) => void }) {
  const [only] = pictures;
  if (only && pictures.length === 1) return <Picture file={only} onOpen={() => open(only)} />;
  return (
    <div class="gallery" data-n={Math.min(pictures.length, TILES)} role="group" aria-label={t("file.gallery", { n: pictures.length })}>
      {pictures.slice(0, TILES).map((file, i) => (
        <Picture key={i} file={file} tile more={i === TILES - 1 ? pictures.length - TILES : 0} onOpen={() => open(file)} />
      ))}
    </div>
  );
}

function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return "";
  }
}

function Card({ file }: { file: FileInfo }) {
  const source = sourceOf(file.url);
  const name = cleanFileName(file.name, t("file.nameless"));
  const host = source ? "" : hostOf(file.url);
  return (
    <div class="attach">
      <span class="attach-icon"><Icon name={iconOf(file.type)} /></span>
      <div class="grow">
        <div class="attach-name ellipsis" title={name}><bdi>{name}</bdi></div>
        <div class="attach-sub">{[kindText(file.type, name), file.size !== undefined && bytesText(file.size), host && t("file.at", { host })].filter(Boolean).join(" · ")}</div>
      </div>
      {source
        ? <a class="icon-btn" href={source} download={name} target="_blank" rel="noopener noreferrer" aria-label={t("file.download", { name })} title={t("file.download", { name })}><Icon name="download" /></a>
        : /^https?:/.test(file.url) && <a class="icon-btn" href={file.url} target="_blank" rel="noopener noreferrer" aria-label={t("file.open-at", { name, host })} title={t("file.open-at", { name, host })}><Icon name="external" /></a>}
    </div>
  );
}

/** How far they have come, and what can be done about it. */
function Progress({ message }: { message: Message }) {
  const { sending, conversation, key } = message;
  if (!sending || message.delivery !== "waiting") return null;
  const { done, size, state } = sending;
  const part = size > 0 ? done / size : 0;
  const text = state === "paused" ? t("file.paused", { done: bytesText(done), size: bytesText(size) })
    : state === "waiting" ? t("file.waiting", { done: bytesText(done), size: bytesText(size) })
    : t("file.going", { done: bytesText(done), size: bytesText(size), part: percentText(part) });
  const isHeld = state === "paused";
  return (
    <div class="progress" data-state={state}>
      <div class="grow">
        <Meter value={part} name={t("file.progress")} done />
        <span class="progress-text">{text}</span>
      </div>
      <IconButton icon={isHeld ? "play" : "pause"} size="s" name={t(isHeld ? "file.resume" : "file.pause")} onClick={() => void core.holdUpload(conversation, key, !isHeld)} />
      <IconButton icon="close" size="s" name={t("file.cancel")} onClick={() => void core.discard(conversation, key)} />
    </div>
  );
}

const Captions = ({ files }: { files: readonly FileInfo[] }) => <>{files.map((file, i) => file.caption && <p key={i} class="file-caption" dir="auto">{file.caption}</p>)}</>;

/** Wide enough for its controls, and no higher for it: a narrow film has dark sides. */
function FilmBox({ file }: { file: FileInfo }) {
  const { width, ratio } = boxOf(file);
  return <div class="film-box" style={{ inlineSize: `${Math.max(width, FILM)}px`, aspectRatio: String(width < FILM ? Math.max(ratio, FILM / HIGH) : ratio) }}><Film file={file} /></div>;
}

/** All of them. */
export function Files({ message }: { message: Message }) {
  const { files, conversation } = message;
  const pictures = files.filter(isPicture);
  const others = files.filter((file) => !isPicture(file));
  const open = (file: FileInfo): void => void import("../files/Lightbox.tsx").then(({ openLightbox }) => openLightbox(conversation, message, file));
  return (
    <>
      {pictures.length > 0 && <Gallery pictures={pictures} open={open} />}
      <Captions files={pictures} />
      {others.map((file, i) => {
        const major = sourceOf(file.url) ? file.type.split("/")[0] : "";
        const shown = major === "audio" ? <div class="sound-box"><Sound file={file} /></div> : major === "video" ? <FilmBox file={file} /> : isPaper(file) ? <><div class="paper-box"><Paper file={file} /></div><Card file={file} /></> : <Card file={file} />;
        return <div key={i} class="file">{shown}<Captions files={[file]} /></div>;
      })}
      <Progress message={message} />
    </>
  );
}
