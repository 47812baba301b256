/**
 * Small changes of a source file, one at a time, as TypeScript's own parser sees it. A test suite that is worth its name
 * fails for each of them. Texts for people (messages, details) are left alone.
 */
import ts from 'typescript';

export interface Mutant {
  readonly id: number;
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly from: string;
  readonly to: string;
}

/** What an operator becomes. */
const OPERATORS: Partial<Record<ts.SyntaxKind, string>> = {
  [ts.SyntaxKind.LessThanToken]: '<=',
  [ts.SyntaxKind.LessThanEqualsToken]: '<',
  [ts.SyntaxKind.GreaterThanToken]: '>=',
  [ts.SyntaxKind.GreaterThanEqualsToken]: '>',
  [ts.SyntaxKind.EqualsEqualsEqualsToken]: '!==',
  [ts.SyntaxKind.ExclamationEqualsEqualsToken]: '===',
  [ts.SyntaxKind.AmpersandAmpersandToken]: '||',
  [ts.SyntaxKind.BarBarToken]: '&&',
  [ts.SyntaxKind.PlusToken]: '-',
  [ts.SyntaxKind.MinusToken]: '+',
  [ts.SyntaxKind.AsteriskToken]: '/',
};
/** Called on a list: the list as it was. */
const LEFT_OUT = new Set(['filter', 'slice', 'sort', 'reverse']);
const SWAPPED: Readonly<Record<string, string>> = { some: 'every', every: 'some', max: 'min', min: 'max' };

const isCondition = (node: ts.Node): boolean =>
  (ts.isIfStatement(node.parent) || ts.isConditionalExpression(node.parent)) &&
  (ts.isIfStatement(node.parent) ? node.parent.expression : node.parent.condition) === node;

function changesOfCall(node: ts.CallExpression, text: (node: ts.Node) => string): string[] {
  const { expression: callee, arguments: args } = node;
  const [first] = args;
  if (ts.isIdentifier(callee) && callee.text === 'stay' && args.length === 2 && first)
    return [`stay(${text(first)})`];
  if (!ts.isPropertyAccessExpression(callee)) return [];
  const { name } = callee;
  if (LEFT_OUT.has(name.text)) return [text(callee.expression)];
  const swapped = SWAPPED[name.text];
  if (swapped === undefined) return [];
  return [`${text(callee.expression)}.${swapped}(${args.map(text).join(', ')})`];
}

/** Every changed text of one expression. */
function changesOf(node: ts.Node, text: (node: ts.Node) => string): string[] {
  const found: string[] = [];
  if (isCondition(node)) found.push(`!(${text(node)})`);
  if (ts.isBinaryExpression(node)) {
    const operator = OPERATORS[node.operatorToken.kind];
    if (operator) found.push(`${text(node.left)} ${operator} ${text(node.right)}`);
    if (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken) found.push(text(node.right));
  } else if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    found.push(text(node.operand));
  } else if (ts.isArrayLiteralExpression(node) && node.elements.length > 0) found.push('[]');
  else if (node.kind === ts.SyntaxKind.TrueKeyword) found.push('false');
  else if (node.kind === ts.SyntaxKind.FalseKeyword) found.push('true');
  else if (ts.isCallExpression(node)) found.push(...changesOfCall(node, text));
  if (ts.isReturnStatement(node.parent) && !ts.isIdentifier(node)) found.push('undefined');
  return found;
}

const isLeftAlone = (node: ts.Node): boolean =>
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isImportDeclaration(node) ||
  ts.isExportDeclaration(node) ||
  ts.isTemplateExpression(node) ||
  ts.isThrowStatement(node);

export interface Planted {
  readonly mutants: readonly Mutant[];
  /** The file with all of them in it; the variable `ATLAS_MUTANT` of the process says which one is active. */
  readonly code: string;
}

/** @param firstId number of the file's first mutant. */
export function plantMutants(file: string, source: string, firstId: number): Planted {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const mutants: Mutant[] = [];
  const text = (node: ts.Node): string => node.getText(tree);

  const withChildren = (node: ts.Node): string => {
    let code = '';
    let at = node.getStart(tree);
    node.forEachChild((child) => {
      code += source.slice(at, child.getStart(tree)) + render(child);
      at = child.getEnd();
    });
    return code + source.slice(at, node.getEnd());
  };

  const guarded = (code: string, node: ts.Node): string =>
    ts.isIterationStatement(node.parent, false) && node === node.parent.statement
      ? `{ atlasLoop(); ${code} }`
      : code;

  function render(node: ts.Node): string {
    if (isLeftAlone(node)) return text(node);
    const changes = changesOf(node, text).map((to) => {
      const { line } = tree.getLineAndCharacterOfPosition(node.getStart(tree));
      const mutant = { id: firstId + mutants.length, file, line: line + 1, from: text(node), to };
      mutants.push(mutant);
      return mutant;
    });
    const code = guarded(withChildren(node), node);
    return changes.reduce(
      (rest, { id, to }) => `(atlasMutant === ${id} ? (${to}) : ${rest})`,
      changes.length ? `(${code})` : code,
    );
  }

  const body = withChildren(tree);
  return { mutants, code: `${PREAMBLE}${body}` };
}

/** A changed loop must end. */
const PREAMBLE = [
  'const atlasMutant = Number(process.env.ATLAS_MUTANT ?? -1);',
  'let atlasLoops = 0;',
  "const atlasLoop = () => { atlasLoops += 1; if (atlasLoops > 5e6) throw new Error('an endless loop'); };\n",
].join(' ');
