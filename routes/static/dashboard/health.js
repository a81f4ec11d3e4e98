// What the relay stands on, and how that is.
import { html, useEffect, useState } from "../html.js";
import { Fault, Small } from "../controls.js";
import { judged } from "../states.js";
import { told } from "./api.js";
import { Table } from "./table.js";
import { count, credits } from "./words.js";

const PATH = "/admin/health";

export function Health({ token }) {
  const [looks, setLooks] = useState(0);
  const [health, setHealth] = useState(null);
  const [fault, setFault] = useState("");
  useEffect(() => {
    told(token, PATH).then(
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

const State = ({ of: state }) => html`<span class="state ${judged(state)}">${state}</span>`;

const Parts = ({ checks, ledger }) => html`
  <${Table} caption="Parts" head=${["part", "state", "what that means"]} rows=${Object.entries(checks).map(([part, { state, meaning }]) => [
    part,
    html`<${State} of=${state} />`,
    part === "ledger" ? `${meaning} ${count(ledger.waiting)} calls wait, ${count(ledger.dropped)} were lost.`.trim() : meaning,
  ])} />`;

const Pool = ({ accounts }) =>
  accounts.length
    ? html`<${Table} caption="The relay's own keys at 1min.ai"
        head=${["fingerprint", "state", "calls under way", "credits used", "credit limit"]}
        rows=${accounts.map((account) => [
          html`<code>${account.fingerprint}</code>`,
          account.resting
            ? html`<${State} of="resting" /> ${" "}${account.resting} s, ${account.error}`
            : html`<${State} of="ok" />`,
          count(account.in_flight),
          credits(account.used_credits),
          credits(account.credit_limit),
        ])} />`
    : html`<p class="quiet">The relay has no key of its own at 1min.ai (ONE_MIN_API_KEYS): callers bring theirs.</p>`;

const Servers = ({ backends }) => {
  const rows = Object.entries(backends).flatMap(([name, models]) =>
    Object.entries(models).map(([model, state]) => [name, model, html`<${State} of=${state} />`]),
  );
  return rows.length
    ? html`<${Table} caption="Back-ends that failed lately, by model" head=${["server", "model", "breaker"]} rows=${rows} />`
    : html`<p class="quiet">No back-end has failed lately${Object.keys(backends).length ? `: ${Object.keys(backends).join(", ")}` : ""}.</p>`;
};
