// Files that go with a message: pictures, recordings, and whatever else as documents.
import { Small } from "../controls.js";
import { html, useId, useState } from "../html.js";
import { size } from "../words.js";

const MOST = 20; // files of one message

/** `name` says what it is that has a size; empty where that is right. */
export const tooLarge = (name, bytes, most) =>
  bytes > most ? `${name} is larger than the ${size(most)} that this relay takes.` : "";

/** `size` in bytes; `part` is what the request holds of it. Rejects with what is wrong. */
async function attachment(file, limits) {
  const kind = /^(image|audio)\//.exec(file.type)?.[1] ?? "document";
  const most = kind === "audio" ? limits.audio : limits.file;
  if (!file.size) throw new Error(`${file.name} is empty.`);
  const fault = tooLarge(file.name, file.size, most);
  if (fault) throw new Error(fault);
  const data = await dataUrl(file);
  return { name: file.name, size: file.size, kind, part: part(kind, file.name, data) };
}

function part(kind, name, data) {
  if (kind === "image") return { type: "image_url", image_url: { url: data } };
  if (kind === "document") return { type: "file", file: { filename: name, file_data: data } };
  const format = name.includes(".") ? name.split(".").pop().toLowerCase() : "wav";
  return { type: "input_audio", input_audio: { data: data.slice(data.indexOf(",") + 1), format } };
}

const dataUrl = (file) =>
  new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error(`${file.name} could not be read.`));
    reader.readAsDataURL(file);
  });

/** The files of a message that is being written, and what was wrong with the last ones. */
export function useAttachments(limits) {
  const [files, setFiles] = useState([]);
  const [fault, setFault] = useState("");
  async function add(chosen) {
    const read = await Promise.allSettled([...chosen].map((file) => attachment(file, limits)));
    const good = read.filter(({ value }) => value).map(({ value }) => value);
    const bad = read.filter(({ reason }) => reason).map(({ reason }) => reason.message);
    if (files.length + good.length > MOST) bad.push(`At most ${MOST} files go with a message.`);
    setFiles((before) => [...before, ...good].slice(0, MOST)); // others may have come meanwhile
    setFault(bad.join(" "));
  }
  const remove = (index) => setFiles(files.filter((_, place) => place !== index));
  return { files, fault, add, remove, set: setFiles };
}

export const Chips = ({ files, onRemove }) =>
  files.length > 0 && html`
    <ul class="chips" aria-label="Attachments">
      ${files.map((file, index) => html`
        <li key=${index}>
          ${file.kind === "image" && html`<img src=${file.part.image_url.url} alt="" />`}
          <span>${file.name} <small class="quiet">${file.kind}, ${size(file.size)}</small></span>
          ${onRemove && html`<${Small} aria-label="Remove ${file.name}" onClick=${() => onRemove(index)}>×<//>`}
        </li>`)}
    </ul>`;

/** A button that opens the browser's choice of files. */
export function Attach({ onAdd, children, accept, multiple = true }) {
  const id = useId();
  const chosen = (event) => {
    onAdd([...event.target.files]);
    event.target.value = ""; // so that the same file can be chosen again
  };
  return html`
    <input id=${id} class="unseen" type="file" multiple=${multiple} accept=${accept} onChange=${chosen} />
    <label for=${id} class="attach">${children}</label>`;
}
