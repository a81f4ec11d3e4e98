// A call that somebody waits for, and how it is stopped.
import { useEffect, useRef, useState } from "../html.js";

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
