package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// document is the config file as a tree that knows its lines, which viper
// forgets: mistakes name the line that they are in.
type document struct {
	file   string
	lines  map[string]int // of each key, dotted
	faults []fault        // in the order of the file
}

// registry has viper read YAML through the document.
func (d *document) registry() viper.CodecRegistry {
	r := viper.NewCodecRegistry()
	_ = r.RegisterCodec("yaml", d) // fails for no name
	return r
}

// Decode implements viper's codec. What can be said better with the keys at hand
// is a fault, and no error.
func (d *document) Decode(b []byte, v map[string]any) error {
	if !utf8.Valid(b) {
		return errors.New("it is no UTF-8 text. Save it as that")
	}
	var root, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return nil // an empty file
	} else if err != nil {
		return syntax(b, err)
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: a second document begins here, and would be ignored. Make one of the two", more.Line)
	}
	d.lines = make(map[string]int)
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		if top.Tag == "!!null" {
			return nil // nothing but comments
		}
		return fmt.Errorf("line %d: a config is keys with values. Write such as data: ./data", top.Line)
	}
	d.walk("", top)
	if err := root.Decode(&v); err != nil && len(d.faults) == 0 {
		return err
	}
	return nil
}

// Encode implements viper's codec; nothing writes a config.
func (d *document) Encode(v map[string]any) ([]byte, error) { return yaml.Marshal(v) }

func (d *document) walk(prefix string, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		name := prefix + key.Value
		before, twice := d.lines[name]
		d.lines[name] = key.Line
		switch {
		case key.Kind != yaml.ScalarNode:
			d.mistake(key.Line, "%sa key is a word. Write such as data: ./data", prefix)
		case twice:
			d.mistake(key.Line, "%s is there twice, at first in line %d. Make one of the two", name, before)
		case !known(name):
			d.mistake(key.Line, "%s is no key of the config. %s", name, suggestion(name, func(s string) string { return s }))
		case isSection(name) && value.Kind == yaml.MappingNode:
			d.walk(name+".", value)
		case isSection(name) && value.Tag != "!!null":
			d.mistake(key.Line, "%s has keys of its own below it, and no value. Write them below it, indented, such as %s", name, below(name))
		case value.Kind == yaml.SequenceNode:
			for i, item := range value.Content {
				d.lines[fmt.Sprintf("%s[%d]", name, i+1)] = item.Line
			}
		}
	}
}

func (d *document) mistake(line int, format string, args ...any) {
	d.faults = append(d.faults, fault{line, fmt.Sprintf(format, args...)})
}

// below names a key of the section.
func below(section string) string {
	for _, s := range settings {
		if key, ok := strings.CutPrefix(s.key, section+"."); ok {
			return key
		}
	}
	return ""
}

// anchorError is how the parser says that what an alias names is not there.
var anchorError = regexp.MustCompile(`unknown anchor '([^']*)'`)

// syntax is an error of the parser with the line that it leaves out: the first one,
// or that of an alias.
func syntax(file []byte, err error) error {
	text := strings.TrimPrefix(err.Error(), "yaml: ")
	if strings.HasPrefix(text, "line ") {
		return errors.New(text)
	}
	line := 1
	if found := anchorError.FindStringSubmatch(text); found != nil {
		before, _, _ := bytes.Cut(file, []byte("*"+found[1]))
		line += bytes.Count(before, []byte("\n"))
	}
	return fmt.Errorf("line %d: %s", line, text)
}

type fault struct {
	line int
	text string
}

// mistakes returns an error for each key of the file that means nothing.
func (d *document) mistakes() []error {
	var errs []error
	for _, f := range d.faults {
		errs = append(errs, fmt.Errorf("%s:%d: %s", d.file, f.line, f.text))
	}
	return errs
}

func isSection(key string) bool {
	return slices.ContainsFunc(settings, func(s setting) bool { return strings.HasPrefix(s.key, key+".") })
}

// known reports whether key is a setting or the section of one.
func known(key string) bool {
	return isSection(key) || slices.ContainsFunc(settings, func(s setting) bool { return s.key == key })
}

// suggestion names the setting, or the section of some, that key is most like, as
// name writes it.
func suggestion(key string, name func(string) string) string {
	best, distance := "", len(key)/2+1
	consider := func(word string) {
		if n := levenshtein.ComputeDistance(strings.ToLower(key), word); n < distance {
			best, distance = word, n
		}
	}
	for _, s := range settings {
		consider(s.key)
		if section, _, ok := strings.Cut(s.key, "."); ok && !strings.Contains(key, ".") {
			consider(section)
		}
	}
	if best == "" {
		return "Take it out; configs/hubbub.yaml lists all keys"
	}
	return "Did you mean " + name(best) + "?"
}

// origin says where the value of a key comes from.
type origin struct {
	Variable string `json:"variable,omitempty"`
	File     string `json:"file,omitempty"`
	Line     int    `json:"line,omitempty"`
}

func (d *document) origin(key string) origin {
	if _, ok := os.LookupEnv(envName(key)); ok {
		return origin{Variable: envName(key)}
	}
	if line, ok := d.lines[key]; ok {
		return origin{File: d.file, Line: line}
	}
	return origin{}
}

// where names the key as one finds it: by its variable, or by the line of the
// file, or, where it is in neither, by the key alone.
func (o origin) where(key string) string {
	switch {
	case o.Variable != "":
		return o.Variable
	case o.File != "":
		return fmt.Sprintf("%s:%d: %s", o.File, o.Line, key)
	default:
		return key
	}
}

// where is that of the key, or of an item of its list, from 1.
func (d *document) where(key string, item int) string {
	o := d.origin(key)
	if line, ok := d.lines[fmt.Sprintf("%s[%d]", key, item)]; ok && o.Line > 0 {
		o.Line = line
	}
	return o.where(key)
}
