import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { decodeEntry } from '../../src/ingest/decode-entry.ts';
import { openLines } from '../../src/ingest/read-lines.ts';
import { splitLines } from '../../src/ingest/split-records.ts';
import { DATA, isAbsent, named, recordContext } from './public-data.ts';

async function* eventsOf(path: string) {
  const { chunks } = await openLines(path);
  for await (const { bytes } of chunks) yield decodeEntry(recordContext, { bytes, spans: splitLines(bytes) }, 1);
}

test.skipIf(isAbsent)(named('every line of the public data sets is an event with a time of its own'), async () => {
  const files = readdirSync(join(DATA, 'otrf')).map((name) => join(DATA, 'otrf', name));
  files.push(join(DATA, 'evtx-cc0', 'evtx-to-mitre-attack.jsonl.br'));
  const byNorm: Record<string, number> = {};
  let events = 0;
  let untimed = 0;
  let cut = 0;
  for (const file of files.filter((path) => path.endsWith('.jsonl.br'))) {
    for await (const decoded of eventsOf(file)) {
      expect(decoded.rejected, file).toEqual([]);
      cut += decoded.droppedFields;
      for (const { fields, eventAtMs } of decoded.events) {
        events += 1;
        if (eventAtMs === recordContext.receivedAtMs) untimed += 1;
        const norm = fields['norm_id'] ?? 'none';
        byNorm[norm] = (byNorm[norm] ?? 0) + 1;
      }
    }
  }
  expect(events).toBeGreaterThan(100_000);
  expect(untimed).toBe(0);
  expect(cut).toBe(0);
  expect(byNorm['WindowsSysmon']).toBeGreaterThan(70_000);
  expect(byNorm['WinServer']).toBeGreaterThan(20_000);
  expect(byNorm['none'] ?? 0).toBe(0);
});

test.skipIf(isAbsent)(named('real Sysmon and Security events have taxonomy names'), async () => {
  const file = join(DATA, 'otrf', 'cmd_psexec_lsa_secrets_dump_2020-10-1903305471.jsonl.br');
  const events: Readonly<Record<string, string>>[] = [];
  for await (const decoded of eventsOf(file)) events.push(...decoded.events.map(({ fields }) => fields));
  const find = (norm: string, id: string) =>
    events.find((fields) => fields['norm_id'] === norm && fields['event_id'] === id);
  expect(find('WindowsSysmon', '1')).toMatchObject({
    label: 'Process Create',
    process: expect.stringContaining('\\'),
    parent_process: expect.stringContaining('\\'),
    command: expect.any(String),
    hash_sha1: expect.stringMatching(/^[0-9A-F]{40}$/),
    hash_import: expect.stringMatching(/^[0-9A-F]{32}$/),
  });
  expect(find('WinServer', '4688')).toMatchObject({
    label: 'Process Create',
    channel: 'Security',
    user: expect.any(String),
    process: 'C:\\Users\\wardog\\Downloads\\PSTools\\PsExec.exe',
    command: expect.stringContaining('PsExec.exe'),
  });
  expect(find('WinServer', '5156')).toMatchObject({
    label: 'Network Connection Allow',
    source_address: expect.any(String),
    destination_address: expect.any(String),
    destination_port: expect.any(String),
  });
});
