// Keys of the relay's: made, changed, given another secret, revoked.
import { fetched, query } from "../calls.js";
import { Code, Copy, Fault, Small } from "../controls.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { day } from "../words.js";
import { KeyForm, limits } from "./key-form.js";
import { Scrolling } from "./table.js";

const PATH = "/admin/keys";
const AT_ONCE = 20;

export function Keys({ token, scopes }) {
  const { keys, more, fault, again, further } = useKeys(token);
  const [asking, setAsking] = useState(null); // {what: "make" | "change" | "rotate" | "revoke" | "secret", key}
  const close = () => setAsking(null);
  const first = useRef(null);
  useEffect(() => {
    // A key that was revoked has no buttons any more, and one of them had the focus.
    if (keys && document.activeElement === document.body) first.current.focus();
  }, [keys]);
  const act = async (path, options) => {
    const key = await fetched(path, token, options);
    again();
    setAsking(key.secret ? { what: "secret", key } : null);
  };
  return html`
    <div class="bar">
      <button type="button" ref=${first} onClick=${() => setAsking({ what: "make" })}>New key</button>
    </div>
    <${Fault}>${fault}<//>
    ${keys && html`<${List} keys=${keys} scopes=${scopes} onAsk=${(what, key) => setAsking({ what, key })} />`}
    ${more && html`<${Small} onClick=${further}>Older keys<//>`}
    ${asking && html`
      <${Dialog} title=${TITLES[asking.what]} onClose=${close}>
        <${Question} asking=${asking} scopes=${scopes} onAct=${act} onClose=${close} />
      <//>`}`;
}

const TITLES = {
  make: "A new key",
  change: "What this key may do",
  rotate: "Another secret?",
  revoke: "Revoke this key?",
  secret: "Its secret",
};

/** All that were asked for so far, the newest first. */
function useKeys(token) {
  const [state, setState] = useState({ keys: null, more: false });
  const ask = (after, before) =>
    fetched(query(PATH, { limit: AT_ONCE, after }), token).then(
      (page) => setState({ keys: [...before, ...page.data], more: page.has_more }),
      (error) => setState((last) => ({ ...last, fault: error.message })),
    );
  const again = () => ask("", []);
  useEffect(() => void again(), [token]);
  return { ...state, again, further: () => ask(state.keys.at(-1).id, state.keys) };
}

const STATES = { active: "good", expired: "fair", revoked: "bad" };

function List({ keys, scopes, onAsk }) {
  return html`
    <${Scrolling} label="Keys">
      <thead><tr>
        ${["name", "state", "may", "models", "limits", "ends", "made"].map((name) => html`
          <th scope="col">${name}</th>`)}
        <th scope="col"><span class="unseen">actions</span></th>
      </tr></thead>
      <tbody>${keys.map((key) => html`
        <tr key=${key.id}>
          <th scope="row">${key.name}<small class="quiet">${key.id}</small></th>
          <td><span class="state ${STATES[key.state]}">${key.state}</span></td>
          <td>${key.scopes.length === scopes.length ? "everything" : key.scopes.join(", ")}</td>
          <td>${key.models.join(", ") || "all"}</td>
          <td>${limits(key)}</td>
          <td class="whole">${day(key.expires_at)}</td>
          <td class="whole">${day(key.created_at)}</td>
          <td><div class="row">${key.state !== "revoked" && ["change", "rotate", "revoke"].map((what) => html`
            <${Small} aria-label=${`${what} ${key.name}`} onClick=${() => onAsk(what, key)}>${what}<//>`)}</div></td>
        </tr>`)}
      </tbody>
    <//>
    ${!keys.length && html`<p class="quiet">There is none yet.</p>`}`;
}

function Question({ asking: { what, key }, scopes, onAct, onClose }) {
  const [fault, setFault] = useState("");
  const sure = (path, options) => () => onAct(path, options).catch((error) => setFault(error.message));
  const place = key && `${PATH}/${encodeURIComponent(key.id)}`;
  const answers = {
    make: () => html`
      <${KeyForm} scopes=${scopes} onClose=${onClose}
        onSave=${(body) => onAct(PATH, { body: withoutNulls(body) })} />`,
    change: () => html`
      <${KeyForm} given=${key} scopes=${scopes} onClose=${onClose}
        onSave=${(body) => onAct(place, { method: "PATCH", body })} />`,
    rotate: () => html`
      <p>“${key.name}” gets a new secret, with the same budget and files. The one it has ends within seconds.</p>
      <${Answer} yes="Give it another" onYes=${sure(`${place}/rotate`, { method: "POST" })} onNo=${onClose} />`,
    revoke: () => html`
      <p>“${key.name}” ends for good, within seconds, wherever it is used.</p>
      <${Answer} yes="Revoke it" onYes=${sure(place, { method: "DELETE" })} onNo=${onClose} />`,
    secret: () => html`
      <p>This is the key of “${key.name}”. It is shown now, and never again.</p>
      <${Code} id="secret" text=${key.secret} />
      <footer class="row"><${Copy} text=${() => key.secret}>Copy the key<//>
        <button type="button" onClick=${onClose}>I have it</button></footer>`,
  };
  return html`${answers[what]()}<${Fault}>${fault}<//>`;
}

/** A new key is as it is by itself where nothing is told. */
const withoutNulls = (body) => Object.fromEntries(Object.entries(body).filter(([, value]) => value !== null));

const Answer = ({ yes, onYes, onNo }) => html`
  <footer class="row"><button type="button" onClick=${onYes}>${yes}</button>
    <button type="button" class="secondary outline" onClick=${onNo}>Cancel</button></footer>`;

function Dialog({ title, onClose, children }) {
  const place = useRef(null);
  useEffect(() => {
    const before = document.activeElement;
    place.current.showModal();
    return () => before?.focus();
  }, []);
  return html`
    <dialog ref=${place} aria-labelledby="question" onClose=${onClose}>
      <article><h2 id="question">${title}</h2>${children}</article>
    </dialog>`;
}
