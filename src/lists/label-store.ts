import type { ReadTx, SqlValue, Tx } from '../control/control-store.ts';
import { countRows, type ListShape, type Slice, type StoredList, selectSlice } from '../control/list-page.ts';
import type { LabelDefinition } from '../query/definitions.ts';
import type { LogpointId, ObjectId } from '../shared/ids.ts';
import type { JsonObject } from '../shared/json.ts';
import { nameKey } from '../tenancy/names.ts';

/** Searches and the labels that their events have, switched on and off together. */
export type LabelPackage = {
  readonly id: ObjectId;
  readonly logpointId: LogpointId;
  readonly name: string;
  readonly active: boolean;
  readonly definitions: readonly LabelDefinition[];
  /** Grows with each change; 1 at first. */
  readonly version: number;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
};

type PackageRecord = {
  id: string;
  logpoint_id: string;
  name: string;
  active: number;
  definitions: string;
  version: number;
  created_at_ms: number;
  updated_at_ms: number;
};
const COLUMNS = 'id, logpoint_id, name, active, definitions, version, created_at_ms, updated_at_ms';

const toPackage = (record: PackageRecord): LabelPackage => ({
  id: record.id,
  logpointId: record.logpoint_id,
  name: record.name,
  active: record.active === 1,
  definitions: JSON.parse(record.definitions),
  version: record.version,
  createdAtMs: record.created_at_ms,
  updatedAtMs: record.updated_at_ms,
});

const SHAPE: ListShape = {
  columns: COLUMNS,
  from: 'label_packages',
  scope: 'logpoint_id = ?',
  id: 'id',
  order: 'name_key',
  changed: ['updated_at_ms'],
};

/** By name. */
export const listLabelPackages = async (
  tx: ReadTx,
  logpointId: LogpointId,
  slice: Slice = {},
): Promise<LabelPackage[]> => (await selectSlice<PackageRecord>(tx, SHAPE, [logpointId], slice)).map(toPackage);

export const storedLabelPackages: StoredList<LogpointId, LabelPackage> = {
  rows: listLabelPackages,
  count: (tx, logpointId, changedFromMs) => countRows(tx, SHAPE, [logpointId], changedFromMs),
};

/** The definitions of all active packages. */
export const readLabels = async (tx: ReadTx, logpointId: LogpointId): Promise<LabelDefinition[]> =>
  (await listLabelPackages(tx, logpointId)).filter(({ active }) => active).flatMap(({ definitions }) => definitions);

export async function writeLabelPackage(tx: Tx, { id, logpointId, ...labels }: LabelPackage): Promise<void> {
  const values: SqlValue[] = [
    id,
    logpointId,
    labels.name,
    labels.active ? 1 : 0,
    JSON.stringify(labels.definitions),
    labels.version,
    labels.createdAtMs,
    labels.updatedAtMs,
    nameKey(labels.name),
  ];
  await tx.run(
    `insert into label_packages (${COLUMNS}, name_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
     on conflict (id) do update set name = excluded.name, name_key = excluded.name_key, active = excluded.active,
       definitions = excluded.definitions, version = excluded.version, updated_at_ms = excluded.updated_at_ms`,
    values,
  );
}

/** What of a package a person decides, and its version. */
export const labelPackageState = ({ name, active, definitions, version }: LabelPackage): JsonObject => ({
  name,
  active,
  version,
  definitions: definitions.map(({ query, labels }) => ({ query, labels })),
});

/** A package as the API shows it; times are epoch seconds. */
export const labelPackageRow = (labels: LabelPackage): JsonObject => ({
  id: labels.id,
  ...labelPackageState(labels),
  created_at: Math.floor(labels.createdAtMs / 1000),
  updated_at: Math.floor(labels.updatedAtMs / 1000),
});
