import { fileURLToPath } from 'node:url';

/**
 * The compiled file of a thread or child process that sits beside the calling module.
 *
 * Node 20 starts only JavaScript, so a module that runs from `src/` (a test) is pointed at its twin in `dist/`, which
 * `npm test` builds first.
 */
export function compiledUrl(entry: string, importMetaUrl: string): URL {
  const url = new URL(entry, importMetaUrl);
  if (!url.pathname.endsWith('.ts')) return url;
  // Compiled code (dist/, or a bench's own build) starts the twin beside it.
  const isSource = importMetaUrl.endsWith('.ts');
  const folder = isSource ? url.href.replace(/\/src\/(?!.*\/src\/)/, '/dist/') : url.href;
  return new URL(folder.replace(/\.ts$/, '.js'));
}

export const compiledPath = (entry: string, importMetaUrl: string): string =>
  fileURLToPath(compiledUrl(entry, importMetaUrl));
