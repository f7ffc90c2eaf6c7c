package control

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"regexp"
	"slices"
	"sync"
	"time"
)

// A FaultPlan says which calls go wrong, and how.
type FaultPlan struct {
	LatencyMS int         `json:"latency_ms,omitempty"` // delay of every call, in milliseconds
	Seed      uint64      `json:"seed,omitempty"`       // of the probabilities, so that a run can be repeated
	Rules     []FaultRule `json:"rules,omitempty"`      // the first rule that fires is the only one
}

// A FaultRule picks calls and says what happens to them.
//
// With Status, the answer is invented and the call is not processed. Without
// Status, the call is processed and Headers and Body change the real answer.
// Drop overrules both.
type FaultRule struct {
	Method      string            `json:"method,omitempty"`      // empty: any
	Path        string            `json:"path,omitempty"`        // regular expression, unanchored; empty: any
	Probability float64           `json:"probability,omitempty"` // above 0 up to 1; 0 means 1
	Skip        int               `json:"skip,omitempty"`        // so many matching calls pass first
	Times       int               `json:"times,omitempty"`       // fires at most so often; 0: always
	LatencyMS   int               `json:"latency_ms,omitempty"`  // delay of the calls it fires on, in milliseconds
	Status      int               `json:"status,omitempty"`      // 200-599
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body,omitempty"`
	Empty       bool              `json:"empty,omitempty"` // the answer has no body
	Drop        string            `json:"drop,omitempty"`  // "before": cut, not processed; "after": processed, then cut
}

const (
	dropBefore = "before"
	dropAfter  = "after"
)

// faults holds the plan and how far each rule has come.
type faults struct {
	mutex   sync.Mutex
	latency time.Duration
	rules   []*activeRule
	random  *rand.Rand
}

// An activeRule is a rule with its counters.
type activeRule struct {
	FaultRule
	path    *regexp.Regexp
	matched int
	fired   int
}

func (f *faults) clear() { _ = f.replace(FaultPlan{}) }

func (f *faults) replace(plan FaultPlan) error {
	rules := make([]*activeRule, 0, len(plan.Rules))
	for i, rule := range plan.Rules {
		active, err := activate(rule)
		if err != nil {
			return fmt.Errorf("fault rule %d: %w", i, err)
		}
		rules = append(rules, active)
	}
	if plan.LatencyMS < 0 {
		return fmt.Errorf("latency_ms is %d, but a delay cannot be negative", plan.LatencyMS)
	}
	f.mutex.Lock()
	defer f.mutex.Unlock()
	f.latency = time.Duration(plan.LatencyMS) * time.Millisecond
	f.rules = rules
	f.random = rand.New(rand.NewPCG(plan.Seed, plan.Seed))
	return nil
}

func activate(rule FaultRule) (*activeRule, error) {
	path, err := regexp.Compile(rule.Path)
	if err != nil {
		return nil, fmt.Errorf("path is not a regular expression: %w", err)
	}
	switch {
	case rule.Probability < 0 || rule.Probability > 1:
		return nil, fmt.Errorf("probability is %v, but must lie between 0 and 1", rule.Probability)
	case rule.Skip < 0 || rule.Times < 0 || rule.LatencyMS < 0:
		return nil, fmt.Errorf("skip, times and latency_ms cannot be negative")
	case rule.Status != 0 && (rule.Status < 200 || rule.Status > 599):
		return nil, fmt.Errorf("status is %d, but must lie between 200 and 599", rule.Status)
	case !slices.Contains([]string{"", dropBefore, dropAfter}, rule.Drop):
		return nil, fmt.Errorf("drop is %q, but must be %q or %q", rule.Drop, dropBefore, dropAfter)
	case rule.Empty && rule.Body != "":
		return nil, fmt.Errorf("body and empty exclude each other")
	}
	return &activeRule{FaultRule: rule, path: path}, nil
}

// A fault is what happens to one call; without a rule only the latency.
type fault struct {
	rule    *FaultRule
	latency time.Duration
}

// next decides the fault of a call and moves the counters.
func (f *faults) next(r *http.Request) fault {
	f.mutex.Lock()
	defer f.mutex.Unlock()
	for _, rule := range f.rules {
		if rule.fires(r, f.random) {
			delay := time.Duration(rule.LatencyMS) * time.Millisecond
			return fault{rule: &rule.FaultRule, latency: f.latency + delay}
		}
	}
	return fault{latency: f.latency}
}

func (a *activeRule) fires(r *http.Request, random *rand.Rand) bool {
	if a.Method != "" && a.Method != r.Method || !a.path.MatchString(r.URL.Path) {
		return false
	}
	a.matched++
	if a.matched <= a.Skip || a.Times > 0 && a.fired >= a.Times {
		return false
	}
	if a.Probability > 0 && random.Float64() >= a.Probability {
		return false
	}
	a.fired++
	return true
}

func (f fault) dropBefore() bool { return f.rule != nil && f.rule.Drop == dropBefore }

func (f fault) dropAfter() bool { return f.rule != nil && f.rule.Drop == dropAfter }

// invented returns the answer of a rule that has a status, else nil.
func (f fault) invented() *answer {
	if f.rule == nil || f.rule.Status == 0 || f.rule.Drop != "" {
		return nil
	}
	result := newAnswer()
	result.status = f.rule.Status
	f.alter(result)
	return result
}

// alter lays the rule's headers and body over an answer.
func (f fault) alter(result *answer) {
	if f.rule == nil {
		return
	}
	for key, value := range f.rule.Headers {
		result.header.Set(key, value)
	}
	if f.rule.Body != "" || f.rule.Empty {
		result.body = []byte(f.rule.Body)
	}
}
