// SPDX-License-Identifier: Apache-2.0
// A part of the page that is loaded when it is shown for the first time. Until then nothing: a spinner under 400 ms is noise.
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Notice } from "../kit/Notice.tsx";

/** Shows what `load` gives, with these properties; a part that cannot be loaded says so. */
export function Lazy<P extends object>({ load, props }: { load: () => Promise<FunctionComponent<P>>; props?: P }) {
  const [Part, setPart] = useState<FunctionComponent<P> | undefined>(undefined);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    let isHere = true;
    load().then((one) => isHere && setPart(() => one), () => isHere && setFailed(true));
    return () => { isHere = false; };
  }, [load]);
  if (failed) return <Notice tint="danger" icon="warning">{t("app.part-failed")}</Notice>;
  return Part ? <Part {...((props ?? {}) as P)} /> : null;
}
