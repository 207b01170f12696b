// The vectors of a model's replies as its table keeps them (smartreply/reply_table.py `read_vectors` does the same in
// Python). Training may have moved them away from what the reply tower gives for the same text.

import { FlatReader } from '../engine/flatbuffer';
import { BUFFER, MODEL, ModelFileError, QUANTIZATION, SUBGRAPH, TENSOR } from '../engine/model-file';

const NAME = /^replies\.vectors@/;

/** One vector a reply, in the order of the file's list. */
export function readVectors(model: Uint8Array): Float32Array[] {
  const reader = new FlatReader(model);
  const root = reader.root();
  const [graph] = reader.tables(root, MODEL.subgraphs);
  const tensor = graph && reader.tables(graph, SUBGRAPH.tensors).find((one) => NAME.test(reader.text(one, TENSOR.name)));
  if (!tensor) throw new ModelFileError('the model file has no tensor replies.vectors. Write it anew: earmark export smartreply');
  const [rows = 0, width = 0] = reader.int32s(tensor, TENSOR.shape);
  const stored = reader.blob(reader.tables(root, MODEL.buffers)[reader.uint32(tensor, TENSOR.buffer)]!, BUFFER.data).slice();
  const quantization = reader.table(tensor, TENSOR.quantization);
  const [scale] = quantization ? reader.float32s(quantization, QUANTIZATION.scale) : [];
  const all = scale ? Float32Array.from(new Int8Array(stored.buffer), (value) => value * scale) : new Float32Array(stored.buffer);
  if (all.length !== rows * width) throw new ModelFileError('the model file keeps replies.vectors outside of its tables.');
  return Array.from({ length: rows }, (_, row) => all.slice(row * width, (row + 1) * width));
}
