import type { CountedRule, MetadataEntry, RuleSpec } from './alert-rule.ts';

/** Longest text of one entry; references are told apart, authors of public rules fit. */
const VALUE_CHARS_MAX = 1_000;
/** References that incidents carry along; the rule keeps all. */
const REFERENCES_MAX = 10;

/** Rules of a correlation that incidents name; the alert rule keeps all. */
const COUNTED_MAX = 10;

const countedText = ({ id, author, licence }: CountedRule): string =>
  `${id}${author === '' ? '' : `, by ${author}`}${licence === '' ? '' : ` (${licence})`}`;

/**
 * What shows with every match of a Sigma rule (incident rows, notifications, lists): id, author, licence and references,
 * as metadata before the rule's own; of a correlation also the rules whose matches it shows. An edit cannot take them away. Source: Detection Rule License 1.1.
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
    ...(sigma.counted ?? []).slice(0, COUNTED_MAX).flatMap((rule) => entry('counted_rule', countedText(rule))),
    ...sigma.references.slice(0, REFERENCES_MAX).flatMap((reference) => entry('reference', reference)),
    ...metadata,
  ];
}
