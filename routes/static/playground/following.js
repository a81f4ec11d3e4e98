// What grows is read at its end.
import { html, useEffect, useRef } from "../html.js";

const LEAVING = ["wheel", "touchmove", "keydown", "pointerdown"]; // the last one on the scroll bar

/** Keeps the end of what grows in view, for whoever has not scrolled away from it. */
export function Following({ busy, children }) {
  const place = useRef(null);
  useEffect(() => {
    if (!busy) return undefined;
    const page = document.documentElement;
    let follows = true;
    const looked = () => (follows ||= innerHeight + scrollY >= page.scrollHeight - 80);
    const left = ({ type, deltaY, key, target }) => {
      if (type === "touchmove" || deltaY < 0 || key === "PageUp" || target === page) follows = false;
    };
    const follow = () => follows && scrollTo(0, page.scrollHeight);
    const grown = new ResizeObserver(follow);
    LEAVING.forEach((name) => addEventListener(name, left, { passive: true }));
    addEventListener("scroll", looked, { passive: true });
    grown.observe(place.current);
    return () => {
      LEAVING.forEach((name) => removeEventListener(name, left));
      removeEventListener("scroll", looked);
      grown.disconnect();
      follow(); // what it took is shown below the end
    };
  }, [busy]);
  return html`<div role="log" aria-label="Chat" aria-busy=${String(busy)} ref=${place}>${children}</div>`;
}
