/** Puts text in the place of [from, to) of a field, as if it was typed: the field's own undo takes it back. */
export function insert(field: HTMLTextAreaElement, text: string, from = field.selectionStart, to = field.selectionEnd): void {
  field.focus()
  field.setSelectionRange(from, to)
  // The only way that keeps the undo. Where it is gone, or the focus is kept elsewhere, the text comes all the same.
  if (document.activeElement === field && document.execCommand('insertText', false, text)) return
  field.setRangeText(text, from, to, 'end')
  field.dispatchEvent(new InputEvent('input', { bubbles: true }))
}
