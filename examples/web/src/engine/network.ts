// The two signatures of the model file, run by LiteRT.js. Tensors live in WebAssembly's memory and are freed by hand.

import { type CompiledModel, Tensor, loadAndCompile, loadLiteRt } from '@litertjs/core';

import { ModelFileError } from './model-file';
import { encodeRow } from './text';

/** What one run of the signature `suggest` gives, as plain arrays by name. */
export type Found = Record<string, Uint8Array | Int32Array | Float32Array>;

const WANTED = ['status', 'replies', 'scores', 'intents', 'indices', 'trigger', 'sensitive', 'topic', 'english', 'polar'];

let runtime: Promise<unknown> | undefined;

/**
 * Start LiteRT, once.
 * @param wasm address of the folder with its WebAssembly.
 * @param inform is told what LiteRT reports; it writes everything as an error, also what is only information.
 */
export async function startLiteRt(wasm: string, inform: (line: string) => void = console.debug): Promise<void> {
  if (!runtime) {
    const say = (line: string): void => (/^(INFO|WARNING):/.test(line) ? inform(line) : console.error(line));
    Object.assign(globalThis, { Module: { printErr: say } }); // LiteRT takes it and removes it again
    runtime = loadLiteRt(wasm);
  }
  try {
    await runtime;
  } catch (error) {
    runtime = undefined; // so that it can be tried again
    throw error;
  }
}

/** A compiled model file. */
export class Network {
  private constructor(
    private readonly model: CompiledModel,
    private readonly size: number,
  ) {}

  /**
   * Compile a model file; LiteRT must have been started.
   * @throws ModelFileError where it has not the signatures of `earmark export smartreply`.
   */
  static async compile(bytes: Uint8Array): Promise<Network> {
    const model = await loadAndCompile(bytes, { accelerator: 'wasm' });
    const { suggest, encode } = model.signatures;
    if (!suggest || !encode) {
      model.delete();
      throw new ModelFileError('the model file must have the signatures "suggest" and "encode". Write it: earmark export smartreply');
    }
    const size = suggest.getInputDetails().find((input) => input.name === 'text')?.shape[1];
    const names = suggest.getOutputDetails().map((output) => output.name);
    const missing = size ? WANTED.find((name) => !names.includes(name)) : 'text';
    if (!size || missing) {
      model.delete();
      throw new ModelFileError(`the model file has no ${missing}. Write it anew: earmark export smartreply`);
    }
    const network = new Network(model, size);
    for (const context of ['', ' ']) await network.suggest('', context); // the first run sets things up and is slow
    return network;
  }

  /** Run the signature `suggest`, or `suggest_alone` where there is no context: it says the same sooner. */
  suggest(text: string, context: string): Promise<Found> {
    if (context === '' && this.model.signatures.suggest_alone) return this.run('suggest_alone', { text });
    return this.run('suggest', { text, context });
  }

  /** The vector of a reply: the signature `encode`. */
  async encode(text: string): Promise<Float32Array> {
    return (await this.run('encode', { text })).vector as Float32Array;
  }

  /** Free its memory; it cannot be run any more. */
  delete(): void {
    this.model.delete();
  }

  private async run(signature: string, texts: Record<string, string>): Promise<Found> {
    const inputs: Record<string, Tensor> = {};
    for (const [name, text] of Object.entries(texts)) {
      inputs[name] = new Tensor(encodeRow(text, this.size), [1, this.size]);
    }
    try {
      const outputs = await this.model.run(signature, inputs);
      const found: Found = {};
      for (const [name, tensor] of Object.entries(outputs)) {
        found[name] = tensor.toTypedArray().slice() as Found[string];
        tensor.delete();
      }
      return found;
    } finally {
      for (const tensor of Object.values(inputs)) tensor.delete();
    }
  }
}
