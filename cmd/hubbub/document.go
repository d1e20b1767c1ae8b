package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/viper"
	"go.yaml.in/yaml/v3"
)

// document is the config file as a tree that knows its lines, which viper
// forgets: mistakes name the line that they are in.
type document struct {
	file  string
	lines map[string]int // of each key, dotted
	keys  []string       // in the order of the file
}

// registry has viper read YAML through the document.
func (d *document) registry() viper.CodecRegistry {
	r := viper.NewCodecRegistry()
	_ = r.RegisterCodec("yaml", d) // fails for no name
	return r
}

// Decode implements viper's codec.
func (d *document) Decode(b []byte, v map[string]any) error {
	var root yaml.Node
	if err := yaml.Unmarshal(b, &root); err != nil {
		return err
	}
	if len(root.Content) == 0 {
		return nil // an empty file
	}
	d.lines = make(map[string]int)
	d.walk("", root.Content[0])
	return root.Decode(&v)
}

// Encode implements viper's codec; nothing writes a config.
func (d *document) Encode(v map[string]any) ([]byte, error) { return yaml.Marshal(v) }

func (d *document) walk(prefix string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := prefix + n.Content[i].Value
		d.lines[key] = n.Content[i].Line
		d.keys = append(d.keys, key)
		d.walk(key+".", n.Content[i+1])
	}
}

// unknownKeys returns an error for each key of the file that means nothing.
func (d *document) unknownKeys() []error {
	var errs []error
	for _, key := range d.keys {
		if !known(key) {
			errs = append(errs, fmt.Errorf("%s:%d: %s is no key of the config. %s", d.file, d.lines[key], key, suggestion(key)))
		}
	}
	return errs
}

// known reports whether key is a setting, the section of one, or within a key
// that is reported already.
func known(key string) bool {
	for _, s := range settings {
		if key == s.key || strings.HasPrefix(s.key, key+".") {
			return true
		}
	}
	if i := strings.LastIndexByte(key, '.'); i > 0 {
		return !known(key[:i])
	}
	return false
}

func suggestion(key string) string {
	best, distance := "", len(key)/2+1
	for _, s := range settings {
		if n := editDistance(key, s.key); n < distance {
			best, distance = s.key, n
		}
	}
	if best == "" {
		return "Take it out; configs/hubbub.yaml lists all keys"
	}
	return "Did you mean " + best + "?"
}

// editDistance is Levenshtein's.
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j]+1, row[j+1]+1, diagonal+cost)
		}
	}
	return row[len(b)]
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
