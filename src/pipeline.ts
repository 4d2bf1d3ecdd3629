import { readFileSync } from 'node:fs';
import type { Logger } from 'pino';
import { createSenders } from './adapters/senders.ts';
import { createSmtpSender } from './adapters/smtp/smtp-sender.ts';
import type { PartStatus, Parts } from './apis/http/part-status.ts';
import type { Settings } from './config/options.ts';
import type { ControlStore } from './control/control-store.ts';
import { incidentDeps, type RegistrySettings } from './control-registry.ts';
import { incidentCommands } from './incidents/registry.ts';
import { planText } from './incidents/run-query.ts';
import type {
  AcceptAnswer,
  AcceptRequest,
  CostlyRule,
  IngestHandle,
  IngestNotice,
  RuleLoadReport,
  SyslogConfig,
} from './ingest/ingest-handle.ts';
import { startIngest } from './ingest/start-ingest.ts';
import { LISTS_CHANGED } from './lists/list.ts';
import { listsNextExpiry, queryDefinitions } from './lists/registry.ts';
import { logpointMail } from './logpoint-mail.ts';
import type { RowSource } from './notify/attempt-delivery.ts';
import { createDispatcher, type Dispatcher } from './notify/dispatcher.ts';
import { createEgressPolicy, openEgress } from './notify/egress-policy.ts';
import { checkTargetsCommand } from './notify/registry.ts';
import { replyAddress } from './notify/reply-address.ts';
import { createSecretBox } from './notify/secret-box.ts';
import type { OpeningEventStore } from './opening-event-store.ts';
import { OwnEvents } from './own-events.ts';
import type { QueryDefinitions } from './query/definitions.ts';
import { showRow } from './query/result-row.ts';
import { runPlan } from './query/run-plan.ts';
import { startRepoDrops, startRetention } from './retention.ts';
import { isAbout } from './rules/exceptions.ts';
import { recompileSigma } from './rules/recompile-sigma.ts';
import { exceptionsActive, exceptionsExpire, streamRules } from './rules/registry.ts';
import { RULES_CHANGED } from './rules/rule-edits.ts';
import { RuleScheduler, SCHEDULER_DEFAULTS } from './rules/rule-scheduler.ts';
import { windowSearch } from './rules/window-search.ts';
import { SettleRules } from './settle-rules.ts';
import { present } from './shared/assert.ts';
import { systemClock } from './shared/clock.ts';
import { AppError } from './shared/errors.ts';
import type { LogpointId, ObjectId } from './shared/ids.ts';
import { logpointsList, reposEnsureDeadLetter } from './tenancy/registry.ts';
import { type MailboxWatch, openMailboxWatch } from './watch-mailbox.ts';
import { watchTargets } from './watch-targets.ts';

export type PipelineParts = {
  readonly dataDir: string;
  readonly settings: Settings;
  readonly registrySettings: RegistrySettings;
  readonly secretKey: Uint8Array;
  readonly logger: Logger;
  readonly control: ControlStore;
  readonly events: OpeningEventStore;
  /** Host of search links. */
  readonly linkHost: () => string;
  readonly stopping: AbortSignal;
};

const SCHEDULER_TICK_MS = 1000;
const MINUTE_MS = 60_000;
/** Stream rules learn of values that became too old this often at most, and look again after this at the latest. */
const EXPIRY_WAIT_MS_MIN = 1000;
const EXPIRY_WAIT_MS_MAX = 60 * MINUTE_MS;
const ROWS_TIMEOUT_MS = 10_000;
const STARTING_RETRY_AFTER_SECONDS = 1;

/** The way of a log line from the journal to a notification: all that waits for the event store before it starts. */
export class Pipeline {
  readonly #parts: PipelineParts;
  readonly #own: OwnEvents;
  readonly #stops: (() => Promise<void> | void)[] = [];
  #ingest: IngestHandle | null = null;
  #scheduler: RuleScheduler | null = null;
  #settling: SettleRules | null = null;
  #dispatcher: Dispatcher | null = null;
  #mailbox: MailboxWatch | null = null;
  #rulesRefused = 0;
  #applying: Promise<void> = Promise.resolve();
  #isRefreshDue = false;
  #refusedTold: ReadonlySet<string> = new Set();
  /** For the moment at which a value of a dynamic list becomes too old. */
  #expiry: NodeJS.Timeout | undefined;

  constructor(parts: PipelineParts) {
    this.#parts = parts;
    this.#own = new OwnEvents({
      control: parts.control,
      accept: (events) => this.#opened().acceptInternal(events),
      logpoints: () => parts.control.read(logpointsList, {}),
      onError: (error) => parts.logger.warn({ err: error }, 'own events wait for the journal'),
    });
  }

  /** @throws AppError when ingest cannot start, e.g. a syslog port that is taken */
  async start(): Promise<void> {
    const { control, events, settings, logger } = this.#parts;
    const eventStore = await events.endpoint();
    // Before the rules are read, so that no change falls between.
    this.#stops.push(control.onSignal(RULES_CHANGED, () => this.#refreshRules()));
    this.#stops.push(control.onSignal(LISTS_CHANGED, () => this.#refreshRules()));
    this.#stops.push(() => clearTimeout(this.#expiry));
    await this.#recompileSigma();
    const { applyMatches, settleMatches, applyWindow, ruleHealth } = incidentCommands(
      incidentDeps(this.#parts.registrySettings),
    );
    this.#ingest = await startIngest({
      dataDir: this.#parts.dataDir,
      eventStore,
      syslog: await this.#syslog(),
      journalBytesMax: settings['journal.bytesMax'],
      rules: await control.read(streamRules, null),
      onMatches: async (batch) => {
        const { states } = await control.write(applyMatches, batch);
        this.#settling?.noted(states);
      },
      onDeadLetterRepo: async (logpointId) =>
        void (await control.write(reposEnsureDeadLetter, { logpointId, by: { actor: 'ingest' } })),
      onNotice: (notice) => this.#noticed(notice),
    });
    const ingest = this.#ingest;
    events.expect(async () => (await ingest.status()).storeWaitingSinceMs);
    this.#settling = new SettleRules({
      control,
      settleMatches,
      ingest: this.#ingest,
      logger,
      onSpill: (message) => {
        this.#noticed({ level: 'warn', code: 'RULE_STATE_SPILLED', message });
        void this.#own.serverSaid(Date.now(), 'trouble', message);
      },
    });
    this.#settling.start();
    this.#stops.push(() => this.#settling?.stop());
    this.#refreshRules();
    this.#scheduler = new RuleScheduler({
      store: control,
      applyWindow,
      search: windowSearch({
        events,
        rowContextOf: (rule) => this.#rowContext(rule.logpointId),
        definitionsOf: (rule, texts) => control.read(queryDefinitions, { logpointId: rule.logpointId, texts }),
        exceptionsOf: async (rule) =>
          (await control.read(exceptionsActive, rule.logpointId)).filter((exception) => isAbout(exception, rule)),
      }),
      clock: systemClock,
      settings: {
        ...SCHEDULER_DEFAULTS,
        settleMs: settings['rules.settleSeconds'] * 1000,
        searchTimeoutMs: settings['search.timeoutMs'],
      },
      onError: (error) => logger.error({ err: error }, 'the rule scheduler failed'),
      onTrouble: (report) => control.write(ruleHealth, report),
    });
    this.#scheduler.start(SCHEDULER_TICK_MS);
    this.#stops.push(this.#expireExceptions());
    this.#dispatcher = this.#createDispatcher();
    await this.#dispatcher.start();
    this.#stops.push(startRetention({ control, events, logger }));
    this.#stops.push(
      watchTargets({
        control,
        logger,
        downMs: settings['notify.downSeconds'] * 1000,
        checkTargets: checkTargetsCommand(incidentDeps(this.#parts.registrySettings)),
      }),
    );
    this.#mailbox = openMailboxWatch(this.#parts);
    this.#mailbox?.start();
    this.#stops.push(() => this.#mailbox?.stop());
    this.#stops.push(startRepoDrops({ control, events, logger }));
    this.#own.start();
    await this.#own.serverSaid(Date.now(), 'started', 'the server takes logs');
  }

  /** @throws AppError `INGEST_STARTING` until `start` has come so far, else as `IngestHandle.accept` */
  accept(request: AcceptRequest): Promise<AcceptAnswer> {
    return this.#opened().accept(request);
  }

  /** @throws AppError `INGEST_STARTING`, `INGEST_RESTARTING` */
  holdDeliveries(msMax: number): Promise<void> {
    return this.#opened().hold(msMax);
  }

  async goOn(): Promise<boolean> {
    return this.#opened().goOn();
  }

  /** What the rules cost and matched; nothing while the ingest worker starts. */
  async ruleCosts(): Promise<readonly CostlyRule[]> {
    try {
      return (await this.#ingest?.ruleCosts()) ?? [];
    } catch (error) {
      if (error instanceof AppError) return [];
      throw error;
    }
  }

  status(): Parts {
    return {
      ingest: () => this.#ingestStatus(),
      rules: () => ({
        isReady: this.#scheduler !== null,
        reason: 'the rule scheduler is starting',
        counts: { ...this.#scheduler?.status(), ...this.#settling?.counts(), refused: this.#rulesRefused },
      }),
      notify: async () => ({
        isReady: this.#dispatcher !== null,
        reason: 'the dispatcher is starting',
        counts: await this.#notifyCounts(),
      }),
      inbound: () => ({ isReady: true, counts: this.#mailbox?.counts() ?? {} }),
      ownEvents: () => ({ isReady: true, counts: this.#own.counts() }),
    };
  }

  /** Stores and matches what was accepted, within `drainMs`; the rest waits in the journal. */
  async close(drainMs: number): Promise<void> {
    await this.#scheduler?.close();
    await this.#settling?.stop();
    await this.#dispatcher?.stop();
    if (this.#ingest !== null) {
      await this.#own.stop();
      await within(drainMs, this.#own.serverSaid(Date.now(), 'stopped', 'the server ends'));
      await within(drainMs, this.#own.settle());
      await within(drainMs, this.#ingest.drain());
      await this.#ingest.close();
    }
    for (const stop of this.#stops.splice(0).reverse()) await stop();
    await this.#applying;
  }

  #opened(): IngestHandle {
    if (this.#ingest !== null) return this.#ingest;
    throw new AppError('unavailable', 'INGEST_STARTING', 'the server is starting: logs are taken in a moment', {
      retryAfterSeconds: STARTING_RETRY_AFTER_SECONDS,
    });
  }

  async #notifyCounts(): Promise<PartStatus['counts']> {
    if (this.#dispatcher === null) return {};
    const { counts, ...running } = await this.#dispatcher.status();
    return { ...running, ...counts };
  }

  async #ingestStatus(): Promise<PartStatus> {
    if (this.#ingest === null) return { isReady: false, reason: 'ingest is starting', counts: {} };
    // Rules and repos come and go; a series for each would never end.
    const {
      matchesByRule,
      rejected,
      refusedRequests,
      costliestRules,
      rulesWaitingSinceMs,
      storeWaitingSinceMs,
      ...counts
    } = await this.#ingest.status();
    const sums = { rejected: { ...rejected }, refusedRequests: { ...refusedRequests } };
    const rules = Object.keys(matchesByRule).length;
    return {
      isReady: counts.isWorkerUp,
      reason: 'the ingest worker is starting again',
      counts: { ...counts, ...sums, rulesWithMatches: rules },
      // The few dearest, and those with the most matches: a series for each rule would be thousands.
      series: [
        ...costliestRules.map(({ ruleId, events, estimatedUs }) => {
          const value = events === 0 ? 0 : estimatedUs / events;
          return { name: 'rule_cost_us_per_event', labels: { rule: ruleId }, value };
        }),
        ...mostMatched(matchesByRule).map(([rule, value]) => ({ name: 'rule_matches', labels: { rule }, value })),
      ],
    };
  }

  /** One after the other: the last state wins. Changes that come while one waits are in it. */
  #refreshRules(): void {
    if (this.#isRefreshDue) return;
    this.#isRefreshDue = true;
    const { control, logger } = this.#parts;
    this.#applying = this.#applying.then(async () => {
      this.#isRefreshDue = false;
      try {
        const report = await this.#ingest?.setRules(await control.read(streamRules, null));
        this.#rulesRefused = report?.refused.length ?? 0;
        await this.#tellRefused(report?.refused ?? []);
        this.#refreshAt(await control.read(listsNextExpiry, {}));
      } catch (error) {
        // The worker takes the rules it was last told when it starts again; the next change tells it anew.
        logger.error({ err: error }, 'the ingest worker did not take the rules');
      }
    });
  }

  /** Imported rules that another version of the program compiled: as this one does it, before the first log line. */
  async #recompileSigma(): Promise<void> {
    const { control, logger } = this.#parts;
    const { compiled, failed } = await recompileSigma(control);
    if (compiled > 0) logger.info({ compiled }, 'sigma rules were compiled anew');
    for (const { sigmaId } of failed) logger.warn({ sigmaId }, 'a sigma rule keeps what an older version compiled');
  }

  /** Once for each mistake: rules are compiled again with every change of any. */
  async #tellRefused(refused: RuleLoadReport['refused']): Promise<void> {
    const { control, logger } = this.#parts;
    const { ruleHealth } = incidentCommands(incidentDeps(this.#parts.registrySettings));
    const told = new Set<string>();
    for (const { ruleId, logpointId, message } of refused) {
      const key = `${ruleId} ${message}`;
      told.add(key);
      if (this.#refusedTold.has(key)) continue;
      logger.warn({ ruleId, logpointId, message }, 'a rule cannot run on the stream');
      await control.write(ruleHealth, { logpointId, ruleId, kind: 'refused', message: message.slice(0, 1_000) });
    }
    this.#refusedTold = told;
  }

  /** Exceptions end by themselves at their time; this writes down that they did. Answers the way to stop. */
  #expireExceptions(): () => void {
    const { control, logger } = this.#parts;
    const timer = setInterval(() => {
      control.write(exceptionsExpire, null).catch((error: unknown) => {
        logger.warn({ err: error }, 'the end of exceptions is not written down');
      });
    }, MINUTE_MS);
    timer.unref();
    return () => clearInterval(timer);
  }

  #refreshAt(expiryMs: number | null): void {
    clearTimeout(this.#expiry);
    if (expiryMs === null || this.#parts.stopping.aborted) return;
    const waitMs = Math.min(Math.max(expiryMs - systemClock(), EXPIRY_WAIT_MS_MIN), EXPIRY_WAIT_MS_MAX);
    this.#expiry = setTimeout(() => this.#refreshRules(), waitMs);
    this.#expiry.unref();
  }

  async #syslog(): Promise<SyslogConfig | null> {
    const { settings, control } = this.#parts;
    const port = settings['syslog.port'];
    if (port === null) return null;
    const logpoints = await control.read(logpointsList, {});
    const wanted = settings['syslog.logpoint'];
    const logpoint = wanted === null ? logpoints[0] : logpoints.find(({ id }) => id === wanted);
    if (logpoint === undefined) {
      const message = `option syslog.logpoint is ${JSON.stringify(wanted)}: expected the identifier of a logpoint`;
      throw new AppError('invalid', 'CONFIG_INVALID', message);
    }
    const target = {
      poolId: logpoint.poolId,
      logpointId: logpoint.id,
      logpointName: logpoint.name,
      repo: settings['syslog.repo'],
    };
    return { host: settings['syslog.host'], udpPort: port, tcpPort: port, target };
  }

  #noticed({ level, code, message }: IngestNotice): void {
    this.#parts.logger[level]({ code }, message);
    if (level === 'error') void this.#own.serverSaid(Date.now(), 'trouble', message);
  }

  async #rowContext(logpointId: string): Promise<{ logpointName: string; logpointIp: string }> {
    const logpoints = await this.#parts.control.read(logpointsList, {});
    const logpoint = present(
      logpoints.find(({ id }) => id === logpointId),
      'logpoint of a rule',
    );
    return { logpointName: logpoint.name, logpointIp: logpoint.ip };
  }

  #definitions(logpointId: string, query: string): Promise<QueryDefinitions> {
    return this.#parts.control.read(queryDefinitions, { logpointId, texts: [query] });
  }

  #createDispatcher(): Dispatcher {
    const { control, settings, secretKey, linkHost, logger } = this.#parts;
    const egress = createEgressPolicy(settings['egress.allow']);
    const host = settings['smtp.host'];
    return createDispatcher({
      store: control,
      clock: systemClock,
      secretBox: createSecretBox(secretKey),
      senders: createSenders({
        egress,
        clock: systemClock,
        email: host === null ? null : createSmtpSender({ ...this.#smtp(host), egress: openEgress }),
      }),
      mailOf: logpointMail({ control, secretKey, egress }),
      sshKey: this.#sshKey(),
      linkHost: linkHost(),
      rows: this.#rows,
      replyAddress: this.#replyAddress(),
      backoffBaseMs: settings['notify.backoffMs'],
      ratePerMinute: settings['notify.ratePerMinute'],
      onProblem: (error, deliveryId) => logger.error({ err: error, deliveryId }, 'a delivery met a bug'),
    });
  }

  #smtp(host: string) {
    const { settings } = this.#parts;
    return {
      host,
      port: settings['smtp.port'],
      security: settings['smtp.security'],
      user: settings['smtp.user'],
      password: settings['smtp.password'],
      from: settings['smtp.from'],
    };
  }

  #replyAddress() {
    const { settings, secretKey } = this.#parts;
    const address = settings['notify.inbound.address'];
    if (address === null) return undefined;
    return (logpointId: LogpointId, incidentId: ObjectId) => replyAddress(address, secretKey, logpointId, incidentId);
  }

  /** @throws AppError `CONFIG_INVALID` when the file cannot be read */
  #sshKey(): string | null {
    const path = this.#parts.settings['notify.sshKey'];
    if (path === null) return null;
    try {
      return readFileSync(path, 'utf8');
    } catch (cause) {
      const message = `option notify.sshKey names ${JSON.stringify(path)}, expected a private key that can be read`;
      throw new AppError('invalid', 'CONFIG_INVALID', message, { cause });
    }
  }

  /** Rows for templates that show them: the rule's query again, over the range of the incident. */
  readonly #rows: RowSource = async (content, signal) => {
    const context = await this.#rowContext(content.logpointId);
    const { logpointId } = content;
    const definitions = await this.#definitions(logpointId, content.query);
    const plan = planText(content.query, context, definitions, { nowMs: content.windowToMs });
    const answer = await runPlan(this.#parts.events, plan, {
      logpointId,
      repos: content.repos,
      fromMs: content.windowFromMs,
      toMs: content.windowToMs,
      limit: content.limit,
      rowsMax: content.limit,
      timeoutMs: ROWS_TIMEOUT_MS,
      signal,
    });
    return answer.rows.map((row) => showRow(plan, row, context));
  };
}

const RULES_WITH_MATCHES_TOLD = 10;

const mostMatched = (matchesByRule: Readonly<Record<string, number>>): readonly (readonly [string, number])[] =>
  Object.entries(matchesByRule)
    .sort(([, a], [, b]) => b - a)
    .slice(0, RULES_WITH_MATCHES_TOLD);

/** Waits for `work`, but not longer than `ms`: what is not stored by then is in the journal and is stored next time. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, Math.min(ms, 10 * MINUTE_MS));
  });
  await Promise.race([work.catch(() => undefined), limit]);
  clearTimeout(timer);
}
