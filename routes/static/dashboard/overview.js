// Requests, tokens, credits, failures and latency of a span, of all calls or some.
import { download, fetched, query } from "../calls.js";
import { Fault, Field, Small } from "../controls.js";
import { html, useEffect, useState } from "../html.js";
import { ZONE } from "../words.js";
import { Charts, Largest, Totals } from "./figures.js";
import { SPANS, spanQuery, steps } from "./spans.js";

const PATH = "/admin/usage";
const GROUPS = ["key", "model", "endpoint"];
const MOST = 1000; // what one answer tells

const today = () => new Date().toLocaleDateString("sv");

export function Overview({ token }) {
  const [span, setSpan] = useState({ span: "1", first: today(), last: today() });
  const [filters, setFilters] = useState({}); // {id, label} by what they filter
  const [looks, setLooks] = useState(0);
  const { shown, fault, busy } = useUsage(token, span, filters, looks);
  const without = (name) => Object.fromEntries(Object.entries(filters).filter(([key]) => key !== name));
  return html`
    <form class="bar" onSubmit=${(event) => event.preventDefault()}>
      <fieldset role="group" aria-label="Span">
        ${Object.entries(SPANS).map(([name, words]) => html`
          <button type="button" class=${span.span === name ? "" : "outline"} aria-pressed=${span.span === name}
            onClick=${() => setSpan({ ...span, span: name })}>${words}</button>`)}
      </fieldset>
      ${span.span === "own" && ["first", "last"].map((end) => html`
        <${Field} label=${`${end} day`} type="date" value=${span[end]} required
          onChange=${(event) => event.target.value && setSpan({ ...span, [end]: event.target.value })} />`)}
      <${Small} onClick=${() => setLooks(looks + 1)}>Refresh<//>
      ${shown && html`<${Save} token=${token} parameters=${shown.parameters} />`}
    </form>
    <p class="filters" role="status">
      ${Object.entries(filters).map(([name, { label }]) => html`
        <${Small} aria-label=${`Without the ${name} ${label}`}
          onClick=${() => setFilters(without(name))}>${name}: ${label} ×<//>`)}
    </p>
    <${Fault}>${fault}<//>
    <div aria-busy=${busy && !shown ? "true" : undefined} class=${busy || fault ? "waits" : ""}>
      ${shown && html`
        <${Totals} total=${shown.over.total} forecast=${shown.over.forecast} />
        <${Charts} rows=${shown.rows} by=${shown.parameters.group_by} />
        <p class="quiet">${shown.parameters.group_by === "day" ? "Days are in UTC." : `Hours are in ${ZONE}.`}
          ${" "}Latency is of requests that succeeded; its parts are told up to a quarter too large,
          ${" "}never too small.</p>
        <div class="tables">
          ${GROUPS.map((by, place) => html`
            <${Largest} by=${by} groups=${shown.groups[place]}
              onChoose=${(id, label) => setFilters({ ...filters, [by]: { id, label } })} />`)}
        </div>`}
    </div>`;
}

/** What was told last stays to be seen, faded, while the next is asked for and where that fails. */
function useUsage(token, span, filters, looks) {
  const [state, setState] = useState({ busy: true });
  useEffect(() => {
    const leaving = new AbortController();
    setState((before) => ({ shown: before.shown, busy: true }));
    usage(token, span, filters, leaving.signal).then(
      (shown) => setState({ shown, busy: false }),
      ({ name, message }) =>
        name !== "AbortError" && setState((before) => ({ ...before, fault: message, busy: false })),
    );
    return () => leaving.abort();
  }, [token, span, filters, looks]);
  return state;
}

async function usage(token, span, filters, signal) {
  const chosen = Object.fromEntries(Object.entries(filters).map(([name, { id }]) => [name, id]));
  const parameters = { ...spanQuery(span, Date.now() / 1000), ...chosen };
  const ask = (more) => fetched(query(PATH, { ...parameters, limit: MOST, ...more }), token, { signal });
  const over = await ask({});
  const groups = [];
  for (const by of GROUPS) groups.push((await ask({ group_by: by })).data);
  return { parameters, over, groups, rows: steps(parameters, over.data) };
}

function Save({ token, parameters }) {
  const [fault, setFault] = useState("");
  const save = (by) => {
    const path = query(PATH, { ...parameters, group_by: by, limit: MOST, format: "csv" });
    download(path, token, `usage-by-${by}.csv`).then(
      () => setFault(""),
      (error) => setFault(error.message),
    );
  };
  return html`
    <span class="row">${[parameters.group_by, ...GROUPS].map((by) => html`
      <${Small} onClick=${() => save(by)}>CSV by ${by}<//>`)}</span>
    <${Fault}>${fault}<//>`;
}
