// node --import ./scripts/shifted-clock.mjs …: the program's clock is off by the milliseconds that stand in the file that
// SHIFTED_CLOCK names, read anew ten times a second. Lets a demo live through a week within a minute; threads have it, too.
import { readFileSync } from 'node:fs';

const READ_EVERY_MS = 100;
const file = process.env.SHIFTED_CLOCK;
const RealDate = Date;
let offsetMs = 0;
let readAtMs = Number.NEGATIVE_INFINITY;

function now() {
  const realMs = RealDate.now();
  if (file !== undefined && realMs - readAtMs > READ_EVERY_MS) {
    readAtMs = realMs;
    // The file is being replaced: what was read last still holds.
    const read = Number(readFileSync(file, 'utf8'));
    if (Number.isFinite(read)) offsetMs = read;
  }
  return realMs + offsetMs;
}

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(now());
    else super(...given);
  }
  static now() {
    return now();
  }
};
