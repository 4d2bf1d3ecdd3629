import { type Filters, readFilters } from '../incidents/filters.ts';
import { localTime } from '../parts/times.tsx';
import { TIME_CHOICES } from './time-range.ts';

type ListTimePickerProps = { readonly filters: Filters; readonly onFilters: (filters: Filters) => void };

/** Narrows the list to a span back from now; one that was brushed stays until another is chosen. */
export function ListTimePicker({ filters, onFilters }: ListTimePickerProps) {
  const { start_date: start, end_date: end, t = '' } = filters;
  const isFixed = start !== undefined && end !== undefined;
  const pick = (text: string): void => onFilters(readFilters({ ...filters, start_date: '', end_date: '', t: text }));
  return (
    <label className="time-picker">
      <span className="sr">Time</span>
      <select value={isFixed ? 'fixed' : t} onChange={(event) => pick(event.target.value)}>
        {isFixed && (
          <option value="fixed">
            {localTime(Number(start) * 1000)} – {localTime(Number(end) * 1000)}
          </option>
        )}
        <option value="">all times</option>
        {TIME_CHOICES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
