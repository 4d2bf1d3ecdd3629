// Adds to package-lock.json the platform packages (`…-darwin-arm64`) that npm leaves out when a registry mirror does not
// hold them. Without their entries `npm ci` refuses the lock file everywhere. Run after every `npm install`.
import { readFileSync, writeFileSync } from 'node:fs';

const path = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(path, 'utf8'));
let added = 0;
for (const [place, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place}/node_modules/${name}`;
    const hoisted = `node_modules/${name}`;
    if (lock.packages[nested] !== undefined || lock.packages[hoisted] !== undefined) continue;
    if (!/^\d+\.\d+\.\d+/.test(version)) continue;
    const os = /\b(darwin|linux|win32|android|freebsd|openbsd)\b/.exec(name)?.[1];
    const cpu = /\b(arm64|x64|ia32|arm|ppc64|riscv64|s390x)\b/.exec(name)?.[1];
    if (os === undefined || cpu === undefined) continue;
    const libc = /musl/.test(name) ? ['musl'] : /gnu/.test(name) ? ['glibc'] : undefined;
    lock.packages[hoisted] = {
      version,
      cpu: [cpu],
      ...(entry.dev ? { dev: true } : {}),
      ...(libc ? { libc } : {}),
      optional: true,
      os: [os],
    };
    added += 1;
  }
}
const [root, ...rest] = Object.entries(lock.packages);
lock.packages = Object.fromEntries([root, ...rest.sort(([a], [b]) => (a < b ? -1 : 1))]);
writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${added} platform packages added to package-lock.json`);
