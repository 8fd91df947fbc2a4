// Node's build: what `tsc -p src/tsconfig.build.json` writes, but with every member of an enum as its number, as the browser's
// build has it. As a property of an object a member costs: encoding and decoding a Variant takes 12 % longer.
//
//   node scripts/build-node.mjs           writes dist/; part of `npm run build`
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const file = join(root, 'src/tsconfig.build.json');
const { config, error } = ts.readConfigFile(file, ts.sys.readFile);
if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, dirname(file), undefined, file);
const program = ts.createProgram(fileNames, options);
const checker = program.getTypeChecker();

/** @type {ts.TransformerFactory<ts.SourceFile>} */
const inlineEnums = (context) => {
  /** @type {(node: ts.Node) => ts.Node} */
  const visit = (node) => {
    if (!ts.isPropertyAccessExpression(node)) return ts.visitEachChild(node, visit, context);
    const member = checker.getSymbolAtLocation(node.name)?.valueDeclaration;
    const value = member !== undefined && ts.isEnumMember(member) ? checker.getConstantValue(member) : undefined;
    if (typeof value !== 'number') return ts.visitEachChild(node, visit, context);
    const number = ts.factory.createNumericLiteral(Math.abs(value));
    const literal = value < 0 ? ts.factory.createPrefixUnaryExpression(ts.SyntaxKind.MinusToken, number) : number;
    return ts.addSyntheticTrailingComment(literal, ts.SyntaxKind.MultiLineCommentTrivia, ` ${node.getText()} `);
  };
  return (source) => ts.visitEachChild(source, visit, context);
};

const { diagnostics } = program.emit(undefined, undefined, undefined, false, { before: [inlineEnums] });
const problems = ts.sortAndDeduplicateDiagnostics([...ts.getPreEmitDiagnostics(program), ...diagnostics]);
if (problems.length > 0) {
  const host = { getCurrentDirectory: () => root, getCanonicalFileName: (name) => name, getNewLine: () => '\n' };
  console.error(ts.formatDiagnostics(problems, host));
  process.exitCode = 1;
}
