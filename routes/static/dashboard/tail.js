// Calls as they come, without what was said.
import { download, fetched, query } from "../calls.js";
import { Choice, Copy, Fault, Small } from "../controls.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { caller, clock, credits, number, seconds } from "../words.js";
import { Scrolling } from "./table.js";

const PATH = "/admin/calls";
const PAUSE = 2000; // milliseconds
const MOST = 200;
const STATUSES = [
  ["", "all"],
  ["2xx", "succeeded"],
  ["4xx", "refused (4xx)"],
  ["429", "over a limit (429)"],
  ["499", "left (499)"],
  ["5xx", "broken (5xx)"],
];

export function Tail({ token }) {
  const [status, setStatus] = useState("");
  const [paused, setPaused] = useState(false);
  const { calls, fault } = useTail(token, status, !paused);
  const [unsaved, setUnsaved] = useState("");
  const save = () =>
    download(query(PATH, { status, limit: 1000, format: "csv" }), token, "calls.csv").then(
      () => setUnsaved(""),
      (error) => setUnsaved(error.message),
    );
  return html`
    <div class="bar">
      <${Choice} label="Which" value=${status} choices=${STATUSES} onChange=${setStatus} />
      <${Small} aria-pressed=${paused} onClick=${() => setPaused(!paused)}>${paused ? "Go on" : "Pause"}<//>
      <${Small} onClick=${save}>CSV of the last 1,000<//>
    </div>
    <${Fault}>${fault || unsaved}<//>
    <${Scrolling} label="Calls">
      <thead><tr>
        ${["time", "key", "endpoint", "model", "status"].map((name) => html`<th scope="col">${name}</th>`)}
        ${["tokens", "credits", "seconds", "first byte"].map((name) => html`
          <th scope="col" class="number">${name}</th>`)}
        <th scope="col">request</th>
      </tr></thead>
      <tbody>${calls.map((call) => html`<${Call} key=${call.number} call=${call} />`)}</tbody>
    <//>
    <p class="quiet">${calls.length
      ? `The last ${number(calls.length)}, the newest first; at most ${MOST} are kept here.`
      : "None yet."}</p>`;
}

function Call({ call }) {
  const [kind, word] = meaning(call.status);
  return html`
    <tr>
      <td>${clock(call.at)}</td>
      <th scope="row">${caller(call)}</th>
      <td class="whole">${call.endpoint}</td>
      <td class="whole">${call.model}
        ${call.backend && call.backend !== "1min.ai" && html`<small class="quiet">${call.backend}</small>`}</td>
      <td><span class="state ${kind}">${call.status} ${word}</span> ${call.error}</td>
      <td class="number">${number(call.total_tokens)}</td>
      <td class="number">${credits(call.credits, call.credits_approximate)}</td>
      <td class="number">${seconds(call.seconds)}</td>
      <td class="number">${seconds(call.first_byte)}</td>
      <td><${Copy} text=${() => call.id}>Copy id<//></td>
    </tr>`;
}

/** How good a status is, and what it says. */
function meaning(status) {
  if (status < 400) return ["good", "ok"];
  if (status === 429) return ["fair", "limited"];
  if (status === 499) return ["fair", "left"];
  return status < 500 ? ["fair", "refused"] : ["bad", "broken"];
}

/** Asks for what is new every two seconds, while the page can be seen. */
function useTail(token, status, running) {
  const [calls, setCalls] = useState([]);
  const [fault, setFault] = useState("");
  const after = useRef(null);
  useEffect(() => {
    after.current = null;
    setCalls([]);
  }, [token, status]);
  useEffect(() => {
    if (!running) return undefined;
    const leaving = new AbortController();
    const page = (after) =>
      fetched(query(PATH, { status, after, limit: MOST }), token, { signal: leaving.signal });
    const ask = async () => {
      const last = after.current;
      let next = await page(last);
      // More came than are kept here, the oldest of them first: it begins anew with the latest.
      const anew = last === null || next.has_more;
      if (anew && last !== null) next = await page(null);
      after.current = next.after;
      setCalls((before) => (anew ? next.data : [...next.data, ...before].slice(0, MOST)));
      setFault("");
    };
    let timer = 0;
    const round = async () => {
      if (!document.hidden) await ask().catch((error) => error.name !== "AbortError" && setFault(error.message));
      if (!leaving.signal.aborted) timer = setTimeout(round, PAUSE);
    };
    round();
    return () => {
      leaving.abort();
      clearTimeout(timer);
    };
  }, [token, status, running]);
  return { calls, fault };
}
