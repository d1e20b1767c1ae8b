package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

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

// Decode implements viper's codec.
func (d *document) Decode(b []byte, v map[string]any) error {
	var root, more yaml.Node
	dec := yaml.NewDecoder(bytes.NewReader(b))
	if err := dec.Decode(&root); errors.Is(err, io.EOF) {
		return nil // an empty file
	} else if err != nil {
		return err
	}
	if err := dec.Decode(&more); !errors.Is(err, io.EOF) {
		return fmt.Errorf("line %d: a second document begins here, and would be ignored", more.Line)
	}
	d.lines = make(map[string]int)
	top := root.Content[0]
	if top.Kind != yaml.MappingNode {
		if top.Tag == "!!null" {
			return nil // nothing but comments
		}
		return fmt.Errorf("line %d: a config is keys with values", top.Line)
	}
	d.walk("", top)
	return root.Decode(&v)
}

// Encode implements viper's codec; nothing writes a config.
func (d *document) Encode(v map[string]any) ([]byte, error) { return yaml.Marshal(v) }

func (d *document) walk(prefix string, n *yaml.Node) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		name := prefix + key.Value
		d.lines[name] = key.Line
		switch {
		case !known(name):
			d.mistake(key.Line, "%s is no key of the config. %s", name, suggestion(name, func(s string) string { return s }))
		case isSection(name) && value.Kind == yaml.MappingNode:
			d.walk(name+".", value)
		case isSection(name) && value.Tag != "!!null":
			d.mistake(key.Line, "%s has keys of its own below it, and no value", name)
		}
	}
}

func (d *document) mistake(line int, format string, args ...any) {
	d.faults = append(d.faults, fault{line, fmt.Sprintf(format, args...)})
}

// fault is what is wrong with the file's shape.
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

// suggestion names the setting that key is most like, as name writes it.
func suggestion(key string, name func(string) string) string {
	best, distance := "", len(key)/2+1
	for _, s := range settings {
		if n := levenshtein.ComputeDistance(key, s.key); n < distance {
			best, distance = s.key, n
		}
	}
	if best == "" {
		return "Take it out; configs/hubbub.yaml lists all keys"
	}
	return "Did you mean " + name(best) + "?"
}

// where says where the value of key comes from: a variable, a line of the
// file, or, by the key alone, nowhere but the defaults.
func (d *document) where(key string) string {
	if _, ok := os.LookupEnv(envName(key)); ok {
		return envName(key)
	}
	if line, ok := d.lines[key]; ok {
		return fmt.Sprintf("%s:%d: %s", d.file, line, key)
	}
	return key
}
