package acctest_test

import (
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"

	"github.com/chattenant/terraform-provider-chat/internal/acctest"
)

// runAction applies what the example of an action is about, and then runs its
// actions as Terraform 1.14 does: an older Terraform knows none. Where the
// Terraform under test knows them, the whole example runs in it as well.
func runAction(t *testing.T, directory string) {
	on := stageOf(t, directory)
	before := on.holds()
	whole := readExample(t, directory)
	plain := whole
	plain.files = map[string]string{}
	var actions hclsyntax.Blocks
	for name, text := range whole.files {
		if filepath.Ext(name) != ".tf" {
			plain.files[name] = text
			continue
		}
		var found hclsyntax.Blocks
		plain.files[name], found = withoutActions(t, name, text)
		actions = append(actions, found...)
	}
	if len(actions) == 0 {
		t.Fatal("the example has no action")
	}
	workspace := plain.workspace(t, on, nil)
	apply(t, workspace)
	evaluation := evaluationOf(t, workspace)
	protocol := on.protocol(t)
	for _, action := range actions {
		config := acctest.Object{}
		for _, block := range action.Body.Blocks {
			for name, attribute := range block.Body.Attributes {
				config[name] = plainOf(t, attribute.Expr, evaluation)
			}
		}
		if progress, problems := protocol.Invoke(t.Context(), action.Labels[0], config); len(problems) > 0 {
			t.Errorf("action %q %q: %v (after %v)", action.Labels[0], action.Labels[1], problems, progress)
		}
	}
	if check := on.actionChecks[directory]; check == nil {
		t.Error("no test sees what the action did: give it a line in the actionChecks of the stage")
	} else if len(on.requests()) == 0 {
		t.Error("the server was asked nothing")
	} else {
		check(t, on)
	}
	destroy(t, workspace)
	if isTerraform(t, workspace, "1.14.0") {
		in := whole.workspace(t, on, nil)
		apply(t, in)
		destroy(t, in)
	}
	on.mustHold(t, before)
}

// withoutActions takes the actions out of a configuration, and the triggers
// that run them.
func withoutActions(t *testing.T, name, text string) (string, hclsyntax.Blocks) {
	t.Helper()
	var actions hclsyntax.Blocks
	var cuts [][2]int
	cut := func(block *hclsyntax.Block) {
		cuts = append(cuts, [2]int{block.TypeRange.Start.Byte, block.CloseBraceRange.End.Byte})
	}
	for _, block := range parseHCL(t, name, text) {
		switch block.Type {
		case "action":
			actions = append(actions, block)
			cut(block)
		case "resource":
			for _, inner := range block.Body.Blocks {
				if inner.Type == "lifecycle" && len(inner.Body.Attributes) == 0 {
					cut(inner)
				}
			}
		}
	}
	var kept strings.Builder
	at := 0
	for _, piece := range cuts {
		kept.WriteString(text[at:piece[0]])
		at = piece[1]
	}
	kept.WriteString(text[at:])
	return kept.String(), actions
}

// evaluationOf is what expressions can refer to: the managed resources of an
// applied configuration, each without count and for_each.
func evaluationOf(t *testing.T, workspace *acctest.Workspace) *hcl.EvalContext {
	t.Helper()
	var state struct {
		Values struct {
			RootModule struct {
				Resources []struct {
					Type   string          `json:"type"`
					Name   string          `json:"name"`
					Values json.RawMessage `json:"values"`
				} `json:"resources"`
			} `json:"root_module"`
		} `json:"values"`
	}
	decode(t, workspace.Must("show", "-json", "-no-color"), &state)
	byType := map[string]map[string]cty.Value{}
	for _, resource := range state.Values.RootModule.Resources {
		kind, err := ctyjson.ImpliedType(resource.Values)
		if err != nil {
			t.Fatal(err)
		}
		value, err := ctyjson.Unmarshal(resource.Values, kind)
		if err != nil {
			t.Fatal(err)
		}
		if byType[resource.Type] == nil {
			byType[resource.Type] = map[string]cty.Value{}
		}
		byType[resource.Type][resource.Name] = value
	}
	variables := map[string]cty.Value{
		"path": cty.ObjectVal(map[string]cty.Value{"module": cty.StringVal(filepath.ToSlash(workspace.Dir))}),
	}
	for name, resources := range byType {
		variables[name] = cty.ObjectVal(resources)
	}
	return &hcl.EvalContext{Variables: variables}
}

// plainOf is the value of an expression as the protocol harness takes it.
func plainOf(t *testing.T, expression hcl.Expression, evaluation *hcl.EvalContext) any {
	t.Helper()
	value, problems := expression.Value(evaluation)
	if problems.HasErrors() {
		t.Fatal(problems)
	}
	return plainValue(t, value)
}

func plainValue(t *testing.T, value cty.Value) any {
	t.Helper()
	switch kind := value.Type(); {
	case value.IsNull():
		return nil
	case kind == cty.String:
		return value.AsString()
	case kind == cty.Bool:
		return value.True()
	case kind == cty.Number:
		whole, _ := value.AsBigFloat().Int64()
		return int(whole)
	case kind.IsObjectType() || kind.IsMapType():
		object := acctest.Object{}
		for name, element := range value.AsValueMap() {
			object[name] = plainValue(t, element)
		}
		return object
	default:
		list := []any{}
		for _, element := range value.AsValueSlice() {
			list = append(list, plainValue(t, element))
		}
		return list
	}
}
