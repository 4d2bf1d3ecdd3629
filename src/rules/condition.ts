import { unreachable } from '../shared/assert.ts';
import type { RuleMode } from './alert-rule.ts';

/** How the number of result rows is compared with the rule's value. `equals` is read as `equalsto`. */
export const CONDITION_OPTIONS = ['greaterthan', 'lessthan', 'equalsto', 'lessequal', 'moreequal', 'notequal'] as const;
export type ConditionOption = (typeof CONDITION_OPTIONS)[number];

export function conditionHolds(option: ConditionOption, value: number, rows: number): boolean {
  switch (option) {
    case 'greaterthan':
      return rows > value;
    case 'lessthan':
      return rows < value;
    case 'equalsto':
      return rows === value;
    case 'lessequal':
      return rows <= value;
    case 'moreequal':
      return rows >= value;
    case 'notequal':
      return rows !== value;
    default:
      return unreachable(option);
  }
}

/**
 * How many matches a window needs for the condition to hold, when more matches can only help and none can not be
 * enough; `null` for every other condition, which no single event can decide.
 */
export function streamThreshold(option: ConditionOption, value: number): number | null {
  if (option === 'greaterthan') return value + 1;
  if (option === 'moreequal' && value >= 1) return value;
  return null;
}

/** A plain search whose condition an arriving event can bring about runs on the stream, everything else on schedule. */
export function modeOf(isStreamable: boolean, option: ConditionOption, value: number): RuleMode {
  return isStreamable && streamThreshold(option, value) !== null ? 'stream' : 'schedule';
}
