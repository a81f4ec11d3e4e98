// The body of a chat completion, made of what the page holds.

/** `turns` are the user's and the model's; `options` as in options.js. */
export function chatBody(turns, options, model) {
  const system = options.system.trim();
  const stops = lines(options.stop);
  return {
    ...(model && { model }),
    messages: [...(system ? [{ role: "system", content: system }] : []), ...asked(turns).flatMap(messages)],
    stream: true,
    stream_options: { include_usage: true },
    ...(options.maxTokens && { max_tokens: Number(options.maxTokens) }),
    ...(stops.length && { stop: stops }),
    ...(options.tools.trim() && { tools: JSON.parse(options.tools) }),
    ...(options.format !== "text" && { response_format: responseFormat(options) }),
    ...(options.webSearch && { web_search: true }),
  };
}

/** The turns that go with the next question: what nothing but an error answered is not sent again. */
export const asked = (turns) => turns.filter((_, at) => !isRefused(turns, at));

/** Whether nothing but an error answered the turn in this place. */
export function isRefused(turns, at) {
  const answer = turns[at + 1];
  return Boolean(answer?.fault) && assistantMessages(answer).length === 0;
}

function messages(turn) {
  return turn.role === "user" ? [userMessage(turn)] : assistantMessages(turn);
}

function userMessage({ text, attachments }) {
  if (!attachments.length) return { role: "user", content: text };
  const words = text.trim() ? [{ type: "text", text }] : [];
  return { role: "user", content: [...words, ...attachments.map((each) => each.part)] };
}

/** An answer that broke off counts as far as it came, and its calls where they have results. */
function assistantMessages({ answer, results }) {
  const calls = results ? answer.calls : [];
  if (!answer.text && !calls.length) return [];
  const message = { role: "assistant", content: answer.text || null };
  if (!calls.length) return [message];
  const tool_calls = calls.map(({ id, name, arguments: given }) => ({
    id,
    type: "function",
    function: { name, arguments: given },
  }));
  return [
    { ...message, tool_calls },
    ...calls.map(({ id }) => ({ role: "tool", tool_call_id: id, content: results[id] ?? "" })),
  ];
}

function responseFormat({ format, schema }) {
  if (format !== "json_schema") return { type: format };
  return { type: format, json_schema: { name: "answer", schema: JSON.parse(schema) } };
}

const lines = (text) => text.split("\n").filter((line) => line !== "");

/** What is wrong with an option as it is typed; empty where nothing is. */
export const maxTokensFault = (text) =>
  text && !(Number.isInteger(Number(text)) && Number(text) >= 1) ? "A whole number, 1 or more." : "";

export function toolsFault(text) {
  if (!text.trim()) return "";
  const [tools, fault] = parsed(text);
  if (fault) return fault;
  if (!Array.isArray(tools)) return "Tools are a list: [ … ].";
  const bad = tools.findIndex((tool) => tool?.type === "function" && !tool.function?.name);
  return bad < 0 ? "" : `Tool ${bad + 1} has no function.name.`;
}

export function schemaFault(text) {
  const [schema, fault] = parsed(text);
  if (fault) return fault;
  return schema && typeof schema === "object" && !Array.isArray(schema) ? "" : "A schema is an object: { … }.";
}

function parsed(text) {
  try {
    return [JSON.parse(text), ""];
  } catch (error) {
    return [null, `This is not JSON: ${error.message}`];
  }
}
