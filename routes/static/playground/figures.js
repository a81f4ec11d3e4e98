// What an answer took and cost, and the command that asks for the same.
import { html, useState } from "../html.js";
import { Copy } from "./controls.js";
import { credits, number } from "./models.js";

const HEADERS = {
  "x-relay-fallback": "answered instead by",
  "x-relay-ignored": "ignored",
  "x-relay-corrected": "corrected",
  "x-relay-trimmed": "trimmed",
  "x-relay-estimated": "estimated",
};

/** The headers that say how an answer came about, as an object. */
export const noted = (headers) =>
  Object.fromEntries(Object.keys(HEADERS).map((name) => [name, headers.get(name)]).filter(([, value]) => value));

/** In words, of whatever is known. Seconds are since the request was sent. */
function words({ usage, headers, notes, first, total, model, searched }) {
  const written = usage?.completion_tokens;
  const told = headers?.get("x-credits-used");
  const about = headers?.get("x-credits-approximate") ? "about " : "";
  const listed = told ? null : credits(model, usage);
  return [
    usage && `${number(usage.prompt_tokens)} tokens in, ${number(written)} out`,
    told && `${about}${number(Number(told), 3)} credits`,
    listed !== null && `${number(listed, 3)} credits by the list of prices${searched ? ", without the search" : ""}`,
    !told && listed === null && "credits not told",
    first && `first byte after ${first.toFixed(2)} s`,
    total && `${total.toFixed(2)} s in all`,
    written && total - first > 0.1 && `${number(written / (total - first), 1)} tokens a second`,
    ...Object.entries(notes ?? {}).map(([name, value]) => `${HEADERS[name] ?? name}: ${value}`),
  ].filter(Boolean);
}

export const Figures = ({ figures }) => html`
  <p class="figures quiet">
    ${words(figures).map((each) => html`<span>${each}</span> `)}
    ${figures.headers?.get("x-request-id") && html`<span>request <code>${figures.headers.get("x-request-id")}</code></span>`}
  </p>`;

/** `command` makes it, when somebody wants to see it. */
export function Curl({ command }) {
  const [open, setOpen] = useState(false);
  const made = open ? command() : null;
  return html`
    <details class="curl" onToggle=${(event) => setOpen(event.target.open)}>
      <summary>The same with curl</summary>
      ${made && html`
        ${!made.whole && html`<p class="quiet">Attachments are shortened here, so this does not run as it is.</p>`}
        <pre tabindex="0"><code>${made.text}</code><${Copy} text=${() => made.text} /></pre>`}
    </details>`;
}
