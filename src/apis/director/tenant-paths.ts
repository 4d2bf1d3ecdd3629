import { Type } from 'typebox';

type PathForm = { readonly prefix: string; readonly isDocumented: boolean };

const forms = (family: string): readonly PathForm[] => [
  { prefix: `/${family}/:pool/:logpoint`, isDocumented: true },
  { prefix: `/${family}/v1/:pool/:logpoint`, isDocumented: false },
];

/** Both forms of a path family; what is emitted is unversioned. Source: contract/director-api.md, section 1. */
export const CONFIG_PATHS = forms('configapi');
export const MONITOR_PATHS = forms('monitorapi');

export const TENANT_PARAMS = {
  pool: Type.String({ description: 'Pool UUID: 32 lower-case hex digits.' }),
  logpoint: Type.String({ description: 'Logpoint identifier: 32 lower-case hex digits.' }),
};
