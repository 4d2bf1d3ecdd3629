// Compiles src/ to dist/, copies the data files that the program reads beside its code, and builds the console (web/)
// to dist/web when something that it is made of has changed.
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildConsole } from './build-console.mjs';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
const tsc = createRequire(import.meta.url).resolve('typescript/package.json');
for (const entry of existsSync(dist) ? readdirSync(dist) : []) {
  if (entry !== 'web') rmSync(join(dist, entry), { recursive: true, force: true });
}
// The client is used by other programs, too: its types are beside it.
for (const project of ['tsconfig.json', 'tsconfig.client.json']) {
  execFileSync(process.execPath, [join(dirname(tsc), 'bin', 'tsc'), '-p', join(root, project)], { stdio: 'inherit' });
}
for (const data of ['attack/techniques.json', 'apis/http/recorded-answers.json']) {
  const from = join(root, 'src', data);
  if (existsSync(from)) cpSync(from, join(dist, data), { recursive: true });
}
const cli = join(dist, 'cli.js');
if (existsSync(cli)) chmodSync(cli, 0o755);
await buildConsole(root);
