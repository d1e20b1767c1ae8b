package bots

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"hubbub/hub"
)

func TestTemplate(t *testing.T) {
	re := regexp.MustCompile(`(?i)i am (?P<what>\w+)( indeed)?`)
	known, _ := forPattern(re)
	f := &facts{
		event: &hub.Event{Room: "lobby", Text: "Well, I am ${late}. I am Ada"},
		user:  hub.User{ID: "u1", Name: "Ada ${room}"},
	}
	f.groups = re.FindStringSubmatchIndex("Well, I am")
	if f.groups != nil {
		t.Fatal("fits")
	}
	f.groups = re.FindStringSubmatchIndex(f.event.Text)
	for in, want := range map[string]string{
		"":                              "",
		"plain":                         "plain",
		"Hello ${user.name}!":           "Hello Ada ${room}!", // what is filled in is no template
		"${user.id}@${room}":            "u1@lobby",
		"${what}${1}[${2}]${0}":         "AdaAda[]I am Ada",
		"$5 $$ $${room} $$${room} $":    "$5 $$ ${room} $${room} $",
		"${text}":                       f.event.Text,
		"closed } and { open $}{room}$": "closed } and { open $}{room}$",
	} {
		tmpl, problems := parseTemplate(in, known)
		if got := tmpl.expand(f); got != want || problems != nil {
			t.Errorf("%q: got %q, want %q; %v", in, got, want, problems)
		}
	}
}

func TestTemplateEndsWhereMessagesDo(t *testing.T) {
	tmpl, _ := parseTemplate(strings.Repeat("${text}", 1000), forMessage())
	got := tmpl.expand(&facts{event: &hub.Event{Text: strings.Repeat("ä", 5000) + "x"}})
	if len(got) > hub.DefaultMaxText || len(got) < hub.DefaultMaxText-3 || !utf8.ValidString(got) {
		t.Errorf("%d bytes, valid %v", len(got), utf8.ValidString(got))
	}
}

func FuzzTemplate(f *testing.F) {
	f.Add("Hello ${user.name}, $${x} ${1} ${args}", "/ping a b")
	f.Add("$$${room}", "ä")
	f.Fuzz(func(t *testing.T, in, text string) {
		tmpl, problems := parseTemplate(in, forCommand())
		got := tmpl.expand(&facts{event: &hub.Event{Room: "lobby", Text: text}, args: text})
		if problems == nil && !strings.Contains(in, "$") && len(in) < hub.DefaultMaxText && got != in {
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
