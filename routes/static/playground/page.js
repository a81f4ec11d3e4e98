// The playground: a key, a model, and a tab for each kind of thing that is made.
import { fetched } from "../calls.js";
import { Tabs } from "../controls.js";
import { html, render, useEffect, useState } from "../html.js";
import { kept, SecretField } from "../secret.js";
import { MIB } from "../words.js";
import { Chat } from "./chat.js";
import { Image, Speech, Transcription } from "./media.js";
import { ModelChoice } from "./model-choice.js";
import { can, MODES, modeOf } from "./models.js";

const PLACE = "relay-key";
const PANELS = { chat: Chat, image: Image, speech: Speech, transcription: Transcription };

function Playground({ limits }) {
  const [caller, setCaller] = useState(() => ({ key: kept(PLACE) })); // a new one for each try
  const [keyFault, setKeyFault] = useState("");
  const models = useModels(caller, setKeyFault);
  const [mode, setMode] = useState("chat");
  const [ability, setAbility] = useState("chat");
  const [chosen, setChosen] = useState({}); // a model for each mode
  const [useless, setUseless] = useState("");

  const show = (next) => {
    setMode(next);
    setAbility(next);
    setUseless("");
  };
  const choose = (model) => {
    const fit = !model || can(model, mode) ? mode : modeOf(model);
    if (fit) setChosen({ ...chosen, [fit]: model });
    setUseless(fit ? "" : `${model.id} is for other endpoints than the four of this page.`);
    if (fit && fit !== mode) show(fit);
  };
  const use = (key) => {
    setCaller({ key });
    setKeyFault("");
    setChosen({});
    setUseless("");
  };
  return html`
    <section class="basis" aria-label="Key and model">
      <${SecretField} label="Your key" hint="a 1min.ai key, or sk-relay-…" place=${PLACE} used=${caller.key}
        onUse=${use} fault=${keyFault} note=${models && opens(models.length)} />
      <${ModelChoice} models=${models ?? []} chosen=${chosen[mode]} ability=${ability} onAbility=${setAbility}
        onChoose=${choose} />
      <p role="status" class="quiet">${useless}</p>
    </section>
    <${Tabs} label="What is made" names=${MODES} chosen=${mode} onChoose=${show}>
      ${(name) => html`
        <${PANELS[name]} relayKey=${caller.key} models=${models ?? []} model=${chosen[name]} limits=${limits}
          onKeyFault=${setKeyFault} />`}
    <//>`;
}

const opens = (number) => `It opens ${number === 1 ? "one model" : `${number} models`}.`;

/** Those that the key may use; null while nobody knows. */
function useModels(caller, onFault) {
  const [models, setModels] = useState(null);
  useEffect(() => {
    let wanted = true;
    setModels(null);
    if (caller.key) {
      fetched("/v1/models", caller.key).then(
        ({ data }) => wanted && setModels(data),
        (error) => wanted && onFault(error.message),
      );
    }
    return () => (wanted = false);
  }, [caller]);
  return models;
}

const root = document.getElementById("playground");
const { maxBodyMb, maxFileMb, maxAudioMb } = root.dataset;
const limits = { body: maxBodyMb * MIB, file: maxFileMb * MIB, audio: maxAudioMb * MIB };
root.replaceChildren();
render(html`<${Playground} limits=${limits} />`, root);
