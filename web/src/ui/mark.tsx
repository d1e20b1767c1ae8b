/** The three circles of the brand: people, bots and devices in one place. */
export function Mark({ size = 26 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 26 26" aria-hidden className="flex-none">
      <circle cx="9" cy="10" r="7.5" fill="var(--accent)" />
      <circle cx="18" cy="11" r="6" fill="var(--bot)" opacity=".82" />
      <circle cx="13" cy="18.5" r="5.5" fill="var(--dev)" opacity=".82" />
    </svg>
  )
}
