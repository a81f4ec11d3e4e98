// What an answer took and cost, and the command that asks for the same.
import { Snippet } from "../controls.js";
import { html, useState } from "../html.js";
import { number } from "../words.js";
import { cost } from "./models.js";

const SHOWN = 24; // characters of an attachment
const LONG = 300;
const KEY = '-H "Authorization: Bearer $ONE_MIN_API_KEY"';
const ATTACHMENT = /^data:[^,]{0,200},/;

/** For sh, where nothing but the quote itself means anything inside quotes. */
const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

/** `options` go in front, such as -N for a stream. `whole` is false where attachments were shortened. */
export function ofJson(url, body, ...options) {
  let whole = true;
  const json = JSON.stringify(
    body,
    (name, value) => {
      if (typeof value !== "string" || value.length < LONG) return value;
      const head = ATTACHMENT.exec(value)?.[0] ?? (name === "data" ? "" : null);
      if (head === null) return value;
      whole = false;
      const left = value.length - head.length - SHOWN;
      return `${value.slice(0, head.length + SHOWN)}… ${left} characters left out …`;
    },
    2,
  );
  const lines = [[...options, quoted(url)].join(" "), KEY, '-H "Content-Type: application/json"', `-d ${quoted(json)}`];
  return { text: command(lines), whole };
}

/** `fields` as they are sent, and a file that has to be in the folder where it is run. */
export function ofForm(url, fields, file) {
  const named = `file=@"${file.replaceAll(/["\\]/g, "\\$&")}"`;
  const given = Object.entries(fields).map(([name, value]) => `--form-string ${quoted(`${name}=${value}`)}`);
  return { text: command([quoted(url), KEY, ...given, `-F ${quoted(named)}`]), whole: true };
}

const command = (lines) => `curl ${lines.join(" \\\n  ")}`;

const HEADERS = {
  "x-relay-fallback": "answered instead by",
  "x-relay-ignored": "ignored",
  "x-relay-corrected": "corrected",
  "x-relay-trimmed": "trimmed",
  "x-relay-estimated": "estimated",
};

/** What the headers say of how an answer came about, by their names. */
export const notesOf = (headers) =>
  Object.fromEntries(Object.keys(HEADERS).map((name) => [name, headers.get(name)]).filter(([, value]) => value));

/** In words, of whatever is known. Seconds are since the request was sent. */
function words({ usage, headers, notes, first, total, model, searched }) {
  const written = usage?.completion_tokens;
  const charged = headers?.get("x-credits-used");
  const about = headers?.get("x-credits-approximate") ? "about " : "";
  const listed = charged ? null : cost(model, usage);
  return [
    usage && `${number(usage.prompt_tokens)} tokens in, ${number(written)} out`,
    charged && `${about}${number(Number(charged), 3)} credits`,
    listed !== null && `${number(listed, 3)} credits by the list of prices${searched ? ", without the search" : ""}`,
    first && !charged && listed === null && "credits not told",
    first && `first byte after ${first.toFixed(2)} s`,
    total && `${total.toFixed(2)} s in all`,
    written && total - first > 0.1 && `${number(written / (total - first), 1)} tokens a second`,
    ...Object.entries(notes ?? {}).map(([name, value]) => `${HEADERS[name] ?? name}: ${value}`),
  ].filter(Boolean);
}

export const Figures = ({ figures, id = figures.headers?.get("x-request-id") }) => html`
  <p class="figures quiet">
    ${words(figures).map((each) => html`<span>${each}</span> `)}
    ${id && html`<span>request <code>${id}</code></span>`}
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
        <${Snippet} text=${made.text} />`}
    </details>`;
}
