import { allOf, anyOf } from './join-conditions.ts';
import { networkOf } from './network.ts';
import type { Condition, FieldRef, Plan } from './plan.ts';
import { overStreams } from './stream-plans.ts';

/** What one group of people may search: repos by name, devices by address or network; null is every one. */
export type SearchGrant = { readonly repos: readonly string[] | null; readonly devices: readonly string[] | null };

/** All that somebody may search together; null is everything, no grant is nothing. */
export type SearchScope = readonly SearchGrant[] | null;

const REPO: FieldRef = { kind: 'field', names: ['repo_name'], isSet: false };
const DEVICE: FieldRef = { kind: 'field', names: ['device_ip'], isSet: false };

/** Of these repos those that the scope reaches at all. */
export function reposWithin(scope: SearchScope, repos: readonly string[]): string[] {
  return repos.filter(
    (repo) => scope === null || scope.some((grant) => grant.repos === null || grant.repos.includes(repo)),
  );
}

/**
 * The plan over the events that the scope holds, and no others: the condition stands in what the store is asked, of
 * every stream too, so that nothing else is read, counted or joined. An event without a device is of no device.
 */
export function restrictPlan(plan: Plan, scope: SearchScope): Plan {
  if (scope === null || scope.every(({ devices }) => devices === null)) return plan;
  return within(plan, anyOf(scope.map(grantCondition)));
}

function within(plan: Plan, condition: Condition): Plan {
  // Whether somebody may read a table at all is decided where its rows are taken.
  if (plan.table !== null) return plan;
  if (plan.streams === null) return { ...plan, filter: allOf([condition, plan.filter]) };
  return { ...plan, streams: overStreams(plan.streams, (stream) => within(stream, condition)) };
}

function grantCondition({ repos, devices }: SearchGrant): Condition {
  const parts: Condition[] = [];
  if (repos !== null) {
    // As written: two repos may differ in case alone.
    parts.push({ kind: 'matches-cased', ref: REPO, texts: { exact: [...repos], patterns: [] } });
  }
  if (devices !== null) {
    const networks = devices.flatMap((device) => networkOf(device) ?? []);
    parts.push(networks.length === 0 ? { kind: 'never' } : { kind: 'in-network', ref: DEVICE, networks });
  }
  return allOf(parts);
}
