// Package linear answers Terraform in linear time for resources with large
// collections. The framework alone needs time that grows with the square of a
// collection: it copies the whole map of the configuration for each leaf, and
// compares each element of a set with each other.
package linear

import (
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// Resource is a resource with large collections.
type Resource interface {
	resource.Resource

	// LargeAttributes names the root attributes that may hold thousands of
	// elements: maps, nested or of primitives, and sets of primitives.
	LargeAttributes() []string
}

// Server makes servers of a provider. Each answers as the framework's own
// server would.
func Server(p provider.Provider) func() tfprotov6.ProviderServer {
	return providerserver.NewProtocol6(p)
}
