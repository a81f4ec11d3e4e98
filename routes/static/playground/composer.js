// Where the next message is written.
import { Fault } from "../controls.js";
import { html } from "../html.js";
import { Attach, Chips } from "./attachments.js";
import { Go } from "./call.js";

/** `place` is the textarea's; `problem` says why nothing can be sent; `onClear` is there while turns can be cleared. */
export function Composer({ place, text, onText, attached, call, problem, onSend, onClear }) {
  const submit = (event) => {
    event.preventDefault();
    onSend();
  };
  const sends = (event) => event.key === "Enter" && !event.shiftKey && !event.isComposing && submit(event);
  const paste = (event) => {
    if (!event.clipboardData.files.length) return;
    event.preventDefault();
    attached.add(event.clipboardData.files);
  };
  return html`
    <form class="composer" onSubmit=${submit}>
      <${Chips} files=${attached.files} onRemove=${attached.remove} />
      <${Fault}>${attached.fault}<//>
      <label for="message" class="unseen">Message</label>
      <textarea id="message" placeholder="Message" ref=${place} value=${text} aria-describedby="problem"
        onInput=${(event) => onText(event.target.value)} onKeyDown=${sends} onPaste=${paste}></textarea>
      <div class="row">
        <${Go} call=${call} disabled=${Boolean(problem)}>Send<//>
        <${Attach} onAdd=${attached.add}>Attach<//>
        <button type="button" class="secondary outline" disabled=${!onClear} onClick=${onClear}>Clear</button>
      </div>
      <small id="problem" class="quiet" role="status">${problem}</small>
    </form>`;
}
