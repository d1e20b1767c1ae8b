package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"hubbub/bots"
)

func botCommand(configFile *string) *cobra.Command {
	parent := &cobra.Command{
		Use: "bot", Short: "Check bots, and try them without a hub", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	check := &cobra.Command{
		Use: "check", Short: "Check the bots' files, and list them", Args: usageArgs(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			defs, err := configuredBots(*configFile)
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, d := range defs {
				fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", d.ID, d.Name, strings.Join(d.Rooms, ", "), d.File)
			}
			return w.Flush()
		},
	}
	parent.AddCommand(check, botTry(configFile), botTest(configFile))
	return parent
}

func configuredBots(configFile string) ([]*bots.Definition, error) {
	c, err := loadConfig(configFile)
	if err != nil {
		return nil, err
	}
	return loadBots(c)
}

// configuredBot returns one of them.
func configuredBot(configFile, id string) (*bots.Definition, error) {
	defs, err := configuredBots(configFile)
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(defs, func(d *bots.Definition) bool { return d.ID == id })
	if i < 0 {
		return nil, usageError{fmt.Errorf("there is no bot %s. There are: %s", id, strings.Join(botNames(defs), ", "))}
	}
	return defs[i], nil
}

// completeBots completes the first word of a command line as a bot's id.
func completeBots(configFile *string) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defs, _ := configuredBots(*configFile) // nobody completes a word to be told of a mistake
		return botNames(defs), cobra.ShellCompDirectiveNoFileComp
	}
}

func botNames(defs []*bots.Definition) []string {
	names := make([]string, len(defs))
	for i, d := range defs {
		names[i] = d.ID
	}
	return names
}
