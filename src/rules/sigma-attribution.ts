import type { MetadataEntry, RuleSpec } from './alert-rule.ts';

/** Longest text of one entry; references are told apart, authors of public rules fit. */
const VALUE_CHARS_MAX = 1_000;
/** References that incidents carry along; the rule keeps all. */
const REFERENCES_MAX = 10;

/**
 * What shows with every match of a Sigma rule (incident rows, notifications, lists): id, author, licence and references,
 * as metadata before the rule's own. An edit cannot take them away. Source: Detection Rule License 1.1.
 */
export function attributedMetadata({
  sigma,
  metadata,
}: Pick<RuleSpec, 'sigma' | 'metadata'>): readonly MetadataEntry[] {
  if (sigma === undefined) return metadata;
  const entry = (field: string, value: string): readonly MetadataEntry[] =>
    value === '' ? [] : [{ field, value: value.slice(0, VALUE_CHARS_MAX) }];
  return [
    ...entry('sigma_id', sigma.id),
    ...entry('author', sigma.author),
    ...entry('licence', sigma.licence),
    ...sigma.references.slice(0, REFERENCES_MAX).flatMap((reference) => entry('reference', reference)),
    ...metadata,
  ];
}
