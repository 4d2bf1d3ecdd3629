/** The time that the overview is about and whether it hangs on a wall, as it stands in the address. */
export type OverviewParams = { readonly t?: string; readonly wall?: true };

export const readOverviewParams = ({ t, wall }: Readonly<Record<string, unknown>>): OverviewParams => ({
  ...(typeof t === 'string' ? { t } : {}),
  ...(wall === true || wall === 1 || wall === '1' ? { wall: true } : {}),
});
