import type { ControlStore } from '../control/control-store.ts';
import { queryDefinitions } from '../lists/registry.ts';
import { listKey } from '../query/definitions.ts';
import type { LogpointId } from '../shared/ids.ts';
import type { PlaceholdersOf } from '../sigma/prepare-import.ts';

/** `%Workstations%` of a Sigma rule stands for the values of the logpoint's list `Workstations`, in any case, as it is now. */
export const listPlaceholders =
  (store: Pick<ControlStore, 'read'>, logpointId: LogpointId): PlaceholdersOf =>
  async (texts) => {
    if (texts.length === 0) return () => undefined;
    const { lists } = await store.read(queryDefinitions, { logpointId, texts: [...texts] });
    return (name) => {
      const values = lists.get(listKey(name));
      return values === undefined || values.length === 0 ? undefined : values;
    };
  };
