// For each provider: streams, calls a tool and answers it, fills a form.
import assert from "node:assert";
import { generateText, Output, stepCountIs, streamText, tool } from "ai";
import { z } from "zod";
import { chat, messages, responses } from "./guide.mjs";

const add = tool({
  inputSchema: z.object({ a: z.number(), b: z.number() }),
  execute: ({ a, b }) => a + b,
});
const person = Output.object({ schema: z.object({ name: z.string(), age: z.number() }) });

for (const model of [chat, responses, messages]) {
  const stream = streamText({ model, prompt: "count to 5" });
  const pieces = [];
  for await (const text of stream.textStream) pieces.push(text);
  assert.equal(pieces.join(""), "1, 2, 3, 4, 5");
  assert(pieces.length > 1);
  assert((await stream.usage).outputTokens > 0);

  const prompt = 'plan: add {"a": 2, "b": 3}; say It is {result}';
  const worked = await generateText({ model, tools: { add }, stopWhen: stepCountIs(3), prompt });
  assert.equal(worked.text, "It is 5");

  const filled = await generateText({
    model,
    output: person,
    prompt: 'answer with {"name": "Ada", "age": 36}',
  });
  assert.deepEqual(filled.output, { name: "Ada", age: 36 });
}
