package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	httpapi "hubbub/adapters/http"
)

func scopesCommand(configFile *string) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use:   "scopes",
		Short: "List who is connected, by which protocol, since when and from where",
		Long: "List the scopes of the hub that runs on the config's data: connections and requests.\n" +
			"This is for whoever may read the hub's data folder.",
		Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := loadConfig(*configFile)
			if err != nil {
				return err
			}
			var all []httpapi.AdminScope
			hub, err := c.findHub()
			if err == nil {
				all, err = hub.scopes(cmd.Context())
			}
			switch {
			case errors.Is(err, errNoHub):
				return statusError{statusUnreachable, fmt.Errorf("no hub runs on %s. Start it with hubbub serve, or name another config", c.Data)}
			case err != nil:
				return err
			case o.json():
				return printJSON(cmd.OutOrStdout(), all)
			}
			return printScopes(cmd.OutOrStdout(), all, time.Now())
		},
	}
	o.flag(cmd)
	return cmd
}

func printScopes(out io.Writer, all []httpapi.AdminScope, now time.Time) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "PROTOCOL\tUSER\tKIND\tFROM\tSINCE\tFOR\tID")
	for _, s := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", s.Type, excerpt(s.User.Name, 32), s.User.Kind, s.Remote,
			s.Opened.Local().Format(time.DateTime), now.Sub(s.Opened).Round(time.Second), s.ID)
	}
	return w.Flush()
}
