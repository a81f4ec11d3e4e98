// A call that somebody waits for, and how it is begun and ended.
import { html, useEffect, useRef, useState } from "../html.js";

/** Tells how many seconds ago it was made. */
export function stopwatch() {
  const began = performance.now();
  return () => (performance.now() - began) / 1000;
}

/**
 * `run` does the work, which gets a signal, and never throws: what went wrong is `error`. Escape
 * stops it, and so does `stop`. `onKeyFault` hears of a key that is refused; `stopped` is said of
 * a call that was.
 */
export function useCall(onKeyFault, stopped) {
  const [state, setState] = useState({ busy: false, error: "" });
  const control = useRef(null);
  const stop = () => control.current?.abort();

  async function run(work) {
    control.current = new AbortController();
    setState({ busy: true, error: "" });
    let error = "";
    try {
      await work(control.current.signal);
    } catch (caught) {
      error = caught.name === "AbortError" ? stopped : caught.message;
      if (caught.status === 401) onKeyFault(caught.message);
    }
    control.current = null;
    setState({ busy: false, error });
  }

  useEffect(() => {
    const escape = (event) => event.key === "Escape" && !event.defaultPrevented && stop();
    document.addEventListener("keydown", escape);
    return () => {
      document.removeEventListener("keydown", escape);
      stop();
    };
  }, []);
  return { ...state, run, stop };
}

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
