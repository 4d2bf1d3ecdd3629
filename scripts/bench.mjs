// npm run bench -- NAME [args]: compiles bench/NAME.ts with the sources it measures, and runs it. Without a name: lists them.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const [name, ...rest] = process.argv.slice(2);
const known = readdirSync(join(root, 'bench'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.slice(0, -3))
  .sort();
if (name === undefined || !known.includes(name)) {
  console.error(`usage: npm run bench -- NAME; NAME is one of: ${known.join(', ')}`);
  process.exit(2);
}
const tsc = createRequire(import.meta.url).resolve('typescript/package.json');
rmSync(join(root, 'dist-bench'), { recursive: true, force: true });
execFileSync(process.execPath, [join(dirname(tsc), 'bin', 'tsc'), '-p', join(root, 'tsconfig.bench.json')], {
  stdio: 'inherit',
});
for (const data of ['attack/techniques.json', 'apis/http/recorded-answers.json']) {
  cpSync(join(root, 'src', data), join(root, 'dist-bench/src', data));
}
const run = spawnSync(process.execPath, [join(root, 'dist-bench', 'bench', `${name}.js`), ...rest], {
  stdio: 'inherit',
  cwd: root,
});
process.exit(run.status ?? 1);
