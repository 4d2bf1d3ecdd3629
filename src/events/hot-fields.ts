/**
 * Fields with a column of their own, by how many distinct values a day holds: `few` (a dictionary per part) or `many`.
 * The names are those that searches and rules use most. Source: contract/query-language.md 5.3, counted over the corpus.
 */
export const HOT_FIELDS: Readonly<Record<string, 'few' | 'many'>> = {
  action: 'few',
  channel: 'few',
  col_type: 'few',
  command: 'many',
  destination_address: 'many',
  device_ip: 'few',
  device_name: 'few',
  event_id: 'few',
  file: 'many',
  host: 'few',
  image: 'many',
  label: 'few',
  norm_id: 'few',
  parent_process: 'many',
  process: 'many',
  sig_id: 'few',
  source_address: 'many',
  status: 'few',
  target_file: 'many',
  target_object: 'many',
  user: 'few',
};
