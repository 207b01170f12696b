import { readFileSync } from 'node:fs';

import { beforeAll, describe, expect, it } from 'vitest';

import { startLiteRtInNode } from '../node/litert';
import { FlatPatcher, FlatReader } from '../src/engine/flatbuffer';
import { MODEL, readFacts, readReplies, SUBGRAPH, TENSOR } from '../src/engine/model-file';
import { SmartReply } from '../src/engine/smart-reply';

const file = new Uint8Array(readFileSync(new URL('../public/smartreply.tflite', import.meta.url)));

describe('the model file', () => {
  it('says its thresholds and its replies', async () => {
    const { settings, labels } = readFacts(file);
    const replies = await readReplies(file);
    expect(settings.trigger_threshold).toBeGreaterThan(0);
    expect(new Set(replies.map((one) => one.intent))).toEqual(new Set(labels));
  });

  it('is refused where it is something else', () => {
    expect(() => readFacts(new TextEncoder().encode('hello, world'))).toThrow('this is not a .tflite');
    const other = file.slice();
    const at = Buffer.from(other).indexOf('EARMARK_MODEL');
    other.set(new TextEncoder().encode('SOMETHINGELSE'), at);
    expect(() => readFacts(other)).toThrow('the model file has no EARMARK_MODEL');
  });

  it('can be changed in one place, and stays as it was everywhere else', () => {
    const patcher = new FlatPatcher(file);
    const first = (reader: FlatReader): number => reader.tables(reader.tables(reader.root(), MODEL.subgraphs)[0]!, SUBGRAPH.tensors)[0]!;
    patcher.putInt32s(first(patcher), TENSOR.shape, [7, 8, 9]);
    const changed = new FlatReader(patcher.done());
    expect(changed.int32s(first(changed), TENSOR.shape)).toEqual([7, 8, 9]);
    expect(changed.text(first(changed), TENSOR.name)).toBe(patcher.text(first(new FlatReader(file)), TENSOR.name));
    expect(readFacts(patcher.done())).toEqual(readFacts(file));
  });
});

describe('smart reply in Node', () => {
  let smart: SmartReply;

  beforeAll(async () => {
    await startLiteRtInNode();
    smart = await SmartReply.load(file);
  }, 120_000);

  it('suggests three replies of its list', async () => {
    const { replies } = await smart.suggest([{ text: 'Any chance you’re free tonight?' }], true);
    const known = new Set((await readReplies(file)).map((one) => one.text));
    expect(replies).toHaveLength(3);
    expect(replies.every((one) => known.has(one.text) && one.score > 0 && one.score < 1)).toBe(true);
  }, 60_000);

  it('gives vectors of unit length', async () => {
    const vector = await smart.encode('On my way!');
    expect(Math.hypot(...vector)).toBeCloseTo(1, 3);
  });

  it('suggests one’s own replies, and goes on suggesting its own', async () => {
    const before = await smart.suggest([{ text: 'lunch?' }], true);
    const mine = await smart.withReplies('yes\tYes!\nno\tNo\nlater\tIn an hour');
    const { replies } = await mine.suggest([{ text: 'lunch?' }], true);
    expect(mine.replies.map((one) => one.intent)).toEqual(['yes', 'no', 'later']);
    expect(replies.map((one) => one.text).sort()).toEqual(['In an hour', 'No', 'Yes!']);
    mine.delete();
    expect(await smart.suggest([{ text: 'lunch?' }], true)).toEqual(before);
  }, 120_000);

  it('asks for three different things to say', async () => {
    await expect(smart.withReplies('yes\tYes\nyes\tYep\nno\tNo')).rejects.toThrow('need at least 3 intents. Found 2 (no, yes)');
  });
});
