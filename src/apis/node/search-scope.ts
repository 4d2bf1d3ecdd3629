import { searchScopeFind } from '../../accounts/registry.ts';
import type { SearchScope } from '../../query/restrict-plan.ts';
import type { NodeCall } from './node-services.ts';

/** What the caller may search. */
export const scopeOf = ({ services, caller }: NodeCall): Promise<SearchScope> =>
  services.control.read(searchScopeFind, { logpointId: caller.logpoint.id, userId: caller.user.id });
