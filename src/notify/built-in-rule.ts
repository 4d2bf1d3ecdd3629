import { type AlertRule, plainSettings } from '../rules/alert-rule.ts';
import { digestHex, type LogpointId, type ObjectId } from '../shared/ids.ts';

export type BuiltInRule = {
  readonly logpointId: LogpointId;
  /** Names the rule for ever: its ids are made of it. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly ownerId: ObjectId;
};

/** What an incident about the notifications themselves takes over: a rule that is stored nowhere and notifies nobody. */
export function builtInRule(of: BuiltInRule, nowMs: number): AlertRule {
  const { logpointId, ownerId, name, description } = of;
  return {
    id: digestHex(['built-in rule', of.key, logpointId], 24),
    logpointId,
    alertruleId: digestHex(['built-in rule', of.key, logpointId], 32),
    ownerId,
    active: true,
    mode: 'schedule',
    version: 1,
    matchVersion: 1,
    createdAtMs: nowMs,
    updatedAtMs: nowMs,
    name,
    description,
    query: 'label=Tocsin object=notification action=down',
    repos: ['_logpoint'],
    ...plainSettings,
  };
}
