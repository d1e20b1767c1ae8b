package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	httpapi "hubbub/adapters/http"
	"hubbub/hub"
)

func roomCommand(configFile *string) *cobra.Command {
	parent := &cobra.Command{
		Use: "room", Short: "List, look at, trim and delete rooms", Args: usageArgs(cobra.NoArgs),
		Long: "List, look at, trim and delete rooms: through the hub that runs on the config's data or,\n" +
			"where it is stopped, in its database. This is for whoever may read the hub's data folder.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	parent.AddCommand(roomList(configFile), roomShow(configFile), roomTrim(configFile), roomDelete(configFile))
	return parent
}

// keepRooms loads the config and has use done on its rooms.
func keepRooms(ctx context.Context, configFile string, use func(roomKeeper) error) error {
	c, err := loadConfig(configFile)
	if err != nil {
		return err
	}
	return c.withRooms(ctx, use)
}

func roomList(configFile *string) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use: "list", Short: "List the rooms and how many events each keeps", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return keepRooms(cmd.Context(), *configFile, func(k roomKeeper) error {
				all, err := k.list(cmd.Context())
				return printAs(o, cmd.OutOrStdout(), all, err, printRooms)
			})
		},
	}
	o.flag(cmd)
	return cmd
}

func printRooms(out io.Writer, all []httpapi.AdminRoom) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ROOM\tEVENTS\tFIRST\tHEAD\tEPOCH")
	for _, r := range all {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%s\n", r.Name, r.Head-r.First+1, r.First, r.Head, r.Epoch)
	}
	return w.Flush()
}

func roomShow(configFile *string) *cobra.Command {
	var o output
	cmd := &cobra.Command{
		Use: "show ROOM", Short: "Look at a room: its log, and who is in it now", Args: usageArgs(namesRoom(cobra.ExactArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			return keepRooms(cmd.Context(), *configFile, func(k roomKeeper) error {
				r, err := k.show(cmd.Context(), args[0])
				return printAs(o, cmd.OutOrStdout(), &r, err, printRoom)
			})
		},
	}
	o.flag(cmd)
	completesRooms(cmd, configFile, 1)
	return cmd
}

func printRoom(out io.Writer, r *httpapi.AdminRoom) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "room\t%s\nevents\t%d\nfirst\t%d\nhead\t%d\nepoch\t%s\n", r.Name, r.Head-r.First+1, r.First, r.Head, r.Epoch)
	if r.Present != nil {
		fmt.Fprintf(w, "present\t%d\n", r.Present.Count)
		for _, u := range r.Present.Users {
			fmt.Fprintf(w, "\t%s (%s, %s)\n", excerpt(u.Name, hub.MaxUserName), u.Kind, u.Via)
		}
	}
	return w.Flush()
}

func roomTrim(configFile *string) *cobra.Command {
	var keep string
	cmd := &cobra.Command{
		Use: "trim ROOM --keep WHAT", Short: "Take the oldest events out of a room's log, once",
		Long: "Take the oldest events out of a room's log, once. What is to be kept always, rooms.history\n" +
			"and rooms.rules of the config say.",
		Example: "  hubbub room trim lobby --keep 30d\n  hubbub room trim lobby --keep 1000",
		Args:    usageArgs(namesRoom(cobra.ExactArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			var p hub.Policy
			if err := history(&p, keep); err != nil || p.Keep == (hub.Keep{}) {
				return usageError{fmt.Errorf("--keep is a time such as 30d or 12h, or a number of events such as 1000, not %q", keep)}
			}
			return keepRooms(cmd.Context(), *configFile, func(k roomKeeper) error {
				r, err := k.trim(cmd.Context(), args[0], p.Keep)
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s keeps %d events, from seq %d to %d\n", r.Name, r.Head-r.First+1, r.First, r.Head)
				}
				return err
			})
		},
	}
	cmd.Flags().StringVar(&keep, "keep", "", "what stays: a time (30d, 12h) or a number of events (1000)")
	completesFlag(cmd, "keep", "1000", "24h", "7d", "30d")
	completesRooms(cmd, configFile, 1)
	return cmd
}

func roomDelete(configFile *string) *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "delete ROOM", Short: "Delete a room with all that was said in it",
		Long: "Delete a room: its log, members and read marks. Whoever is in it is told, and hears no more of\n" +
			"it. Joining or writing makes it anew, as another one whose log begins at 1; bots that listen\n" +
			"there do so at once.",
		Args: usageArgs(namesRoom(cobra.ExactArgs(1))),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := hub.CheckRoomName(args[0]); err != nil {
				return usageError{err}
			}
			if !yes {
				if err := confirm(cmd, args[0]); err != nil {
					return err
				}
			}
			return keepRooms(cmd.Context(), *configFile, func(k roomKeeper) error {
				err := k.remove(cmd.Context(), args[0])
				if err == nil {
					_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s is deleted\n", args[0])
				}
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, "do not ask")
	completesRooms(cmd, configFile, 1)
	return cmd
}

// confirm has whoever types write the room's name once more.
func confirm(cmd *cobra.Command, room string) error {
	if !isTerminal(cmd.InOrStdin()) {
		return usageError{errors.New("deleting a room cannot be taken back: say --yes")}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "All that was said in %s will be gone. Write its name to delete it: ", room)
	line, err := bufio.NewReader(cmd.InOrStdin()).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(line) != room {
		return statusError{statusFailed, errors.New("nothing was deleted")}
	}
	return nil
}
