package main

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/spf13/cobra"

	"hubbub/hub/sqlite"
)

// database is the file of the store.
func (c *Config) database() string { return filepath.Join(c.Data, "hubbub.db") }

func backupCommand(configFile *string) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:   "backup FILE",
		Short: "Copy the database, also while the hub runs",
		Long: "Write a consistent copy of the database into a new file, also while the hub runs, and look\n" +
			"through it. To restore it: stop the hub, move hubbub.db and what is beside it by that name\n" +
			"out of the data folder, put the copy there as hubbub.db, start the hub. What came after the\n" +
			"backup is then gone, and clients that saw it are told to reload.",
		Example: "  hubbub backup /backups/hubbub-$(date +%F).db",
		Args:    usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := loadConfig(*configFile)
			if err != nil {
				return err
			}
			report, err := sqlite.Backup(cmd.Context(), c.database(), args[0])
			switch {
			case errors.Is(err, fs.ErrNotExist):
				return usageError{fmt.Errorf("%w. The folder of the database is set by data or %s", err, envName("data"))}
			case err != nil:
				return err
			case o.json():
				return printJSON(cmd.OutOrStdout(), struct {
					File   string `json:"file"`
					Bytes  int64  `json:"bytes"`
					Rooms  int    `json:"rooms"`
					Events int64  `json:"events"`
				}{args[0], report.Size, report.Rooms, report.Events})
			}
			_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, %s, %s; looked through, and right\n",
				args[0], bytesOf(report.Size), numbered(int64(report.Rooms), "room"), numbered(report.Events, "event"))
			return err
		},
	}
	o.flag(cmd)
	return cmd
}

// numbered writes how many there are of what has a plain plural.
func numbered(n int64, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

// bytesOf writes a size as people read it.
func bytesOf(n int64) string {
	size, unit := float64(n), 0
	for size >= 1024 && unit < 4 {
		size, unit = size/1024, unit+1
	}
	if unit == 0 {
		return fmt.Sprintf("%d bytes", n)
	}
	return fmt.Sprintf("%.1f %s", size, []string{"", "KiB", "MiB", "GiB", "TiB"}[unit])
}
