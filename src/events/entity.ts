import type { LogEvent } from './event.ts';
import { fieldText } from './event-row.ts';

/** Kinds of what an incident is about. Places are what the store keeps: append, never reorder. */
export const ENTITY_KINDS = ['user', 'host', 'address', 'hash'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

/** Something that events name. */
export type Entity = { readonly kind: EntityKind; readonly value: string };

/** Entities of one firing; more are left out. */
export const ENTITIES_MAX = 50;
/** A longer value is no name of anything. */
const VALUE_CHARS_MAX = 256;

const FIELDS: Readonly<Record<string, EntityKind>> = {
  user: 'user',
  target_user: 'user',
  source_user: 'user',
  caller_user: 'user',
  host: 'host',
  workstation: 'host',
  source_host: 'host',
  destination_host: 'host',
  source_address: 'address',
  destination_address: 'address',
  device_ip: 'address',
  hash: 'hash',
  hash_sha1: 'hash',
  hash_sha256: 'hash',
  hash_import: 'hash',
};
const NAMES = Object.keys(FIELDS);

/** What stands where nothing is known. */
const NOTHING = new Set(['', '-', 'n/a', 'null', '0.0.0.0', '::']);

/** The entity that a value of the field is, or null. */
export function entityOfField(field: string, value: string | undefined): Entity | null {
  const kind = Object.hasOwn(FIELDS, field) ? FIELDS[field] : undefined;
  const text = value?.trim() ?? '';
  if (kind === undefined || text.length > VALUE_CHARS_MAX || NOTHING.has(text.toLowerCase())) return null;
  return { kind, value: text };
}

/** What an event names, by its taxonomy fields. */
export function entitiesOf(event: LogEvent): Entity[] {
  return NAMES.map((name) => entityOfField(name, fieldText(event, name))).filter((entity) => entity !== null);
}

/** Each once, in the order of their first appearance, at most `ENTITIES_MAX`; undefined when there are none. */
export function distinctEntities(lists: Iterable<readonly Entity[] | undefined>): readonly Entity[] | undefined {
  const found = new Map<string, Entity>();
  for (const list of lists) {
    for (const entity of list ?? []) {
      if (found.size >= ENTITIES_MAX) break;
      found.set(`${entity.kind} ${entity.value}`, entity);
    }
  }
  return found.size === 0 ? undefined : [...found.values()];
}
