import { useShape } from '../api/shape.ts';

const MEANING: Readonly<Record<string, string>> = {
  tight: 'one process serves everything',
  hybrid: 'some modules run as services',
  loose: 'every module runs as a service',
};

/** The shape and epoch that served this page: three dots, joined, partly joined or apart. */
export function ShapeBadge() {
  const shape = useShape();
  if (!shape) return null;
  return (
    <span className="shape" data-mode={shape.mode} data-epoch={shape.epoch} title={MEANING[shape.mode]}>
      <svg viewBox="0 0 36 16" aria-hidden="true">
        <circle className="dot dot-a" cx="18" cy="8" r="4" />
        <circle className="dot" cx="18" cy="8" r="4" />
        <circle className="dot dot-b" cx="18" cy="8" r="4" />
      </svg>
      <span className="shape-words">
        {shape.mode} <span className="epoch">epoch {shape.epoch}</span>
      </span>
    </span>
  );
}
