// Package provider is the Terraform provider "chat": its configuration and the
// list of the chat systems it speaks to.
package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/chattenant/terraform-provider-chat/internal/linear"
	"github.com/chattenant/terraform-provider-chat/internal/system"
	"github.com/chattenant/terraform-provider-chat/internal/system/ethora"
	"github.com/chattenant/terraform-provider-chat/internal/system/oichat"
	"github.com/chattenant/terraform-provider-chat/internal/system/rocketchat"
	"github.com/chattenant/terraform-provider-chat/internal/system/syarah"
	"github.com/chattenant/terraform-provider-chat/internal/system/tegrabox"
)

// Namespace is the registry namespace the provider is published under. To
// publish under another one, change it here and follow README, "Publishing".
const Namespace = "chattenant"

// Address is the provider's source address.
const Address = "registry.terraform.io/" + Namespace + "/chat"

// systems are the chat systems, in the order of the documentation.
func systems() []system.System {
	return []system.System{
		ethora.System(),
		oichat.System(),
		tegrabox.System(),
		rocketchat.System(),
		syarah.System(),
	}
}

type chatProvider struct {
	version string
	systems []system.System
}

var (
	_ provider.Provider                       = (*chatProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*chatProvider)(nil)
	_ provider.ProviderWithFunctions          = (*chatProvider)(nil)
	_ provider.ProviderWithActions            = (*chatProvider)(nil)
	_ provider.ProviderWithListResources      = (*chatProvider)(nil)
)

// New returns the constructor of the provider. version goes into the
// User-Agent of every request.
func New(version string) func() provider.Provider {
	return func() provider.Provider {
		return &chatProvider{version: version, systems: systems()}
	}
}

func (p *chatProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "chat"
	resp.Version = p.version
}

func (p *chatProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Describes chat tenant infrastructure as code: apps, users, rooms and who may enter which room. " +
			"Each chat system has one optional block below; configure those you use. " +
			"Every value can also come from the environment variable named in its description.",
		Attributes: map[string]schema.Attribute{},
	}
	for _, s := range p.systems {
		resp.Schema.Attributes[s.Name] = s.Configuration
	}
}

func (p *chatProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	connections := system.Connections{}
	for _, s := range p.systems {
		settings := system.Settings{UserAgent: p.userAgent(req.TerraformVersion)}
		resp.Diagnostics.Append(req.Config.GetAttribute(ctx, path.Root(s.Name), &settings.Block)...)
		connection, diagnostics := s.Configure(ctx, settings)
		resp.Diagnostics.Append(diagnostics...)
		connections[s.Name] = connection
	}

	resp.ResourceData = connections
	resp.DataSourceData = connections
	resp.EphemeralResourceData = connections
	resp.ActionData = connections
	resp.ListResourceData = connections
}

func (p *chatProvider) userAgent(terraformVersion string) string {
	if terraformVersion == "" {
		terraformVersion = "unknown"
	}
	return fmt.Sprintf("terraform-provider-chat/%s Terraform/%s", p.version, terraformVersion)
}

func (p *chatProvider) Resources(context.Context) []func() resource.Resource {
	var all []func() resource.Resource
	for _, s := range p.systems {
		for _, construct := range s.Resources {
			all = append(all, linear.Carry(construct))
		}
	}
	return all
}

func (p *chatProvider) DataSources(context.Context) []func() datasource.DataSource {
	var all []func() datasource.DataSource
	for _, s := range p.systems {
		all = append(all, s.DataSources...)
	}
	return all
}

func (p *chatProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	var all []func() ephemeral.EphemeralResource
	for _, s := range p.systems {
		all = append(all, s.EphemeralResources...)
	}
	return all
}

func (p *chatProvider) Functions(context.Context) []func() function.Function {
	var all []func() function.Function
	for _, s := range p.systems {
		all = append(all, s.Functions...)
	}
	return all
}

func (p *chatProvider) Actions(context.Context) []func() action.Action {
	var all []func() action.Action
	for _, s := range p.systems {
		all = append(all, s.Actions...)
	}
	return all
}

func (p *chatProvider) ListResources(context.Context) []func() list.ListResource {
	var all []func() list.ListResource
	for _, s := range p.systems {
		all = append(all, s.ListResources...)
	}
	return all
}

// NewServer returns the constructor of the provider's server.
func NewServer(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		return linear.Server(New(version)())()
	}
}
