// A recording, written down.
import { html, useState } from "../html.js";
import { size } from "./attachments.js";
import { Choice, Copy, Fault, Field, Go, useAddress } from "./controls.js";
import { ofForm } from "./curl.js";
import { Curl } from "./figures.js";
import { Measured, useMaking } from "./making.js";

const PATH = "/v1/audio/transcriptions";
const FORMATS = [
  ["json", "text"],
  ["srt", "subtitles (srt)"],
  ["vtt", "subtitles (vtt)"],
];

export function Transcription({ relayKey, model, limits, onKeyFault }) {
  const [file, setFile] = useState(null);
  const [format, setFormat] = useState("json");
  const [language, setLanguage] = useState("");
  const making = useMaking(onKeyFault);
  const submit = (event) => {
    event.preventDefault();
    const fields = {
      ...(model && { model: model.id }),
      response_format: format,
      ...(language.trim() && { language: language.trim() }),
    };
    making.make(PATH, relayKey, form(fields, file), async (response) => ({ fields, file, text: await words(response, format) }));
  };
  const { made, call } = making;
  const large = file && file.size > limits.audio * 2 ** 20;
  return html`
    <form class="making" onSubmit=${submit}>
      <${Field} label="Recording" type="file" accept="audio/*,video/*" required hint=${file && size(file.size)}
        fault=${large && `It is larger than the ${limits.audio} MiB that this relay takes.`}
        onChange=${(event) => setFile(event.target.files[0] ?? null)} />
      <div class="fields">
        <${Choice} label="As" value=${format} onChange=${setFormat} choices=${FORMATS} />
        <${Field} label="Language" placeholder="as it is heard" pattern="[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,2}"
          title="a code like en or de-AT" value=${language} onInput=${(event) => setLanguage(event.target.value)} />
      </div>
      <${Go} call=${call} disabled=${!relayKey || !file || large}>Write down<//>
      <${Fault}>${call.error}<//>
    </form>
    ${made && html`<${Written} made=${made} />`}`;
}

function Written({ made: { text, fields, file, ...made } }) {
  const [blob] = useState(() => new Blob([text], { type: "text/plain" }));
  const address = useAddress(blob);
  const ending = fields.response_format === "json" ? "txt" : fields.response_format;
  return html`
    <div class="made">
      <pre tabindex="0" aria-label="What was said"><code>${text}</code><${Copy} text=${() => text} /></pre>
      <p><a href=${address} download="transcript.${ending}">Download transcript.${ending}</a></p>
      <${Measured} made=${made} />
      <${Curl} command=${() => ofForm(location.origin + PATH, fields, file.name)} />
    </div>`;
}

function form(fields, file) {
  const filled = new FormData();
  for (const [name, value] of Object.entries(fields)) filled.append(name, value);
  filled.append("file", file);
  return filled;
}

const words = async (response, format) => (format === "json" ? (await response.json()).text : response.text());
