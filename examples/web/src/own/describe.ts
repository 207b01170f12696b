// What the choosing has to know of each reply, found from its words, its vector and the model's own replies
// (smartreply/own_replies.py does the same in Python).

import type { Facts, ReplyEntry } from '../engine/model-file';
import { central, dot, greatest, group } from './grouping';
import { type OwnReply, ReplyError } from './reply-text';
import { fold, formOf, intentName, plainPolarity } from './words';

/** A reply with all that the model's table holds of it. */
export type Described = ReplyEntry;

/** The model whose replies are to be replaced. */
export interface Encoder {
  readonly facts: Facts;
  /** Its own replies. */
  readonly replies: readonly ReplyEntry[];
  /** The vector of a reply. */
  encode(text: string): Promise<Float32Array>;
  /** The vectors of its own replies. */
  encodeOwn(): Promise<Float32Array[]>;
}

/** Cosine from which on a reply is as polite, and says as much yes or no, as its nearest neighbour. */
const SAME = 0.8;
/** Mean cosine from which on replies make one intent. */
const TOGETHER = 0.6;
const MIN_FAMILIES = 3;
/** After so many vectors other things get their turn. */
const BREATH = 32;

/**
 * Describe each reply; one that the model has, too, is described as there.
 * @throws ReplyError where there are fewer than three intents.
 */
export async function describeReplies(
  own: readonly OwnReply[],
  encoder: Encoder,
): Promise<{ described: Described[]; vectors: Float32Array[] }> {
  const vectors = await encodeAll(own, encoder);
  const drafts = await draft(own, vectors, encoder);
  const described = nameIntents(own, drafts, vectors);
  const families = new Set(described.map((one) => one.family));
  if (families.size < MIN_FAMILIES) {
    throw new ReplyError(
      `three suggestions need at least ${MIN_FAMILIES} intents. Found ${families.size} (${[...families].sort().join(', ')}). ` +
        'Add replies that say something else, or name the intents yourself: the intent, a tab, the reply.',
    );
  }
  return { described, vectors };
}

/** The vectors of replies; the page can be used meanwhile. */
export async function encodeAll(replies: readonly { text: string }[], encoder: Pick<Encoder, 'encode'>): Promise<Float32Array[]> {
  const vectors: Float32Array[] = [];
  for (const { text } of replies) {
    vectors.push(await encoder.encode(text));
    if (vectors.length % BREATH === 0) await new Promise((resume) => setTimeout(resume));
  }
  return vectors;
}

async function draft(own: readonly OwnReply[], vectors: readonly Float32Array[], encoder: Encoder): Promise<Described[]> {
  const known = encoder.replies;
  const byText = new Map([...known].reverse().map((one) => [fold(one.text), one]));
  const needed = own.some((one) => !byText.has(fold(one.text)));
  const knownVectors = needed ? await encoder.encodeOwn() : [];
  return own.map(({ text }, row): Described => {
    const same = byText.get(fold(text));
    if (same) return { ...same, text };
    const cosines = knownVectors.map((vector) => dot(vector, vectors[row]!));
    const best = greatest(cosines);
    const near = (cosines[best] ?? -1) >= SAME ? known[best] : undefined;
    return {
      text,
      intent: 'none',
      family: 'none',
      register: near?.register ?? 0,
      polarity: plainPolarity(text) ?? near?.polarity ?? 0,
      form: formOf(text),
      echo_ok: false,
      prior: encoder.facts.settings.prior_default,
    };
  });
}

function nameIntents(own: readonly OwnReply[], drafts: readonly Described[], vectors: readonly Float32Array[]): Described[] {
  const names = own.map((one) => one.intent);
  const free = own.flatMap((one, row) => (one.intent === null ? [row] : []));
  const taken = new Set(names.filter((name) => name !== null));
  const at = (row: number): number => free[row]!;
  const groups = group(free.map((row) => vectors[row]!), free.map((row) => drafts[row]!.polarity), TOGETHER);
  for (const rows of groups) {
    const name = intentName(own[central(vectors, rows.map(at))]!.text, taken);
    taken.add(name);
    for (const row of rows) names[at(row)] = name;
  }
  return drafts.map((one, row) => ({ ...one, intent: names[row]!, family: names[row]! }));
}
