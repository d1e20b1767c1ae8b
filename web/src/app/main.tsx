import '@fontsource-variable/inter'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { followViewport } from '../ui/viewport'
import { browserHub } from '../hub/browser'
import { App } from './app'
import './styles.css'

const hub = browserHub()
hub.start()
followViewport()

const root = document.getElementById('root')
if (root !== null) {
  createRoot(root).render(
    <StrictMode>
      <App hub={hub} />
    </StrictMode>,
  )
}
