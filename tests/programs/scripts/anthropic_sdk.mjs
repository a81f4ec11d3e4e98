// Streams, calls a tool and answers it.
import assert from "node:assert";
import { client } from "./guide.mjs";

const asked = { model: "us.anthropic.claude-sonnet-5", max_tokens: 500 };
const messages = [{ role: "user", content: "count to 5" }];
const pieces = [];
const stream = client.messages.stream({ ...asked, messages }).on("text", (text) => pieces.push(text));
await stream.finalMessage();
assert.equal(pieces.join(""), "1, 2, 3, 4, 5");
assert(pieces.length > 1);

const number = { type: "integer" };
const input_schema = { type: "object", properties: { a: number, b: number } };
const tools = [{ name: "add", input_schema }];
const plan = [{ role: "user", content: 'plan: add {"a": 2, "b": 3}; say It is {result}' }];
const first = await client.messages.create({ ...asked, tools, messages: plan });
const call = first.content.at(-1);
const result = { type: "tool_result", tool_use_id: call.id, content: String(call.input.a + call.input.b) };
plan.push({ role: "assistant", content: first.content }, { role: "user", content: [result] });
const last = await client.messages.create({ ...asked, tools, messages: plan });
assert.equal(last.content[0].text, "It is 5");
