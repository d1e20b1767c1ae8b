package bots

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/expr-lang/expr/types"

	"hubbub/hub"
)

func TestTemplate(t *testing.T) {
	re := regexp.MustCompile(`(?i)i am (?P<what>\w+)( indeed)?`)
	known := forMessage()
	known.groups = re.NumSubexp()
	known.add("what", types.String)
	a := &act{
		def:   &Definition{},
		event: &hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", Text: "Well, I am ${late}. I am Ada"},
		user:  hub.Participant{ID: "u1", Name: "Ada ${room}"},
	}
	if !(&pattern{Regexp: re}).fits(a) {
		t.Fatal("does not fit")
	}
	for in, want := range map[string]string{
		"":                           "",
		"plain":                      "plain",
		"Hello ${user.name}!":        "Hello Ada ${room}!", // what is filled in is no template
		"${user.id}@${room}":         "u1@lobby",
		"${what}${1}[${2}]${0}":      "AdaAda[]I am Ada",
		"$5 $$ $${room} $$${room} $": "$5 $$ ${room} $${room} $",
		"${text}":                    a.event.Text,
		"${1 + 2} ${len(what)} ${ user.name[:3] } ${{\"}\": 1}[\"}\"]} ${'}'}": "3 3 Ada 1 }",
		"${[1.50, true, nil, \"x\"]} ${duration(\"90m\")}":                     "1.5, yes, , x 1h30m",
		"closed } and { open $}{room}$":                                        "closed } and { open $}{room}$",
	} {
		tmpl, problems := parseTemplate(in, known)
		if got, err := tmpl.expand(a); got != want || problems != nil || err != nil {
			t.Errorf("%q: got %q, want %q; %v %v", in, got, want, problems, err)
		}
	}
}

func TestTemplateEndsWhereMessagesDo(t *testing.T) {
	tmpl, _ := parseTemplate(strings.Repeat("${text}", 1000), forMessage())
	got, err := tmpl.expand(&act{def: &Definition{}, event: &hub.Event{Text: strings.Repeat("ä", 5000) + "x"}})
	if err != nil {
		t.Fatal(err)
	}
	if len(got) > hub.DefaultMaxText || len(got) < hub.DefaultMaxText-3 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func eventSaying(text string) *hub.Event {
	return &hub.Event{Type: hub.TypeReceivedMessage, Room: "lobby", Text: text, Data: []byte(`{"x":{"y":1}}`)}
}

func FuzzTemplate(f *testing.F) {
	f.Add("Hello ${user.name}, $${x} ${1} ${args}", "/ping a b")
	f.Add("$$${room}", "ä")
	f.Fuzz(func(t *testing.T, in, text string) {
		known := forMessage()
		known.add("args", types.String)
		tmpl, problems := parseTemplate(in, known)
		if problems != nil {
			for _, p := range problems {
				if p.offset < 0 || p.offset > len(in) || p.text == "" {
					t.Errorf("%q: %+v", in, p)
				}
			}
			return
		}
		a := &act{def: &Definition{}, event: &hub.Event{Room: "lobby", Text: text}}
		a.note("args", text)
		got, err := tmpl.expand(a)
		if err != nil { // an index that is out of range, say
			return
		}
		if !strings.Contains(in, "$") && len(in) < hub.DefaultMaxText && got != in {
			t.Errorf("%q became %q", in, got)
		}
		if len(got) > hub.DefaultMaxText {
			t.Errorf("%d bytes", len(got))
		}
		if utf8.ValidString(in) && utf8.ValidString(text) && !utf8.ValidString(got) {
			t.Errorf("%q is not UTF-8", got)
		}
	})
}
