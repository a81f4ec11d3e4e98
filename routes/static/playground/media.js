// Pictures of a prompt, a text that is spoken, a recording that is written down.
import { Choice, Field, Snippet } from "../controls.js";
import { html, useEffect, useMemo, useState } from "../html.js";
import { size as sized } from "../words.js";
import { tooLarge } from "./attachments.js";
import { ofForm, ofJson } from "./figures.js";
import { Making } from "./making.js";

const SIZES = ["1024x1024", "1024x1536", "1536x1024", "1792x1024", "512x512"];
const QUALITIES = ["", "low", "medium", "high"].map((each) => [each, each || "the model's usual"]);
const VOICES = ["alloy", "ash", "ballad", "coral", "echo", "fable", "nova", "onyx", "sage", "shimmer", "verse"];
const SOUNDS = ["mp3", "opus", "aac", "flac", "wav"].map((each) => [each, each]);
const SCRIPTS = [
  ["json", "text"],
  ["srt", "subtitles (srt)"],
  ["vtt", "subtitles (vtt)"],
];

/** A field for anything, where these are usual. */
const Suggested = ({ label, value, choices, onChange }) => html`
  <${Field} label=${label} list=${`of-${label}`} placeholder="the model's usual" value=${value} autocomplete="off"
    onInput=${(event) => onChange(event.target.value)} />
  <datalist id=${`of-${label}`}>${choices.map((each) => html`<option value=${each} />`)}</datalist>`;

/** Without what was left empty. */
const filled = (fields) => Object.fromEntries(Object.entries(fields).filter(([, value]) => value));

const Download = ({ address, name }) => html`<a href=${address} download=${name}>Download ${name}</a>`;

export function Image({ model, ...rest }) {
  const [prompt, setPrompt] = useState("");
  const [size, setSize] = useState("");
  const [quality, setQuality] = useState("");
  const [n, setN] = useState("1");
  const body = { model: model?.id, prompt, n: Number(n), size: size.trim(), quality, response_format: "b64_json" };
  return html`
    <${Making} path="/v1/images/generations" verb="Draw" ready=${prompt.trim()} ask=${() => ({ body: filled(body) })}
      read=${(response) => response.json()} Made=${Pictures} command=${(url, { body }) => ofJson(url, body)} ...${rest}>
      <${Field} label="Prompt" as="textarea" rows="3" required maxlength="32000" value=${prompt}
        onInput=${(event) => setPrompt(event.target.value)} />
      <div class="fields">
        <${Suggested} label="Size" value=${size} choices=${SIZES} onChange=${setSize} />
        <${Choice} label="Quality" value=${quality} choices=${QUALITIES} onChange=${setQuality} />
        <${Field} label="How many" type="number" min="1" max="10" required value=${n}
          onInput=${(event) => setN(event.target.value)} />
      </div>
    <//>`;
}

const Pictures = ({ data, body, output_format: type = "png" }) => html`
  <div class="pictures">
    ${data.map(({ b64_json, url, revised_prompt }, index) => {
      const address = `data:image/${type};base64,${b64_json}`;
      return b64_json
        ? html`<figure>
            <img src=${address} alt=${body.prompt} />
            <figcaption>${revised_prompt && html`<span>drawn as: ${revised_prompt}</span> `}
              <${Download} address=${address} name=${`picture-${index + 1}.${type}`} /></figcaption>
          </figure>`
        : html`<p>Of this one there is an address only: <code>${url}</code></p>`;
    })}
  </div>`;

export function Speech({ model, ...rest }) {
  const [input, setInput] = useState("");
  const [voice, setVoice] = useState("");
  const [format, setFormat] = useState("mp3");
  const body = { model: model?.id, input, voice: voice.trim(), response_format: format };
  return html`
    <${Making} path="/v1/audio/speech" verb="Speak" ready=${input.trim()} Made=${Sound}
      ask=${() => ({ body: filled(body), name: `speech.${format}` })}
      read=${async (response) => ({ sound: await response.blob() })}
      command=${(url, { body, name }) => ofJson(url, body, `-o ${name}`)} ...${rest}>
      <${Field} label="Text" as="textarea" rows="4" required maxlength="4096" value=${input}
        onInput=${(event) => setInput(event.target.value)} />
      <div class="fields">
        <${Suggested} label="Voice" value=${voice} choices=${VOICES} onChange=${setVoice} />
        <${Choice} label="Format" value=${format} choices=${SOUNDS} onChange=${setFormat} />
      </div>
    <//>`;
}

function Sound({ sound, name }) {
  const address = useAddress(sound);
  return address && html`
    <audio controls src=${address} aria-label="What was spoken"></audio>
    <p><${Download} address=${address} name=${name} /></p>`;
}

export function Transcription({ model, limits, ...rest }) {
  const [file, setFile] = useState(null);
  const [format, setFormat] = useState("json");
  const [language, setLanguage] = useState("");
  const fault = file && tooLarge("It", file.size, limits.audio);
  const fields = filled({ model: model?.id, response_format: format, language: language.trim() });
  return html`
    <${Making} path="/v1/audio/transcriptions" verb="Write down" ready=${file && !fault}
      ask=${() => ({ body: form({ ...fields, file }), fields, file })} read=${words} Made=${Script}
      command=${(url, made) => ofForm(url, made.fields, made.file.name)} ...${rest}>
      <${Field} label="Recording" type="file" accept="audio/*,video/*" required hint=${file && sized(file.size)}
        fault=${fault} onChange=${(event) => setFile(event.target.files[0] ?? null)} />
      <div class="fields">
        <${Choice} label="As" value=${format} choices=${SCRIPTS} onChange=${setFormat} />
        <${Field} label="Language" placeholder="as it is heard" pattern="[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}"
          title="a code like en or de-AT" value=${language} onInput=${(event) => setLanguage(event.target.value)} />
      </div>
    <//>`;
}

function form(fields) {
  const data = new FormData();
  for (const [name, value] of Object.entries(fields)) data.append(name, value);
  return data;
}

const words = async (response, { fields }) => ({
  text: fields.response_format === "json" ? (await response.json()).text : await response.text(),
});

function Script({ text, fields }) {
  const address = useAddress(useMemo(() => new Blob([text], { type: "text/plain" }), [text]));
  const ending = fields.response_format === "json" ? "txt" : fields.response_format;
  return html`
    <${Snippet} aria-label="What was said" text=${text} />
    <p><${Download} address=${address} name=${`transcript.${ending}`} /></p>`;
}

/** An address at which the browser shows these bytes, given back when others take their place. */
function useAddress(blob) {
  const [address, setAddress] = useState("");
  useEffect(() => {
    const made = blob ? URL.createObjectURL(blob) : "";
    setAddress(made);
    return () => URL.revokeObjectURL(made);
  }, [blob]);
  return address;
}
