// The caller's key, which stays in this tab.
import { html, useState } from "../html.js";

const PLACE = "relay-key";

export const kept = () => sessionStorage.getItem(PLACE) ?? "";

/** `used` is the key that calls have; `told` how it fares, `fault` what the relay says against it. */
export function KeyField({ used, onUse, told, fault }) {
  const [typed, setTyped] = useState(used);
  const [shown, setShown] = useState(false);
  const use = (key) => {
    if (key) sessionStorage.setItem(PLACE, key);
    else sessionStorage.removeItem(PLACE);
    setTyped(key);
    onUse(key);
  };
  const submit = (event) => {
    event.preventDefault();
    use(typed.trim());
  };
  return html`
    <form class="key" onSubmit=${submit}>
      <label for="key">Your key</label>
      <div class="row">
        <input id="key" type=${shown ? "text" : "password"} autocomplete="off" spellcheck="false" value=${typed}
          placeholder="a 1min.ai key, or sk-relay-…" aria-describedby="key-told"
          aria-invalid=${fault ? "true" : undefined} onInput=${(event) => setTyped(event.target.value)} />
        <button type="button" class="secondary outline" aria-pressed=${shown} onClick=${() => setShown(!shown)}>
          ${shown ? "Hide" : "Show"}</button>
        <button type="submit" disabled=${!typed.trim() || (typed.trim() === used && !fault)}>Use</button>
        <button type="button" class="secondary outline" disabled=${!used && !typed}
          onClick=${() => use("")}>Forget</button>
      </div>
      <small id="key-told" role="status" class=${fault ? "fault" : ""}>
        ${fault || told || "It stays in this tab and is sent to this relay only."}</small>
    </form>`;
}
