package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// completionTime is how long a shell waits for a hub that is asked for its rooms.
const completionTime = time.Second

// completesRooms has a shell complete the names of the running hub's rooms, for at
// most so many of the command's arguments.
func completesRooms(cmd *cobra.Command, configFile *string, most int) {
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= most {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		ctx, cancel := context.WithTimeout(cmd.Context(), completionTime)
		defer cancel()
		var names []string
		for _, name := range roomNames(ctx, *configFile) {
			if strings.HasPrefix(name, begun) && !slices.Contains(args, name) {
				names = append(names, name)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}

// roomNames returns the running hub's rooms; none where there is no hub, since
// nobody completes a word to be told of a mistake.
func roomNames(ctx context.Context, configFile string) []string {
	c, err := loadConfig(configFile)
	if err != nil {
		return nil
	}
	o, err := c.findHub()
	if err != nil {
		return nil
	}
	rooms, err := o.list(ctx)
	if err != nil {
		return nil
	}
	names := make([]string, len(rooms))
	for i, r := range rooms {
		names[i] = r.Name
	}
	return names
}

// completesKeys has a shell complete keys of the config.
func completesKeys(_ *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	var keys []string
	for _, s := range settings {
		if strings.HasPrefix(s.key, begun) && !slices.Contains(args, s.key) {
			keys = append(keys, s.key)
		}
	}
	return keys, cobra.ShellCompDirectiveNoFileComp
}

// completesFlag has a shell offer words for a flag.
func completesFlag(cmd *cobra.Command, name string, words ...string) {
	_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)) // fails for flags that are not there
}
