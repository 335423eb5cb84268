// SPDX-License-Identifier: Apache-2.0
// What was sent in a conversation, from its archive: pictures, files, links; newest first, each with the way to its message.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Found, Hit } from "../../shared/search.ts";
import type { FileInfo } from "../../shared/types.ts";
import { bytesText, shortText, t } from "../../i18n/index.ts";
import type { PaneProps } from "../app/tables.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Button } from "../kit/Button.tsx";
import { Icon } from "../kit/Icon.tsx";
import { Notice } from "../kit/Notice.tsx";
import { Tabs, tabIds } from "../kit/Tabs.tsx";
import { isPicture, sourceOf } from "../message/Files.tsx";
import { pathOf } from "../router.ts";
import { cleanFileName, cleanLine, findLinks } from "../text/index.ts";
import { iconOf, kindText } from "./kind.ts";
import "../styles/views-files.css";

const LINKS_MAX = 20; // of a line

type Kind = "image" | "file" | "link";

function useFound(jid: string, kind: Kind) {
  const [found, setFound] = useState<Found | undefined>(undefined);
  const [fault, setFault] = useState<string | undefined>(undefined);
  const turn = useRef(0);
  const ask = (before?: string): void => {
    const mine = ++turn.current;
    core.search(`has:${kind}`, jid, before).then((page) => {
      if (mine !== turn.current) return;
      setFault(undefined);
      setFound((known) => (before && known ? { ...page, hits: [...known.hits, ...page.hits] } : page));
    }, (why: unknown) => mine === turn.current && setFault(faultText(why instanceof Refusal ? why.fault : "refused")));
  };
  useEffect(() => {
    setFound(undefined);
    ask();
  }, [jid, kind]);
  return { found, fault, more: () => ask(found?.next) };
}

function Origin({ hit }: { hit: Hit }) {
  const name = hit.mine ? t("message.you") : cleanLine(hit.name);
  return <a class="origin muted" href={pathOf(hit.conversation, hit.archive)} aria-label={t("files.show", { name, time: shortText(hit.time) })}><bdi>{name}</bdi> · {shortText(hit.time)}</a>;
}

interface Item {
  file: FileInfo;
  hit: Hit;
}

function Pictures({ items }: { items: readonly Item[] }) {
  const open = (at: number): void => void import("./Lightbox.tsx").then(({ showPictures }) => showPictures(items.map(({ file, hit }) => ({ file, name: hit.name, time: hit.time })), at));
  return (
    <ul class="files-grid">
      {items.map(({ file, hit }, i) => {
        const name = cleanLine(file.caption ?? "") || cleanFileName(file.name, t("file.nameless"));
        return (
          <li key={`${hit.archive} ${file.url}`}>
            <button type="button" class="photo" aria-label={t("file.view", { name })} title={`${cleanLine(hit.name)}, ${shortText(hit.time)}`} onClick={() => open(i)}>
              <img src={sourceOf(file.url) ?? ""} alt={name} loading="lazy" decoding="async" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}

function Rows({ items }: { items: readonly Item[] }) {
  return (
    <ul class="files-list">
      {items.map(({ file, hit }) => {
        const [source, name] = [sourceOf(file.url), cleanFileName(file.name, t("file.nameless"))];
        return (
          <li key={`${hit.archive} ${file.url}`} class="files-row">
            <span class="attach-icon"><Icon name={iconOf(file.type)} /></span>
            <div class="grow">
              <div class="ellipsis" title={name}><bdi>{name}</bdi></div>
              <div class="caption muted">{[kindText(file.type, name), file.size !== undefined && bytesText(file.size)].filter(Boolean).join(" · ")}</div>
              <Origin hit={hit} />
            </div>
            {source && <a class="icon-btn" href={source} download={name} target="_blank" rel="noopener noreferrer" aria-label={t("file.download", { name })} title={t("file.download", { name })}><Icon name="download" /></a>}
          </li>
        );
      })}
    </ul>
  );
}

const linksOf = (hit: Hit): { href: string; label: string }[] =>
  hit.text.split("\n").flatMap((line) => findLinks(line, LINKS_MAX).filter(({ href }) => /^https?:/.test(href)).map(({ href, label, from, to }) => ({ href, label: label ?? line.slice(from, to) })));

function Links({ hits }: { hits: readonly Hit[] }) {
  return (
    <ul class="files-list">
      {hits.flatMap((hit) => linksOf(hit).map(({ href, label }, i) => (
        <li key={`${hit.archive} ${i}`} class="files-row">
          <span class="attach-icon"><Icon name="link" /></span>
          <div class="grow">
            <a class="files-link" href={href} target="_blank" rel="noopener noreferrer nofollow"><bdi>{label}</bdi></a>
            <Origin hit={hit} />
          </div>
        </li>
      )))}
    </ul>
  );
}

/** The pane: three tabs over the archive. */
export function FilesPane({ jid }: PaneProps) {
  const [kind, setKind] = useState<Kind>("image");
  const { found, fault, more } = useFound(jid, kind);
  const items = found?.hits.flatMap((hit) => hit.files.map((file) => ({ file, hit }))) ?? [];
  const shown = kind === "image" ? items.filter(({ file }) => isPicture(file)) : items.filter(({ file }) => !isPicture(file));
  const ids = tabIds("files", kind);
  const isEmpty = found !== undefined && !found.next && (kind === "link" ? found.hits.every((hit) => linksOf(hit).length === 0) : shown.length === 0);
  const nothing = { image: "files.none-pictures", file: "files.none-files", link: "files.none-links" } as const;
  return (
    <div class="files-pane scroll">
      <Tabs id="files" name={t("files.tabs")} value={kind} onChange={setKind} tabs={[{ value: "image", label: t("files.pictures") }, { value: "file", label: t("files.files") }, { value: "link", label: t("files.links") }]} />
      <div role="tabpanel" id={ids.panel} aria-labelledby={ids.tab} aria-busy={found === undefined && !fault}>
        {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
        {found?.isPartial && <Notice tint="attention" icon="info">{t("search.partial")}</Notice>}
        {kind === "image" ? <Pictures items={shown} /> : kind === "file" ? <Rows items={shown} /> : <Links hits={found?.hits ?? []} />}
        {isEmpty && <p class="muted files-none">{t(nothing[kind])}</p>}
        {found?.next && <Button size="s" onClick={more}>{t("files.more")}</Button>}
      </div>
    </div>
  );
}
