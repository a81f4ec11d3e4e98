// A key or a token, which stays in this tab.
import { html, useState } from "./html.js";

const ASCII = /^[\x20-\x7e]*$/; // a browser sends nothing else in a header
const FOREIGN = "A key has only letters, digits and signs of ASCII.";

export const kept = (place) => sessionStorage.getItem(place) ?? "";

/**
 * `place` is where the tab keeps it; `used` is what calls have, `note` how that fares, `fault`
 * what the relay says against it.
 */
export function SecretField({ label, hint, place, used, onUse, note, fault }) {
  const [typed, setTyped] = useState(used);
  const [shown, setShown] = useState(false);
  const isSendable = ASCII.test(typed.trim());
  const wrong = isSendable ? fault : FOREIGN;
  const use = (key) => {
    if (key) sessionStorage.setItem(place, key);
    else sessionStorage.removeItem(place);
    setTyped(key);
    onUse(key);
  };
  const isUsable = isSendable && typed.trim() && (typed.trim() !== used || fault);
  const submit = (event) => {
    event.preventDefault();
    use(typed.trim());
  };
  return html`
    <form class="key" onSubmit=${submit}>
      <label for="key">${label}</label>
      <div class="row">
        <input id="key" type=${shown ? "text" : "password"} autocomplete="off" spellcheck="false" value=${typed}
          placeholder=${hint} aria-describedby="key-note"
          aria-invalid=${wrong ? "true" : undefined} onInput=${(event) => setTyped(event.target.value)} />
        <button type="button" class="secondary outline" aria-pressed=${shown} onClick=${() => setShown(!shown)}>
          ${shown ? "Hide" : "Show"}</button>
        <button type="submit" disabled=${!isUsable}>Use</button>
        <button type="button" class="secondary outline" disabled=${!used && !typed}
          onClick=${() => use("")}>Forget</button>
      </div>
      <small id="key-note" role="status" class=${wrong ? "fault" : ""}>
        ${wrong || note || "It stays in this tab and is sent to this relay only."}</small>
    </form>`;
}
