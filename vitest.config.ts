import { defineConfig } from 'vitest/config'

const shared = {
  // Said by the S3 client at every start below Node 22.
  env: { AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
  testTimeout: 60_000,
  hookTimeout: 60_000,
}
const integration = 'test/integration/**/*.test.ts'
const pages = 'test/pages/**/*.test.ts'
/** Whole services, started as their users start them. */
const processes = ['test/processes/**/*.test.ts', 'test/docs/**/*.test.ts', 'test/docs/readme.test.ts']

export default defineConfig({
  test: {
    globalSetup: ['test/servers/global-setup.ts'],
    projects: [
      {
        test: {
          ...shared,
          name: 'parts',
          include: ['test/**/*.test.ts'],
          exclude: [integration, pages, ...processes],
          // Every core: a suite waits for processes and disks half of its time.
          maxWorkers: '100%',
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'processes',
          include: processes,
          maxWorkers: '100%',
          testTimeout: 180_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          ...shared,
          name: 'integration',
          include: [integration],
          // One suite at a time, after all others: servers are killed and waited for, which has its deadlines.
          maxWorkers: 1,
          testTimeout: 180_000,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...shared,
          name: 'pages',
          include: [pages],
          // Alone: how soon a page shows what has happened has its bounds.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
