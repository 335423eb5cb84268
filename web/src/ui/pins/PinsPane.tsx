// SPDX-License-Identifier: Apache-2.0
// What is pinned in a conversation, newest first, each with the way to it.
import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "../../shared/rpc.ts";
import type { Pin } from "../../shared/pins.ts";
import { momentText, shortText, t } from "../../i18n/index.ts";
import type { PaneProps } from "../app/tables.ts";
import { core } from "../core.ts";
import { faultText } from "../faults.ts";
import { Avatar } from "../kit/Avatar.tsx";
import { Icon } from "../kit/Icon.tsx";
import { IconButton } from "../kit/IconButton.tsx";
import { Notice } from "../kit/Notice.tsx";
import { goTo } from "../message/goto.ts";
import { openPane } from "../router.ts";
import { log, row } from "../state.ts";
import { cleanFileName, cleanLine, Text } from "../text/index.ts";
import { marksOf, mayPin, unpin } from "./state.ts";
import "../styles/views-pins.css";

function usePins(jid: string) {
  const [pins, setPins] = useState<Pin[] | undefined>(undefined);
  const [fault, setFault] = useState<string | undefined>(undefined);
  const turn = useRef(0);
  const marks = marksOf(jid);
  useEffect(() => {
    const mine = ++turn.current;
    core.pins(jid).then((all) => {
      if (mine !== turn.current) return;
      setFault(undefined);
      setPins(all);
    }, (why: unknown) => mine === turn.current && setFault(faultText(why instanceof Refusal ? why.fault : "refused")));
  }, [jid, marks]);
  const state = log(jid).value;
  // What is loaded is newer: an edit, or that it was taken back.
  const fresh = pins?.map((one) => ({ ...one, message: state?.messages.find((each) => each.key === one.message.key || (each.archive !== undefined && each.archive === one.message.archive)) ?? one.message }));
  return { pins: fresh?.filter((one) => !one.message.retracted && marks.some((mark) => mark.ref === one.ref)), fault };
}

function PinCard({ jid, pin, may }: { jid: string; pin: Pin; may: boolean }) {
  const { message, by, mine, time } = pin;
  const { from, text, files } = message;
  const name = from.mine ? t("message.you") : cleanLine(from.name);
  const go = (): void => {
    if (matchMedia("(width < 1200px)").matches) openPane(undefined);
    void goTo(jid, message.archive ?? message.ref);
  };
  return (
    <li class="pin-card">
      <div class="line">
        <Avatar jid={from.jid} name={cleanLine(from.name)} size={24} />
        <b class="ellipsis"><bdi>{name}</bdi></b>
        <time class="muted caption grow" title={momentText(message.time)}>{shortText(message.time)}</time>
        <IconButton icon="arrow-right" size="s" name={t("pins.go")} onClick={go} />
        {may && <IconButton icon="close" size="s" name={t("message.unpin")} onClick={() => unpin(jid, pin)} />}
      </div>
      {text && <div class="pin-text words" dir="auto"><Text text={text} /></div>}
      {files.map((file) => <p key={file.url} class="line small"><Icon name="file" size="s" /><bdi class="ellipsis">{cleanFileName(file.name, t("file.nameless"))}</bdi></p>)}
      <p class="caption muted">{t("pins.by", { name: mine ? t("message.you") : cleanLine(by), time: shortText(time) })}</p>
    </li>
  );
}

/** The inside of the pane. */
export function PinsPane({ jid }: PaneProps) {
  const { pins, fault } = usePins(jid);
  const may = mayPin(row(jid));
  return (
    <div class="pane-body pins-pane scroll" aria-busy={pins === undefined && !fault}>
      {fault && <Notice tint="danger" icon="warning">{fault}</Notice>}
      {pins && pins.length > 0 && <ul aria-label={t("pane.pins")}>{pins.map((one) => <PinCard key={one.ref} jid={jid} pin={one} may={may} />)}</ul>}
      {pins?.length === 0 && <p class="muted">{t(may ? "pins.none" : "pins.none-may")}</p>}
    </div>
  );
}
