// SPDX-License-Identifier: Apache-2.0
// Pictures as large as the window: arrows or swipes go through all pictures of the log, a press or plus and minus zoom, Escape goes back.
import { useEffect, useRef, useState } from "preact/hooks";
import type { FileInfo, Jid, Message } from "../../shared/types.ts";
import { bytesText, momentText, t } from "../../i18n/index.ts";
import { Dialog, openDialog } from "../kit/Dialog.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { Icon } from "../kit/Icon.tsx";
import { isPicture, sourceOf } from "../message/Files.tsx";
import { log } from "../state.ts";
import { cleanFileName, cleanLine } from "../text/index.ts";
import "../styles/views-files.css";

const ZOOM_MAX = 8;
const SWIPE = 60; // px
const MOVED = 6; // px: less is a press

export interface Shown {
  file: FileInfo;
  /** Of who has sent it. */
  name: string;
  time: number;
}

interface View {
  zoom: number;
  x: number;
  y: number;
}

const WHOLE: View = { zoom: 1, x: 0, y: 0 };

/** Pulling moves what is larger than the window, and goes to the next one where it is not. */
function useView(step: (by: number) => void) {
  const [view, setView] = useState<View>(WHOLE);
  const from = useRef<{ x: number; y: number; view: View; moved: boolean } | undefined>(undefined);
  const zoom = (by: number): void => setView((now) => {
    const next = Math.min(ZOOM_MAX, Math.max(1, now.zoom * by));
    return next === 1 ? WHOLE : { ...now, zoom: next };
  });
  const handlers = {
    onPointerDown: (event: PointerEvent) => {
      (event.currentTarget as Element).setPointerCapture(event.pointerId);
      from.current = { x: event.clientX, y: event.clientY, view, moved: false };
    },
    onPointerMove: (event: PointerEvent) => {
      const start = from.current;
      if (!start) return;
      const [x, y] = [event.clientX - start.x, event.clientY - start.y];
      if (Math.hypot(x, y) > MOVED) start.moved = true;
      if (start.moved) setView({ ...start.view, x: start.view.x + x, y: start.view.zoom > 1 ? start.view.y + y : 0 });
    },
    onPointerUp: (event: PointerEvent) => {
      const start = from.current;
      from.current = undefined;
      if (!start) return;
      const by = event.clientX - start.x;
      if (!start.moved) setView(view.zoom > 1 ? WHOLE : { ...WHOLE, zoom: 2 });
      else if (start.view.zoom === 1) {
        setView(WHOLE);
        if (Math.abs(by) > SWIPE) step(by < 0 ? 1 : -1);
      }
    },
    onPointerCancel: () => {
      from.current = undefined;
      setView(WHOLE);
    },
    onWheel: (event: WheelEvent) => {
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.2 : 1 / 1.2);
    },
  };
  return { view, setView, zoom, handlers };
}

function Lightbox({ all, first, close }: { all: readonly Shown[]; first: number; close: () => void }) {
  const [at, setAt] = useState(first);
  const place = useRef<HTMLDivElement>(null);
  const go = (to: number): void => {
    if (to < 0 || to >= all.length) return;
    setView(WHOLE);
    setAt(to);
  };
  const { view, setView, zoom, handlers } = useView((by) => go(at + by));
  useEffect(() => place.current?.focus(), []);
  const shown = all[at];
  if (!shown) return null;
  const { file } = shown;
  const name = cleanFileName(file.name, t("file.nameless"));
  const source = sourceOf(file.url) ?? "";
  const keys: Record<string, () => void> = {
    ArrowLeft: () => go(at - 1), ArrowRight: () => go(at + 1), Home: () => go(0), End: () => go(all.length - 1),
    "+": () => zoom(1.5), "=": () => zoom(1.5), "-": () => zoom(1 / 1.5), "0": () => setView(WHOLE),
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const run = keys[event.key];
    if (!run || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    run();
  };
  return (
    <Dialog title={t("file.lightbox")} bare class="lightbox" onClose={close}>
      <div class="lightbox-in" ref={place} tabIndex={-1} onKeyDown={onKeyDown}>
        <header class="lightbox-bar">
          <div class="grow">
            <b class="ellipsis"><bdi>{name}</bdi></b>
            <span class="ellipsis">{[cleanLine(shown.name), momentText(shown.time), file.size !== undefined && bytesText(file.size)].filter(Boolean).join(" · ")}</span>
          </div>
          {all.length > 1 && <span aria-live="polite" class="lightbox-count">{t("file.of", { n: at + 1, all: all.length })}</span>}
          <IconButton icon="minus" name={t("file.zoom-out")} keys="-" aria-disabled={view.zoom === 1} onClick={() => zoom(1 / 1.5)} />
          <IconButton icon="plus" name={t("file.zoom-in")} keys="+" onClick={() => zoom(1.5)} />
          <a class="icon-btn" href={source} download={name} target="_blank" rel="noopener noreferrer" aria-label={t("file.download", { name })} title={t("file.download", { name })}><Icon name="download" /></a>
          <IconButton icon="close" name={t("kit.close")} keys="Escape" onClick={close} />
        </header>
        <div class={view.zoom > 1 ? "lightbox-stage is-zoomed" : "lightbox-stage"} {...handlers}>
          <img key={source} src={source} alt={cleanLine(file.caption ?? "") || name} draggable={false} data-zoom={view.zoom} style={{ transform: `translate(${view.x}px, ${view.y}px) scale(${view.zoom})` }} />
        </div>
        {file.caption && <p class="lightbox-caption" dir="auto">{file.caption}</p>}
        {at > 0 && <IconButton class="lightbox-prev" icon="chevron-left" name={t("file.previous")} keys="ArrowLeft" onClick={() => go(at - 1)} />}
        {at < all.length - 1 && <IconButton class="lightbox-next" icon="chevron-right" name={t("file.next")} keys="ArrowRight" onClick={() => go(at + 1)} />}
      </div>
    </Dialog>
  );
}

/** Shows these, beginning with one of them; the focus is back afterwards. */
export const showPictures = (all: readonly Shown[], first: number): Promise<unknown> => openDialog((close) => <Lightbox all={all} first={Math.max(0, first)} close={() => close()} />);

/** Shows a picture of a message among all that the log has. */
export function openLightbox(conversation: Jid, message: Message, file: FileInfo): void {
  const inLog = log(conversation).value?.messages ?? [];
  const messages = inLog.some((one) => one.key === message.key) ? inLog : [message];
  const all = messages.flatMap((one) => (one.retracted ? [] : one.files.filter(isPicture).map((each) => ({ file: each, name: one.from.name, time: one.time, key: one.key }))));
  void showPictures(all, all.findIndex((one) => one.key === message.key && one.file.url === file.url));
}
