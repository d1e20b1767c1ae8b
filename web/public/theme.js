// Before the first paint: the theme chosen here, if one was. Without a choice the system's holds.
try {
  const theme = localStorage.getItem('hubbub.theme')
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
} catch {
  // No storage, no choice.
}
