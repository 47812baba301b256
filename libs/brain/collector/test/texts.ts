/** A host's metrics as text, from what it counted. */
export interface Counts {
  readonly cpu: number;
  /** Operation → requests. */
  readonly arrivals?: Readonly<Record<string, number>>;
  /** `operation status` → answers, of one epoch; each took between 2 and 5 ms. */
  readonly answers?: Readonly<Record<string, number>>;
  readonly epoch?: number;
  /** When the process started. */
  readonly start?: number;
  readonly waiting?: Readonly<Record<string, number>>;
  readonly more?: string;
}

const BOUNDS = ['0.001', '0.002', '0.005', '0.01', '+Inf'];

export function textOf({ cpu, ...counts }: Counts): string {
  const { arrivals = {}, answers = {}, epoch = 1, start = 1, waiting = {}, more = '' } = counts;
  const lines = [`process_cpu_seconds_total ${cpu}`, 'process_resident_memory_bytes 104857600', '# HELP x y'];
  lines.push(`process_start_time_seconds ${start}`);
  lines.push('atlas_event_loop_delay_seconds{quantile="0.99"} 0.003', 'other_metric{a="b"} NaN');
  for (const [operation, count] of Object.entries(arrivals))
    lines.push(`atlas_edge_arrivals_total{operation="${operation}"} ${count}`);
  const sums = new Map<string, number>();
  for (const [key, count] of Object.entries(answers)) {
    const [operation = '', status = ''] = key.split(' ');
    lines.push(
      `atlas_edge_requests_total{operation="${operation}",status="${status}",mode="tight",epoch="${epoch}"} ${count}`,
    );
    sums.set(operation, (sums.get(operation) ?? 0) + count);
  }
  for (const [operation, count] of sums) {
    const labels = `operation="${operation}",mode="tight",epoch="${epoch}"`;
    for (const le of BOUNDS)
      lines.push(
        `atlas_edge_request_duration_seconds_bucket{le="${le}",${labels}} ${Number(le.replace('+Inf', '9')) < 0.005 ? 0 : count}`,
      );
    lines.push(`atlas_edge_request_duration_seconds_sum{${labels}} ${count * 0.003}`);
  }
  for (const [module, callers] of Object.entries(waiting))
    lines.push(`atlas_database_connections{module="${module}",state="waiting"} ${callers}`);
  return `${lines.join('\n')}\n${more}`;
}

/** The same with other values in some of its lines. */
export function spoilt(text: string, strange: readonly (readonly [line: number, value: unknown])[]): string {
  const lines = text.split('\n');
  for (const [line, value] of strange) {
    const place = line % lines.length;
    lines[place] = (lines[place] ?? '').replace(/\S*$/, String(value));
  }
  return lines.join('\n');
}
