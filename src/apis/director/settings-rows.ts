import type { ControlStore } from '../../control/control-store.ts';
import { mailServerRow, storedServer } from '../../notify/smtp-settings.ts';
import type { LogpointId } from '../../shared/ids.ts';
import type { JsonObject } from '../../shared/json.ts';
import { logpointsList, settingsGet } from '../../tenancy/registry.ts';
import { settingsId } from '../../tenancy/settings.ts';

/** One row; `timestamp_on` and `enable_soar` say what always holds here. */
export async function generalRows(control: ControlStore, logpointId: LogpointId): Promise<readonly JsonObject[]> {
  const logpoint = (await control.read(logpointsList, {})).find(({ id }) => id === logpointId);
  const stored = await control.read(settingsGet, { logpointId, kind: 'general' });
  return [
    {
      id: settingsId(logpointId, 'general'),
      logpoint_name: logpoint?.name ?? '',
      identifier: logpointId,
      timezone: stored?.settings['timezone'] ?? 'UTC',
      timestamp_on: 'log_ts',
      enable_soar: false,
    },
  ];
}

/** One row, or none where the logpoint has no mail server of its own. */
export async function smtpRows(control: ControlStore, logpointId: LogpointId): Promise<readonly JsonObject[]> {
  const stored = await control.read(settingsGet, { logpointId, kind: 'smtp' });
  return stored === null ? [] : [mailServerRow(stored.id, storedServer(stored), stored.sealedSecret !== null)];
}
