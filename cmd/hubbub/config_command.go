package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"
)

func configCommand(configFile *string) *cobra.Command {
	parent := &cobra.Command{
		Use: "config", Short: "Look at the config", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	var checked, shown output
	check := &cobra.Command{
		Use: "check", Short: "Check the config and the bots, and say what is wrong", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return checkConfig(cmd, *configFile, checked)
		},
	}
	show := &cobra.Command{
		Use: "show [KEY...]", Short: "Print every key, its value and where it comes from", Args: usageArgs(knownKeys),
		Long: "Print every key of the config, or those named, its value, and where that comes from: the\n" +
			"default, a line of the file, or a variable. Secrets are masked.",
		RunE: func(cmd *cobra.Command, keys []string) error {
			c, err := loadConfig(*configFile)
			if err != nil {
				return err
			}
			return c.show(cmd.OutOrStdout(), shown, keys...)
		},
		ValidArgsFunction: completesKeys,
	}
	checked.flag(check)
	shown.flag(show)
	parent.AddCommand(check, show)
	return parent
}

// output is how a command prints what it found: for people or as JSON.
type output struct{ word string }

func (o *output) flag(cmd *cobra.Command) {
	cmd.Flags().StringVarP(&o.word, "output", "o", "text", "text or json")
	completesFlag(cmd, "output", "text", "json")
	before := cmd.RunE
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if o.word != "text" && o.word != "json" {
			return usageError{fmt.Errorf("--output %q is not known. Write text or json", o.word)}
		}
		return before(cmd, args)
	}
}

func (o output) json() bool { return o.word == "json" }

// printAs writes v, unless err is why there is none: as JSON, or as text does.
func printAs[T any](o output, out io.Writer, v T, err error, text func(io.Writer, T) error) error {
	switch {
	case err != nil:
		return err
	case o.json():
		return printJSON(out, v)
	default:
		return text(out, v)
	}
}

func printJSON(out io.Writer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	return enc.Encode(v)
}

// checked is what a check of the config found.
type checked struct {
	OK       bool     `json:"ok"`
	Config   string   `json:"config,omitempty"`
	Bots     int      `json:"bots"`
	Warnings []string `json:"warnings"`
	Mistakes []string `json:"mistakes"`
}

func checkConfig(cmd *cobra.Command, file string, o output) error {
	found := checked{Warnings: []string{}, Mistakes: []string{}}
	c, err := loadConfig(file)
	if err == nil {
		found.Config, found.Warnings = c.source(), append(append(found.Warnings, c.warnings()...), c.expiring()...)
		_, cerr := c.certificates(slog.Default())
		defs, berr := loadBots(c)
		found.Bots, err = len(defs), errors.Join(cerr, berr)
	}
	if o.json() {
		found.OK = err == nil
		if err != nil {
			found.Mistakes = strings.Split(err.Error(), "\n")
			err = usageError{fmt.Errorf("%d mistakes in the config or the bots", len(found.Mistakes))}
		}
		return errors.Join(printJSON(cmd.OutOrStdout(), found), err)
	}
	if err != nil {
		return err
	}
	for _, w := range found.Warnings {
		fmt.Fprintln(cmd.ErrOrStderr(), "warning:", w)
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is right; %s\n", found.Config, numbered(int64(found.Bots), "bot"))
	return err
}

// shownSetting is a key as `config show` prints it.
type shownSetting struct {
	Key    string `json:"key"`
	Value  any    `json:"value"`
	Source string `json:"source"` // default, file or variable
	origin
}

// knownKeys refuses what is no key.
func knownKeys(_ *cobra.Command, keys []string) error {
	for _, key := range keys {
		if !slices.ContainsFunc(settings, func(s setting) bool { return s.key == key }) {
			return fmt.Errorf("%s is no key of the config. %s", key, suggestion(key, func(s string) string { return s }))
		}
	}
	return nil
}

// show prints the keys named, or all.
func (c *Config) show(out io.Writer, o output, keys ...string) error {
	var all []shownSetting
	for _, s := range settings {
		if len(keys) > 0 && !slices.Contains(keys, s.key) {
			continue
		}
		from := c.from(s.key)
		source := "default"
		switch {
		case from.Variable != "":
			source = "variable"
		case from.File != "":
			source = "file"
		}
		all = append(all, shownSetting{s.key, masked(c.values[s.key]), source, from})
	}
	if o.json() {
		return printJSON(out, all)
	}
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, s := range all {
		value, err := json.Marshal(s.Value)
		if err != nil {
			return err
		}
		text := string(value)
		if word, ok := s.Value.(string); ok {
			text = printable(word)
		}
		from := s.Source
		switch {
		case s.Variable != "":
			from = s.Variable
		case s.File != "":
			from = fmt.Sprintf("%s:%d", s.File, s.Line)
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", s.Key, text, from)
	}
	return w.Flush()
}

// masked returns a value without the passwords that addresses of servers hold,
// before the host or as a parameter.
func masked(v any) any {
	word, ok := v.(string)
	if !ok || !strings.Contains(word, "://") {
		return v
	}
	u, err := url.Parse(word)
	if err != nil {
		return "***" // it may hold one
	}
	q := u.Query()
	for key := range q {
		if lower := strings.ToLower(key); strings.Contains(lower, "pass") || strings.Contains(lower, "secret") || strings.Contains(lower, "token") {
			q.Set(key, "xxxxx")
		}
	}
	u.RawQuery = q.Encode()
	return u.Redacted()
}
