// Another reply table in a model file (smartreply/reply_table.py does the same in Python).
//
// The file names every tensor whose shape depends on the reply list: `replies.<what>@<axes>`, where the axes say which
// dimension is the number of replies (R) or the length of the longest text (L), as in `replies.texts@R0L1`. So another list
// is put in by writing new constants and new shapes; network, gates and settings stay.

import { FlatPatcher } from '../engine/flatbuffer';
import { BUFFER, MODEL, ModelFileError, QUANTIZATION, SUBGRAPH, TENSOR } from '../engine/model-file';
import type { Described } from './describe';

const NAME = /^replies\.(\w+)@((?:[RL][0-9])+)$/;
const FORMS = { statement: 0, question: 1, emoji: -1 } as const;
const INT8_MAX = 127;

/** The bytes of a model file with another reply list, and the names of its intents. */
export function replaceReplies(
  model: Uint8Array,
  replies: readonly Described[],
  vectors: readonly Float32Array[],
): { file: Uint8Array; labels: string[] } {
  const texts = replies.map((one) => new TextEncoder().encode(one.text));
  const sizes = { R: replies.length, L: Math.max(...texts.map((text) => text.length)) };
  const labels = [...new Set(replies.map((one) => one.intent))];
  const columns = columnsOf(replies, texts, sizes.L, labels);
  const patcher = new FlatPatcher(model);
  const root = patcher.root();
  const buffers = patcher.tables(root, MODEL.buffers);
  const written = new Set<string>();
  const filled = new Set<number>(); // the signatures share their buffers
  for (const graph of patcher.tables(root, MODEL.subgraphs)) {
    for (const tensor of patcher.tables(graph, SUBGRAPH.tensors)) {
      const [, what, axes] = NAME.exec(patcher.text(tensor, TENSOR.name)) ?? [];
      if (!what || !axes) continue;
      resize(patcher, tensor, axes, sizes);
      const quantization = patcher.table(tensor, TENSOR.quantization);
      const scaled = quantization !== 0 && patcher.blob(quantization, QUANTIZATION.scale).length > 0;
      const column = what === 'vectors' ? vectorColumn(vectors, scaled) : { data: columns[what], scale: 0 };
      if (!column.data) continue;
      if (scaled && column.scale) patcher.putFloat32s(quantization, QUANTIZATION.scale, [column.scale]);
      const buffer = buffers[patcher.uint32(tensor, TENSOR.buffer)]!;
      if (patcher.slot(buffer, BUFFER.data) === 0) throw new ModelFileError(`the model file keeps ${what} outside of its tables.`);
      if (!filled.has(buffer)) patcher.putBlob(buffer, BUFFER.data, new Uint8Array(column.data.buffer));
      filled.add(buffer);
      written.add(what);
    }
  }
  const missing = [...Object.keys(columns), 'vectors'].find((what) => !written.has(what));
  if (missing) throw new ModelFileError(`the model file has no tensor replies.${missing}. Write it anew: earmark export smartreply`);
  return { file: patcher.done(), labels };
}

type Column = Int8Array | Int16Array | Float32Array | Uint8Array;

/** Every column of the table but the vectors, as it stands in the file. */
function columnsOf(
  replies: readonly Described[],
  texts: readonly Uint8Array[],
  length: number,
  labels: readonly string[],
): Record<string, Column> {
  const families = [...new Set(replies.map((one) => one.family))];
  const rows = new Uint8Array(replies.length * length);
  texts.forEach((text, row) => rows.set(text, row * length));
  return {
    prior: Float32Array.from(replies, (one) => one.prior),
    register: Int8Array.from(replies, (one) => one.register),
    polarity: Int8Array.from(replies, (one) => one.polarity),
    form: Int8Array.from(replies, (one) => FORMS[one.form]),
    family: Int16Array.from(replies, (one) => families.indexOf(one.family)),
    echo_ok: Int8Array.from(replies, (one) => Number(one.echo_ok)),
    intent: Int16Array.from(replies, (one) => labels.indexOf(one.intent)),
    texts: rows,
  };
}

/** The vectors as float32, or in 8 bits with the scale that brings them back: one for all, as they have about the same length. */
function vectorColumn(vectors: readonly Float32Array[], scaled: boolean): { data: Column; scale: number } {
  const width = vectors[0]?.length ?? 0;
  const all = new Float32Array(vectors.length * width);
  vectors.forEach((vector, row) => all.set(vector, row * width));
  if (!scaled) return { data: all, scale: 0 };
  const scale = Math.fround(all.reduce((most, value) => Math.max(most, Math.abs(value)), 0) / INT8_MAX) || 1;
  return { data: Int8Array.from(all, (value) => toInt8(Math.fround(value / scale))), scale };
}

function toInt8(value: number): number {
  const floor = Math.floor(value);
  const even = value - floor === 0.5 ? floor + (floor % 2 === 0 ? 0 : 1) : Math.round(value); // as numpy rounds
  return Math.min(INT8_MAX, Math.max(-INT8_MAX, even));
}

function resize(patcher: FlatPatcher, tensor: number, axes: string, sizes: { R: number; L: number }): void {
  const shape = patcher.int32s(tensor, TENSOR.shape);
  for (const [, letter, axis] of axes.matchAll(/([RL])([0-9])/g)) shape[Number(axis)] = sizes[letter as 'R' | 'L'];
  patcher.putInt32s(tensor, TENSOR.shape, shape);
  if (patcher.int32s(tensor, TENSOR.shapeSignature).length) patcher.putInt32s(tensor, TENSOR.shapeSignature, shape);
}
