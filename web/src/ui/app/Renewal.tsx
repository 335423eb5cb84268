// SPDX-License-Identifier: Apache-2.0
// New builds: the service worker is put in and asked whether there is one, and a quiet line offers it. Nothing reloads by itself.
// Loaded behind the first useful screen, so that it is there when the server has other files by then.
import { effect, signal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import type { Letter } from "../../shared/build.ts";
import { t } from "../../i18n/index.ts";
import { core, scriptUrl } from "../core.ts";
import { Button } from "../kit/Button.tsx";
import { confirm } from "../kit/Dialog.tsx";
import { Icon } from "../kit/Icon.tsx";
import { renewal } from "../renewal.ts";
import { me } from "../state.ts";

const LOOK_EVERY = 3_600_000; // ms
const ANSWER = 5_000; // ms for a service worker to say or do something

const own = document.querySelector<HTMLMetaElement>('meta[name="build"]')?.content;
const busy = signal(false);
let registration: ServiceWorkerRegistration | undefined;

const say = (worker: ServiceWorker, letter: Letter, ports: Transferable[] = []): void => worker.postMessage(letter, ports);

const buildOf = (worker: ServiceWorker): Promise<string | undefined> =>
  new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = ({ data }) => resolve(String(data));
    setTimeout(() => resolve(undefined), ANSWER);
    say(worker, "build", [port2]);
  });

/** One that waits is either what this page came with, and may begin, or newer. */
async function judge(worker: ServiceWorker | null): Promise<void> {
  const build = worker && (await buildOf(worker));
  if (!worker || build === undefined) return;
  if (build === own) say(worker, "take");
  else if (renewal.value !== "taken") renewal.value = "there";
}

/** The server may have been renewed while it was away. */
function lookAfterBreaks(look: () => void): void {
  let broken = false;
  effect(() => {
    const state = me.value?.state;
    if (state === "offline") broken = true;
    if (state !== "online" || !broken) return;
    broken = false;
    look();
  });
}

/** Puts the service worker in and keeps an eye on newer ones. */
export async function watchBuilds(): Promise<void> {
  const { serviceWorker } = navigator as { serviceWorker?: ServiceWorkerContainer };
  if (!serviceWorker || !own) return; // a private window, or served by a tool
  try {
    const found = await serviceWorker.register(scriptUrl("/sw.js"), { updateViaCache: "none" });
    registration = found;
    found.addEventListener("updatefound", () => {
      const coming = found.installing;
      coming?.addEventListener("statechange", () => void (coming.state === "installed" && judge(coming)));
    });
    serviceWorker.addEventListener("controllerchange", () => void judge(serviceWorker.controller)); // another tab has reloaded
    await judge(found.waiting);
    const look = (): void => void found.update().catch(() => undefined);
    setInterval(look, LOOK_EVERY);
    lookAfterBreaks(look);
  } catch (why) {
    console.warn("no service worker:", why);
  }
}

/** What was typed is kept, the new build takes over, and the page is loaded again. */
async function renew(): Promise<void> {
  busy.value = true;
  const patience = new Promise((resolve) => setTimeout(resolve, ANSWER));
  await Promise.race([core.keep(), patience]);
  const { waiting } = registration ?? {};
  if (waiting) {
    const taken = new Promise((resolve) => navigator.serviceWorker.addEventListener("controllerchange", resolve, { once: true }));
    say(waiting, "take");
    await Promise.race([taken, patience]);
  }
  location.reload();
}

async function askTaken(): Promise<void> {
  const said = confirm({ title: t("renewal.taken"), text: t("renewal.taken-text"), action: t("renewal.reload"), cancel: t("renewal.later") });
  void core.left();
  if (await said) await renew();
}

/** The line at the top. */
export function Renewal() {
  const is = renewal.value;
  useEffect(() => void (is === "taken" && askTaken()), [is]);
  return (
    <div class="renewal" role="status">
      <Icon name="refresh" size="s" />
      <span>{t(`renewal.${is || "there"}`)}</span>
      <Button size="s" kind="link" busy={busy.value} onClick={() => void renew()}>{t("renewal.reload")}</Button>
    </div>
  );
}
