// The box in which a model is searched and chosen: a combobox, as the ARIA practices have it.
import { Choice, Small } from "../controls.js";
import { html, useEffect, useRef, useState } from "../html.js";
import { ABILITIES, abilities, can, context, found, price } from "./models.js";

const MOST = 100; // shown at a time

/** `ability` is what is looked for, "" for anything. Without a choice the relay makes its own. */
export function ModelChoice({ models, chosen, ability, onAbility, onChoose }) {
  const isOffered = (name) => name === ability || models.some((model) => can(model, name));
  const offered = Object.keys(ABILITIES).filter(isOffered);
  return html`
    <div class="model">
      <${Combobox} models=${models} chosen=${chosen} ability=${ability} onChoose=${onChoose} />
      <${Choice} label="Which" value=${ability} onChange=${onAbility} disabled=${!models.length}
        choices=${[["", "does anything"], ...offered.map((name) => [name, ABILITIES[name]])]} />
    </div>
    ${chosen && html`<p class="quiet chosen">
      <${About} model=${chosen} /> <${Small} onClick=${() => onChoose(null)}>Use the relay's usual one<//></p>`}`;
}

function Combobox({ models, chosen, ability, onChoose }) {
  const { words, at, matches, open, search, close, choose, key } = useSearch(models, ability, onChoose);
  const list = useRef(null);
  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at, open]);
  return html`
    <div class="field combobox">
      <label for="model">Model</label>
      <input id="model" type="search" role="combobox" autocomplete="off" spellcheck="false" aria-expanded=${open}
        aria-controls="models" aria-autocomplete="list" disabled=${!models.length}
        aria-activedescendant=${matches[at] && `model-${at}`}
        placeholder=${models.length ? "type, or take the usual one" : "known once there is a key"}
        value=${open ? words : (chosen?.id ?? "")} onInput=${(event) => search(event.target.value)}
        onClick=${() => !open && search("")} onKeyDown=${key} onBlur=${close} />
      <div class="popup" hidden=${!open}>
        <ul id="models" role="listbox" aria-label="Models" ref=${list}>
          ${matches.slice(0, MOST).map((model, index) => html`
            <li id="model-${index}" role="option" key=${model.id} aria-selected=${index === at}
              onMouseDown=${(event) => event.preventDefault()} onClick=${() => choose(model)}>
              <${Facts} model=${model} /></li>`)}
        </ul>
        <p class="quiet" role="status">${open && counted(matches.length)}</p>
      </div>
    </div>`;
}

/** What is typed, the models that fit it, and which of them (`at`) Enter takes. */
function useSearch(models, ability, onChoose) {
  const [words, setWords] = useState(null); // null: the list is closed
  const [at, setAt] = useState(0);
  const open = words !== null;
  const matches = open ? found(models, ability, words) : [];
  const close = () => setWords(null);
  const search = (text) => {
    setWords(text);
    setAt(0);
  };
  const choose = (model) => {
    onChoose(model);
    close();
  };
  const move = (step) => {
    const number = Math.min(matches.length, MOST);
    if (open) setAt((at + step + number) % Math.max(number, 1));
    else search("");
  };
  const key = (event) => {
    const act = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: matches[at] && (() => choose(matches[at])),
      Escape: open && close,
    }[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  };
  return { words, at, matches, open, search, close, choose, key };
}

function counted(number) {
  if (number > MOST) return `The first ${MOST} of ${number}: type more of the name.`;
  return number === 1 ? "One model." : number ? `${number} models.` : "No model is called so.";
}

const Facts = ({ model }) => html`
  <strong>${model.id}</strong>${" "}
  ${model.name !== model.id && html`<span class="quiet">${model.name}</span>`}
  <small><${About} model=${model} /></small>`;

const About = ({ model }) => html`
  ${abilities(model).map((name) => html`<span class="ability">${ABILITIES[name]}</span> `)}
  ${can(model, "chat") && `${context(model)}, `}${price(model)}`;
