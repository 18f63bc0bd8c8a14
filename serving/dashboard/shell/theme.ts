import { element, setText } from '../page/element.ts'

const storageKey = 'tidemark-theme'
const themes = ['auto', 'light', 'dark'] as const
type Theme = (typeof themes)[number]

/** Sets the theme: the system's until the user has chosen one. Call it before anything is drawn. */
export function applyTheme(theme: Theme = heldTheme()): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme']
  else document.documentElement.dataset['theme'] = theme
}

export function themeButton(): HTMLButtonElement {
  const name = element('span', { class: 'theme-name' })
  const button = element(
    'button',
    { type: 'button', class: 'button quiet theme', title: 'Theme' },
    element('span', { 'aria-hidden': 'true', text: '◐ ' }),
    name,
  )
  const show = (theme: Theme): void => {
    applyTheme(theme)
    setText(name, theme)
    button.setAttribute('aria-label', `Theme: ${theme}`)
  }
  button.addEventListener('click', () => {
    const next = themes[(themes.indexOf(heldTheme()) + 1) % themes.length] ?? 'auto'
    localStorage.setItem(storageKey, next)
    show(next)
  })
  show(heldTheme())
  return button
}

function heldTheme(): Theme {
  const held = localStorage.getItem(storageKey)
  return themes.find((theme) => theme === held) ?? 'auto'
}
