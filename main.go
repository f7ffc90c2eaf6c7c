// Command terraform-provider-chat serves the Terraform provider "chat".
package main

import (
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

// version is set by the release build.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger: print the reattach settings and wait")
	flag.Parse()

	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	} else if err := keepQuiet(); err != nil {
		log.Fatal(err)
	}
	if err := tf6server.Serve(provider.Address, provider.NewServer(version), options...); err != nil {
		log.Fatal(err)
	}
}

// keepQuiet turns off the framework's log where nobody will see it. The
// framework writes several lines for each attribute all the same, and Terraform
// parses each and throws it away: for thousands of users that takes longer than
// all else together.
func keepQuiet() error {
	for _, name := range []string{"TF_LOG", "TF_LOG_PROVIDER", "TF_LOG_SDK"} {
		if os.Getenv(name) != "" {
			return nil
		}
	}
	return os.Setenv("TF_LOG_SDK", "off")
}
