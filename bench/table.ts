import type { Figure } from './part.ts';

export interface Row {
  readonly figure: Figure;
  readonly peer: number;
  readonly ours: number;
}

/** The figures side by side, with lxvirtd's as a ratio of the peer's, and whether that is within the budget. */
export function table(rows: readonly Row[]): string {
  const cells = [
    ['', 'libvirtd', 'lxvirtd', '', 'ratio', 'budget', ''],
    ...rows.map(({ figure, peer, ours }) => {
      const ratio = ours / peer;
      const { budget, more, unit, label } = figure;
      const kept = budget === undefined || Number.isNaN(ratio) || (more === true ? ratio >= budget : ratio <= budget);
      const bound = budget === undefined ? '' : `${more === true ? '>=' : '<='} ${budget}`;
      return [label, short(peer), short(ours), unit, short(ratio), bound, kept ? '' : 'missed'];
    }),
  ];
  const widths = cells[0]?.map((_, column) => Math.max(...cells.map(row => row[column]?.length ?? 0))) ?? [];
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) =>
        column === 0 || column === 3 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ');
  return cells.map(row => line(row).trimEnd()).join('\n');
}

/** Three significant digits. */
function short(value: number): string {
  if (!Number.isFinite(value)) return '-';
  return value >= 1000 ? Math.round(value).toLocaleString('en') : String(Number(value.toPrecision(3)));
}
