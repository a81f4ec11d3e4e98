// Markdown that grows while it is read.
import { Snippet } from "./controls.js";
import { html, render, useEffect, useRef } from "./html.js";
import { rendered } from "./markdown.js";

const REST = 4; // times as long as a drawing took, before the next

export function Prose({ text }) {
  const place = useRef(null);
  const ready = useRef(0);
  useEffect(() => {
    const draw = () => {
      const began = performance.now();
      const fresh = rendered(text);
      copyable(fresh);
      scrollable(fresh);
      grow(place.current, fresh);
      ready.current = performance.now() + REST * (performance.now() - began);
    };
    const wait = ready.current - performance.now();
    if (wait <= 0) return draw();
    const timer = setTimeout(draw, wait);
    return () => clearTimeout(timer);
  }, [text]);
  return html`<div class="prose" ref=${place}></div>`;
}

/** Each block of code gets a button that copies it. */
function copyable(root) {
  for (const block of root.querySelectorAll("pre")) {
    const holder = document.createElement("div");
    render(html`<${Snippet} text=${block.textContent} />`, holder);
    block.replaceWith(holder.firstChild);
  }
}

/** A wide table scrolls, by keyboard too. */
function scrollable(root) {
  for (const table of root.querySelectorAll("table")) table.tabIndex = 0;
}

/** What is as it was stays, with what is selected or focused in it. */
function grow(place, fresh) {
  const nodes = [...fresh.childNodes];
  const same = nodes.findIndex((node, index) => !place.childNodes[index]?.isEqualNode(node));
  const kept = same < 0 ? nodes.length : same;
  while (place.childNodes.length > kept) place.lastChild.remove();
  place.append(...nodes.slice(kept));
}
