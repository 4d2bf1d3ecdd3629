import { appendRefusal, type Refusal } from '../audit/refusals.ts';
import type { Tx } from '../control/control-store.ts';
import type { AppError } from '../shared/errors.ts';
import { isObjectId, type ObjectId } from '../shared/ids.ts';
import type { VerbRequest } from './change-incident.ts';

/** Refusals that the answer names; the rest is counted. */
export const BULK_REFUSED_SHOWN_MAX = 1_000;
/** Refusals of one bulk change that the audit chain is told one by one; the rest as a number for each code. */
const AUDITED_MAX = 20;

/** `id` as it was asked for when there is no such incident. */
export type Refused = { readonly id: ObjectId; readonly number: string | null; readonly message: string };

type Told = Refused & { readonly code: string };

/** The incidents that a bulk change or its undoing left as they were, and why. */
export class BulkRefusals {
  readonly #shown: Told[] = [];
  readonly #codes = new Map<string, { times: number; last: Told }>();

  add(id: ObjectId, number: string | null, { code, message }: Pick<AppError, 'code' | 'message'>): void {
    const told = { id, number, code, message };
    if (this.#shown.length < BULK_REFUSED_SHOWN_MAX) this.#shown.push(told);
    this.#codes.set(code, { times: this.countOf(code) + 1, last: told });
  }

  get shown(): readonly Refused[] {
    return this.#shown.map(({ id, number, message }) => ({ id, number, message }));
  }

  get count(): number {
    return [...this.#codes.values()].reduce((sum, { times }) => sum + times, 0);
  }

  countOf(code: string): number {
    return this.#codes.get(code)?.times ?? 0;
  }

  /** Tells the audit chain, each as the verb alone would have been told. */
  async audit(tx: Tx, request: Omit<VerbRequest, 'incidentId'>, asked: string): Promise<void> {
    const refusalOf = ({ id, code, message }: Told): Refusal => ({
      logpointId: request.logpointId,
      actor: request.actor,
      onBehalfOf: request.userId,
      requestId: request.requestId,
      orderId: request.orderId,
      action: 'order refused',
      objectType: 'incident',
      objectId: isObjectId(id) ? id : '',
      code,
      message,
      asked: { action: asked, id },
      isProven: true,
    });
    const left = new Map([...this.#codes].map(([code, { times }]) => [code, times]));
    for (const told of this.#shown.slice(0, AUDITED_MAX)) {
      await appendRefusal(tx, { refusal: refusalOf(told), times: 1 });
      left.set(told.code, (left.get(told.code) ?? 0) - 1);
    }
    for (const [code, { last }] of this.#codes) {
      const times = left.get(code) ?? 0;
      if (times > 0) await appendRefusal(tx, { refusal: refusalOf(last), times });
    }
  }
}
