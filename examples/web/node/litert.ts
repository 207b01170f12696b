// LiteRT.js outside of a browser: it is a browser library, and Node lacks five names that it looks for.

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, sep } from 'node:path';
import { runInThisContext } from 'node:vm';

/** Start LiteRT in Node, from the installed package; afterwards the engine runs as in a browser. */
export async function startLiteRtInNode(): Promise<void> {
  const require = createRequire(import.meta.url);
  const folder = join(dirname(require.resolve('@litertjs/core')), '..', 'wasm');
  const importScripts = (script: string): void => {
    runInThisContext(readFileSync(script, 'utf8'), { filename: script });
  };
  Object.assign(globalThis, { self: globalThis, require, importScripts, __filename: join(folder, 'node.js'), __dirname: folder });
  const { startLiteRt } = await import('../src/engine/network');
  const warn = console.warn;
  console.warn = () => undefined; // it looks for a graphics card, and warns that there is none
  try {
    await startLiteRt(folder + sep, () => undefined);
  } finally {
    console.warn = warn;
  }
}
