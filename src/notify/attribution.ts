import type { MessageContent } from './message-content.ts';

/** What metadata says of the rule of somebody else that the incident is a match of. */
export type Attribution = {
  /** One line: id, author and licence, of a correlation also those of the rules that it counts; '' for a rule of one's own. */
  readonly text: string;
  readonly references: readonly string[];
};

/**
 * The licence of public rules asks that whoever is shown a match is shown whose rule it is. Source: Detection Rule License 1.1;
 * the entries are those of `attributedMetadata`.
 */
export function attributionOf({ metadata }: Pick<MessageContent, 'metadata'>): Attribution {
  const all = (field: string): string[] => metadata.filter((entry) => entry.field === field).map(({ value }) => value);
  const [id] = all('sigma_id');
  // Entries of that name which somebody gave to a rule of the logpoint's own mean what he likes.
  if (id === undefined || metadata[0]?.field !== 'sigma_id') return { text: '', references: [] };
  const [author] = all('author');
  const [licence] = all('licence');
  const own = `Sigma rule ${id}${author === undefined ? '' : ` by ${author}`}${licence === undefined ? '' : ` (${licence})`}`;
  const counted = all('counted_rule');
  return {
    text: counted.length === 0 ? own : `${own}, over ${counted.join('; ')}`,
    references: all('reference'),
  };
}
