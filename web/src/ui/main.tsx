// SPDX-License-Identifier: Apache-2.0
// Entry of the page.
import "./styles/index.css";
