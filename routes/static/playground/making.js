// What the tabs have in common whose answer comes as a whole.
import { request } from "../calls.js";
import { Fault } from "../controls.js";
import { html, useState } from "../html.js";
import { Go, stopwatch, useCall } from "./call.js";
import { Curl, Figures, notesOf } from "./figures.js";

const STOPPED = "You stopped waiting. What 1min.ai had begun is made to its end, paid, and kept in /v1/files.";

/**
 * A form whose fields are its children, and below it what was `Made` of them. `ask` gives the
 * `body` of the request, and what else is to be known later; `read` what the response holds.
 * `command` makes the curl of all that.
 */
export function Making({ path, relayKey, onKeyFault, ready, verb, ask, read, Made, command, children }) {
  const [made, setMade] = useState(null);
  const call = useCall(onKeyFault, STOPPED);
  const submit = (event) => {
    event.preventDefault();
    call.run(async (signal) => {
      setMade(null);
      const given = ask();
      const seconds = stopwatch();
      const response = await request(path, relayKey, { body: given.body, signal });
      const first = seconds();
      const held = await read(response, given);
      setMade({ ...given, ...held, headers: response.headers, first, total: seconds() });
    });
  };
  return html`
    <form class="making" onSubmit=${submit}>
      ${children}
      <${Go} call=${call} disabled=${!relayKey || !ready}>${verb}<//>
      <${Fault}>${call.error}<//>
    </form>
    ${made && html`
      <div class="made">
        <${Made} ...${made} />
        <${Measured} ...${made} />
        <${Curl} command=${() => command(location.origin + path, made)} />
      </div>`}`;
}

function Measured({ headers, first, total, usage }) {
  const counted = usage?.input_tokens !== undefined && {
    prompt_tokens: usage.input_tokens,
    completion_tokens: usage.output_tokens,
  };
  return html`<${Figures} figures=${{ headers, first, total, usage: counted, notes: notesOf(headers) }} />`;
}
