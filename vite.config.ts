import { defineConfig } from 'vite'

/** The dashboard: everything that a browser loads, under names that change with what is in them. */
export default defineConfig({
  root: 'serving/dashboard',
  base: './',
  build: {
    outDir: '../../dist/serving/dashboard',
    emptyOutDir: true,
    target: 'es2022',
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    // A data: URL is nothing that the page's policy lets a style or a script come from.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 1000,
  },
})
