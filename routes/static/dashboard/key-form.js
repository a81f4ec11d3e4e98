// What a key is called and what it may do.
import { Fault, Field } from "../controls.js";
import { html, useState } from "../html.js";
import { day, number } from "../words.js";

/** By the names that the API has. */
const LIMITS = {
  requests: "requests a minute",
  tokens: "tokens a minute",
  concurrency: "calls at once",
  monthly_tokens: "tokens a month",
  monthly_credits: "credits a month",
};

const isBudget = (name) => name.startsWith("monthly");

/** In words; a budget of 0 is one that is used up. */
export function limits(key) {
  const given = Object.entries(LIMITS).filter(([name]) => key[name] != null);
  const amount = (name) => (key[name] === 0 && !isBudget(name) ? "no limit of" : number(key[name]));
  return given.map(([name, words]) => `${amount(name)} ${words}`).join(", ") || "as set for the relay";
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);

/**
 * `given` is the key to change; without it a new one is made. `onSave` is given the fields of the
 * API, of a change only those that differ: a day is less than the relay knows of when a key ends.
 */
export function KeyForm({ given, scopes, onSave, onClose }) {
  const [before] = useState(() => written(given, scopes));
  const [fields, setFields] = useState(before);
  const [fault, setFault] = useState("");
  const set = (name) => (event) => setFields({ ...fields, [name]: event.target.value });
  const toggle = (scope) => () => {
    const chosen = new Set(fields.scopes);
    if (!chosen.delete(scope)) chosen.add(scope);
    setFields({ ...fields, scopes: [...chosen] });
  };
  const submit = (event) => {
    event.preventDefault();
    const wanted = read(fields, scopes);
    onSave(given ? differing(read(before, scopes), wanted) : wanted).catch((error) => setFault(error.message));
  };
  return html`
    <form onSubmit=${submit}>
      <${Field} label="Name" hint="whose key it is, or what for" required maxlength="100" value=${fields.name}
        onInput=${set("name")} />
      <fieldset class="scopes">
        <legend>What it may do</legend>
        ${scopes.map((scope) => html`
          <label><input type="checkbox" checked=${fields.scopes.includes(scope)}
            onChange=${toggle(scope)} />${scope}</label>`)}
      </fieldset>
      <${Field} as="textarea" rows="2" label="Models" hint="patterns like gpt-*, one a line; none: all"
        value=${fields.models} onInput=${set("models")} />
      <${Field} label="Ends on" hint="the first day that refuses it; none: never" type="date" value=${fields.expires}
        onInput=${set("expires")} />
      <div class="fields">
        ${Object.entries(LIMITS).map(([name, words]) => html`
          <${Field} label=${capital(words)} type="number" min="0" step=${name === "monthly_credits" ? "any" : "1"}
            hint=${isBudget(name) ? "empty: no budget" : "empty: as set for the relay; 0: no limit"}
            value=${fields[name]} onInput=${set(name)} />`)}
      </div>
      <${Fault}>${fault}<//>
      <footer class="row">
        <button type="submit" disabled=${!fields.scopes.length}>${given ? "Change it" : "Make it"}</button>
        <button type="button" class="secondary outline" onClick=${onClose}>Cancel</button>
      </footer>
    </form>`;
}

/** The fields as they are typed. */
function written(key, scopes) {
  const limits = Object.fromEntries(Object.keys(LIMITS).map((name) => [name, key?.[name] ?? ""]));
  return {
    name: key?.name ?? "",
    scopes: key?.scopes ?? scopes,
    models: (key?.models ?? []).join("\n"),
    expires: key?.expires_at ? day(key.expires_at) : "",
    ...limits,
  };
}

/** As the API takes them; null is what it does by itself. */
function read(fields, scopes) {
  const limits = Object.keys(LIMITS).map((name) => [name, fields[name] === "" ? null : Number(fields[name])]);
  const models = fields.models.split("\n").map((line) => line.trim()).filter(Boolean);
  return {
    name: fields.name.trim(),
    scopes: fields.scopes.length === scopes.length ? null : fields.scopes,
    models: models.length ? models : null,
    expires_at: fields.expires ? Math.floor(new Date(`${fields.expires}T00:00`).getTime() / 1000) : null,
    ...Object.fromEntries(limits),
  };
}

const differing = (before, after) =>
  Object.fromEntries(Object.entries(after).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(before[name])));
