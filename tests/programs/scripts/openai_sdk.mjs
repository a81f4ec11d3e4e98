// Streams, calls a tool and answers it.
import assert from "node:assert";
import { client } from "./guide.mjs";

const model = "gpt-4o-mini";
const messages = [{ role: "user", content: "count to 5" }];
const stream = await client.chat.completions.create({ model, messages, stream: true });
const pieces = [];
for await (const chunk of stream) pieces.push(chunk.choices[0].delta.content ?? "");
assert.equal(pieces.join(""), "1, 2, 3, 4, 5");
assert(pieces.filter(Boolean).length > 1);

const number = { type: "integer" };
const parameters = { type: "object", properties: { a: number, b: number } };
const add = { name: "add", parameters, parse: JSON.parse, function: ({ a, b }) => String(a + b) };
const runner = client.chat.completions.runTools({
  model,
  messages: [{ role: "user", content: 'plan: add {"a": 2, "b": 3}; say It is {result}' }],
  tools: [{ type: "function", function: add }],
});
assert.equal(await runner.finalContent(), "It is 5");

const models = [];
for await (const { id } of client.models.list()) models.push(id);
assert(models.includes(model));
