import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vitest/config'

const hub = process.env['HUBBUB_DEV'] ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [react(), tailwindcss()],
  build: {
    outDir: 'dist',
    // The page's policy allows fonts and scripts from the hub only, so nothing is inlined.
    assetsInlineLimit: 0,
  },
  server: {
    proxy: {
      '/ws': { target: hub, ws: true },
      '/api': hub,
      '/readyz': hub,
    },
  },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
