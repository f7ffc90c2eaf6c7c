// Command noop serves a provider with the schemas of the real one that does
// nothing: what a benchmark measures with it is the cost of Terraform and of
// the plugin framework.
//
// With CHAT_BENCH_LIMIT set, the calls about bulk resources are answered at
// protocol level, without the framework and without looking at a value: no
// provider can be faster than that.
package main

import (
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

func main() {
	// The framework's trace log costs as much as all it does, in Terraform too,
	// which parses each line and throws it away. It is no part of the floor.
	if err := os.Setenv("TF_LOG_SDK", "off"); err != nil {
		log.Fatal(err)
	}
	server := providerserver.NewProtocol6(idleProvider{provider.New("noop")()})
	if os.Getenv("CHAT_BENCH_LIMIT") != "" {
		framework := server
		server = func() tfprotov6.ProviderServer { return limit{framework()} }
	}
	if err := tf6server.Serve(provider.Address, server); err != nil {
		log.Fatal(err)
	}
}
