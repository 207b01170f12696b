// What a file of `earmark export smartreply` says about itself, beside the network.

import { FlatReader } from './flatbuffer';

/** Positions of fields in the LiteRT schema. */
export const MODEL = { subgraphs: 2, buffers: 4, metadata: 6 } as const;
export const SUBGRAPH = { tensors: 0 } as const;
export const TENSOR = { shape: 0, buffer: 2, name: 3, quantization: 4, shapeSignature: 7 } as const;
export const QUANTIZATION = { scale: 2 } as const;
export const BUFFER = { data: 0, offset: 1 } as const;
const METADATA = { name: 0, buffer: 1 } as const;

/** The model's own thresholds; probabilities. */
export interface Settings {
  trigger_threshold: number;
  sensitive_threshold: number;
  english_threshold: number;
  polar_threshold: number;
  prior_default: number;
}

const SETTINGS = ['trigger_threshold', 'sensitive_threshold', 'english_threshold', 'polar_threshold', 'prior_default'] as const;

/** One reply of the model's list, as far as the page needs it. */
export interface ReplyEntry {
  text: string;
  intent: string;
  family: string;
  register: number;
  polarity: number;
  form: 'statement' | 'question' | 'emoji';
  echo_ok: boolean;
  prior: number;
}

/** The facts of a model file. */
export interface Facts {
  settings: Settings;
  /** Names of the intents, in the order of their numbers. */
  labels: string[];
}

/** The bytes are no model of the kind that is wanted. */
export class ModelFileError extends Error {}

/**
 * The facts inside a model file.
 * @throws ModelFileError where it is no `.tflite`, or was not written by `earmark export smartreply`.
 */
export function readFacts(model: Uint8Array): Facts {
  const facts = JSON.parse(new TextDecoder().decode(entry(model, 'EARMARK_MODEL'))) as {
    kind?: unknown;
    labels?: unknown;
    settings?: Record<string, unknown>;
  };
  if (facts.kind !== 'smartreply') {
    throw new ModelFileError(`the model file must be a smartreply model. Got ${JSON.stringify(facts.kind)}.`);
  }
  const settings = facts.settings ?? {};
  const missing = SETTINGS.find((name) => typeof settings[name] !== 'number');
  if (missing || !Array.isArray(facts.labels)) {
    throw new ModelFileError(`the model file has no ${missing ?? 'labels'}. Write it anew: earmark export smartreply`);
  }
  return { settings: settings as unknown as Settings, labels: facts.labels as string[] };
}

/** The model's own reply list, in the order of its logits. */
export async function readReplies(model: Uint8Array): Promise<ReplyEntry[]> {
  const packed = entry(model, 'EARMARK_REPLIES');
  const stream = new Blob([packed.slice()]).stream().pipeThrough(new DecompressionStream('deflate'));
  const body = (await new Response(stream).json()) as { version?: unknown; replies?: unknown };
  if (body.version !== 1 || !Array.isArray(body.replies)) {
    throw new ModelFileError(`the reply list of the model file must have version 1. Got ${JSON.stringify(body.version)}.`);
  }
  return body.replies as ReplyEntry[];
}

function entry(model: Uint8Array, name: string): Uint8Array {
  if (new TextDecoder('latin1').decode(model.subarray(4, 8)) !== 'TFL3') {
    throw new ModelFileError('this is not a .tflite: it must have "TFL3" at byte 4. Write one: earmark export smartreply');
  }
  const reader = new FlatReader(model);
  const root = reader.root();
  for (const found of reader.tables(root, MODEL.metadata)) {
    if (reader.text(found, METADATA.name) === name) {
      const buffer = reader.tables(root, MODEL.buffers)[reader.uint32(found, METADATA.buffer)];
      if (buffer) return reader.blob(buffer, BUFFER.data);
    }
  }
  throw new ModelFileError(`the model file has no ${name}: it was not written by earmark. Write one: earmark export smartreply`);
}
