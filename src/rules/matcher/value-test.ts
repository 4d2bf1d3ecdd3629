import { numericValue } from '../../events/event.ts';
import type { Access, Accessor } from '../../query/access.ts';
import { fold } from '../../query/fold.ts';
import { listOf } from '../../query/list-text.ts';
import type { Condition } from '../../query/plan.ts';
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

/** Key of the one field that decides a condition; null when there is more to it. */
export function soleRefKey(condition: Condition): string | null {
  switch (condition.kind) {
    case 'always':
    case 'never':
    case 'anywhere':
    case 'relates':
      return null;
    case 'not':
      return soleRefKey(condition.operand);
    case 'and':
    case 'or': {
      const keys = new Set(condition.operands.map(soleRefKey));
      const [only = null] = keys;
      return keys.size === 1 ? only : null;
    }
    default: {
      const { ref } = condition;
      return ref.kind === 'field' && !ref.isSet ? refKey(ref) : null;
    }
  }
}

/** The operands that must all hold. */
export const conjunctsOf = (condition: Condition): readonly Condition[] =>
  condition.kind === 'and' ? condition.operands : [condition];
