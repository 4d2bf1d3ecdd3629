import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LogEvent } from '../../src/events/event.ts';
import { openLines } from '../../src/ingest/read-lines.ts';
import { eventAccess } from '../../src/query/access.ts';
import { closureOf } from '../../src/query/evaluate-condition.ts';
import { EventView } from '../../src/query/event-view.ts';
import { importSigma, type LoadedSigma, type SigmaImport } from '../../src/sigma/import-rules.ts';
import { readTar } from '../../src/sigma/read-tar.ts';
import { DATA } from '../corpus/public-data.ts';
import { eventsOf } from './decoded.ts';
import { bucketKey, requiredKeys } from './event-id-keys.ts';

export type Expected = readonly { readonly id: string; readonly n: number; readonly title: string }[];
export type OtrfEntry = { readonly file: string; readonly events: number; readonly expected: Expected };
export type EvtxManifest = {
  readonly events: number;
  readonly files: readonly { readonly path: string; readonly events: number; readonly expected: Expected }[];
};

export const readManifest = (name: string): unknown => JSON.parse(readFileSync(join(DATA, name), 'utf8'));

export function importAll(): SigmaImport {
  const files = readTar(readFileSync(join(DATA, 'sigma-rules.tar.gz')));
  const rules = files.filter(({ name }) => name.endsWith('.yml'));
  return importSigma(rules.map(({ name, bytes }) => ({ name, text: bytes.toString('utf8') })));
}

/** Rule id → how many events it holds for. */
export type Counts = Map<string, number>;

/** Every rule one by one, those that ask for an event id only for events with it. */
export class OneByOne {
  readonly #view = new EventView();
  readonly #byEventId = new Map<string, { id: string; holds: (view: EventView) => boolean }[]>();
  readonly #always: { id: string; holds: (view: EventView) => boolean }[] = [];

  constructor(rules: readonly LoadedSigma[]) {
    for (const { metadata, condition } of rules) {
      const rule = { id: metadata.id, holds: closureOf(condition, eventAccess) };
      const keys = requiredKeys(condition, 'event_id');
      if (keys === null) this.#always.push(rule);
      for (const key of keys ?? []) this.#byEventId.set(key, [...(this.#byEventId.get(key) ?? []), rule]);
    }
  }

  count(event: LogEvent, counts: Counts): void {
    const view = this.#view.of(event);
    for (const rules of [this.#byEventId.get(bucketKey(event.fields['event_id'] ?? '')) ?? [], this.#always]) {
      for (const { id, holds } of rules) if (holds(view)) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
  }
}

export async function* eventsOfFile(file: string): AsyncGenerator<LogEvent> {
  const { chunks } = await openLines(join(DATA, file));
  for await (const { bytes } of chunks) yield* eventsOf(bytes);
}

export const expectedCounts = (expected: Expected): Counts => new Map(expected.map(({ id, n }) => [id, n]));

/** In one order, so that two of them can be compared. */
export const sorted = (counts: Counts): readonly (readonly [string, number])[] =>
  [...counts].sort(([a], [b]) => (a < b ? -1 : 1));
