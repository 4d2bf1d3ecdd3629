import { appendAudit } from '../audit/audit-chain.ts';
import type { ReadTx, Tx } from '../control/control-store.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import type { Author } from './author.ts';

/** Settings of one logpoint that people change while the server runs. */
export const SETTINGS_KINDS = ['general', 'smtp'] as const;
export type SettingsKind = (typeof SETTINGS_KINDS)[number];

export type StoredSettings = {
  readonly id: ObjectId;
  readonly settings: JsonObject;
  /** Of a secret box; opens with `settingsSecretContext` only. */
  readonly sealedSecret: string | null;
  readonly updatedAtMs: number;
};

/** Ties a sealed secret to its place. */
export const settingsSecretContext = (logpointId: LogpointId, kind: SettingsKind): string =>
  `settings:${logpointId}:${kind}`;

/** The same as long as the logpoint lives. */
export const settingsId = (logpointId: LogpointId, kind: SettingsKind): ObjectId =>
  digestHex(['settings', logpointId, kind], 24);

/** Null where nothing was set. */
export async function getSettings(
  tx: ReadTx,
  logpointId: LogpointId,
  kind: SettingsKind,
): Promise<StoredSettings | null> {
  const row = await tx.get<{ id: string; settings: string; sealedSecret: string | null; updatedAtMs: number }>(
    `select id, settings_json as settings, sealed_secret as "sealedSecret", updated_at_ms as "updatedAtMs"
       from logpoint_settings where logpoint_id = ? and kind = ?`,
    [logpointId, kind],
  );
  return row === undefined ? null : { ...row, settings: JSON.parse(row.settings) };
}

export async function saveSettings(
  tx: Tx,
  logpointId: LogpointId,
  kind: SettingsKind,
  next: Pick<StoredSettings, 'settings' | 'sealedSecret'>,
  by: Author,
): Promise<StoredSettings> {
  const before = await getSettings(tx, logpointId, kind);
  const id = settingsId(logpointId, kind);
  await tx.run(
    `insert into logpoint_settings (logpoint_id, kind, id, settings_json, sealed_secret, updated_at_ms)
     values (?, ?, ?, ?, ?, ?)
     on conflict (logpoint_id, kind) do update set settings_json = excluded.settings_json,
       sealed_secret = excluded.sealed_secret, updated_at_ms = excluded.updated_at_ms`,
    [logpointId, kind, id, JSON.stringify(next.settings), next.sealedSecret, tx.nowMs],
  );
  await audit(tx, logpointId, kind, 'settings changed', before?.settings ?? null, next.settings, by);
  return { id, ...next, updatedAtMs: tx.nowMs };
}

/** True when there were any. */
export async function clearSettings(tx: Tx, logpointId: LogpointId, kind: SettingsKind, by: Author): Promise<boolean> {
  const before = await getSettings(tx, logpointId, kind);
  if (before === null) return false;
  await tx.run('delete from logpoint_settings where logpoint_id = ? and kind = ?', [logpointId, kind]);
  await audit(tx, logpointId, kind, 'settings cleared', before.settings, null, by);
  return true;
}

async function audit(
  tx: Tx,
  logpointId: LogpointId,
  kind: SettingsKind,
  action: string,
  before: JsonObject | null,
  after: JsonObject | null,
  by: Author,
): Promise<void> {
  const objectId = settingsId(logpointId, kind);
  await appendAudit(tx, { ...by, logpointId, action, objectType: `${kind} settings`, objectId, before, after });
}
