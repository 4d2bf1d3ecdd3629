import { numericValue } from '../../events/event.ts';
import type { Access, Accessor } from '../../query/access.ts';
import { fold } from '../../query/fold.ts';
import { listOf } from '../../query/list-text.ts';
import type { Condition, FieldRef } from '../../query/plan.ts';
import { refKey } from './field-reader.ts';

/** One value, folded at most once, however many rules are tried on it. */
export class ValueSubject {
  readonly text: string;
  #folded: string | null = null;

  constructor(text: string) {
    this.text = text;
  }

  get folded(): string {
    this.#folded ??= fold(this.text);
    return this.#folded;
  }
}

const access: Access<ValueSubject> = {
  text: ({ text }) => text,
  folded: ({ folded }) => folded,
  number: ({ text }) => numericValue(text),
  members: null,
  list: ({ text }) => listOf(text),
};

/** Reads conditions that speak of one field, which is no set, on a value of it. */
export const valueAccess: Accessor<ValueSubject> = Object.assign(() => access, { searched: () => [] });

/** What must all hold, by the key of the one field that decides it; null for what more decides. */
export type Conjuncts = ReadonlyMap<string | null, readonly Condition[]>;

export function conjunctsByField(condition: Condition): Conjuncts {
  const byField = new Map<string | null, Condition[]>();
  for (const conjunct of condition.kind === 'and' ? condition.operands : [condition]) {
    const ref = soleRef(conjunct);
    const key = ref === null ? null : refKey(ref);
    const known = byField.get(key);
    if (known === undefined) byField.set(key, [conjunct]);
    else known.push(conjunct);
  }
  return byField;
}

/** The one field, which is no set, that decides a condition. */
function soleRef(condition: Condition): FieldRef | null {
  switch (condition.kind) {
    case 'always':
    case 'never':
    case 'anywhere':
    case 'relates':
      return null;
    case 'not':
      return soleRef(condition.operand);
    case 'and':
    case 'or': {
      let sole: FieldRef | null = null;
      for (const operand of condition.operands) {
        const ref = soleRef(operand);
        if (ref === null || (sole !== null && !isSame(ref, sole))) return null;
        sole = ref;
      }
      return sole;
    }
    default: {
      const { ref } = condition;
      return ref.kind === 'field' && !ref.isSet ? ref : null;
    }
  }
}

const isSame = (a: FieldRef, b: FieldRef): boolean =>
  a.names.length === b.names.length && a.names.every((name, i) => name === b.names[i]);
