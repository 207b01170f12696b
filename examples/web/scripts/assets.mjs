// Puts what the page serves beside itself into public/: the model and LiteRT's WebAssembly. Neither is kept in git.
//
//   node scripts/assets.mjs                              the model that ships with earmark
//   EARMARK_MODEL=mine.tflite node scripts/assets.mjs    a file of `earmark export smartreply mine.tflite --replies my.txt`

import { copyFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const out = join(here, 'public');

// The same bytes that `earmark export smartreply` writes.
const shipped = resolve(here, '../../smartreply/pretrained/en/smartreply.tflite');
const model = process.env.EARMARK_MODEL ? resolve(process.env.EARMARK_MODEL) : shipped;
if (!existsSync(model)) {
  fail(`there is no model ${model}. Write one with: earmark export smartreply smartreply.tflite, then set EARMARK_MODEL to it.`);
}
if (readFileSync(model).subarray(4, 8).toString('latin1') !== 'TFL3') {
  fail(`${model} is not a .tflite. Write one with: earmark export smartreply smartreply.tflite`);
}

const wasm = join(here, 'node_modules/@litertjs/core/wasm');
if (!existsSync(wasm)) fail(`${wasm} is missing. Run: npm ci`);

mkdirSync(join(out, 'wasm'), { recursive: true });
copyFileSync(model, join(out, 'smartreply.tflite'));
// Two of LiteRT's four builds: with relaxed SIMD, and for browsers without it. The other two need special headers or flags.
for (const build of ['litert_wasm_internal', 'litert_wasm_compat_internal']) {
  for (const kind of ['js', 'wasm']) copyFileSync(join(wasm, `${build}.${kind}`), join(out, 'wasm', `${build}.${kind}`));
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
