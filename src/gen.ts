import { mkdirSync, writeFileSync } from 'node:fs';
import { pino } from 'pino';
import { noDoors } from './apis/node/node-doors.ts';
import { resolveSettings } from './config/load-settings.ts';
import { settingsPage } from './config/settings-page.ts';
import { errorsPage } from './error-catalogue.ts';
import { FIXED_LIMITS } from './fixed-limits.ts';
import { clientSchema, clientTable } from './gen-client.ts';
import { createHttpApp } from './http-app.ts';
import type { JsonObject } from './shared/json.ts';
import { readVersion } from './version.ts';

// Writes what follows from the code: openapi.json, what the client knows of it, docs/errors.md, docs/configuration.md.
// They are committed, so that a change of the API shows in review; CI fails when they are not in step.

const root = new URL('../', import.meta.url);

const DEFAULTS = resolveSettings({ flags: {}, environment: {}, file: new Map() });

const closed = (): never => {
  throw new Error('nothing is open while documents are written');
};

async function openApi(): Promise<JsonObject> {
  const app = await createHttpApp({
    version: readVersion(),
    control: { read: closed, write: closed, onSignal: closed, close: closed },
    orders: { accept: closed, poll: closed, list: closed },
    ingest: { accept: closed },
    ingestBodyBytesMax: DEFAULTS['ingest.bodyBytesMax'],
    node: {
      events: {
        openLogpoint: closed,
        append: closed,
        search: closed,
        dropBefore: closed,
        repoSizes: closed,
        isReady: () => false,
        close: closed,
      },
      rowsMax: DEFAULTS['fetch.rowsMax'],
      dataBytesMax: DEFAULTS['incidents.dataBytesMax'],
      searchTimeoutMs: DEFAULTS['search.timeoutMs'],
      bodyBytesMax: DEFAULTS['http.bodyBytesMax'],
      jsonDepthMax: DEFAULTS['http.jsonDepthMax'],
      linkHost: () => '',
      secretKey: new Uint8Array(32),
      doors: noDoors,
    },
    stopping: new AbortController().signal,
    logger: pino({ level: 'silent' }),
    limits: { bodyBytesMax: DEFAULTS['http.bodyBytesMax'], jsonDepthMax: DEFAULTS['http.jsonDepthMax'] },
    parts: {},
    isMetricsPublic: DEFAULTS['metrics.public'],
  });
  const answer = await app.inject('/openapi.json');
  await app.close();
  return answer.json<JsonObject>();
}

mkdirSync(new URL('docs/', root), { recursive: true });
const document = await openApi();
writeFileSync(new URL('openapi.json', root), `${JSON.stringify(document, null, 2)}\n`);
writeFileSync(new URL('src/client/schema.ts', root), clientSchema(document));
writeFileSync(new URL('src/client/operation-table.ts', root), clientTable(document));
writeFileSync(new URL('docs/errors.md', root), errorsPage());
writeFileSync(new URL('docs/configuration.md', root), settingsPage(FIXED_LIMITS));
