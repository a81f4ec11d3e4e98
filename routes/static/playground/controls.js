// Small parts that several tabs have.
import { copied } from "../dom.js";
import { html, useEffect, useId, useRef, useState } from "../html.js";
import { useSeconds } from "./calls.js";

/** A labelled field; `hint` or `fault` stands below it. */
export function Field({ label, hint, fault, as = "input", children, ...rest }) {
  const id = useId();
  const told = fault || hint;
  return html`
    <div class="field">
      <label for=${id}>${label}</label>
      <${as} id=${id} aria-describedby=${told ? `${id}-told` : undefined}
        aria-invalid=${fault ? "true" : undefined} ...${rest}>${children}<//>
      ${told && html`<small id="${id}-told" role=${fault ? "alert" : undefined}>${told}</small>`}
    </div>`;
}

/** `choices` are pairs of a value and its words. */
export const Choice = ({ label, value, choices, onChange, ...rest }) => html`
  <${Field} as="select" label=${label} value=${value} onChange=${(event) => onChange(event.target.value)} ...${rest}>
    ${choices.map(([each, words]) => html`<option value=${each}>${words}</option>`)}
  <//>`;

export function Copy({ text, children = "Copy" }) {
  const [done, setDone] = useState("");
  const copy = async () => {
    setDone((await copied(text())) ? "Copied" : "Select and copy it");
    setTimeout(() => setDone(""), 1500);
  };
  return html`<button type="button" class="secondary outline small" onClick=${copy}>${done || children}</button>`;
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

export const Fault = ({ children }) => children && html`<p class="fault" role="alert">${children}</p>`;

/** An address at which the browser shows these bytes, given back when others take their place. */
export function useAddress(blob) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = blob ? URL.createObjectURL(blob) : "";
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address;
}

/** A text area that grows with what is in it, as far as its style lets it. */
export function Growing({ value, ...rest }) {
  const place = useRef(null);
  useEffect(() => {
    const { style } = place.current;
    style.height = "auto";
    style.height = `${place.current.scrollHeight + 2}px`;
  }, [value]);
  return html`<textarea ref=${place} value=${value} ...${rest}></textarea>`;
}
