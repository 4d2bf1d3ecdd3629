type SparklineProps = {
  /** What the line is of, with its sum, for those who hear the page. */
  readonly label: string;
  /** One number a column, oldest first. */
  readonly counts: readonly number[];
  /** Part of each column that is drawn in the colour of what matters. */
  readonly marked?: readonly number[];
};

const STEP = 6;
const HEIGHT = 20;

/** Small columns without axes: a shape, whose numbers are said on hovering. */
export function Sparkline({ label, counts, marked }: SparklineProps) {
  const most = Math.max(1, ...counts);
  const mostMarked = Math.max(1, ...(marked ?? []));
  return (
    <svg
      className="sparkline"
      role="img"
      aria-label={label}
      width={counts.length * STEP}
      height={HEIGHT}
      viewBox={`0 0 ${counts.length * STEP} ${HEIGHT}`}
    >
      <title>{label}</title>
      {counts.map((count, at) => {
        const height = count === 0 ? 1 : Math.max(3, (count / most) * HEIGHT);
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        return <rect key={at} x={at * STEP} width={STEP - 2} y={HEIGHT - height} height={height} />;
      })}
      {marked?.map((count, at) => {
        const height = count === 0 ? 0 : Math.max(3, (count / Math.max(most, mostMarked)) * HEIGHT);
        // biome-ignore lint/suspicious/noArrayIndexKey: a column is its place
        return <rect key={at} className="marked" x={at * STEP} width={STEP - 2} y={HEIGHT - height} height={height} />;
      })}
    </svg>
  );
}
