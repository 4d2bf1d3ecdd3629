import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig, type Plugin } from 'vite';

// Builds the console (web/) into dist/web; scripts/build.mjs runs it.

const root = fileURLToPath(new URL('.', import.meta.url));

/** Stands where the server puts the nonce of each answer. */
const NONCE_PLACE = '__TOCSIN_NONCE__';

/** Folders of src/ that run in a browser, too: scripts/build.mjs builds the console anew when one of them changes. */
const SHARED_FOLDERS = ['src/query/', 'src/shared/', 'src/events/'];

/** The console shares the grammar with the server, and nothing else of it. */
const onlyPureSources = (): Plugin => ({
  name: 'only-pure-sources',
  moduleParsed({ id }) {
    const path = relative(root, id);
    if (!path.startsWith('src/') || SHARED_FOLDERS.some((folder) => path.startsWith(folder))) return;
    throw new Error(`the console may not hold ${path}: expected a file of ${SHARED_FOLDERS.join(', ')}`);
  },
});

export default defineConfig({
  root: fileURLToPath(new URL('web/', import.meta.url)),
  plugins: [react(), onlyPureSources()],
  html: { cspNonce: NONCE_PLACE },
  build: {
    outDir: fileURLToPath(new URL('dist/web/', import.meta.url)),
    emptyOutDir: true,
    // The theme stands on light-dark().
    target: ['chrome123', 'firefox121', 'safari17.5'],
    // A data: address would ask for a wider content security policy.
    assetsInlineLimit: 0,
    reportCompressedSize: false,
    // What goes over the wire is bounded by a test (test/console/page-weight.test.ts), compressed as it goes.
    chunkSizeWarningLimit: 1_000,
    modulePreload: { polyfill: false },
    manifest: 'manifest.json',
  },
});
