package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// rootCommand returns the command line. Without a command it serves.
func rootCommand() *cobra.Command {
	var configFile, profile string
	root := &cobra.Command{
		Use:   "hubbub",
		Short: "A chat hub for people, devices and bots",
		Long: "Hubbub is a chat hub in one binary: people in browsers, devices on MQTT and bots\n" +
			"written in YAML share the same rooms. Without a command it serves.\n\n" +
			"configs/hubbub.yaml lists all keys of the config; each is an environment variable\n" +
			"too: http.listen is HUBBUB_HTTP_LISTEN.",
		Example: "  hubbub                      serve http://127.0.0.1:8080 and MQTT on 127.0.0.1:1883\n" +
			"  hubbub tail lobby           follow a room\n" +
			"  hubbub send lobby 'hello'   say something",
		Version:       version,
		Args:          usageArgs(cobra.NoArgs),
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return profiled(profile, func() error { return serveCommand(cmd, configFile) })
		},
	}
	root.PersistentFlags().StringVar(&configFile, "config", "",
		"config file (default ./configs/hubbub.yaml, then /etc/hubbub/hubbub.yaml)")
	_ = root.MarkPersistentFlagFilename("config", "yaml", "yml")
	root.SetVersionTemplate("hubbub {{.Version}}\n")
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	serve := &cobra.Command{
		Use: "serve", Short: "Start the hub", Args: usageArgs(cobra.NoArgs),
		RunE: root.RunE,
	}
	profileFlag(serve, &profile)
	root.AddCommand(
		serve,
		sendCommand(&configFile),
		tailCommand(&configFile),
		configCommand(&configFile),
		botCommand(&configFile),
		doctorCommand(&configFile),
		scopesCommand(&configFile),
		roomCommand(&configFile),
		hookCommand(&configFile),
		backupCommand(&configFile),
		benchCommand(),
		&cobra.Command{
			Use: "version", Short: "Print the version", Args: usageArgs(cobra.NoArgs),
			RunE: func(cmd *cobra.Command, _ []string) error {
				_, err := fmt.Fprintln(cmd.OutOrStdout(), "hubbub", version)
				return err
			},
		},
	)
	return root
}

// usageArgs has wrong arguments end as a mistake of the caller.
func usageArgs(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := check(cmd, args); err != nil {
			return usageError{fmt.Errorf("%w; see %s --help", err, cmd.CommandPath())}
		}
		return nil
	}
}
