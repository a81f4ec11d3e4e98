// What the tabs have in common whose answer comes as a whole.
import { html, useState } from "../html.js";
import { useCall } from "./calls.js";
import { Figures, noted } from "./figures.js";
import { asked } from "./relay.js";

/** `made` is the last thing that was made, with its `headers` and the seconds it took. */
export function useMaking(onKeyFault) {
  const [made, setMade] = useState(null);
  const call = useCall(onKeyFault);
  const make = (path, key, body, read) =>
    call.run(async (signal) => {
      setMade(null);
      const { response, seconds } = await asked(path, key, { body, signal });
      const first = seconds();
      setMade({ ...(await read(response)), headers: response.headers, first, total: seconds() });
    });
  return { made, call, make };
}

export function Measured({ made: { headers, first, total, usage } }) {
  const counted = usage?.input_tokens === undefined
    ? null
    : { prompt_tokens: usage.input_tokens, completion_tokens: usage.output_tokens };
  return html`<${Figures} figures=${{ headers, first, total, usage: counted, notes: noted(headers) }} />`;
}
