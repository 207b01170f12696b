import { defineConfig } from 'vite';

// The engine for Node (dist-node/answer.mjs); LiteRT.js stays outside, in node_modules.
export default defineConfig({
  publicDir: false,
  build: {
    ssr: 'node/answer.ts',
    outDir: 'dist-node',
    target: 'node20',
    rollupOptions: { external: ['@litertjs/core'], output: { entryFileNames: '[name].mjs' } },
  },
});
