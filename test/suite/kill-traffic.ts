import { connect, type Socket } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { isJsonObject, type Json, type JsonObject } from '../../src/shared/json.ts';
import type { Founded } from '../e2e/tocsin-process.ts';

/** Where the server is now; null while it is down. */
export type Address = { readonly url: string; readonly syslogPort: number } | null;

/** An order that was accepted, and the bytes of its answer once it had ended. */
export type Accepted = { readonly path: string; readonly what: string; answer: string | null };

export type Say = { readonly resource: string; readonly data: JsonObject; readonly what: string };

const LINES_A_BATCH = 20;
/** One line in so many is a hit of the plain rule, and one in so many of those of the flushing rule. */
const HIT_EVERY = 10;
const RARE_EVERY = 60;

/**
 * Clients that go on while the server comes and goes, and remember what they were told: which lines were acknowledged,
 * which orders were accepted and how they ended.
 */
export class Traffic {
  readonly #founded: Founded;
  readonly #where: () => Address;
  isOver = false;
  readonly sent = new Set<string>();
  readonly acknowledged = new Set<string>();
  readonly syslogSent = new Set<string>();
  readonly orders: Accepted[] = [];
  /** Answers that no client may get: other than 200, or "busy, come again". */
  readonly faults: string[] = [];
  #keys = 0;
  #lines = 0;
  #syslogLines = 0;

  constructor(founded: Founded, where: () => Address) {
    this.#founded = founded;
    this.#where = where;
  }

  get tenant(): string {
    return `${this.#founded.pool_uuid}/${this.#founded.logpoint_identifier}`;
  }

  /** Sends batches of lines. A batch without an answer is not sent again: its lines may be there or not. */
  async ingest(): Promise<void> {
    for (let at = await this.#address(); at !== null; at = await this.#address()) {
      const ids = Array.from({ length: LINES_A_BATCH }, () => this.#lines++);
      const lines = ids.map((n) => {
        const kind = n % RARE_EVERY === 0 ? 'rare' : n % HIT_EVERY === 0 ? 'hit' : 'noise';
        return JSON.stringify({ line_id: `h${n}`, kind, user: `u${n % 7}` });
      });
      for (const n of ids) this.sent.add(`h${n}`);
      const answer = await this.#call(`${at.url}/ingest/${this.tenant}/default`, 'POST', `${lines.join('\n')}\n`, {});
      if (answer === null || answer.status === 503 || answer.status === 429) continue;
      if (answer.status !== 200 || JSON.stringify(answer.body) !== `{"accepted":${ids.length},"rejected":0}`) {
        this.faults.push(`ingest: ${answer.status} ${JSON.stringify(answer.body)}`);
      } else {
        for (const n of ids) this.acknowledged.add(`h${n}`);
      }
    }
  }

  /** Sends octet-counted frames over one connection after the other. */
  async syslog(): Promise<void> {
    for (let at = await this.#address(); at !== null; at = await this.#address()) {
      const socket = await connected(at.syslogPort);
      while (socket !== null && !socket.destroyed && !this.isOver) {
        const id = `s${this.#syslogLines++}`;
        const frame = `<13>1 - sender prog - - - line ${id}`;
        this.syslogSent.add(id);
        socket.write(`${frame.length} ${frame}`);
        await wait(2);
      }
      socket?.destroy();
    }
  }

  /** Places one order after the other, each with a key of its own, and follows each to its end. */
  async order(next: () => Say): Promise<void> {
    while (!this.isOver) {
      const { resource, data, what } = next();
      const path = await this.#place(resource, data);
      if (path === null) return;
      const order: Accepted = { path, what, answer: null };
      this.orders.push(order);
      order.answer = await this.#follow(path);
    }
  }

  /** The path of the order; asked again under the same key until there is an answer. */
  async #place(resource: string, data: JsonObject): Promise<string | null> {
    const key = `key-${this.#keys++}`;
    const headers = { 'content-type': 'application/json', 'idempotency-key': key };
    // An order that may have been accepted is asked for to the end, also when the time is over.
    let isAsked = false;
    for (let at = await this.#address(false); at !== null; at = await this.#address(isAsked)) {
      const url = `${at.url}/configapi/${this.tenant}/${resource}`;
      const answer = await this.#call(url, 'POST', JSON.stringify({ data }), headers);
      isAsked = true;
      if (answer === null || answer.status === 503 || answer.status === 429) continue;
      const said = isJsonObject(answer.body) ? answer.body['message'] : undefined;
      if (answer.status === 200 && typeof said === 'string') return said;
      this.faults.push(`${resource}: ${answer.status} ${JSON.stringify(answer.body)}`);
      return null;
    }
    return null;
  }

  async #follow(path: string): Promise<string | null> {
    for (let at = await this.#address(true); at !== null; at = await this.#address(true)) {
      const answer = await this.#call(`${at.url}${path}?wait=2`, 'GET', undefined, {});
      if (answer === null || answer.status === 503) continue;
      if (answer.status !== 200) {
        this.faults.push(`${path}: ${answer.status} ${answer.text}`);
        return null;
      }
      const response = isJsonObject(answer.body) ? answer.body['response'] : undefined;
      if (isJsonObject(response) && response['success'] !== undefined) return answer.text;
    }
    return null;
  }

  /** Null when the time is over, unless the caller has something to bring to an end. */
  async #address(isToTheEnd = false): Promise<Exclude<Address, null> | null> {
    for (;;) {
      if (this.isOver && !isToTheEnd) return null;
      const at = this.#where();
      if (at !== null) return at;
      await wait(10);
    }
  }

  /** Null when the server went away meanwhile. */
  async #call(url: string, method: string, body: string | undefined, headers: Record<string, string>) {
    try {
      const answer = await fetch(url, {
        method,
        headers: { authorization: `Bearer ${this.#founded.token}`, ...headers },
        ...(body === undefined ? {} : { body }),
      });
      const text = await answer.text();
      return { status: answer.status, text, body: JSON.parse(text) as Json };
    } catch {
      await wait(10);
      return null;
    }
  }
}

function connected(port: number): Promise<Socket | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => resolve(socket));
    socket.on('error', () => {
      socket.destroy();
      setTimeout(() => resolve(null), 20);
    });
  });
}
