// Small parts that several pages have.
import { html, useId, useRef, useState } from "./html.js";

/** A labelled field; `hint` or `fault` stands below it. */
export function Field({ label, hint, fault, as = "input", children, ...rest }) {
  const id = useId();
  const note = fault || hint;
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <${as} id=${id} aria-describedby=${note ? `${id}-note` : undefined}
        aria-invalid=${fault ? "true" : undefined} ...${rest}>${children}<//>
      ${note && html`<small id="${id}-note" role=${fault ? "alert" : undefined}>${note}</small>`}
    </div>`;
}

/** `choices` are pairs of a value and its words. */
export const Choice = ({ label, value, choices, onChange, ...rest }) => html`
  <${Field} as="select" label=${label} value=${value} onChange=${(event) => onChange(event.target.value)} ...${rest}>
    ${choices.map(([each, words]) => html`<option value=${each}>${words}</option>`)}
  <//>`;

/** A button of little weight. */
export const Small = (rest) => html`<button type="button" class="secondary outline small" ...${rest}></button>`;

export function Copy({ text, children = "Copy" }) {
  const [done, setDone] = useState("");
  const copy = async () => {
    setDone((await copied(text())) ? "Copied" : "Select and copy it");
    setTimeout(() => setDone(""), 1500);
  };
  return html`<${Small} onClick=${copy}>${done || children}<//>`;
}

/** A long line scrolls, by keyboard too. */
export const Code = ({ text, children, ...rest }) => html`
  <pre><code tabindex="0" ...${rest}>${text}</code>${children}</pre>`;

/** Code with a button that copies it. */
export const Snippet = (rest) => html`<${Code} ...${rest}><${Copy} text=${() => rest.text} /><//>`;

/** Whether the clipboard has it: it is for pages from localhost or over TLS; elsewhere the old way is left. */
async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}

export const Fault = ({ children }) => children && html`<p class="fault" role="alert">${children}</p>`;

/** Tabs as the ARIA practices have them. What is in those that are not shown stays as it is. */
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
        <button type="button" role="tab" id="tab-${name}" aria-controls="panel-${name}"
          aria-selected=${name === chosen} tabindex=${name === chosen ? 0 : -1}
          onClick=${() => onChoose(name)}>${names[name]}</button>`)}
    </div>
    ${all.map((name) => html`
      <div role="tabpanel" id="panel-${name}" aria-labelledby="tab-${name}" hidden=${name !== chosen}>
        ${panel(name)}</div>`)}`;
}
