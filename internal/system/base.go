package system

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

// Base gives a resource, data source, ephemeral resource, list resource or action the
// API client of its system. C is the client's type.
type Base[C any] struct {
	// System is the system's name.
	System     string
	connection Connection
}

// Client returns the client, or reports why there is none.
func (b *Base[C]) Client(diagnostics *diag.Diagnostics) (C, bool) {
	client, ok := b.connection.Client.(C)
	switch {
	case ok:
	case b.connection.Unknown:
		diagnostics.AddError(
			fmt.Sprintf("The %s settings of the provider are not known yet", b.System),
			fmt.Sprintf("A value in the provider's %q block depends on something that is created in this same run, "+
				"so the server can't be asked now. Apply that part first (terraform apply -target=...), "+
				"or give a data source a depends_on so that it is read during apply.", b.System),
		)
	case b.connection.Missing.HasError():
		diagnostics.Append(b.connection.Missing...)
	default:
		diagnostics.AddError(
			fmt.Sprintf("The %s client is missing", b.System),
			"The provider was used before it was configured. This is a bug in the provider: please report it.",
		)
	}
	return client, ok
}

// Known returns the client when there is one. It serves planning, which must go
// on while the settings are not known, but not when they are missing: a plan
// that can't be applied is no plan.
func (b *Base[C]) Known(diagnostics *diag.Diagnostics) (C, bool) {
	client, ok := b.connection.Client.(C)
	if !ok {
		diagnostics.Append(b.connection.Missing...)
	}
	return client, ok
}

// Unknown is true when the provider's settings are not known before apply.
// A refresh then keeps what the state says.
func (b *Base[C]) Unknown() bool {
	return b.connection.Unknown
}

func (b *Base[C]) configure(data any, diagnostics *diag.Diagnostics) {
	if data == nil { // validation and schema calls come before Configure
		return
	}
	connections, ok := data.(Connections)
	if !ok {
		diagnostics.AddError("Unexpected provider data",
			fmt.Sprintf("Got %T. This is a bug in the provider: please report it.", data))
		return
	}
	b.connection = connections[b.System]
}

// Resource is the base of a managed resource.
type Resource[C any] struct{ Base[C] }

// Configure implements resource.ResourceWithConfigure.
func (r *Resource[C]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.configure(req.ProviderData, &resp.Diagnostics)
}

// DataSource is the base of a data source.
type DataSource[C any] struct{ Base[C] }

// Configure implements datasource.DataSourceWithConfigure.
func (d *DataSource[C]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.configure(req.ProviderData, &resp.Diagnostics)
}

// EphemeralResource is the base of an ephemeral resource.
type EphemeralResource[C any] struct{ Base[C] }

// Configure implements ephemeral.EphemeralResourceWithConfigure.
func (e *EphemeralResource[C]) Configure(_ context.Context, req ephemeral.ConfigureRequest, resp *ephemeral.ConfigureResponse) {
	e.configure(req.ProviderData, &resp.Diagnostics)
}

// ListResource is the base of a list resource.
type ListResource[C any] struct{ Base[C] }

// Configure implements list.ListResourceWithConfigure.
func (l *ListResource[C]) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	l.configure(req.ProviderData, &resp.Diagnostics)
}

// Action is the base of an action.
type Action[C any] struct{ Base[C] }

// Configure implements action.ActionWithConfigure.
func (a *Action[C]) Configure(_ context.Context, req action.ConfigureRequest, resp *action.ConfigureResponse) {
	a.configure(req.ProviderData, &resp.Diagnostics)
}
