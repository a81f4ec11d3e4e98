// Elements written as in HTML, and made by preact.
import htm from "./vendor/htm.js";
import { h } from "./vendor/preact.js";

export { render } from "./vendor/preact.js";
export { useEffect, useId, useMemo, useRef, useState } from "./vendor/preact-hooks.js";

export const html = htm.bind(h);
