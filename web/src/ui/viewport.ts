/**
 * Keeps the page as high as what is in sight: a keyboard on the screen takes some of it, and not every browser makes the page
 * smaller by itself (Safari does not). A page that is zoomed in is left alone.
 */
export function followViewport(): void {
  const viewport = window.visualViewport
  if (viewport === null) return
  const root = document.documentElement
  const follow = () => {
    const covered = viewport.scale < 1.01 && window.innerHeight - viewport.height > 1
    if (covered) root.style.setProperty('--page-height', `${viewport.height}px`)
    else root.style.removeProperty('--page-height')
    if (covered) window.scrollTo(0, 0) // Safari moves the page up instead
  }
  viewport.addEventListener('resize', follow)
}
