// Package system says what a chat system is to the provider, and holds the few
// Terraform-side pieces that all systems share: base types, import ids,
// diagnostics and string types.
package system

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// System is one chat system. The provider walks a list of these; a new system
// is one more value in that list.
type System struct {
	// Name is the key of the system's block in the provider configuration and
	// the second word of its type names: chat_<name>_<thing>.
	Name string

	// Configuration is the schema of that block.
	Configuration schema.SingleNestedAttribute

	// Configure makes the connection from the block and the environment.
	Configure func(context.Context, Settings) (Connection, diag.Diagnostics)

	Resources          []func() resource.Resource
	DataSources        []func() datasource.DataSource
	EphemeralResources []func() ephemeral.EphemeralResource
	Functions          []func() function.Function
	Actions            []func() action.Action
	ListResources      []func() list.ListResource
}

// Settings is what the provider hands to a system's Configure.
type Settings struct {
	// Block is the system's block of the provider configuration; null when the
	// user wrote none, unknown when it depends on something not yet applied.
	Block types.Object

	// UserAgent names the provider and the Terraform version.
	UserAgent string
}

// Connection is what Configure makes: a client, or the reason there is none.
type Connection struct {
	// Client is the system's API client; nil when there is none.
	Client any

	// Unknown is true when a setting is not known before apply.
	Unknown bool

	// Missing are the errors to show when something of the system is used
	// although the system was not configured.
	Missing diag.Diagnostics
}

// Connections are the connections of one provider instance by system name.
type Connections map[string]Connection
