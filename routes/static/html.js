// Elements written as in HTML, and made by preact.
import htm from "./vendor/htm.js";
import { Fragment, h, render } from "./vendor/preact.js";

export { Fragment, h, render };
export * from "./vendor/preact-hooks.js";

export const html = htm.bind(h);
