// What n8n's OpenAI Chat Model node is made of, with both answers to "Use Responses API".
import assert from "node:assert";
import { readFileSync } from "node:fs";
import { ChatOpenAI } from "@langchain/openai";

const file = `${process.env.HOME}/onemin-credential.json`;
const [{ data }] = JSON.parse(readFileSync(file));
for (const useResponsesApi of [false, true]) {
  const model = new ChatOpenAI({
    apiKey: process.env.ONE_MIN_API_KEY,
    model: "gpt-4o-mini",
    maxRetries: 1,
    useResponsesApi,
    configuration: { baseURL: data.url },
  });
  const pieces = [];
  for await (const piece of await model.stream("count to 5")) pieces.push(piece.text);
  assert.equal(pieces.join(""), "1, 2, 3, 4, 5");

  const number = { type: "number" };
  const parameters = { type: "object", properties: { a: number, b: number } };
  const bound = model.bindTools([{ type: "function", function: { name: "add", parameters } }]);
  const asked = [{ role: "user", content: 'plan: add {"a": 2, "b": 3}; say It is {result}' }];
  const first = await bound.invoke(asked);
  const [call] = first.tool_calls;
  const answer = { role: "tool", tool_call_id: call.id, content: String(call.args.a + call.args.b) };
  assert.equal((await bound.invoke([...asked, first, answer])).text, "It is 5");
}
