import type { OperationPlace } from './operation-table.ts';
import type { AnyRequest } from './request-types.ts';

/** The pool and logpoint that a client is bound to. */
export type Tenant = { readonly pool?: string | undefined; readonly logpoint?: string | undefined };

/**
 * The path of an operation with what the caller named, and its query.
 *
 * @throws TypeError when a part of the path is not given
 */
export function buildPath(place: OperationPlace, tenant: Tenant, { path, query }: AnyRequest): string {
  const filled = place.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = name === 'pool' ? tenant.pool : name === 'logpoint' ? tenant.logpoint : path?.[name];
    if (typeof value === 'string' && value !== '') return encodeURIComponent(value);
    const where = name === 'pool' || name === 'logpoint' ? 'the client is bound to none' : 'path names none';
    throw new TypeError(`${place.method} ${place.path} needs a ${name}, and ${where}`);
  });
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null) search.append(name, String(one));
    }
  }
  const text = search.toString();
  return text === '' ? filled : `${filled}?${text}`;
}
