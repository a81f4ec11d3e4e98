// Tabs as the ARIA practices have them. What is in those that are not shown stays as it is.
import { html, useRef } from "../html.js";

export function Tabs({ label, names, chosen, onChoose, children: panel }) {
  const list = useRef(null);
  const all = Object.keys(names);
  const key = (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = (all.indexOf(chosen) + step + all.length) % all.length;
    onChoose(all[next]);
    list.current.children[next].focus();
  };
  return html`
    <div role="tablist" aria-label=${label} ref=${list} onKeyDown=${key}>
      ${all.map((name) => html`
        <button type="button" role="tab" id="tab-${name}" aria-controls="panel-${name}" aria-selected=${name === chosen}
          tabindex=${name === chosen ? 0 : -1} onClick=${() => onChoose(name)}>${names[name]}</button>`)}
    </div>
    ${all.map((name) => html`
      <div role="tabpanel" id="panel-${name}" aria-labelledby="tab-${name}" hidden=${name !== chosen}>${panel(name)}</div>`)}`;
}
