package main

import (
	"fmt"
	"hash/fnv"
	"io"
	"os"
	"strings"
	"unicode"
)

// isTerminal reports whether a person looks at, or types into, the stream.
func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&os.ModeCharDevice == 0 {
		return false
	}
	null, err := os.Stat(os.DevNull)
	return err != nil || !os.SameFile(info, null)
}

// painter colours what is printed, or leaves it as it is.
type painter bool

// newPainter decides by the word of --color, and where that is auto by out and
// the environment (no-color.org).
func newPainter(word string, out io.Writer) (painter, error) {
	switch word {
	case "always":
		return true, nil
	case "never":
		return false, nil
	case "auto":
		return painter(isTerminal(out) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"), nil
	default:
		return false, usageError{fmt.Errorf("--color %q is not known. Write auto, always or never", word)}
	}
}

func (p painter) paint(code, s string) string {
	if !p || s == "" {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

func (p painter) dim(s string) string  { return p.paint("2", s) }
func (p painter) good(s string) string { return p.paint("32", s) }
func (p painter) odd(s string) string  { return p.paint("33", s) }
func (p painter) bad(s string) string  { return p.paint("31", s) }

// as colours s as what belongs to the user of that id: the same each time.
func (p painter) as(id, s string) string {
	h := fnv.New32a()
	_, _ = h.Write([]byte(id))
	return p.paint(fmt.Sprintf("1;%d", []int{31, 32, 33, 34, 35, 36}[h.Sum32()%6]), s)
}

// printable returns text without what a terminal would obey: controls, and what
// turns the direction of writing.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' || unicode.Is(unicode.Bidi_Control, r) {
			return unicode.ReplacementChar
		}
		return r
	}, text)
}

// excerpt returns the beginning of text in one line.
func excerpt(text string, most int) string {
	runes := []rune(strings.Join(strings.Fields(printable(text)), " "))
	if len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return string(runes)
}
