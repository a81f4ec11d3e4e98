// The landing page: this relay's own address in every snippet, the guides, how the relay is.
import { request, unbroken } from "./calls.js";
import { Copy, Fault, Tabs } from "./controls.js";
import { html, render, useState } from "./html.js";
import { Prose } from "./prose.js";
import { State } from "./states.js";

const BASE_URL = `${location.origin}/v1`;
const WRITTEN = "http://127.0.0.1:5001"; // where the guides suppose the relay

const MOST = 5; // looks again, while the list of models is not here yet
const PAUSE = 2000; // milliseconds

const PARTS = {
  catalog: "1min.ai, by its list of models",
  database: "Database",
  memcached: "Memcached",
  limits: "Limits",
  ledger: "Ledger",
  pool: "The relay's own keys",
};

const find = (id) => document.getElementById(id);

/** Puts what `load` gives into its place, or why it gives nothing. */
async function fill(id, load) {
  const content = await load().catch((error) => html`<${Fault}>${error.message}<//>`);
  find(id).querySelector(":scope > [aria-busy]")?.remove();
  render(content, find(id));
}

/** One section of the guides for each program, under a heading of its own. */
async function guides() {
  const text = await (await request("/static/clients.md")).text();
  const sections = text.replaceAll(WRITTEN, location.origin).split(/^## /m).slice(1);
  return html`<${Guides} guides=${sections.map((section) => /^([^\n]*)\n(.*)$/s.exec(section).slice(1))} />`;
}

/** `guides` are pairs of a name and a text. */
function Guides({ guides }) {
  const [chosen, setChosen] = useState("0");
  return html`
    <${Tabs} label="Programs" names=${guides.map(([name]) => name)} chosen=${chosen} onChoose=${setChosen}>
      ${(place) => html`<${Prose} text=${guides[place][1]} />`}
    <//>`;
}

/** A relay that has just begun is asked again, `left` times at most. */
const parts = (left) => async () => {
  const response = await unbroken(fetch("/readyz")); // it tells more where it says that it is not ready
  const { status, checks = {} } = await response.json();
  if (checks.catalog === "snapshot" && left) setTimeout(fill, PAUSE, "parts", parts(left - 1));
  const rows = Object.entries(checks).flatMap(([part, state]) =>
    part === "backends"
      ? Object.entries(state).map(([name, each]) => [`Server “${name}”`, each])
      : [[PARTS[part] ?? part, state]],
  );
  return html`
    <p>All in all: <${State} of=${status} /></p>
    <table>
      <caption class="quiet">What the relay stands on</caption>
      <tbody>${rows.map(([name, state]) => html`
        <tr><th scope="row">${name}</th><td><${State} of=${state} /></td></tr>`)}
      </tbody>
    </table>`;
};

find("base-url").value = BASE_URL;
render(html`<${Copy} text=${() => BASE_URL} />`, find("copy"));
fill("guides", guides);
fill("parts", parts(MOST));
