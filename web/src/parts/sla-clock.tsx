import type { Sla } from '../incidents/incident-row.ts';
import { useNow } from './now.ts';
import { localTime, shortDuration, zone } from './times.tsx';

/** With less than this left a clock is pressing. */
export const SLA_SOON_MS = 15 * 60_000;
const HOUR_MS = 3_600_000;

/** `00:11:32` */
function countdown(ms: number): string {
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  return `${two(ms / HOUR_MS)}:${two((ms / 60_000) % 60)}:${two((ms / 1000) % 60)}`;
}

/** How long is left until the incident is late; ticks. */
export function SlaClock({ sla, isOver }: { readonly sla: Sla | null; readonly isOver: boolean }) {
  const nowMs = useNow(1_000);
  if (sla === null) return null;
  if (sla.isBreached) return <span className="breached">breached</span>;
  if (sla.dueAtMs === null || isOver) return null;
  const left = sla.dueAtMs - nowMs;
  const title = `due ${localTime(sla.dueAtMs)} ${zone}`;
  if (left < 0) {
    return (
      <span className="breached" title={title}>
        due
      </span>
    );
  }
  return (
    <span className={left < SLA_SOON_MS ? 'soon' : ''} title={title}>
      {left < 24 * HOUR_MS ? countdown(left) : shortDuration(left)}
    </span>
  );
}
