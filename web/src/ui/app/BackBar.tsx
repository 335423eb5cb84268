// SPDX-License-Identifier: Apache-2.0
// Above a view that has no header of its own: on a phone, the way back to the list.
import { t } from "../../i18n/index.ts";
import { Icon } from "../kit/Icon.tsx";

export const BackBar = () => <header class="bar phone-bar show-s"><a class="icon-btn back" href="/" aria-label={t("room.back")}><Icon name="arrow-left" /></a></header>;
