package bots

import (
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Follow takes over what changes in the folder of bots' files, until the runner is
// closed: a new file starts a bot, a changed one has its bot go on by other rules,
// with the conversations that are under way and what they keep, and one that is gone
// stops it. A file with faults changes nothing: the bot runs as before, and the log
// has the faults, once. running are the bots that were started from the folder.
//
// It looks at the folder every [Options.Look], so that it does not matter how
// files come to be there; one that is still being written is left until it is not.
func (r *Runner) Follow(dir string, running []*Definition) {
	f := &folder{
		runner: r, dir: dir, log: r.opts.Logger, running: make(map[string]*Definition),
		files: make(map[string]*botFile),
	}
	for _, d := range running {
		f.running[d.ID] = d
	}
	r.helper.Go(func() {
		ticker := time.NewTicker(r.opts.Look)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				f.look()
			case <-r.ctx.Done():
				return
			}
		}
	})
}

// folder is one that is followed.
type folder struct {
	runner  *Runner
	dir     string
	log     *slog.Logger
	running map[string]*Definition // by id
	files   map[string]*botFile    // by path
	trouble string                 // with the folder, as the log was told
}

// botFile is a file as it was when the folder was looked at last.
type botFile struct {
	info    fs.FileInfo
	missing bool   // it was not there the last time
	done    bool   // it is taken over, or has faults that were told
	trouble string // with taking it over, as the log was told
}

// look takes over what has not changed since the look before.
func (f *folder) look() {
	infos, err := f.list()
	if err != nil {
		if f.trouble != err.Error() && (!errors.Is(err, fs.ErrNotExist) || len(f.running) > 0) {
			f.log.Warn("the folder of bots cannot be read; the bots run as they are", "error", err)
		}
		f.trouble = err.Error()
		return
	}
	f.trouble = ""
	for path, file := range f.files {
		if infos[path] != nil {
			file.missing = false
			continue
		}
		if file.missing { // twice: it is not being replaced
			delete(f.files, path)
			f.gone(path)
		}
		file.missing = true
	}
	for _, path := range sortedKeys(infos) {
		info, file := infos[path], f.files[path]
		switch {
		case file == nil:
			f.files[path] = &botFile{info: info}
		case !sameFile(file.info, info):
			*file = botFile{info: info}
		case !file.done:
			f.take(path, file)
		}
	}
}

// list returns the bots' files that are there.
func (f *folder) list() (map[string]fs.FileInfo, error) {
	entries, err := os.ReadDir(f.dir)
	if err != nil {
		return nil, err
	}
	infos := make(map[string]fs.FileInfo)
	for _, entry := range entries {
		if !isBotFile(entry) {
			continue
		}
		path := filepath.Join(f.dir, entry.Name())
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() { // where a link leads
			infos[path] = info
		}
	}
	return infos, nil
}

func sameFile(a, b fs.FileInfo) bool {
	return a.Size() == b.Size() && a.ModTime().Equal(b.ModTime()) && os.SameFile(a, b)
}

func sortedKeys(infos map[string]fs.FileInfo) []string {
	paths := make([]string, 0, len(infos))
	for path := range infos {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}

// gone stops the bot of a file that is not there any more.
func (f *folder) gone(path string) {
	d := f.running[idOf(path)]
	if d == nil || d.File != path {
		return
	}
	delete(f.running, d.ID)
	f.runner.remove(d.ID)
	f.log.Info("a bot's file is gone, and the bot has stopped", "bot", d.ID, "file", path)
}

// take takes a file over.
func (f *folder) take(path string, file *botFile) {
	d, err := load(path)
	var faults Faults
	switch {
	case errors.As(err, &faults):
		file.done = true
		for _, fault := range faults {
			f.log.Warn("a bot's file has a mistake, and is not taken over", "fault", fault.String())
		}
		return
	case err != nil:
		f.retry(file, "a bot's file cannot be read; it is tried again", path, err)
		return
	}
	was := f.running[d.ID]
	switch {
	case was != nil && was.File != path && f.files[was.File] != nil:
		file.done = true
		f.log.Warn("a bot's file has a mistake, and is not taken over", "fault", twice(path, was.File).String())
		return
	case was != nil && was.sum == d.sum:
		was.File, file.done = path, true
		return
	case was == nil:
		err = f.runner.add(f.runner.ctx, d.Bot())
	default:
		delete(f.running, d.ID)
		err = f.runner.replace(f.runner.ctx, d.Bot())
	}
	if err != nil {
		f.retry(file, "a bot cannot start; it is tried again", path, err)
		return
	}
	f.running[d.ID], file.done = d, true
	f.log.Info("a bot's file is taken over", "bot", d.ID, "file", path, "rooms", strings.Join(d.Rooms, " "))
}

// retry leaves the file for the next look. The log is told once.
func (f *folder) retry(file *botFile, problem, path string, err error) {
	if file.trouble != err.Error() {
		f.log.Warn(problem, "file", path, "error", err)
	}
	file.trouble = err.Error()
}
