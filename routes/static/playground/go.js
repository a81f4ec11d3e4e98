// A call is begun and ended by buttons.
import { html, useEffect, useState } from "../html.js";

/** The button that begins a call and, while that is under way, the one that ends it. */
export function Go({ call, children, disabled }) {
  const seconds = useSeconds(call.busy);
  return html`
    <div class="go">
      <button type="submit" disabled=${disabled || call.busy}>${children}</button>
      ${call.busy && html`
        <button type="button" class="secondary" onClick=${call.stop}>Stop</button>
        <span class="quiet" aria-busy="true"><span aria-hidden="true">${seconds} s</span></span>`}
      <span class="unseen" role="status">${call.busy ? "The answer is on its way." : ""}</span>
    </div>`;
}

/** Seconds since `busy` became true. */
function useSeconds(busy) {
  const [seconds, setSeconds] = useState(0);
  useEffect(() => {
    if (!busy) return undefined;
    const began = Date.now();
    setSeconds(0);
    const timer = setInterval(() => setSeconds(Math.round((Date.now() - began) / 1000)), 1000);
    return () => clearInterval(timer);
  }, [busy]);
  return seconds;
}
