// Answers conversations in Node: JSON lines in, JSON lines out.
//
//   node dist-node/answer.mjs MODEL [REPLIES] < conversations.jsonl
//
// A line is {"messages": [{"text": "lunch?", "sender": "them"}], "always": false}; REPLIES is a text file with one reply a
// line that are suggested instead of the model's.

import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

import type { Message } from '../src/engine/conversation';
import { startLiteRtInNode } from './litert';

const [modelPath, repliesPath] = process.argv.slice(2);
if (!modelPath) {
  console.error('usage: node dist-node/answer.mjs MODEL [REPLIES] < conversations.jsonl');
  process.exit(2);
}
await startLiteRtInNode();
const { SmartReply } = await import('../src/engine/smart-reply');
let smart = await SmartReply.load(new Uint8Array(readFileSync(modelPath)));
if (repliesPath) smart = await smart.withReplies(readFileSync(repliesPath, 'utf8'));

const lines: string[] = [];
for await (const line of createInterface({ input: process.stdin })) {
  if (!line.trim()) continue;
  const { messages, always } = JSON.parse(line) as { messages: Message[]; always?: boolean };
  lines.push(JSON.stringify(await smart.suggest(messages, always)));
}
// LiteRT keeps Node alive; what is written must be out before it is ended.
process.stdout.write(lines.map((line) => `${line}\n`).join(''), () => process.exit(0));
