// SPDX-License-Identifier: Apache-2.0
// Views that are fetched when they are first shown, their styles with them.
import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { restOfWords, t } from "../../i18n/index.ts";
import { Button } from "./Button.tsx";
import { Notice } from "./Notice.tsx";

type Outcome<P> = { view: ComponentType<P> } | { failed: true } | undefined;

/** For later(): those of the first screen are there. */
export const firstWords = (): Promise<void> => Promise.resolve();

/** A view that LOAD brings, once for all its uses, and WORDS that it says. Nothing is shown meanwhile; where it cannot be had (no network, a new build), one sentence and a way on. */
export function later<P extends object>(load: () => Promise<ComponentType<P>>, words: () => Promise<void> = restOfWords): ComponentType<P> {
  let known: ComponentType<P> | undefined;
  return function Later(props: P) {
    const [outcome, setOutcome] = useState<Outcome<P>>(known && { view: known });
    const [attempt, setAttempt] = useState(0);
    useEffect(() => {
      if (known) return undefined;
      let here = true;
      const take = (view: ComponentType<P>): void => {
        known = view;
        if (here) setOutcome({ view });
      };
      Promise.all([load(), words()]).then(([view]) => take(view), () => here && setOutcome({ failed: true }));
      return () => {
        here = false;
      };
    }, [attempt]);
    if (outcome && "view" in outcome) {
      const View = outcome.view;
      return <View {...props} />;
    }
    if (!outcome) return null;
    const again = (): void => {
      if (attempt > 0) return location.reload(); // a server that was renewed has it under another name
      setOutcome(undefined);
      setAttempt(attempt + 1);
    };
    return (
      <Notice icon="wifi-off" tint="attention">
        <span role="alert">{t("kit.not-loaded")}</span>
        <Button size="s" onClick={again}>
          {t(attempt > 0 ? "kit.reload" : "kit.retry")}
        </Button>
      </Notice>
    );
  };
}
