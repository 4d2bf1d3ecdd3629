import type { FastifyBaseLogger, FastifyInstance } from 'fastify';
import type { PartStatus } from '../http/part-status.ts';
import { KeyFailures } from './key-failures.ts';
import { addNodeRoutes, NODE_PATHS } from './node-routes.ts';
import type { NodeServices } from './node-services.ts';
import { addRuleRoutes, RULE_PATHS } from './rule-routes.ts';
import { SearchSessions } from './search-sessions.ts';

export type NodeApiOptions = Omit<NodeServices, 'searches'> & { readonly logger: FastifyBaseLogger };

/** The node's own APIs with what they keep while the process lives: searches and counts of wrong keys. */
export class NodeApi {
  readonly #services: NodeServices;
  readonly #failures: KeyFailures;

  constructor(options: NodeApiOptions) {
    const { logger } = options;
    const searches = new SearchSessions(options.clock, (error) => logger.error({ err: error }, 'a search met a bug'));
    this.#services = { ...options, searches };
    this.#failures = new KeyFailures(options.control, (error) =>
      logger.warn({ err: error }, 'failures of access keys are not written'),
    );
  }

  async addRoutes(app: FastifyInstance): Promise<void> {
    app.addHook('onClose', async () => {
      this.#services.searches.close();
      await this.#failures.close();
    });
    await addNodeRoutes(app, this.#services, this.#failures);
    await addRuleRoutes(app, this.#services, this.#failures);
  }

  status(): PartStatus {
    return { isReady: true, counts: { searches: this.#services.searches.status(), keyFailures: this.#failures.total } };
  }
}

const PATHS: ReadonlySet<string> = new Set([...NODE_PATHS, ...RULE_PATHS]);

/** A plain path of these APIs, whatever the method. */
export const isNodePath = (path: string): boolean => PATHS.has(path.length > 1 ? path.replace(/\/+$/, '') : path);
