// typescript-eslint's strictest typed rules, the core rules that TypeScript does not already enforce, and the house rules.

import { basename } from "node:path"
import { defineConfig, globalIgnores } from "eslint/config"
import tseslint from "typescript-eslint"

const FILE_NAME = /^\.?[a-z0-9]+(-[a-z0-9]+)*(\.(test|config))?\.(ts|js|cjs)$/
const EMPTY_WORD = /(^|-)(utils?|helpers?|common|managers?|services?|base|misc)(?=[-.])/

/** Files are kebab-case and named after a noun of the project. */
const fileName = {
  meta: {
    type: "suggestion",
    schema: [],
    messages: {
      kebab: "{{name}}: name the file in kebab-case after its main export.",
      empty: "{{name}}: name the file after what it holds; '{{word}}' says nothing.",
    },
  },
  create: (context) => ({
    Program(node) {
      const name = basename(context.filename)
      if (!FILE_NAME.test(name)) context.report({ node, messageId: "kebab", data: { name } })
      const word = EMPTY_WORD.exec(name)?.[2]
      if (word !== undefined) context.report({ node, messageId: "empty", data: { name, word } })
    },
  }),
}

const noDefaultExport = {
  selector: "ExportDefaultDeclaration",
  message: "Export by name: a default export has a different name in every importer.",
}

const SLEEP = "Wait for a condition with a deadline (test/support/eventually.ts), or move a manual clock; do not sleep."
const PROMISE = "AwaitExpression > NewExpression[callee.name='Promise'] > ArrowFunctionExpression"
const TIMEOUT = ":matches([callee.name='setTimeout'], [callee.property.name='setTimeout'])"
const noSleep = [
  "AwaitExpression > CallExpression[callee.name=/^(sleep|delay|pause|setTimeout)$/]",
  "AwaitExpression > CallExpression[callee.property.name=/^(sleep|delay|setTimeout)$/]",
  // await new Promise((resolve) => setTimeout(resolve, 100)), with and without braces
  `${PROMISE} > CallExpression${TIMEOUT}`,
  `${PROMISE} > BlockStatement[body.length=1] > ExpressionStatement > CallExpression${TIMEOUT}`,
].map((selector) => ({ selector, message: SLEEP }))

/** eslint's own rules that a TypeScript compiler does not make superfluous. */
const core = {
  eqeqeq: "error",
  "no-async-promise-executor": "error",
  "no-cond-assign": "error",
  "no-constant-binary-expression": "error",
  "no-constant-condition": ["error", { checkLoops: "allExceptWhileTrue" }],
  "no-control-regex": "error",
  "no-debugger": "error",
  "no-empty": "error",
  "no-empty-character-class": "error",
  "no-irregular-whitespace": "error",
  "no-loss-of-precision": "error",
  "no-misleading-character-class": "error",
  "no-prototype-builtins": "error",
  "no-self-assign": "error",
  "no-self-compare": "error",
  "no-sparse-arrays": "error",
  "no-template-curly-in-string": "error",
  "no-unmodified-loop-condition": "error",
  "no-unsafe-finally": "error",
  "no-unused-labels": "error",
  "no-useless-catch": "error",
  "no-useless-escape": "error",
  "no-var": "error",
  "object-shorthand": ["error", "properties"],
  "prefer-const": "error",
  "require-yield": "error",
  "max-lines": ["error", { max: 400, skipBlankLines: false, skipComments: false }],
}

export default defineConfig(
  globalIgnores(["dist/", ".troupe/", "coverage/", "test/fixtures/**/*.js", "**/node_modules/"]),
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    plugins: { troupe: { rules: { "file-name": fileName } } },
    rules: { ...core, "troupe/file-name": "error" },
  },
  {
    files: ["**/*.ts"],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { project: "tsconfig.test.json", tsconfigRootDir: import.meta.dirname } },
    rules: {
      "@typescript-eslint/consistent-type-exports": "error",
      "@typescript-eslint/consistent-type-imports": ["error", { fixStyle: "separate-type-imports" }],
      "@typescript-eslint/max-params": ["error", { max: 3 }],
      "@typescript-eslint/no-confusing-void-expression": [
        "error",
        { ignoreArrowShorthand: true, ignoreVoidReturningFunctions: true },
      ],
      "@typescript-eslint/no-extraneous-class": ["error", { allowWithDecorator: true }],
      "@typescript-eslint/no-import-type-side-effects": "error",
      "@typescript-eslint/no-unnecessary-condition": ["error", { allowConstantLoopConditions: "only-allowed-literals" }],
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", caughtErrors: "all", ignoreUsingDeclarations: true },
      ],
      "@typescript-eslint/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
      "no-restricted-syntax": ["error", noDefaultExport],
    },
  },
  {
    files: ["test/**/*.ts"],
    rules: {
      "no-restricted-syntax": ["error", noDefaultExport, ...noSleep],
      // A row of it.each arrives as parameters.
      "@typescript-eslint/max-params": "off",
    },
  },
  {
    // Actors whose work is to take their time.
    files: ["test/fixtures/**/*.ts"],
    rules: { "no-restricted-syntax": ["error", noDefaultExport] },
  },
  {
    files: ["**/*.js"],
    rules: { "no-unused-vars": "error" },
  },
)
