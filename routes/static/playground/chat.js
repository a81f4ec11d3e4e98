// The chat: its options, its turns, and what is written next.
import { html, useEffect, useRef, useState } from "../html.js";
import { tooLarge, useAttachments } from "./attachments.js";
import { Composer } from "./composer.js";
import { useConversation } from "./conversation.js";
import { can } from "./models.js";
import { areRight, Options, USUAL } from "./options.js";
import { asked, chatBody, isRefused } from "./requests.js";
import { Turns } from "./turns.js";

const MOST = 200; // turns

export function Chat({ relayKey, models, model, limits, onKeyFault }) {
  const { turns, setTurns, call, ask } = useConversation({ relayKey, models, onKeyFault });
  const [options, setOptions] = useState(USUAL);
  const [text, setText] = useState("");
  const attached = useAttachments(limits);
  const writing = useRef(null);
  useWarning(turns.length > 0);
  const problem = problemOf({ relayKey, model, options, turns, files: attached.files, limits });
  const ready = !call.busy && !problem;
  const answer = (before) => ask(before, chatBody(before, options, model?.id));
  const isEmpty = !text.trim() && !attached.files.length;
  const write = (words, files) => {
    setText(words);
    attached.set(files);
  };
  const send = () => {
    if (!ready || isEmpty) return;
    answer([...turns, { role: "user", text, attachments: attached.files }]);
    write("", []);
  };
  const edit = (at) => {
    write(turns[at].text, turns[at].attachments);
    const later = isRefused(turns, at) ? turns.slice(at + 2) : []; // which knew nothing of it
    setTurns([...turns.slice(0, at), ...later]);
    writing.current.focus();
  };
  return html`
    <div class="chat">
      <${Options} options=${options} onChange=${setOptions} />
      <div class="talk" onDragOver=${(event) => event.preventDefault()} onDrop=${dropped(attached.add)}>
        <${Turns} turns=${turns} busy=${call.busy} onEdit=${isEmpty && edit} onAnswer=${ready && answer} />
        <${Composer} place=${writing} text=${text} onText=${setText} attached=${attached} call=${call}
          problem=${problem} onSend=${send} onClear=${!call.busy && turns.length > 0 && (() => setTurns([]))} />
      </div>
    </div>`;
}

/** The browser asks whoever leaves: nothing keeps the chat. */
function useWarning(needed) {
  useEffect(() => {
    if (!needed) return undefined;
    const warn = (event) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [needed]);
}

/** Why nothing can be sent as things are; empty where it can. */
function problemOf({ relayKey, model, options, turns, files, limits }) {
  if (!relayKey) return "It needs your key, above.";
  if (!areRight(options)) return "Something in the options is not right yet.";
  if (turns.length >= MOST) return `These are ${MOST} turns: clear them to begin anew.`;
  if (model && !can(model, "vision") && files.some(({ kind }) => kind === "image")) {
    return `${model.id} does not see pictures: choose a model that does.`;
  }
  const all = [...asked(turns).flatMap(({ attachments }) => attachments ?? []), ...files];
  const encoded = all.reduce((sum, { size }) => sum + (size * 4) / 3, 0);
  return tooLarge("A request with all files of this chat", encoded, limits.body);
}

const dropped = (add) => (event) => {
  event.preventDefault();
  add(event.dataTransfer.files);
};
