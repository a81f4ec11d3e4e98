// A text, spoken.
import { html, useState } from "../html.js";
import { Choice, Fault, Field, Go, useAddress } from "./controls.js";
import { ofJson } from "./curl.js";
import { Curl } from "./figures.js";
import { Measured, useMaking } from "./making.js";

const PATH = "/v1/audio/speech";
const LONGEST = 4096; // characters
const VOICES = ["alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse"];
const FORMATS = ["mp3", "opus", "aac", "flac", "wav"].map((each) => [each, each]);

export function Speech({ relayKey, model, onKeyFault }) {
  const [input, setInput] = useState("");
  const [voice, setVoice] = useState("");
  const [format, setFormat] = useState("mp3");
  const making = useMaking(onKeyFault);
  const submit = (event) => {
    event.preventDefault();
    const body = {
      ...(model && { model: model.id }),
      input,
      ...(voice.trim() && { voice: voice.trim() }),
      response_format: format,
    };
    making.make(PATH, relayKey, body, async (response) => ({ body, sound: await response.blob() }));
  };
  const { made, call } = making;
  const address = useAddress(made?.sound);
  const name = made && `speech.${made.body.response_format}`;
  return html`
    <form class="making" onSubmit=${submit}>
      <${Field} label="Text" as="textarea" rows="4" required maxlength=${LONGEST} value=${input}
        onInput=${(event) => setInput(event.target.value)} />
      <div class="fields">
        <${Field} label="Voice" list="voices" placeholder="the model's usual" value=${voice} autocomplete="off"
          onInput=${(event) => setVoice(event.target.value)} />
        <datalist id="voices">${VOICES.map((each) => html`<option value=${each} />`)}</datalist>
        <${Choice} label="Format" value=${format} onChange=${setFormat} choices=${FORMATS} />
      </div>
      <${Go} call=${call} disabled=${!relayKey || !input.trim()}>Speak<//>
      <${Fault}>${call.error}<//>
    </form>
    ${made && address && html`
      <div class="made">
        <audio controls src=${address} aria-label="What was spoken"></audio>
        <p><a href=${address} download=${name}>Download ${name}</a></p>
        <${Measured} made=${made} />
        <${Curl} command=${() => ofJson(location.origin + PATH, made.body, `-o ${name}`)} />
      </div>`}`;
}
