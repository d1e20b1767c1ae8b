package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// recall reads who one is from the file, where one is named and is there.
func (r *remote) recall(nameGiven bool) error {
	r.rename = false
	if r.file == "" {
		return nil
	}
	secret, err := os.ReadFile(r.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return usageError{fmt.Errorf("--as: %w", err)}
	}
	if r.guest = strings.TrimSpace(string(secret)); r.guest == "" || strings.ContainsAny(r.guest, " \t\n") {
		return usageError{fmt.Errorf("--as: %s does not hold who somebody is. Name another file, or one that is not there yet", r.file)}
	}
	r.rename = nameGiven
	return nil
}

// become takes over the secret that the hub gave, and keeps it in the file. It
// is nobody else's to read.
func (r *remote) become(secret string) error {
	if secret == "" || secret == r.guest {
		return nil
	}
	r.guest = secret
	if r.file == "" {
		return nil
	}
	f, err := os.CreateTemp(filepath.Dir(r.file), ".hubbub-*") // readable by its owner alone
	if err != nil {
		return usageError{fmt.Errorf("--as: %w", err)}
	}
	_, err = fmt.Fprintln(f, secret)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), r.file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return usageError{fmt.Errorf("--as: %w", err)}
	}
	return nil
}
