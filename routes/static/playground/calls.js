// One call at a time of a part of the page: how long it has been under way, and how it is stopped.
import { useEffect, useRef, useState } from "../html.js";

/**
 * `run` does the work, which gets a signal, and never throws: what went wrong is `error`. Escape
 * stops it, and so does `stop`. `onKeyFault` hears of a key that is refused.
 */
export function useCall(onKeyFault) {
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
      error = caught.name === "AbortError" ? "Stopped." : caught.message;
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

/** Seconds since `busy` became true. */
export function useSeconds(busy) {
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
