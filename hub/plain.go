package hub

import "encoding/binary"

// plain reports whether text can stand in a JSON string as it is, without quotes,
// backslashes and control characters in it, and whether all of it is ASCII. It looks at eight
// bytes at a time.
func plain(text []byte) (ok, ascii bool) {
	const (
		ones = 0x0101010101010101
		tops = 0x8080808080808080
	)
	var bad, high uint64
	for ; len(text) >= 8; text = text[8:] {
		x := binary.LittleEndian.Uint64(text)
		quotes, slashes := x^('"'*ones), x^('\\'*ones)
		// The top bit of some byte is set where one of them is below, or zero.
		bad |= (x-' '*ones)&^x | (quotes-ones)&^quotes | (slashes-ones)&^slashes
		high |= x
	}
	for _, c := range text {
		if c < ' ' || c == '"' || c == '\\' {
			return false, false
		}
		high |= uint64(c)
	}
	return bad&tops == 0, high&tops == 0
}
