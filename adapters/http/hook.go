package http

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"time"

	"hubbub/hub"
)

// maxHook bounds the body of a webhook, in bytes: escaping makes one byte of an
// event three in a form.
const maxHook = 4 * hub.DefaultMaxEvent

// hook answers POST /hooks/{token}: programs that know how to tell Slack
// something tell it to a room.
func (a *api) hook(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		newProblem(http.StatusMethodNotAllowed, "This address allows POST.").write(w)
		return
	}
	user, room, err := a.opts.Hook(r)
	if err != nil {
		Refuse(w, err)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHook))
	if err != nil {
		Refuse(w, hub.Errorf(hub.TooLarge, "The body of a webhook has at most %d bytes.", maxHook))
		return
	}
	text, ref, err := parseHook(body)
	if err != nil {
		Refuse(w, err)
		return
	}
	s := &hub.Scope{
		ID: hub.NewID(), Type: hub.ScopeHTTP, Path: "/hooks/", User: user, Via: "webhook", // the path is a secret
		Remote: a.opts.Proxies.RemoteAddr(r), Host: r.Host, Opened: time.Now(),
	}
	if _, err := ask(r.Context(), a.opts.App, s, hub.Event{Type: hub.TypeSendMessage, Room: room, Text: text, Ref: ref}); err != nil {
		Refuse(w, err)
		return
	}
	w.Header().Set("Cache-Control", noStore)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	_, _ = io.WriteString(w, "ok")
}

// hookPayload is what Slack's incoming webhooks take, as far as rooms have a place
// for it, and ref.
type hookPayload struct {
	Text        string `json:"text"`
	Ref         string `json:"ref"`
	Attachments []struct {
		Fallback string `json:"fallback"`
		Pretext  string `json:"pretext"`
		Title    string `json:"title"`
		Text     string `json:"text"`
	} `json:"attachments"`
}

// parseHook returns what a webhook's body says: JSON, or a form whose payload is
// JSON. Its media type is not looked at: many senders name a wrong one.
func parseHook(body []byte) (text, ref string, err error) {
	if trimmed := strings.TrimSpace(string(body)); !strings.HasPrefix(trimmed, "{") {
		form, err := url.ParseQuery(trimmed)
		if err != nil || !form.Has("payload") {
			return "", "", errHook
		}
		body = []byte(form.Get("payload"))
	}
	var p hookPayload
	if json.Unmarshal(body, &p) != nil {
		return "", "", errHook
	}
	lines := []string{p.Text}
	for _, a := range p.Attachments {
		said := []string{a.Pretext, a.Title, a.Text}
		if strings.Join(said, "") == "" {
			said = []string{a.Fallback}
		}
		lines = append(lines, said...)
	}
	text = strings.Join(notEmpty(lines), "\n")
	if text == "" {
		return "", "", hub.Errorf(hub.Invalid, `A webhook needs text, such as {"text":"The build is green."}`)
	}
	return fromSlack(text), p.Ref, nil
}

var errHook = hub.Errorf(hub.Invalid, `A webhook takes JSON such as {"text":"The build is green."}, or a form with that as its payload.`)

func notEmpty(lines []string) []string {
	var kept []string
	for _, l := range lines {
		if l = strings.TrimSpace(l); l != "" {
			kept = append(kept, l)
		}
	}
	return kept
}

var (
	slackLink     = regexp.MustCompile(`<((?:https?|mailto):[^<>|\s]+)(?:\|([^<>]*))?>`)
	slackEntities = strings.NewReplacer("&amp;", "&", "&lt;", "<", "&gt;", ">")
)

// fromSlack returns text as people read it: links are <url|label> there, and three
// characters are escaped.
func fromSlack(text string) string {
	text = slackLink.ReplaceAllStringFunc(text, func(link string) string {
		m := slackLink.FindStringSubmatch(link)
		if m[2] == "" || m[2] == m[1] {
			return m[1]
		}
		return m[2] + " (" + m[1] + ")"
	})
	return slackEntities.Replace(text)
}
