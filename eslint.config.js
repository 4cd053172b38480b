/** ESLint: real mistakes, and the layers of the browser side: core ← ui ← grid, features, shell, compat ← main. */
import js from '@eslint/js';
import globals from 'globals';
import { readdirSync } from 'node:fs';

const STATIC = 'src/photoarchive/web/static/js';
const FEATURES = readdirSync(`${STATIC}/features`);

/** @param {string[]} group @param {string} message */
function forbid(group, message) {
  return { 'no-restricted-imports': ['error', { patterns: [
    { group: ['../../*', '../core/*', '../ui/*', '../features/*', '../grid/*'], message: "Name modules of other folders from the top: 'pa/core/http.js'." },
    { group: ['lit-html/directives/unsafe-*', 'lit-html/static*', 'lit-html/directives/style-map*'], message: 'User text is text, and styles go through pa/ui/styles.js.' },
    ...(group.length ? [{ group, message }] : []),
  ] }] };
}

export default [
  { ignores: ['node_modules/**', 'web/**', '**/static/vendor/**', '.venv/**', '.test-venv/**'] },
  js.configs.recommended,
  {
    files: [`${STATIC}/**/*.js`],
    languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: { ...globals.browser } },
    rules: {
      eqeqeq: 'error', 'no-var': 'error', 'prefer-const': 'error', 'no-eval': 'error', 'no-implied-eval': 'error', curly: ['error', 'multi-line'],
      'no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      'max-lines': ['error', 400],
      'no-restricted-properties': ['error', { property: 'innerHTML', message: 'User text is text.' }, { property: 'insertAdjacentHTML', message: 'User text is text.' }],
      ...forbid([], ''),
    },
  },
  { files: ['tests/js/**/*.js', 'eslint.config.js'], languageOptions: { ecmaVersion: 2023, sourceType: 'module', globals: { ...globals.node } } },
  { files: [`${STATIC}/core/**/*.js`], rules: forbid(['pa/ui/*', 'pa/grid/*', 'pa/features/**', 'pa/shell/*', 'pa/compat/*'], 'core is the lowest layer.') },
  { files: [`${STATIC}/ui/**/*.js`], rules: forbid(['pa/grid/*', 'pa/features/**', 'pa/shell/*', 'pa/compat/*'], 'ui knows only core.') },
  { files: [`${STATIC}/grid/**/*.js`], rules: forbid(['pa/features/**', 'pa/shell/*', 'pa/compat/*'], 'The grid knows only core and ui.') },
  { files: [`${STATIC}/{shell,compat}/**/*.js`], rules: forbid(['pa/features/**'], 'Features are put in by main.js.') },
  ...FEATURES.map((name) => ({
    files: [`${STATIC}/features/${name}/**/*.js`],
    rules: forbid([...FEATURES.filter((other) => other !== name).map((other) => `pa/features/${other}/*`), 'pa/shell/*', 'pa/compat/*'], 'Features never import each other.'),
  })),
];
