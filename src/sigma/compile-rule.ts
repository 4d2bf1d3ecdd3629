import { allOf, anyOf } from '../query/join-conditions.ts';
import type { Condition } from '../query/plan.ts';
import { compileDetection, fieldsOf, mayHold } from './compile-detection.ts';
import { routeLogSource } from './log-source.ts';
import type { Detection, LogSource } from './sigma-rule.ts';
import type { SourceScope, SourceShape } from './source-scope.ts';

/** The condition over stored events; or why there is none. */
export type CompiledSigma = { readonly condition: Condition } | { readonly refused: string };

/**
 * A detection over stored events, in the one boolean form that queries have too. Names of fields are resolved for every
 * shape of event that the log source has: where the stored names differ, each shape gets its own alternative.
 */
export function compileSigma(logSource: LogSource, detection: Detection): CompiledSigma {
  const routed = routeLogSource(logSource);
  if ('unknown' in routed) return { refused: routed.unknown };
  const condition = anyOf(groupsOf(detection, routed.scopes).map((group) => compileGroup(detection, group)));
  if (condition.kind === 'never')
    return { refused: 'no event of the log source can have the event ids that it asks for' };
  return { condition };
}

/** Events that store all fields of the rule under the same names. */
type Group = { readonly shape: SourceShape; readonly conditions: Condition[] };

function groupsOf(detection: Detection, scopes: readonly SourceScope[]): readonly Group[] {
  const fields = [...fieldsOf(detection)].sort();
  const keyOf = ({ isWindows, names }: SourceShape): string => JSON.stringify([isWindows, fields.map(names)]);
  const groups = new Map<string, Group>();
  for (const scope of scopes) {
    const shapes = scope.shapes.filter((shape) => mayHold(detection, shape));
    const isUniform = new Set(shapes.map(keyOf)).size === 1;
    for (const shape of shapes) {
      const key = keyOf(shape);
      const group = groups.get(key) ?? { shape, conditions: [] };
      groups.set(key, group);
      // Shapes that are left out cannot have the event ids that the rule asks for: it need not be said that they are out.
      if (!isUniform) group.conditions.push(shape.condition);
      else if (shape === shapes[0]) group.conditions.push(scope.condition);
    }
  }
  return [...groups.values()];
}

const compileGroup = (detection: Detection, { shape, conditions }: Group): Condition =>
  allOf([anyOf(conditions), compileDetection(detection, shape)]);
