import { readdirSync, readFileSync } from 'node:fs';
import { brotliDecompressSync } from 'node:zlib';

/** The first `count` lines of the public attack telemetry, in the order of its files. */
export function telemetryLines(data: string, count: number): string[] {
  const lines: string[] = [];
  for (const name of readdirSync(`${data}/otrf`).filter((file) => file.endsWith('.jsonl.br'))) {
    if (lines.length >= count) break;
    const text = brotliDecompressSync(readFileSync(`${data}/otrf/${name}`)).toString();
    for (const line of text.split('\n')) if (line !== '' && lines.length < count) lines.push(line);
  }
  return lines;
}
