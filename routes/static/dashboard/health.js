// What the relay stands on, and how that is.
import { fetched } from "../calls.js";
import { Fault, Small } from "../controls.js";
import { html, useEffect, useState } from "../html.js";
import { State } from "../states.js";
import { credits, number } from "../words.js";
import { Table } from "./table.js";

const PATH = "/admin/health";

export function Health({ token }) {
  const [looks, setLooks] = useState(0);
  const [health, setHealth] = useState(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    fetched(PATH, token).then(
      (found) => (setHealth(found), setFault("")),
      (error) => setFault(error.message),
    );
  }, [token, looks]);
  return html`
    <div class="bar"><${Small} onClick=${() => setLooks(looks + 1)}>Refresh<//></div>
    <${Fault}>${fault}<//>
    ${health && html`
      <p>All in all: <${State} of=${health.status} />
        ${" "}<span class="quiet">as the process sees it that answered</span></p>
      <${Parts} checks=${health.checks} ledger=${health.ledger} />
      <${Pool} accounts=${health.pool} />
      <${Servers} backends=${health.backends} />`}`;
}

function Parts({ checks, ledger }) {
  const queue = `${number(ledger.waiting)} calls wait, ${number(ledger.dropped)} were lost.`;
  const rows = Object.entries(checks).map(([part, { state, meaning }]) => [
    part,
    html`<${State} of=${state} />`,
    part === "ledger" ? `${meaning} ${queue}`.trim() : meaning,
  ]);
  return html`<${Table} caption="Parts" head=${["part", "state", "what that means"]} rows=${rows} />`;
}

const Pool = ({ accounts }) =>
  accounts.length
    ? html`<${Table} caption="The relay's own keys at 1min.ai"
        head=${["fingerprint", "state", "calls under way", "credits used", "credit limit"]}
        rows=${accounts.map((account) => [
          html`<code>${account.fingerprint}</code>`,
          account.resting
            ? html`<${State} of="resting" /> ${" "}${account.resting} s, ${account.error}`
            : html`<${State} of="ok" />`,
          number(account.in_flight),
          credits(account.used_credits),
          credits(account.credit_limit),
        ])} />`
    : html`<p class="quiet">The relay has no key of its own at 1min.ai (ONE_MIN_API_KEYS): callers bring theirs.</p>`;

function Servers({ backends }) {
  const names = Object.keys(backends);
  const rows = Object.entries(backends).flatMap(([name, models]) =>
    Object.entries(models).map(([model, state]) => [name, model, html`<${State} of=${state} />`]),
  );
  if (!rows.length) {
    return html`<p class="quiet">No back-end has failed lately${names.length ? `: ${names.join(", ")}` : ""}.</p>`;
  }
  const caption = "Back-ends that failed lately, by model";
  return html`<${Table} caption=${caption} head=${["server", "model", "breaker"]} rows=${rows} />`;
}
