import { useShape } from '../api/shape.ts';

const MEANING: Readonly<Record<string, string>> = {
  tight: 'one process serves everything',
  hybrid: 'some modules run as services',
  loose: 'every module runs as a service',
};

/** The shape and epoch that served this page: three dots, joined, partly joined or apart. */
export function ShapeBadge() {
  const shape = useShape();
  if (!shape) return <span className="shape shape-empty" aria-hidden="true" />;
  const meaning = MEANING[shape.mode] ?? '';
  return (
    <span className="shape" data-mode={shape.mode} data-epoch={shape.epoch} title={meaning}>
      <svg viewBox="0 0 36 16" aria-hidden="true">
        <circle className="dot dot-a" cx="18" cy="8" r="4" />
        <circle className="dot" cx="18" cy="8" r="4" />
        <circle className="dot dot-b" cx="18" cy="8" r="4" />
      </svg>
      <span className="shape-mode">{shape.mode}</span>
      <span className="visually-hidden">, {meaning}, </span>
      <span className="epoch">
        <span className="epoch-word">epoch </span>
        {shape.epoch}
      </span>
    </span>
  );
}
