import { execFileSync, spawn } from 'node:child_process';
import { closeSync, fdatasyncSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Pool } from 'undici';

/** Server processes for benches: started as an operator starts them, measured from outside. */
export type Founded = {
  readonly pool_uuid: string;
  readonly logpoint_identifier: string;
  readonly token: string;
  readonly admin: { readonly id: string };
};

const CLI = join(import.meta.dirname, '..', '..', '..', 'dist', 'cli.js');

export function temporaryDir(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'tocsin-bench-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true, maxRetries: 5 }) };
}

export function initFolder(dataDir: string): { readonly founded: Founded; readonly tookMs: number } {
  const fromMs = performance.now();
  const text = execFileSync(process.execPath, [CLI, 'init', '--data', dataDir, '--json'], { encoding: 'utf8' });
  return { founded: JSON.parse(text) as Founded, tookMs: performance.now() - fromMs };
}

export type OrderEnd = { readonly success?: boolean; readonly message?: string };

export class Served {
  readonly #pool: Pool;
  readonly #founded: Founded;
  readonly url: string;
  readonly pid: number;
  /** From the start of the process to its `ready`. */
  readonly readyMs: number;
  readonly stop: () => Promise<void>;

  private constructor(
    url: string,
    connections: number,
    founded: Founded,
    pid: number,
    readyMs: number,
    end: () => Promise<void>,
  ) {
    this.url = url;
    this.#pool = new Pool(url, { connections, pipelining: 1 });
    this.#founded = founded;
    this.url = url;
    this.pid = pid;
    this.readyMs = readyMs;
    this.stop = async () => {
      await this.#pool.close();
      await end();
    };
  }

  static async start(dataDir: string, founded: Founded, connections: number): Promise<Served> {
    const fromMs = performance.now();
    const child = spawn(process.execPath, [CLI, 'serve', '--data', dataDir, '--port', '0'], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
    const url = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).on('line', (line) => {
        const record = JSON.parse(line) as { msg: string; level: string; url?: string };
        if (record.msg === 'ready') resolve(String(record.url));
        if (record.level === 'error') console.error(line);
      });
      void ended.then(() => reject(new Error('the server ended before it was ready')));
    });
    const end = (): Promise<void> => {
      child.kill('SIGTERM');
      return ended;
    };
    return new Served(url, connections, founded, child.pid ?? 0, performance.now() - fromMs, end);
  }

  get tenant(): string {
    return `${this.#founded.pool_uuid}/${this.#founded.logpoint_identifier}`;
  }

  async send(method: 'GET' | 'POST', path: string, body?: string | Buffer): Promise<{ status: number; text: string }> {
    const headers = { authorization: `Bearer ${this.#founded.token}`, 'content-type': 'application/json' };
    const answer = await this.#pool.request({ method, path, headers, ...(body === undefined ? {} : { body }) });
    return { status: answer.statusCode, text: await answer.body.text() };
  }

  /** One page of a list, and where the next one begins. */
  async page<T>(path: string): Promise<{ readonly rows: readonly T[]; readonly next: string | null }> {
    const headers = { authorization: `Bearer ${this.#founded.token}` };
    const answer = await this.#pool.request({ method: 'GET', path, headers });
    const text = await answer.body.text();
    if (answer.statusCode !== 200) throw new Error(`GET ${path}: ${answer.statusCode} ${text}`);
    const next = answer.headers['x-next-cursor'];
    return { rows: JSON.parse(text) as T[], next: typeof next === 'string' ? next : null };
  }

  async call<T>(method: 'GET' | 'POST', path: string, body?: string): Promise<T> {
    const { status, text } = await this.send(method, path, body);
    if (status !== 200) throw new Error(`${method} ${path}: ${status} ${text}`);
    return JSON.parse(text) as T;
  }

  /** POST, then poll until the order has ended. */
  async order<R extends object = object>(resource: string, data: object): Promise<OrderEnd & R> {
    const body = JSON.stringify({ data });
    const { message } = await this.call<{ message: string }>('POST', `/configapi/${this.tenant}/${resource}`, body);
    for (;;) {
      const { response } = await this.call<{ response: OrderEnd & R }>('GET', message);
      if (response.success !== undefined) return response;
    }
  }

  /** Values of the metrics without labels. Looking also begins a new maximum of the event loop's delay. */
  async metrics(): Promise<ReadonlyMap<string, number>> {
    const { text } = await this.send('GET', '/metrics');
    return new Map([...text.matchAll(/^(\w+) (\S+)$/gm)].map(([, name = '', value]) => [name, Number(value)]));
  }

  /** Resident memory and CPU time so far, of the server and of its child eventd. */
  usage(): { readonly main: Usage; readonly eventd: Usage } {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ');
    return { main: usageOf(this.pid), eventd: usageOf(Number(children[0])) };
  }
}

export type Usage = { readonly rssMiB: number; readonly cpuMs: number };

const TICK_MS = 10;

function usageOf(pid: number): Usage {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return {
    rssMiB: Math.round(Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1024),
    cpuMs: (Number(stat[11]) + Number(stat[12])) * TICK_MS,
  };
}

/** Appends of 4 KiB with `fdatasync`, one after the other, a second: what the disk under the folder can do. */
export function fdatasyncRate(dir: string): number {
  const fd = openSync(join(dir, 'fdatasync'), 'w');
  const block = Buffer.alloc(4096, 1);
  const fromMs = performance.now();
  let count = 0;
  for (; performance.now() - fromMs < 1_000; count += 1) {
    writeSync(fd, block);
    fdatasyncSync(fd);
  }
  closeSync(fd);
  return count;
}

export const share = (sorted: readonly number[], part: number): number =>
  sorted[Math.floor(sorted.length * part)] ?? Number.NaN;

/** How busy the machine is, to be read beside every number. */
export const loadText = (): string =>
  `load average ${loadavg()
    .map((load) => load.toFixed(1))
    .join(' ')}`;
