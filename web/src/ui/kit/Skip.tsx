// SPDX-License-Identifier: Apache-2.0
// The first stop of the Tab key: past rail and list, straight to the messages.
import { t } from "../../i18n/index.ts";

/** Jumps to the element with the id TARGET. The address of the page stays as it is: it names a room. */
export function SkipLink({ target }: { target: string }) {
  const jump = (event: Event): void => {
    event.preventDefault();
    const place = document.getElementById(target);
    if (!place) return;
    if (!place.matches("a[href], button, input, textarea, [tabindex]")) place.tabIndex = -1;
    place.focus();
  };
  return (
    <a class="skip" href={`#${target}`} onClick={jump}>
      {t("kit.skip")}
    </a>
  );
}
