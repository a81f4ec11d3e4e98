// The landing page: this relay's own address in every snippet, the guides, how the relay is.
import { copies, copyable, find, make, tabs } from "./dom.js";
import { rendered } from "./markdown.js";
import { judged } from "./states.js";

const WRITTEN = "http://127.0.0.1:5001"; // where the guides suppose the relay

const PARTS = {
  catalog: "1min.ai, by its list of models",
  database: "Database",
  memcached: "Memcached",
  limits: "Limits",
  ledger: "Ledger",
  pool: "The relay's own keys",
};

function addressed(root) {
  const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode;
    text.data = text.data.replaceAll(WRITTEN, location.origin);
  }
}

/** One section of the guides for each program, under a heading of its own. */
function sections(text) {
  return text.split(/^## /m).slice(1).map((section) => {
    const [name, ...rest] = section.split("\n");
    return { name: name.trim(), text: rest.join("\n") };
  });
}

async function showGuides() {
  const answer = await fetch("/static/clients.md");
  if (!answer.ok) throw new Error(`The guides could not be fetched (${answer.status}).`);
  const guides = sections(await answer.text());
  const list = make("div", { role: "tablist", ariaLabel: "Programs" }, ...guides.map(tab));
  find("guides").replaceChildren(list, ...guides.map(panel));
  tabs(list);
}

const tab = ({ name }, place) =>
  make("button", { type: "button", role: "tab", id: `tab-${place}`, "aria-controls": `panel-${place}` }, name);

function panel({ text }, place) {
  const element = make("div", { role: "tabpanel", id: `panel-${place}`, "aria-labelledby": `tab-${place}` }, rendered(text));
  addressed(element);
  copyable(element);
  return element;
}

async function showStatus() {
  const answer = await fetch("/readyz");
  const told = await answer.json();
  const rows = Object.entries(told.checks ?? {}).flatMap(([part, state]) =>
    part === "backends"
      ? Object.entries(state).map(([name, state]) => row(`Server “${name}”`, state))
      : [row(PARTS[part] ?? part, state)],
  );
  const head = make("p", {}, "All in all: ", badge(told.status));
  const body = make("tbody", {}, ...rows);
  const caption = make("caption", { className: "quiet" }, "What the relay stands on");
  find("parts").replaceChildren(head, make("table", {}, caption, body));
}

const badge = (state) => make("span", { className: `state ${judged(state)}` }, state);

const row = (name, state) =>
  make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, badge(state)));

function told(place, work) {
  work().catch((error) => find(place).replaceChildren(make("p", { role: "alert" }, error.message)));
}

find("base-url").value = `${location.origin}/v1`;
document.querySelectorAll("[data-copies]").forEach((button) => copies(button, () => find(button.dataset.copies).value));
told("guides", showGuides);
told("parts", showStatus);
