import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

import type { Plugin } from 'vite';
import { defineConfig } from 'vitest/config';

// What the page may do: load its own files and compile WebAssembly; nothing else, and nothing from anywhere else.
const POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/** Writes the policy into the built page; the development server needs inline scripts of its own. */
function policy(): Plugin {
  return {
    name: 'policy',
    apply: 'build',
    transformIndexHtml: () => [
      { tag: 'meta', attrs: { 'http-equiv': 'Content-Security-Policy', content: POLICY }, injectTo: 'head-prepend' },
    ],
  };
}

/** Tells the service worker which files there are, and a version that changes with any of them. */
function offline(): Plugin {
  let out = '';
  return {
    name: 'offline',
    apply: 'build',
    configResolved: (config) => {
      out = resolve(config.root, config.build.outDir);
    },
    closeBundle: () => {
      const files = list(out).filter((file) => file !== 'worker.js');
      const digest = createHash('sha256');
      for (const file of files) digest.update(file).update(readFileSync(join(out, file)));
      // The page needs one of the two builds of LiteRT; it is kept when it has been fetched.
      const shell = files.filter((file) => !file.startsWith('wasm/'));
      const worker = join(out, 'worker.js');
      const code = readFileSync(worker, 'utf8');
      const told = code
        .replace('__VERSION__', digest.digest('hex').slice(0, 12))
        .replace(/["'`]__FILES__["'`]/, JSON.stringify(shell));
      if (told === code) throw new Error('the service worker has no place for the list of files');
      writeFileSync(worker, told);
    },
  };
}

function list(folder: string, under = ''): string[] {
  return readdirSync(join(folder, under))
    .sort()
    .flatMap((name) => {
      const path = under ? `${under}/${name}` : name;
      return statSync(join(folder, path)).isDirectory() ? list(folder, path) : [path];
    });
}

export default defineConfig({
  base: './', // works in any folder of any server
  plugins: [policy(), offline()],
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    rollupOptions: {
      input: { page: 'index.html', engine: 'src/engine/index.ts', worker: 'src/worker/worker.ts' },
      preserveEntrySignatures: 'allow-extension',
      output: {
        entryFileNames: (chunk) => (chunk.name === 'worker' ? 'worker.js' : 'assets/[name].js'),
        chunkFileNames: 'assets/[name].js',
        assetFileNames: 'assets/[name][extname]',
      },
    },
  },
  test: { include: ['test/**/*.test.ts'], pool: 'forks', fileParallelism: false },
});
