package linear

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// failed is true when one of the problems is an error.
func failed(problems []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(problems, func(problem *tfprotov6.Diagnostic) bool {
		return problem.Severity == tfprotov6.DiagnosticSeverityError
	})
}

// union is both without repeats: the framework too says each thing once.
func union(problems, more []*tfprotov6.Diagnostic) []*tfprotov6.Diagnostic {
	if len(more) == 0 {
		return problems
	}
	type said struct {
		severity              tfprotov6.DiagnosticSeverity
		summary, detail, path string
	}
	once := map[said]bool{}
	var all []*tfprotov6.Diagnostic
	for _, problem := range slices.Concat(problems, more) {
		this := said{problem.Severity, problem.Summary, problem.Detail, problem.Attribute.String()}
		if !once[this] {
			once[this] = true
			all = append(all, problem)
		}
	}
	return all
}

// unionOfPaths is both without repeats.
func unionOfPaths(paths, more []*tftypes.AttributePath) []*tftypes.AttributePath {
	if len(more) == 0 {
		return paths
	}
	once := map[string]bool{}
	var all []*tftypes.AttributePath
	for _, one := range slices.Concat(paths, more) {
		if text := one.String(); !once[text] {
			once[text] = true
			all = append(all, one)
		}
	}
	return all
}

// protocolDiagnostics are the framework's diagnostics as Terraform reads them.
func protocolDiagnostics(ctx context.Context, diagnostics diag.Diagnostics) []*tfprotov6.Diagnostic {
	var all []*tfprotov6.Diagnostic
	for _, one := range diagnostics {
		problem := &tfprotov6.Diagnostic{Summary: one.Summary(), Detail: one.Detail(), Severity: tfprotov6.DiagnosticSeverityWarning}
		if one.Severity() == diag.SeverityError {
			problem.Severity = tfprotov6.DiagnosticSeverityError
		}
		if placed, ok := one.(diag.DiagnosticWithPath); ok {
			problem.Attribute = protocolPath(ctx, placed.Path())
		}
		all = append(all, problem)
	}
	return all
}

// protocolPath ends early at a step that Terraform has no word for.
func protocolPath(ctx context.Context, at path.Path) *tftypes.AttributePath {
	turned := tftypes.NewAttributePath()
	for _, step := range at.Steps() {
		switch typed := step.(type) {
		case path.PathStepAttributeName:
			turned = turned.WithAttributeName(string(typed))
		case path.PathStepElementKeyString:
			turned = turned.WithElementKeyString(string(typed))
		case path.PathStepElementKeyInt:
			turned = turned.WithElementKeyInt(int(typed))
		case path.PathStepElementKeyValue:
			value, err := typed.ToTerraformValue(ctx)
			if err != nil {
				return turned
			}
			turned = turned.WithElementKeyValue(value)
		}
	}
	return turned
}
