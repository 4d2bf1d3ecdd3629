import { Reader, type Response } from 'mmdb-lib';
import type { ProviderAnswer } from '../../query/query-providers.ts';
import { ipVersion } from '../../shared/ip-version.ts';
import type { ProviderTable } from './provider-tables.ts';

/** Where each column stands in a record of the databases for countries, cities and autonomous systems, by their names. */
const PLACES = {
  country: [
    ['country', 'names', 'en'],
    ['registered_country', 'names', 'en'],
  ],
  city: [['city', 'names', 'en']],
  region: [['subdivisions', 0, 'names', 'en']],
  country_code: [
    ['country', 'iso_code'],
    ['registered_country', 'iso_code'],
  ],
  continent: [['continent', 'names', 'en']],
  latitude: [['location', 'latitude']],
  longitude: [['location', 'longitude']],
  timezone: [['location', 'time_zone']],
  asn: [['autonomous_system_number'], ['traits', 'autonomous_system_number']],
  organization: [['autonomous_system_organization'], ['traits', 'organization']],
} as const;

/** A database in the format MMDB, as a table of places. @throws Error when the bytes are no such database */
export function placeDatabase(bytes: Buffer): ProviderTable {
  const reader = new Reader<Response>(bytes);
  return {
    columns: Object.keys(PLACES),
    find: (key) => {
      const version = ipVersion(key);
      if (version === 0 || version > reader.metadata.ipVersion) return undefined;
      const record: unknown = reader.get(key);
      return record === null ? undefined : answerOf(record);
    },
    all: () => undefined,
  };
}

function answerOf(record: unknown): ProviderAnswer {
  const answer: Record<string, string> = {};
  for (const [column, paths] of Object.entries(PLACES)) {
    for (const path of paths) {
      const value = path.reduce(stepInto, record);
      if (typeof value !== 'string' && typeof value !== 'number') continue;
      answer[column] = String(value);
      break;
    }
  }
  return answer;
}

const stepInto = (value: unknown, name: string | number): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
