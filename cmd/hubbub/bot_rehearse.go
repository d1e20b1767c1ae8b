package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"hubbub/bots"
)

func botTest(configFile *string) *cobra.Command {
	return &cobra.Command{
		Use:   "test [BOT...]",
		Short: "Play the bots' transcripts, and say where a bot does something else",
		Long: "Play the bots' transcripts, and say where a bot does something else. The transcript of\n" +
			"dice.yaml is dice.transcript, beside it: what is said, and what the bot does then, a line each.\n\n" +
			"  Ada: /dice 20\n" +
			"  Dice: 🎲 *                        (* stands for anything)\n" +
			"  Ada presses Acknowledge\n" +
			"  kettle (device) sends {\"celsius\": 96}\n" +
			"  Dice reacts 👍\n" +
			"  (all rest)                        time passes until every conversation has ended",
		Example: "  hubbub bot test\n  hubbub bot test dice oncall",
		RunE: func(cmd *cobra.Command, args []string) error {
			defs, err := configuredBots(*configFile)
			if err != nil {
				return err
			}
			if len(args) > 0 {
				defs = nil
			}
			for _, id := range args {
				d, err := configuredBot(*configFile, id)
				if err != nil {
					return err
				}
				defs = append(defs, d)
			}
			var faults bots.Faults
			for _, d := range defs {
				file := strings.TrimSuffix(d.File, filepath.Ext(d.File)) + ".transcript"
				body, err := os.ReadFile(file)
				switch {
				case errors.Is(err, fs.ErrNotExist) && len(args) == 0:
					fmt.Fprintf(cmd.OutOrStdout(), "%s has no transcript\n", d.ID)
					continue
				case err != nil:
					return usageError{fmt.Errorf("bot %s has no transcript: %w", d.ID, err)}
				}
				found := bots.Rehearse(cmd.Context(), d, file, body)
				if faults = append(faults, found...); len(found) == 0 {
					fmt.Fprintf(cmd.OutOrStdout(), "%s does what %s says\n", d.ID, file)
				}
			}
			if len(faults) > 0 {
				return faults
			}
			return nil
		},
		ValidArgsFunction: func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
			defs, _ := configuredBots(*configFile) // nobody completes a word to be told of a mistake
			return botNames(defs), cobra.ShellCompDirectiveNoFileComp
		},
	}
}
