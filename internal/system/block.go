package system

import (
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-framework/types/basetypes"
)

// Block is a system's block of the provider configuration, as one table: its
// schema, its environment variables and its error texts all come from here.
type Block struct {
	Name     string // key in the provider configuration: "ethora"
	Title    string // name in texts: "Ethora"
	Settings []Setting
}

// Setting is one value of the block.
type Setting struct {
	Attribute   string
	Environment string // variable that is read when the block says nothing
	Required    bool
	Instead     string // attribute of a setting that will do in place of this one, if it is Required
	Sensitive   bool
	Number      bool // a number in the configuration; else a string
	Description string
	Check       func(value string) string // what is wrong with a value, without repeating it; "" for nothing
}

// Values are a block's values by attribute, as the environment would write
// them; "" for what nobody set.
type Values map[string]string

// Schema is the block's schema.
func (b Block) Schema() schema.SingleNestedAttribute {
	attributes := map[string]schema.Attribute{}
	for _, s := range b.Settings {
		description := s.Description + " Environment variable: `" + s.Environment + "`."
		if s.Number {
			attributes[s.Attribute] = schema.NumberAttribute{
				MarkdownDescription: description,
				Optional:            true,
				Sensitive:           s.Sensitive,
			}
			continue
		}
		attributes[s.Attribute] = schema.StringAttribute{
			MarkdownDescription: description,
			Optional:            true,
			Sensitive:           s.Sensitive,
			Validators:          []validator.String{stringvalidator.LengthAtLeast(1)},
		}
	}
	return schema.SingleNestedAttribute{
		MarkdownDescription: fmt.Sprintf("Connection to %s. Write `%s = {}` to take everything from the environment. "+
			"It may be left out altogether when the environment is complete.", b.Title, b.Name),
		Optional:   true,
		Attributes: attributes,
	}
}

// Connect reads the block and the environment, and connects with what they
// say. Without complete and well-formed values connect is not called: what is
// wrong is told at once when the user wrote the block, and otherwise when
// something of the system is used.
func (b Block) Connect(in Settings, connect func(Values) (Connection, diag.Diagnostics)) (Connection, diag.Diagnostics) {
	if in.Block.IsUnknown() {
		return Connection{Unknown: true}, nil
	}
	var problems diag.Diagnostics
	values := Values{}
	for _, s := range b.Settings {
		configured := in.Block.Attributes()[s.Attribute]
		if configured != nil && configured.IsUnknown() {
			return Connection{Unknown: true}, nil
		}
		value, source := s.read(configured, b.Name)
		values[s.Attribute] = value
		if value != "" && s.Check != nil {
			if problem := s.Check(value); problem != "" {
				problems.AddAttributeError(path.Root(b.Name).AtName(s.Attribute),
					fmt.Sprintf("%s's %s is malformed", b.Title, s.Attribute), source+" "+problem)
			}
		}
	}
	missing := b.lacking(values)
	switch {
	case problems.HasError() && in.Block.IsNull():
		return Connection{Missing: problems}, nil
	case problems.HasError():
		return Connection{Missing: problems}, problems
	case len(missing) > 0:
		return b.missing(in.Block, missing)
	}
	return connect(values)
}

// lacking lists the settings that must be set and are not.
func (b Block) lacking(values Values) []Setting {
	var missing []Setting
	for _, s := range b.Settings {
		if s.Required && values[s.Attribute] == "" && values[s.Instead] == "" {
			missing = append(missing, s)
		}
	}
	return missing
}

// read returns the configured value, or else the environment's, and the name
// of the place it is from.
func (s Setting) read(configured attr.Value, block string) (value, source string) {
	value, source = os.Getenv(s.Environment), "The environment variable "+s.Environment
	if configured != nil && !configured.IsNull() {
		value, source = plain(configured), s.Attribute+" in the provider's "+block+" block"
	}
	return strings.TrimSpace(value), source // a secret from a file ends in a line feed
}

// plain is a configured value as the environment would write it.
func plain(value attr.Value) string {
	if number, ok := value.(basetypes.NumberValue); ok {
		return number.ValueBigFloat().Text('f', -1)
	}
	if text, ok := value.(basetypes.StringValue); ok {
		return text.ValueString()
	}
	return ""
}

// instead names the setting that will do in place of a missing one; "" for none.
func (b Block) instead(missing Setting) string {
	for _, s := range b.Settings {
		if s.Attribute == missing.Instead {
			return fmt.Sprintf("%s (%s) instead", s.Attribute, s.Environment)
		}
	}
	return ""
}

func (b Block) missing(block types.Object, missing []Setting) (Connection, diag.Diagnostics) {
	var problems diag.Diagnostics
	if block.IsNull() {
		var lines []string
		for _, s := range missing {
			line := fmt.Sprintf("  - %s: environment variable %s, or %s = { %s = ... }", s.Attribute, s.Environment, b.Name, s.Attribute)
			if instead := b.instead(s); instead != "" {
				line += "; or give " + instead
			}
			lines = append(lines, line)
		}
		problems.AddError(b.Title+" is not configured",
			fmt.Sprintf("This configuration uses %s, but the provider \"chat\" lacks these settings:\n\n", b.Title)+strings.Join(lines, "\n"))
		return Connection{Missing: problems}, nil
	}
	for _, s := range missing {
		advice := fmt.Sprintf("Set %s in the provider's %s block, or the environment variable %s.", s.Attribute, b.Name, s.Environment)
		if instead := b.instead(s); instead != "" {
			advice += " Or give " + instead + "."
		}
		problems.AddAttributeError(path.Root(b.Name).AtName(s.Attribute), fmt.Sprintf("%s's %s is missing", b.Title, s.Attribute), advice)
	}
	return Connection{Missing: problems}, problems
}

// RateSettings are the two limits that every system has. title names the
// system in texts; prefix begins its environment variables: "ETHORA_CHAT".
func RateSettings(title, prefix string) []Setting {
	return []Setting{
		{
			Attribute: "requests_per_second", Environment: prefix + "_REQUESTS_PER_SECOND", Number: true,
			Description: "How many requests the provider sends to " + title + " in a second at most: a number above 0, which may be a fraction (`0.5` is one request every two seconds). " +
				"All requests of this provider block count, repetitions included, and they are spaced evenly. " +
				"The provider waits anyway when the server answers that there were too many requests (429); set this to stay below a limit that you know of. " +
				"Raising `terraform apply -parallelism` makes nothing faster beyond this rate. Default: no limit.",
			Check: checkRate,
		},
		{
			Attribute: "max_concurrent_requests", Environment: prefix + "_MAX_CONCURRENT_REQUESTS", Number: true,
			Description: "How many requests to " + title + " may be waiting for their answer at the same time at most: a whole number, 1 or more. Further requests wait for their turn. " +
				"Raising `terraform apply -parallelism` (10 unless you set it) helps only up to this number. Default: no limit.",
			Check: checkCount,
		},
	}
}

func checkRate(value string) string {
	if rate, err := strconv.ParseFloat(value, 64); err != nil || !(rate > 0) || math.IsInf(rate, 0) {
		return "is not a rate: it must be a number above 0, such as 10 or 0.5. Leave it out for no limit."
	}
	return ""
}

func checkCount(value string) string {
	if count, err := strconv.ParseInt(value, 10, 32); err != nil || count < 1 {
		return "is not a number of requests: it must be a whole number from 1 to 2147483647. Leave it out for no limit."
	}
	return ""
}

// RequestsPerSecond is the checked value of the setting; 0 when it is not set.
func (v Values) RequestsPerSecond() float64 {
	rate, _ := strconv.ParseFloat(v["requests_per_second"], 64)
	return rate
}

// MaxConcurrentRequests is the checked value of the setting; 0 when it is not set.
func (v Values) MaxConcurrentRequests() int {
	count, _ := strconv.Atoi(v["max_concurrent_requests"])
	return count
}
