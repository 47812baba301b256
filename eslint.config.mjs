import js from '@eslint/js';
import nx from '@nx/eslint-plugin';
import hooks from 'eslint-plugin-react-hooks';
import tseslint from 'typescript-eslint';

/**
 * Who may import whom, in two dimensions. Kind: contracts know no framework and no runtime beyond `defineContract`;
 * a module may use any contract, never another module. Scope: `coupling`, `control` and `platform` know no shop module.
 */
const boundaries = [
  {
    sourceTag: 'type:contract',
    onlyDependOnLibsWithTags: ['type:contract', 'type:runtime', 'type:platform'],
  },
  {
    sourceTag: 'type:module',
    onlyDependOnLibsWithTags: [
      'type:contract',
      'type:runtime',
      'type:platform',
      'type:testkit',
      'type:model',
    ],
  },
  { sourceTag: 'type:model', onlyDependOnLibsWithTags: ['type:model'] },
  { sourceTag: 'type:runtime', onlyDependOnLibsWithTags: ['type:runtime', 'type:model', 'type:platform'] },
  { sourceTag: 'type:platform', onlyDependOnLibsWithTags: ['type:platform', 'type:runtime', 'type:model'] },
  {
    sourceTag: 'type:testkit',
    onlyDependOnLibsWithTags: ['type:testkit', 'type:runtime', 'type:model', 'type:platform'],
  },
  {
    sourceTag: 'type:host',
    onlyDependOnLibsWithTags: ['type:host', 'type:runtime', 'type:model', 'type:platform', 'type:testkit'],
  },
  {
    sourceTag: 'type:app',
    onlyDependOnLibsWithTags: [
      'type:contract',
      'type:module',
      'type:runtime',
      'type:model',
      'type:platform',
      'type:host',
      'type:testkit',
    ],
  },
  {
    sourceTag: 'type:tool',
    onlyDependOnLibsWithTags: ['type:tool', 'type:contract', 'type:runtime', 'type:model', 'type:platform'],
  },
  {
    sourceTag: 'type:e2e',
    onlyDependOnLibsWithTags: [
      'type:e2e',
      'type:tool',
      'type:runtime',
      'type:model',
      'type:platform',
      'type:testkit',
      'type:app',
    ],
  },
  {
    sourceTag: 'scope:coupling',
    onlyDependOnLibsWithTags: ['scope:coupling', 'scope:control', 'scope:platform'],
  },
  {
    sourceTag: 'scope:control',
    onlyDependOnLibsWithTags: ['scope:control', 'scope:coupling', 'scope:platform'],
  },
  {
    sourceTag: 'scope:platform',
    onlyDependOnLibsWithTags: ['scope:platform', 'scope:coupling', 'scope:control'],
  },
];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.atlas/**', '.nx/**', '**/coverage/**'] },
  js.configs.recommended,
  { files: ['**/*.cjs'], languageOptions: { globals: { module: 'writable' } } },
  {
    files: ['**/*.mjs'],
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        setTimeout: 'readonly',
        setInterval: 'readonly',
        clearInterval: 'readonly',
        URL: 'readonly',
        performance: 'readonly',
        fetch: 'readonly',
        clearTimeout: 'readonly',
        Buffer: 'readonly',
        AbortController: 'readonly',
      },
    },
  },
  ...tseslint.configs.recommended,
  {
    files: ['{apps,libs,tools,load,test}/**/*.{ts,tsx}'],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { '@nx': nx },
    rules: {
      '@nx/enforce-module-boundaries': [
        'error',
        { enforceBuildableLibDependency: false, allow: [], depConstraints: boundaries },
      ],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
    },
  },
  { files: ['apps/storefront/**/*.{ts,tsx}'], ...hooks.configs.flat['recommended-latest'] },
  {
    files: ['{apps,libs,tools,load}/*/**/contract/**/*.ts'],
    rules: { 'no-restricted-imports': ['error', { patterns: ['@nestjs/*', 'typeorm', 'pg', 'fastify'] }] },
  },
);
