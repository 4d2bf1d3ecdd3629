import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Json, JsonObject } from '../../src/shared/json.ts';
import { isJsonObject } from '../../src/shared/json.ts';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const CLI = join(root, 'dist', 'cli.js');

export type CliResult = { readonly code: number; readonly stdout: string; readonly stderr: string };

/** How a process is started: as which user, from which program, in which environment instead of this one. */
export type Surroundings = {
  readonly uid?: number;
  readonly gid?: number;
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly cli?: string;
};

/** Runs one command to its end. */
export function runCommand(
  args: readonly string[],
  options: { input?: string; env?: Record<string, string>; as?: Surroundings } = {},
) {
  return new Promise<CliResult>((resolve) => {
    const { cli = CLI, ...as } = options.as ?? {};
    const settings = { timeout: 60_000, ...as, env: { ...(as.env ?? process.env), ...options.env } };
    const child = execFile(process.execPath, [cli, ...args], settings, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : -1;
      resolve({ code, stdout, stderr });
    });
    child.stdin?.end(options.input ?? '');
  });
}

export type Founded = {
  readonly pool_uuid: string;
  readonly logpoint_identifier: string;
  readonly token: string;
  readonly secret_key: string;
  readonly admin: {
    readonly id: string;
    readonly username: string;
    readonly password: string;
    readonly access_key: string;
  };
};

export async function initFolder(dataDir: string, ...args: string[]): Promise<Founded> {
  const { code, stdout, stderr } = await runCommand(['init', '--data', dataDir, '--json', ...args]);
  if (code !== 0) throw new Error(`init ended with ${code}: ${stderr}`);
  return JSON.parse(stdout) as Founded;
}

/** A server process of its own, as an operator starts it. */
export class ServerProcess {
  readonly url: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;
  /** Every line that the server has logged. */
  readonly log: JsonObject[];

  private constructor(child: ChildProcess, url: string, log: JsonObject[], ended: Promise<number | null>) {
    this.#child = child;
    this.url = url;
    this.log = log;
    this.#ended = ended;
  }

  static start(dataDir: string, ...args: string[]): Promise<ServerProcess> {
    return ServerProcess.startAs({}, dataDir, ...args);
  }

  static async startAs(surroundings: Surroundings, dataDir: string, ...args: string[]): Promise<ServerProcess> {
    const { cli = CLI, ...as } = surroundings;
    const child = spawn(process.execPath, [cli, 'serve', '--data', dataDir, '--port', '0', ...args], {
      ...as,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const ended = new Promise<number | null>((resolve) => child.on('exit', (code) => resolve(code)));
    const log: JsonObject[] = [];
    let stderr = '';
    child.stderr?.on('data', (chunk) => {
      stderr += String(chunk);
    });
    const url = await new Promise<string>((resolve, reject) => {
      if (child.stdout === null) return;
      createInterface({ input: child.stdout }).on('line', (line) => {
        const record: Json = JSON.parse(line);
        if (!isJsonObject(record)) return;
        log.push(record);
        if (record['msg'] === 'ready') resolve(String(record['url']));
      });
      void ended.then((code) =>
        reject(new Error(`serve ended with ${code}: ${stderr} ${JSON.stringify(log.slice(-5))}`)),
      );
    });
    return new ServerProcess(child, url, log, ended);
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  /** Asks the server to end; answers its exit code. */
  async stop(): Promise<number | null> {
    this.#child.kill('SIGTERM');
    return this.#ended;
  }

  /** Ends the server as a power cut would. */
  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#ended;
  }
}

/** One tenant of a server as a client sees it. */
export class Director {
  readonly #url: string;
  readonly #token: string;
  readonly tenant: string;

  constructor(url: string, founded: Founded, token = founded.token) {
    this.#url = url;
    this.#token = token;
    this.tenant = `${founded.pool_uuid}/${founded.logpoint_identifier}`;
  }

  request(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Response> {
    return fetch(`${this.#url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${this.#token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
  }

  async get(path: string): Promise<Json> {
    const answer = await this.request('GET', path);
    if (!answer.ok) throw new Error(`GET ${path}: ${answer.status} ${await answer.text()}`);
    return answer.json() as Promise<Json>;
  }

  list(resource: string): Promise<Json> {
    return this.get(`/configapi/${this.tenant}/${resource}`);
  }

  /** Path of the order that was accepted. */
  async place(resource: string, data: JsonObject, method = 'POST'): Promise<string> {
    const answer = await this.request(method, `/configapi/${this.tenant}/${resource}`, { data });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${resource}: ${answer.status} ${text}`);
    return String((JSON.parse(text) as JsonObject)['message']);
  }

  /** The final `response` of an order, success or not. */
  async order(resource: string, data: JsonObject, method = 'POST'): Promise<JsonObject> {
    const path = await this.place(resource, data, method);
    for (;;) {
      const order = await this.get(`${path}?wait=10`);
      const response = isJsonObject(order) ? order['response'] : undefined;
      if (isJsonObject(response) && response['success'] !== undefined) return response;
    }
  }

  async rows(resource: string, data: JsonObject): Promise<JsonObject[]> {
    const response = await this.order(resource, data);
    if (response['success'] !== true) throw new Error(`${resource}: ${JSON.stringify(response)}`);
    const rows = response['rows'];
    return Array.isArray(rows) ? rows.filter(isJsonObject) : [];
  }

  ingest(body: string | Uint8Array, headers: Record<string, string> = {}, repo = 'default'): Promise<Response> {
    return fetch(`${this.#url}/ingest/${this.tenant}/${repo}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${this.#token}`, ...headers },
      body,
    });
  }
}

/** Waits until `look` finds something, looking again and again; fails after `msMax`. */
export async function eventually<T>(look: () => Promise<T | undefined>, what: string, msMax = 60_000): Promise<T> {
  const until = performance.now() + msMax;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (performance.now() > until) throw new Error(`${what}: not within ${msMax} ms`);
    await wait(50);
  }
}

/** A temporary folder, and the way to remove it. */
export function temporaryFolder(): { readonly dir: string; remove(): void } {
  const dir = mkdtempSync(join(tmpdir(), 'tocsin-e2e-'));
  return { dir, remove: () => rmSync(dir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }) };
}
