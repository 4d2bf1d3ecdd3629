import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { flattenCounts, type PartSeries, type Parts, prefixOf } from './part-status.ts';

const DURATION_BUCKETS_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5, 30];

export type Metrics = { readonly contentType: string; text(): Promise<string> };

/** Prometheus text of the process, of every request by route, and of every part's own counts at the time of the call. */
export function watchMetrics(app: FastifyInstance, parts: Parts): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const durations = new Histogram({
    name: 'tocsin_http_request_seconds',
    help: 'Time from the request to its answer.',
    labelNames: ['method', 'route', 'status'] as const,
    buckets: DURATION_BUCKETS_SECONDS,
    registers: [registry],
  });
  app.addHook('onResponse', async (request, reply) => {
    // The pattern, not the path: paths of callers would make a series each.
    const route = request.routeOptions.url ?? 'unknown';
    durations.observe({ method: request.method, route, status: reply.statusCode }, reply.elapsedTime / 1000);
  });
  const gauges = new Map<string, Gauge>();
  const labelled = new Map<string, Gauge>();
  const setSeries = (prefix: string, series: readonly PartSeries[]): void => {
    const names = new Set(series.map(({ name }) => name));
    // Who was among the few before and is no more must not go on with an old number.
    for (const name of names) labelled.get(`${prefix}_${name}`)?.reset();
    for (const { name, labels, value } of series) {
      const full = `${prefix}_${name}`;
      const options = {
        name: full,
        help: `As ${prefix.replace('tocsin_', '')} counts it, by label.`,
        labelNames: Object.keys(labels),
        registers: [registry],
      };
      const gauge = labelled.get(full) ?? new Gauge(options);
      labelled.set(full, gauge);
      gauge.set({ ...labels }, value);
    }
  };
  const refresh = async (): Promise<void> => {
    for (const [part, status] of Object.entries(parts)) {
      const { isReady, counts, series = [] } = await status();
      const values = new Map([[`${prefixOf(part)}_ready`, isReady ? 1 : 0], ...flattenCounts(part, counts)]);
      for (const [name, value] of values) {
        const gauge = gauges.get(name) ?? new Gauge({ name, help: `As ${part} counts it.`, registers: [registry] });
        gauges.set(name, gauge);
        gauge.set(value);
      }
      setSeries(prefixOf(part), series);
    }
  };
  return {
    contentType: registry.contentType,
    text: async () => {
      await refresh();
      return registry.metrics();
    },
  };
}
