package bots

import (
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

func TestSplitLine(t *testing.T) {
	for line, want := range map[string][]string{
		"":                      nil,
		"  ":                    nil,
		`a  b`:                  {"a", "b"},
		"\u00a0a\u2003b\n":      {"a", "b"},
		`say "two words" "" x"`: {"say", "two words", "", `x"`},
		`"a \"b\" \\ c" d`:      {`a "b" \ c`, "d"},
		`"open end`:             {"open end"},
		`"a"b`:                  {"a", "b"},
	} {
		var got []string
		for _, token := range splitLine(line) {
			got = append(got, token.text)
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", line, got, want)
		}
	}
}

// Whatever a usage is and whatever is said, reading it gives each argument a value, or
// says what is wrong.
func FuzzUsage(f *testing.F) {
	f.Add("/dice [sides:2..1000=6]", "/dice 20")
	f.Add("/remind who:user in:duration [what:text]", `/remind "@Ada L" 90m feed "the cat`)
	f.Add("/rota set names:words", "/ROTA  set Ada\u2003\"Bob B\"")
	f.Add("/heat [n:number=1.5] [mode:low|high=low]", "/heat 1e400 LOW")
	f.Add("ack  x:int y:", "ack -0")
	f.Fuzz(func(t *testing.T, written, line string) {
		u, problems := parseUsage(written)
		for _, p := range problems {
			if p.offset < 0 || p.offset > len(written) || p.text == "" {
				t.Errorf("%q: problem %+v", written, p)
			}
		}
		if len(problems) > 0 {
			return
		}
		if s := u.String(); utf8.ValidString(written) && !utf8.ValidString(s) {
			t.Errorf("%q is told as %q", written, s)
		}
		tokens := splitLine(line)
		for _, token := range tokens {
			if token.start < 0 || token.start >= len(line) {
				t.Fatalf("%q: token %+v", line, token)
			}
		}
		words, all := u.spoken(tokens)
		if words > len(tokens) || all && words != len(u.words)+1 {
			t.Fatalf("%q has spoken %d words of %q", line, words, written)
		}
		if !all {
			return
		}
		values, problem := u.read(line, tokens)
		switch {
		case problem == "" && len(values) != len(u.args):
			t.Errorf("%q: %d values of %q", line, len(values), written)
		case problem == "" && slices.Contains(values, nil):
			t.Errorf("%q: no value in %v", line, values)
		case utf8.ValidString(line) && !utf8.ValidString(strings.ToValidUTF8(problem, "")):
			t.Errorf("%q: %q", line, problem)
		}
	})
}

// Whatever an expression is, compiling and computing it ends, and in no panic.
func FuzzExpression(f *testing.F) {
	f.Add("visits > 3 and user.kind == \"device\"", "hello")
	f.Add("filter(rota, # != user.name)", "x")
	f.Add("let w = lower(text); any(rota, lower(#) == w)", "ADA")
	f.Add("text[1:3] + string(visits ** 2) ?? data.x?.y", "ä")
	f.Add("concat(rota, rota, [random(6), now().Hour(), duration(\"1h\")])", "")
	f.Fuzz(func(t *testing.T, src, text string) {
		d := &Definition{variables: []variable{{name: "visits", start: 3}, {name: "rota", start: []string{"Ada", "Bob"}}}}
		v := forMessage()
		for i := range d.variables {
			v.add(d.variables[i].name, d.variables[i].typ())
		}
		x, p := compile(src, v)
		switch {
		case (x == nil) == (p == nil):
			t.Fatalf("%q: %v, %v", src, x, p)
		case p != nil && (p.offset < 0 || p.offset > len(src) || p.text == ""):
			t.Fatalf("%q: problem %+v", src, p)
		case p != nil:
			return
		}
		value, err := x.value(&act{def: d, event: eventSaying(text)})
		if err == nil {
			_ = textOf(value)
		}
	})
}
