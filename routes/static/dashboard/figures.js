// What the calls of a span came to: in all, over time, and by whom and what.
import { Small } from "../controls.js";
import { html, useMemo, useState } from "../html.js";
import { caller, credits, number, seconds, short } from "../words.js";
import { Chart } from "./chart.js";
import { stepName } from "./spans.js";
import { Table } from "./table.js";

const FEW = 10; // groups, until somebody wants to see all
const FAILURES = { refused: "refused", limited: "over a limit", left: "left", broken: "broken" };

export function Totals({ total, forecast }) {
  const { latency } = total;
  const failures = Object.entries(total.failures)
    .filter(([, calls]) => calls)
    .map(([kind, calls]) => `${number(calls)} ${FAILURES[kind]}`);
  return html`
    <dl class="totals">
      <${Figure} name="Requests" value=${number(total.calls)} />
      <${Figure} name="Failed" value=${number(total.failed_calls)} note=${failures.join(", ")} />
      <${Figure} name="Tokens" value=${number(total.total_tokens)}
        note=${`${number(total.input_tokens)} in, ${number(total.output_tokens)} out`} />
      <${Figure} name="Credits" value=${credits(total.credits, total.credits_approximate)} />
      <${Figure} name="Latency" value=${seconds(latency.seconds.p50)}
        note=${`95 % within ${seconds(latency.seconds.p95)}`} />
      <${Figure} name="First byte" value=${seconds(latency.first_byte.p50)}
        note=${`95 % within ${seconds(latency.first_byte.p95)}`} />
      <${Figure} name=${`Forecast for ${forecast.month}`} value=${`${short(forecast.credits_of_the_month)} credits`}
        note=${`${short(forecast.credits)} so far, ${short(forecast.credits_a_day)} a day, of everybody`} />
    </dl>`;
}

const Figure = ({ name, value, note }) => html`
  <div><dt>${name}</dt><dd>${value}${note && html`<small class="quiet">${note}</small>`}</dd></div>`;

export function Charts({ rows, by }) {
  const times = useMemo(() => rows.map((row) => row.at), [rows]);
  const charts = useMemo(() => drawn(rows), [rows]);
  const days = by === "day";
  return html`
    <div class="charts">
      ${charts.map((chart) => html`<${Chart} key=${chart.title} times=${times} days=${days} ...${chart} />`)}
    </div>
    <details class="numbers">
      <summary>The same as a table</summary>
      <${Steps} rows=${rows} by=${by} />
    </details>`;
}

const line = (label, values, colour) => ({ label, values, colour });

function drawn(rows) {
  const of = (read) => rows.map(read);
  return [
    {
      title: "Requests",
      format: short,
      lines: [
        line("all", of((row) => row.calls), "--pico-primary"),
        line("failed", of((row) => row.failed_calls), "--pico-del-color"),
      ],
    },
    {
      title: "Tokens",
      format: short,
      lines: [
        line("in", of((row) => row.input_tokens), "--pico-primary"),
        line("out", of((row) => row.output_tokens), "--pico-ins-color"),
      ],
    },
    { title: "Credits", format: short, lines: [line("credits", of((row) => row.credits), "--pico-primary")] },
    {
      title: "Latency",
      format: seconds,
      lines: [
        line("median", of((row) => row.latency.seconds.p50), "--pico-primary"),
        line("95 %", of((row) => row.latency.seconds.p95), "--pico-ins-color"),
      ],
    },
  ];
}

function Steps({ rows, by }) {
  const busy = rows.filter((row) => row.calls).reverse();
  return html`
    <${Table} label="Over time, as a table" caption=${`${by === "day" ? "Days" : "Hours"} with requests`} kind="number"
      head=${[by, "requests", "failed", "tokens in", "tokens out", "credits", "median", "95 %"]}
      rows=${busy.map((row) => [
        stepName(row.at, by),
        number(row.calls),
        number(row.failed_calls),
        number(row.input_tokens),
        number(row.output_tokens),
        credits(row.credits),
        seconds(row.latency.seconds.p50),
        seconds(row.latency.seconds.p95),
      ])} />`;
}

/** The largest by key, model or endpoint. What is clicked becomes the filter. */
export function Largest({ by, groups, onChoose }) {
  const [all, setAll] = useState(false);
  const label = (group) => (by === "key" ? caller(group) : group[by] || "none");
  const chooser = (group) => html`
    <button type="button" class="link" onClick=${() => onChoose(group[by], label(group))}>${label(group)}</button>`;
  return html`
    <div>
      <${Table} caption=${`By ${by}`} head=${[by, "requests", "failed", "tokens", "credits", "95 %"]} kind="number"
        rows=${(all ? groups : groups.slice(0, FEW)).map((group) => [
          group[by] ? chooser(group) : label(group),
          number(group.calls),
          number(group.failed_calls),
          short(group.total_tokens),
          credits(group.credits),
          seconds(group.latency.seconds.p95),
        ])} />
      ${groups.length > FEW && html`
        <${Small} aria-expanded=${all} onClick=${() => setAll(!all)}>${all ? "Fewer" : `All ${number(groups.length)}`}<//>`}
    </div>`;
}
