import { ROLES } from './actor.ts';
import type { RoleMapping } from './oidc-account.ts';

/** `soc-leads=admin`, `acme-analysts=engineer:acme|beta`: a group of the claim, its role, and pools by id or name. */
export function readRoleMapping(text: string): RoleMapping | null {
  const [, group = '', named = '', pools] = /^([^=]+)=([a-z]+)(?::(.+))?$/.exec(text) ?? [];
  const role = ROLES.find((known) => known === named);
  if (group === '' || role === undefined) return null;
  return { group, role, pools: pools === undefined ? [] : pools.split('|') };
}
