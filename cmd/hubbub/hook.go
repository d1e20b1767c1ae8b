package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

func hookCommand(configFile *string) *cobra.Command {
	parent := &cobra.Command{
		Use: "hook", Short: "Make, list and revoke incoming webhooks", Args: usageArgs(cobra.NoArgs),
		Long: "Make, list and revoke incoming webhooks, POST /hooks/TOKEN, which take {\"text\":…} as Slack's\n" +
			"do: through the hub that runs on the config's data or, where it is stopped, in its database.\n" +
			"This is for whoever may read the hub's data folder.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(hookCreate(configFile), hookList(configFile), hookRevoke(configFile))
	return parent
}

// useHooks loads the config and has use done with its hooks.
func useHooks(cmd *cobra.Command, configFile string, use func(httpapi.Hooks) error) error {
	c, err := loadConfig(configFile)
	if err != nil {
		return err
	}
	return c.withHooks(cmd.Context(), use)
}

func hookCreate(configFile *string) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use: "create ROOM NAME", Short: "Make a webhook that writes to the room as NAME, and print its path",
		Long: "Make a webhook that writes to the room as NAME, and print its path. That is shown this once:\n" +
			"whoever has it can write to the room.",
		Example: "  hubbub hook create lobby CI\n  curl -d '{\"text\":\"the build is green\"}' http://127.0.0.1:8080/hooks/TOKEN",
		Args:    usageArgs(namesRoom(cobra.ExactArgs(2))),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := hub.CheckRoomName(args[0]); err != nil {
				return usageError{err}
			}
			return useHooks(cmd, *configFile, func(hooks httpapi.Hooks) error {
				made, err := hooks.Create(cmd.Context(), args[0], args[1])
				return printAs(o, cmd.OutOrStdout(), made, err, func(out io.Writer, made httpapi.AdminHook) error {
					_, err := fmt.Fprintf(out, "/hooks/%s\n", made.Token)
					return err
				})
			})
		},
	}
	o.flag(cmd)
	completesRooms(cmd, configFile, 1)
	return cmd
}

func hookList(configFile *string) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use: "list", Short: "List the webhooks, without their tokens", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return useHooks(cmd, *configFile, func(hooks httpapi.Hooks) error {
				all, err := hooks.List(cmd.Context())
				return printAs(o, cmd.OutOrStdout(), all, err, printHooks)
			})
		},
	}
	o.flag(cmd)
	return cmd
}

func printHooks(out io.Writer, all []httpapi.AdminHook) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ID\tROOM\tNAME\tMADE")
	for _, h := range all {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", h.ID, h.Room, excerpt(h.Name, hub.MaxUserName), h.At.Format(time.DateTime))
	}
	return w.Flush()
}

func hookRevoke(configFile *string) *cobra.Command {
	return &cobra.Command{
		Use: "revoke ID", Short: "Revoke a webhook: its token opens nothing any more", Args: usageArgs(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			return useHooks(cmd, *configFile, func(hooks httpapi.Hooks) error {
				err := hooks.Revoke(cmd.Context(), args[0])
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is revoked\n", args[0])
				}
				return err
			})
		},
	}
}
