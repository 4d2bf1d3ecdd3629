/** Kinds of what an incident is about. Places are what the store keeps: append, never reorder. */
export const ENTITY_KINDS = ['user', 'host', 'address', 'hash'] as const;
export type EntityKind = (typeof ENTITY_KINDS)[number];

/** Something that the events of an incident name. */
export type Entity = { readonly kind: EntityKind; readonly value: string };
