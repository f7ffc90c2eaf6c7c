// Command schema prints what `terraform providers schema -json` prints, by
// asking the provider itself. A Terraform prints only what it knows: identities
// since 1.12, list resources and actions since 1.14. The documentation is
// generated from all of it, whichever Terraform is at hand.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/chattenant/terraform-provider-chat/internal/provider"
)

func main() {
	source := flag.String("source", provider.Address, "key of the provider in the output")
	flag.Parse()

	server := providerserver.NewProtocol6(provider.New("dev")())()
	if err := run(context.Background(), os.Stdout, server, *source); err != nil {
		fmt.Fprintln(os.Stderr, "schema:", err)
		os.Exit(1)
	}
}

// run writes the schemas of the server as indented JSON.
func run(ctx context.Context, output io.Writer, server tfprotov6.ProviderServer, source string) error {
	schemas, err := read(ctx, server)
	if err != nil {
		return err
	}
	encoder := json.NewEncoder(output)
	encoder.SetIndent("", "  ")
	return encoder.Encode(document{
		FormatVersion:   "1.0",
		ProviderSchemas: map[string]providerSchemas{source: schemas},
	})
}

// read asks the server for its schemas. What the server reports as an error
// diagnostic is an error.
func read(ctx context.Context, server tfprotov6.ProviderServer) (providerSchemas, error) {
	schemas, err := server.GetProviderSchema(ctx, &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		return providerSchemas{}, fmt.Errorf("the provider did not tell its schemas: %w", err)
	}
	identities, err := server.GetResourceIdentitySchemas(ctx, &tfprotov6.GetResourceIdentitySchemasRequest{})
	if err != nil {
		return providerSchemas{}, fmt.Errorf("the provider did not tell its identity schemas: %w", err)
	}
	for _, diagnostic := range append(schemas.Diagnostics, identities.Diagnostics...) {
		if diagnostic.Severity == tfprotov6.DiagnosticSeverityError {
			return providerSchemas{}, fmt.Errorf("the provider's schema is invalid: %s: %s", diagnostic.Summary, diagnostic.Detail)
		}
	}
	return newProviderSchemas(schemas, identities), nil
}
