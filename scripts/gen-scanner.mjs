// Compiles assembly/line-scanner.ts to src/ingest/line-scanner-code.ts. With --check: fails when the two are not in step.
// The compiler comes with npx, so that nobody who only builds or uses the project downloads it.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const COMPILER = 'assemblyscript@0.28.20';
/** 64 KiB each; see the offsets in the source. */
const PAGES = '192';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const target = join(root, 'src', 'ingest', 'line-scanner-code.ts');
const folder = mkdtempSync(join(tmpdir(), 'tocsin-scanner-'));
try {
  const binary = join(folder, 'scanner.wasm');
  const options = ['-O3', '--enable', 'simd', '--runtime', 'stub', '--noAssert'];
  const memory = ['--initialMemory', PAGES, '--maximumMemory', PAGES];
  const source = join(root, 'assembly', 'line-scanner.ts');
  const args = ['--yes', '--package', COMPILER, 'asc', source, ...options, ...memory, '-o', binary];
  execFileSync('npx', args, { cwd: folder, stdio: ['ignore', 'ignore', 'inherit'] });
  const text = readFileSync(binary)
    .toString('base64')
    .replace(/.{1,110}/g, "  '$&' +\n")
    .slice(0, -3);
  const fresh = `// Made from assembly/line-scanner.ts by npm run gen:scanner.\n\n/** A WebAssembly module, as base64. */\nexport const LINE_SCANNER_CODE =\n${text};\n`;
  if (process.argv.includes('--check')) {
    if (readFileSync(target, 'utf8') !== fresh) {
      console.error(
        'src/ingest/line-scanner-code.ts is not what assembly/line-scanner.ts compiles to: npm run gen:scanner',
      );
      process.exitCode = 1;
    }
  } else writeFileSync(target, fresh);
} finally {
  rmSync(folder, { recursive: true });
}
