import { localTime } from '../parts/times.tsx';
import { TIME_CHOICES } from './time-range.ts';

type TimePickerProps = { readonly text: string; readonly onPick: (text: string) => void };

/** Chooses a span of time; one that was brushed or shared stays as it is. */
export function TimePicker({ text, onPick }: TimePickerProps) {
  const fixed = /^(\d+)-(\d+)$/.exec(text);
  return (
    <label className="time-picker">
      <span className="sr">Time</span>
      <select value={text} onChange={(event) => onPick(event.target.value)}>
        {fixed !== null && (
          <option value={text}>
            {localTime(Number(fixed[1]) * 1000)} – {localTime(Number(fixed[2]) * 1000)}
          </option>
        )}
        {TIME_CHOICES.map(([value, words]) => (
          <option key={value} value={value}>
            {words}
          </option>
        ))}
      </select>
    </label>
  );
}
