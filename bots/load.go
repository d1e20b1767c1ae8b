package bots

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"hubbub/hub"
)

// Load reads the bots of a folder: its files *.yaml and *.yml, in the order of
// their names. What is wrong with them is returned as [Faults], all at once. The
// error of a folder that is not there is fs.ErrNotExist: whether that matters
// is for the caller to say.
func Load(dir string) ([]*Definition, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("bots: read the folder of bots: %w", err)
	}
	var defs []*Definition
	var faults Faults
	files := map[string]string{} // by id
	for _, entry := range entries {
		if !isBotFile(entry) {
			continue
		}
		file := filepath.Join(dir, entry.Name())
		d, err := load(file)
		var fs Faults
		switch {
		case errors.As(err, &fs):
			faults = append(faults, fs...)
		case err != nil:
			faults = append(faults, Fault{file, 1, 1, fmt.Sprintf("The file cannot be read: %v.", err)})
		}
		id := idOf(file)
		if other := files[id]; other != "" {
			faults = append(faults, twice(file, other))
		}
		files[id] = file
		defs = append(defs, d)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	return defs, nil
}

// isBotFile reports whether a bot may be in it: what editors leave beside files is none.
func isBotFile(entry fs.DirEntry) bool {
	ext := filepath.Ext(entry.Name())
	return !entry.IsDir() && (ext == ".yaml" || ext == ".yml") && !strings.HasPrefix(entry.Name(), ".")
}

func twice(file, other string) Fault {
	return Fault{file, 1, 1, fmt.Sprintf("The bot %#q is in %s already. Rename one of the files.", idOf(file), other)}
}

func load(file string) (*Definition, error) {
	body, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return Parse(file, body)
}

func idOf(file string) string {
	return strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
}

// Parse reads one bot. The file's name gives its id and stands in the faults;
// the error is [Faults].
func Parse(file string, body []byte) (*Definition, error) {
	r := &reader{file: file, lines: strings.Split(string(body), "\n")}
	top := &yaml.Node{Line: 1, Column: 1}
	id := idOf(file)
	if hub.CheckRoomName(id) != nil { // ids are words in paths and topics, as rooms are
		r.fault(top, "`%.80s` cannot be the id of a bot. Name the file with 1 to 64 of a-z 0-9 . _ -, such as greeter.yaml.", id)
	}
	var d *Definition
	if root := r.document(body); root != nil {
		d = r.definition(id, root)
	}
	if len(r.faults) > 0 {
		slices.SortStableFunc(r.faults, func(a, b Fault) int {
			if a.Line != b.Line {
				return a.Line - b.Line
			}
			return a.Column - b.Column
		})
		return nil, r.faults
	}
	d.sum = sha256.Sum256(body)
	return d, nil
}

// document returns the root of the one document in body.
func (r *reader) document(body []byte) *yaml.Node {
	dec := yaml.NewDecoder(bytes.NewReader(body))
	var doc, next yaml.Node
	switch err := dec.Decode(&doc); {
	case errors.Is(err, io.EOF):
		r.fault(&doc, "The file is empty. Begin with `name: Greeter`.")
		return nil
	case err != nil:
		r.syntax(err)
		return nil
	}
	switch err := dec.Decode(&next); {
	case err == nil:
		r.fault(&next, "A file is one bot. Put what follows `---` into a file of its own.")
	case !errors.Is(err, io.EOF):
		r.syntax(err)
	}
	return doc.Content[0]
}

// syntax says what the YAML parser found, where it found it.
func (r *reader) syntax(err error) {
	at := &yaml.Node{Line: 1, Column: 1}
	problem := strings.TrimPrefix(err.Error(), "yaml: ")
	if m := regexp.MustCompile(`^line (\d+): `).FindStringSubmatch(problem); m != nil {
		at.Line, _ = strconv.Atoi(m[1])
		problem = problem[len(m[0]):]
	}
	r.fault(at, "This is not YAML: %s. Look at this line and the one after it: indentation, quotes, colons.", problem)
}
