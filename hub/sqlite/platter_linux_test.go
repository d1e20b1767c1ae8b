package sqlite_test

import (
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// platter is what a disk may hold after a cut of the power, as POSIX has it:
// what a file was given is there once the file was synced, what a folder was
// given once the folder was, and of the rest any part.
type platter struct {
	live    map[string]*inode // the folder as the process sees it
	kept    map[string]*inode // and as it was synced
	pending []op              // what happened to the folder since
	inodes  map[int]*inode    // of pending, by index
}

type inode struct {
	kept    []byte
	pending []op // writes and truncations since
}

func newPlatter() *platter {
	return &platter{live: map[string]*inode{}, kept: map[string]*inode{}, inodes: map[int]*inode{}}
}

func (p *platter) do(o op) {
	switch o.kind {
	case opCreate:
		p.live[o.name] = &inode{}
		p.inodes[len(p.pending)] = p.live[o.name]
		p.pending = append(p.pending, o)
	case opUnlink:
		delete(p.live, o.name)
		p.pending = append(p.pending, o)
	case opFolder:
		p.kept = p.folder(func() bool { return true })
		p.pending = nil
		clear(p.inodes)
	case opSync:
		f := p.live[o.name]
		f.kept = f.content(func() bool { return true })
		f.pending = nil
	default:
		f := p.live[o.name]
		f.pending = append(f.pending, o)
	}
}

// folder returns the folder with what happened to a name up to the first thing
// that does not survive.
func (p *platter) folder(survives func() bool) map[string]*inode {
	names, stuck := maps.Clone(p.kept), map[string]bool{}
	for i, o := range p.pending {
		if stuck[o.name] = stuck[o.name] || !survives(); stuck[o.name] {
			continue
		}
		if delete(names, o.name); o.kind == opCreate {
			names[o.name] = p.inodes[i]
		}
	}
	return names
}

const sector = 512 // what a disk writes whole or not at all

// content returns the file with those sectors and truncations that survive.
func (f *inode) content(survives func() bool) []byte {
	data := slices.Clone(f.kept)
	resize := func(size int) {
		if size > len(data) {
			data = append(data, make([]byte, size-len(data))...)
		}
		data = data[:size]
	}
	for _, o := range f.pending {
		if o.kind == opTruncate {
			if survives() {
				resize(int(o.at))
			}
			continue
		}
		for at, rest := int(o.at), o.data; len(rest) > 0; {
			n := min(sector-at%sector, len(rest))
			if survives() {
				resize(max(at+n, len(data)))
				copy(data[at:], rest[:n])
			}
			at, rest = at+n, rest[n:]
		}
	}
	return data
}

// survival says what becomes of what was not synced.
type survival int

const (
	all    survival = iota
	synced          // nothing but what was synced
	some            // any part
)

func (s survival) String() string { return [...]string{"all", "only what was synced", "some"}[s] }

// write makes a folder of what survives a cut now.
func (p *platter) write(t *testing.T, dir string, what survival, random *rand.Rand) {
	t.Helper()
	share := []float64{all: 1, synced: 0, some: []float64{.1, .5, .9, .99}[random.IntN(4)]}[what]
	survives := func() bool { return random.Float64() < share }
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, f := range p.folder(survives) {
		if err := os.WriteFile(filepath.Join(dir, name), f.content(survives), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}
